import type { AccountId } from '../domain/account.ts';
import {
  NO_USAGE,
  type DayUsage,
  type LotUsage,
  type ModelUsage,
  type UsageDebits,
} from '../domain/usage-summary.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger, Session } from './database.ts';
import { versionBefore } from './statement.ts';

/** From an instant of the account's own time to another one, which is excluded. */
export interface UsageRange {
  readonly accountId: AccountId;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface UsageSummary<Row> {
  readonly rows: readonly Row[];
  /** The same, added up from the transfers: what the account was debited for usage (R66). */
  readonly total: UsageDebits;
}

/** A range as the events behind one and up to another, as a statement has them. */
interface Events {
  readonly uuid: string;
  readonly after: number;
  readonly upTo: number;
}

/** What usage cost on each day, by the model; a day is that on which it was charged. */
export function readUsageByDay(ledger: Ledger, range: UsageRange): Promise<UsageSummary<DayUsage>> {
  return summarize(ledger, range, (session, events) =>
    session.read(
      `select (e.occurred_at at time zone 'UTC')::date::text as day, ${chargeSums}
       group by (e.occurred_at at time zone 'UTC')::date, model order by day, cost desc, model`,
      valuesOf(events),
    ),
  );
}

/** What usage of each model cost, the dearest first. */
export function readUsageByModel(
  ledger: Ledger,
  range: UsageRange,
): Promise<UsageSummary<ModelUsage>> {
  return summarize(ledger, range, (session, events) =>
    session.read(`select ${chargeSums} group by model order by cost desc, model`, valuesOf(events)),
  );
}

/** What each lot paid for usage, and what is to be invoiced for it, by month. */
export function readUsageByLot(ledger: Ledger, range: UsageRange): Promise<UsageSummary<LotUsage>> {
  return summarize(ledger, range, (session, events) =>
    session.read(
      `select t.debit_book as pot, t.lot_id as "lotId", t.period, sum(t.amount)::bigint as amount
       from transfers t join billing_events e using (account_id, event_id)
       where t.account_id = $1 and t.event_id > $2 and t.event_id <= $3
         and e.kind = 'usage_charged'
       group by pot, t.lot_id, t.period order by t.lot_id, t.period`,
      valuesOf(events),
    ),
  );
}

/**
 * Each charge of each event, and what paid it; what follows groups them. A look into an empty list
 * would cost more than all the rest, and most charges have one pot.
 */
const chargeSums = `
  coalesce(c ->> 'model', '') as model,
  sum((c ->> 'cost')::bigint)::bigint as cost,
  coalesce(sum(case when c -> 'free' <> '[]' then (
    select sum((part ->> 'amount')::bigint) from jsonb_array_elements(c -> 'free') part
  ) end), 0)::bigint as free,
  coalesce(sum(case when c -> 'purchased' <> '[]' then (
    select sum((part ->> 'amount')::bigint) from jsonb_array_elements(c -> 'purchased') part
  ) end), 0)::bigint as purchased,
  coalesce(sum((c -> 'unbilled' ->> 'amount')::bigint), 0)::bigint as unbilled,
  sum((c ->> 'writtenOff')::bigint)::bigint as "writtenOff"
  from billing_events e cross join lateral jsonb_array_elements(e.payload -> 'event' -> 'charges') c
  where e.account_id = $1 and e.event_id > $2 and e.event_id <= $3 and e.kind = 'usage_charged'`;

function valuesOf({ uuid, after, upTo }: Events): unknown[] {
  return [uuid, after, upTo];
}

async function summarize<Row>(
  ledger: Ledger,
  { accountId, fromMs, toMs }: UsageRange,
  read: (session: Session, events: Events) => Promise<Row[]>,
): Promise<UsageSummary<Row>> {
  const uuid = uuidOf(accountId);
  return ledger.snapshot(async (session) => {
    const [after, upTo] = await Promise.all([
      versionBefore(session, uuid, fromMs),
      versionBefore(session, uuid, toMs),
    ]);
    const events = { uuid, after, upTo };
    const [rows, total] = await Promise.all([read(session, events), readDebits(session, events)]);
    return { rows, total };
  });
}

async function readDebits(session: Session, events: Events): Promise<UsageDebits> {
  const [row] = await session.read<UsageDebits>(
    `select
       coalesce(sum(t.amount) filter (where t.debit_book = 'free'), 0)::bigint as free,
       coalesce(sum(t.amount) filter (where t.debit_book = 'purchased'), 0)::bigint as purchased,
       coalesce(sum(t.amount) filter (where t.debit_book = 'unbilled'), 0)::bigint as unbilled
     from transfers t join billing_events e using (account_id, event_id)
     where t.account_id = $1 and t.event_id > $2 and t.event_id <= $3 and e.kind = 'usage_charged'`,
    valuesOf(events),
  );
  const { free, purchased, unbilled } = row ?? NO_USAGE;
  return { free, purchased, unbilled };
}
