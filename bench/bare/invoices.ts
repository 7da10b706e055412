import type pg from 'pg';
import { cutoffMsOf, nextPeriod, type Period } from '../../domain/period.ts';
import { together202511 } from '../../domain/policy.ts';
import { onConnection } from '../stack/databases.ts';
import * as statements from './invoice-statements.ts';

/** Pages of two ranges side by side, as the run's: both processors write all the time. */
const ranges = 2;

/**
 * What a month's invoices cost without rules: the same rows, under the same constraints and as
 * durable, by SQL from table to table. It takes each account's one month, first lot and tax as they
 * are, and asks nothing: no earlier invoices, payments under way, clocks, repeats or policies.
 */
export async function issueBareInvoices(
  connectionString: string,
  period: Period,
  accountsOnPage: number,
): Promise<void> {
  const bounds = await onConnection(connectionString, async (client) => {
    const { rows } = await client.query<{ until: string }>(statements.splitAccounts, [ranges]);
    return rows.map(({ until }) => until);
  });
  await Promise.all(
    bounds.map((until, index) =>
      onConnection(connectionString, async (client) => {
        await begin(client, period);
        let after = bounds[index - 1] ?? null;
        while (after !== until) after = await issuePage(client, after, until, accountsOnPage);
      }),
    ),
  );
}

async function begin(client: pg.Client, period: Period): Promise<void> {
  await client.query(statements.makeDecided);
  await client.query(statements.makeRun);
  const { version, invoices } = together202511;
  const next = nextPeriod(period);
  const cutoff = new Date(cutoffMsOf(period));
  const values = [period, next, cutoff, invoices.chargeDay - 1, version];
  await client.query(statements.fillRun, values);
  await client.query(statements.makeRates);
  for (const [place, { name, partsPerMillion }] of Object.entries(together202511.taxRates)) {
    await client.query(statements.addRate, [place, name, partsPerMillion]);
  }
  await client.query('analyze rates');
}

/** Returns the page's last account. */
async function issuePage(
  client: pg.Client,
  after: string | null,
  until: string,
  limit: number,
): Promise<string> {
  await client.query('begin');
  const { rows } = await client.query<{ last: string }>(statements.lastOfPage, [
    ...[after, until, limit],
  ]);
  const last = rows[0]?.last;
  if (last === undefined) throw new Error(`no accounts behind ${after}`);
  await client.query(statements.decide, [after, last]);
  // Its size is not known before, and differs from page to page.
  await client.query('analyze decided');
  for (const statement of statements.writes) await client.query(statement);
  await client.query('commit');
  return last;
}
