import { cutoffMsOf, type Period } from '../../domain/period.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { openLedger } from '../../ledger/database.ts';
import { issueInvoices } from '../../ledger/invoicing.ts';
import type { PostgresServer } from '../../local/postgres.ts';
import { seedMonth } from '../invoices/seed.ts';
import { inDatabase, onConnection } from '../stack/databases.ts';

/** Of the accounts of a month, 30 in 100 owe something. */
const owingShare = 0.3;
const pageSize = 1_000;
/** Customers are made at the sandbox by so many at a time. */
const inFlight = 20;

export interface SeededCollection {
  readonly accountUuid: string;
  readonly invoiceId: string;
}

/** Issues a month's invoices, so that so many at least are to be collected; answers all of them. */
export async function seedCollections(
  postgres: PostgresServer,
  period: Period,
  count: number,
): Promise<SeededCollection[]> {
  const accounts = Math.ceil(count / owingShare / 100) * 100;
  await seedMonth(postgres, period, accounts);
  const ledger = openLedger({ url: postgres.url('solvent_app', 'solvent') });
  const policies = onlyPolicy(together202511);
  for (let after: string | null = null; ;) {
    const page = { period, after, until: null, limit: pageSize, nowMs: cutoffMsOf(period) };
    const { lastAccountId } = await issueInvoices(ledger, page, policies);
    if (lastAccountId === null) break;
    after = lastAccountId;
  }
  await ledger.close();
  const collections = await onConnection(postgres.url('postgres', 'solvent'), async (client) => {
    const { rows } = await client.query<SeededCollection>(
      `select account_id as "accountUuid", invoice_id as "invoiceId" from collections limit $1`,
      [count],
    );
    return rows;
  });
  if (collections.length < count) throw new Error(`only ${collections.length} are to be collected`);
  await inDatabase(postgres, 'solvent', [
    "update collections set charge_at = now() + interval '1 year'",
    "update invoices set charge_at = now() + interval '1 year', due_at = now() + interval '13 months' where charge_at is not null",
    'vacuum analyze collections, invoices',
  ]);
  return collections;
}

/** Has their invoices charged at an instant, and the starter start them by now. */
export async function makeDue(
  postgres: PostgresServer,
  collections: readonly SeededCollection[],
  chargeAtMs: number,
): Promise<void> {
  await onConnection(postgres.url('postgres', 'solvent'), async (client) => {
    const ids = collections.map(({ invoiceId }) => invoiceId);
    const at = new Date(chargeAtMs).toISOString();
    await client.query(
      `update invoices set charge_at = $2::timestamptz, due_at = $2::timestamptz + interval '1 day'
       where invoice_id = any($1)`,
      [ids, at],
    );
    await client.query(
      `update collections set charge_at = now() - interval '1 minute', next_charge_at = $2
       where invoice_id = any($1)`,
      [ids, at],
    );
  });
}

/** Gives each account a customer and a Visa at the sandbox, and puts the card on file. */
export async function putCardsOnFile(
  postgres: PostgresServer,
  sandboxUrl: string,
  collections: readonly SeededCollection[],
): Promise<void> {
  const waiting = [...collections];
  const cards: { accountUuid: string; customerId: string; paymentMethodId: string }[] = [];
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const customer = await post(sandboxUrl, '/v1/customers', {});
      const attached = await post(sandboxUrl, '/v1/payment_methods/pm_card_visa/attach', {
        customer: customer.id,
      });
      const { accountUuid } = next;
      cards.push({ accountUuid, customerId: customer.id, paymentMethodId: attached.id });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  await onConnection(postgres.url('postgres', 'solvent'), async (client) => {
    const columns = [
      cards.map(({ accountUuid }) => accountUuid),
      cards.map(({ customerId }) => customerId),
      cards.map(({ paymentMethodId }) => paymentMethodId),
    ];
    await client.query(
      `update accounts a set customer_id = c.customer_id
       from unnest($1::uuid[], $2::text[]) as c (account_id, customer_id)
       where a.account_id = c.account_id`,
      columns.slice(0, 2),
    );
    // Each its own fingerprint: one card of all would use up its network's budget.
    await client.query(
      `insert into payment_methods (account_id, payment_method_id, type, brand, last4, funding,
         fingerprint, wallet, iin, expiry_month, expiry_year, country, is_default, saved_at)
       select account_id, payment_method_id, 'card', 'visa', '4242', 'credit',
         'fp_' || payment_method_id, null, null, 12, 2035, 'US', true, now()
       from unnest($1::uuid[], $2::text[]) as c (account_id, payment_method_id)`,
      [columns[0], columns[2]],
    );
  });
}

async function post(
  sandboxUrl: string,
  path: string,
  body: Readonly<Record<string, string>>,
): Promise<{ readonly id: string }> {
  const response = await fetch(`${sandboxUrl}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_localsandbox000' },
    body: new URLSearchParams(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as { id: string };
}
