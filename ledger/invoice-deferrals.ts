import type { AccountId } from '../domain/account.ts';
import type { WaitingPurchase } from '../domain/invoice-deferral.ts';
import type { DeferralReason } from '../domain/invoicing.ts';
import type { Period } from '../domain/period.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';

/** That an account's invoice of a month waits, or does so no longer. */
export type Deferral =
  | {
      readonly period: Period;
      readonly reason: DeferralReason;
      readonly purchases: readonly WaitingPurchase[];
      /** The account's own time. */
      readonly atMs: number;
      readonly isResolved: false;
    }
  | { readonly period: Period; readonly atMs: number; readonly isResolved: true };

export type DeferralRow = Deferral & { readonly accountId: AccountId };

/** An account whose invoice of a month waits. */
export interface WaitingInvoice {
  readonly accountId: AccountId;
  readonly period: Period;
  readonly reason: DeferralReason;
  readonly purchases: readonly WaitingPurchase[];
  readonly sinceMs: number;
}

/** Adds accounts that wait, and ends the wait of others. How long it lasts counts from the first. */
export function writeDeferrals(session: Session, rows: readonly DeferralRow[]): void {
  const waiting = rows.flatMap((row) => (row.isResolved ? [] : [row]));
  if (waiting.length > 0) {
    session.write(
      `insert into invoice_deferrals as d (account_id, period, reason, purchases, since)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])
       on conflict (account_id, period) do update set
         reason = excluded.reason, purchases = excluded.purchases, resolved_at = null,
         since = case when d.resolved_at is null then d.since else excluded.since end`,
      columnsOf(
        waiting,
        (row) => uuidOf(row.accountId),
        (row) => row.period,
        (row) => row.reason,
        (row) => JSON.stringify(row.purchases),
        (row) => instant(row.atMs),
      ),
    );
  }
  const resolved = rows.filter(({ isResolved }) => isResolved);
  if (resolved.length === 0) return;
  session.write(
    `update invoice_deferrals d set resolved_at = r.resolved_at
     from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as r (account_id, period, resolved_at)
     where d.account_id = r.account_id and d.period = r.period and d.resolved_at is null`,
    columnsOf(
      resolved,
      (row) => uuidOf(row.accountId),
      (row) => row.period,
      (row) => instant(row.atMs),
    ),
  );
}

/** Accounts whose invoice of a month waits, in the order of their ids; `after` is the last seen. */
export function listDeferrals(
  ledger: Ledger,
  query: {
    readonly period: Period;
    readonly after: AccountId | null;
    readonly limit: number;
  },
): Promise<WaitingInvoice[]> {
  const { period, after, limit } = query;
  return ledger.run(
    `select account_id as "accountId", period, reason, purchases, since as "sinceMs"
     from invoice_deferrals
     where period = $1 and resolved_at is null and ($2::uuid is null or account_id > $2)
     order by account_id limit $3`,
    [period, after && uuidOf(after), limit],
  );
}
