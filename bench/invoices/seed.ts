import type pg from 'pg';
import { cutoffMsOf, type Period } from '../../domain/period.ts';
import { openLedger } from '../../ledger/database.ts';
import type { PostgresServer } from '../../local/postgres.ts';
import { inDatabase, onConnection } from '../stack/databases.ts';
import { makeTemplates, templateCount } from './templates.ts';

const dayMs = 86_400_000;

/**
 * What accounts are made of, and whether its rows lie in the order of the accounts. Ids are random:
 * rows that are made in the course of the month lie anywhere, those of one account beside each other.
 */
const tables: readonly (readonly [name: string, isInOrder: boolean])[] = [
  ['accounts', true],
  ['account_profiles', true],
  ['balances', false],
  ['billing_events', true],
  ['transfers', true],
  ['lots', true],
  ['unbilled_periods', false],
  ['usage_events', true],
  ['usage_postings', false],
];

/**
 * Fills the database `solvent` with accounts that used something in a month that is over: a hundred
 * made by our own code, and copies of them made by SQL. So all is as the ledger would have it, and
 * `ledger verify` finds no difference.
 */
export async function seedMonth(
  postgres: PostgresServer,
  period: Period,
  accounts: number,
): Promise<void> {
  const ledger = openLedger({ url: postgres.url('solvent_app', 'solvent') });
  await makeTemplates(ledger, cutoffMsOf(period) - 10 * dayMs);
  await ledger.close();
  await onConnection(postgres.url('postgres', 'solvent'), async (client) => {
    await client.query('set synchronous_commit = off');
    await client.query(
      `create temp table copies as
       select account_id as template, gen_random_uuid() as account_id, random() as place
       from accounts cross join generate_series(2, $1::integer / $2::integer)`
        .replace('$1', String(accounts))
        .replace('$2', String(templateCount)),
    );
    await client.query('create index on copies (template)');
    await client.query('analyze copies');
    for (const [name, isInOrder] of tables) await copyRows(client, name, isInOrder);
  });
  const names = tables.map(([name]) => name).join(', ');
  // Only what holds rows: a table analyzed while empty would be read whole for ever.
  await inDatabase(postgres, 'solvent', [`vacuum analyze ${names}, prices`, 'checkpoint']);
}

async function copyRows(client: pg.Client, table: string, isInOrder: boolean): Promise<void> {
  const { rows } = await client.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = ''
       and attname <> 'account_id'`,
    [table],
  );
  const columns = rows[0]?.columns ?? '';
  await client.query(
    `insert into ${table} (account_id, ${columns})
     select c.account_id, ${columns.replaceAll(/(^|, )/g, '$1s.')}
     from ${table} s join copies c on c.template = s.account_id
     order by ${isInOrder ? 'c.account_id' : 'c.place'}`,
  );
}
