import type { AccountId } from '../domain/account.ts';
import { unpackQuantities, packQuantities } from '../domain/usage-quantities.ts';
import type { UsagePosting } from '../domain/usage-postings.ts';
import type { RecordedUsage } from '../domain/usage.ts';
import type { UsageTotal } from '../domain/usage-tally.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';
import type { UsageReading } from './facts.ts';

export type UsageRow = RecordedUsage & {
  readonly accountId: AccountId;
  /** The billing event that charged it. */
  readonly eventId: number;
};
export type PostingRow = UsagePosting & { readonly accountId: AccountId };

type Named = UsageReading & { readonly accountId: AccountId };

/** Those of the named usage events that were recorded before. */
export async function readUsage(session: Session, named: readonly Named[]): Promise<UsageRow[]> {
  const keys = named.flatMap(({ accountId, usageKeys }) => {
    const uuid = uuidOf(accountId);
    return usageKeys.map((usageKey) => ({ uuid, usageKey }));
  });
  const rows = await session.read<Omit<UsageRow, 'quantities'> & { readonly quantities: Buffer }>(
    // The key is no account's id, which every other uuid of this schema is: hence its text.
    `select account_id as "accountId", usage_key::text as "usageKey", event_id as "eventId",
       occurred_at as "occurredAtMs", quantities
     from unnest($1::uuid[], $2::uuid[]) as k (account_id, usage_key)
     join usage_events using (account_id, usage_key)`,
    [listOf(keys, ({ uuid }) => uuid), listOf(keys, ({ usageKey }) => usageKey)],
  );
  return rows.map((row) => ({ ...row, quantities: unpackQuantities(row.quantities) }));
}

/** What was used so far at the named prices in the months named with them. */
export function readUsageTotals(
  session: Session,
  named: readonly Named[],
): Promise<(UsageTotal & { readonly accountId: AccountId })[]> {
  const keys = new Map(
    named.flatMap(({ accountId, prices }) => {
      const uuid = uuidOf(accountId);
      return prices.map(
        ({ priceId, period }) =>
          [`${uuid} ${priceId} ${period}`, { uuid, priceId, period }] as const,
      );
    }),
  );
  const rows = [...keys.values()];
  return session.read(
    `select account_id as "accountId", price_id as "priceId", usage_period as period,
       sum(quantity)::bigint as quantity, sum(cost)::bigint as cost
     from unnest($1::uuid[], $2::integer[], $3::text[]) as k (account_id, price_id, usage_period)
     join usage_postings using (account_id, usage_period, price_id)
     group by account_id, price_id, usage_period`,
    [
      listOf(rows, ({ uuid }) => uuid),
      listOf(rows, ({ priceId }) => String(priceId)),
      listOf(rows, ({ period }) => period),
    ],
  );
}

export function insertUsage(session: Session, rows: readonly UsageRow[]): void {
  const uuids = uuidsOf(rows);
  session.write(
    `insert into usage_events (account_id, usage_key, occurred_at, event_id, quantities)
     select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::integer[], $5::bytea[])`,
    [
      listOf(rows, ({ accountId }) => uuids(accountId)),
      listOf(rows, ({ usageKey }) => usageKey),
      listOf(rows, ({ occurredAtMs }) => instant(occurredAtMs)),
      listOf(rows, ({ eventId }) => String(eventId)),
      listOf(rows, ({ quantities }) => hexOf(packQuantities(quantities))),
    ],
  );
}

/** Adds to running totals; nothing has to be read for it, as the accounts are locked. */
export function addToPostings(session: Session, rows: readonly PostingRow[]): void {
  session.write(
    `insert into usage_postings as p (account_id, usage_period, price_id, model, posting_period,
       quantity, cost, free, purchased, unbilled, written_off)
     select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::text[],
       $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
     on conflict (account_id, usage_period, price_id, model, posting_period) do update set
       quantity = p.quantity + excluded.quantity, cost = p.cost + excluded.cost,
       free = p.free + excluded.free, purchased = p.purchased + excluded.purchased,
       unbilled = p.unbilled + excluded.unbilled,
       written_off = p.written_off + excluded.written_off`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.usagePeriod,
      (row) => row.priceId,
      (row) => row.model,
      (row) => row.postingPeriod,
      (row) => row.quantity,
      (row) => row.cost,
      (row) => row.free,
      (row) => row.purchased,
      (row) => row.unbilled,
      (row) => row.writtenOff,
    ),
  );
}

/**
 * One column of thousands of rows as PostgreSQL writes an array. None of its values needs quotes:
 * they are ids, numbers, instants and hex.
 */
function listOf<Row>(rows: readonly Row[], value: (row: Row) => string): string {
  return `{${rows.map(value).join(',')}}`;
}

/** Rows of one account stand together: its id is turned into a UUID once. */
function uuidsOf(rows: readonly UsageRow[]): (accountId: AccountId) => string {
  const known = new Map([...new Set(rows.map(({ accountId }) => accountId))].map(toEntry));
  return (accountId) => known.get(accountId) ?? uuidOf(accountId);
}

function toEntry(accountId: AccountId): readonly [AccountId, string] {
  return [accountId, uuidOf(accountId)];
}

/** `\x…` as bytea reads it; the backslash is doubled, since an array takes one for itself. */
function hexOf(bytes: Uint8Array): string {
  return `\\\\x${Buffer.from(bytes).toString('hex')}`;
}

/** Charges of usage, by their billing events. */
export interface ChargeName {
  readonly accountId: AccountId;
  readonly eventId: number;
}

/** Those of the charges that were taken back before. */
export function readCorrected(
  session: Session,
  charges: readonly ChargeName[],
): Promise<ChargeName[]> {
  return session.read(
    `select c.account_id as "accountId", c.event_id as "eventId"
     from unnest($1::uuid[], $2::bigint[]) as c (account_id, event_id)
     where exists (
       select from billing_events e
       where e.account_id = c.account_id and e.kind = 'usage_corrected'
         and e.payload -> 'event' ->> 'eventId' = c.event_id::text
     )`,
    columnsOf(
      charges,
      (row) => uuidOf(row.accountId),
      (row) => row.eventId,
    ),
  );
}
