import type { AccountId, CreditLot } from '../domain/account.ts';
import type { BillingEvent } from '../domain/billing-events.ts';
import type { Transfer } from '../domain/bookkeeping.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';

/** A change that was recorded before: what it was asked and what it answered. */
export interface RecordedChange {
  readonly accountId: AccountId;
  readonly key: string;
  readonly inputHash: Buffer;
  readonly result: unknown;
}

export interface EventRow {
  readonly accountId: AccountId;
  readonly eventId: number;
  readonly event: BillingEvent;
  /** Null on the second and further events of one change. */
  readonly recorded: RecordedChange | null;
  readonly policyVersion: string;
  readonly occurredAtMs: number;
}

export type LotRow = CreditLot & { readonly accountId: AccountId };

export interface TransferRow extends Transfer {
  readonly accountId: AccountId;
  readonly eventId: number;
  readonly seq: number;
  readonly currency: string;
}

/** Looks changes up by their keys, to answer repeats. */
export async function readRecorded(
  session: Session,
  keyed: readonly Pick<RecordedChange, 'accountId' | 'key'>[],
): Promise<RecordedChange[]> {
  if (keyed.length === 0) return [];
  return session.read(
    `select account_id as "accountId", idempotency_key as key, input_hash as "inputHash",
       payload -> 'result' as result
     from unnest($1::uuid[], $2::text[]) as k (account_id, idempotency_key)
     join billing_events using (account_id, idempotency_key)`,
    columnsOf(
      keyed,
      (row) => uuidOf(row.accountId),
      (row) => row.key,
    ),
  );
}

export function insertEvents(session: Session, rows: readonly EventRow[]): void {
  session.write(
    `insert into billing_events (account_id, event_id, kind, idempotency_key, input_hash,
       policy_version, occurred_at, payload)
     select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bytea[],
       $6::text[], $7::timestamptz[], $8::jsonb[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.eventId,
      (row) => row.event.kind,
      (row) => row.recorded?.key ?? null,
      (row) => row.recorded?.inputHash ?? null,
      (row) => row.policyVersion,
      (row) => instant(row.occurredAtMs),
      ({ event, recorded }) => JSON.stringify({ event, result: recorded?.result ?? null }),
    ),
  );
}

export function insertLots(session: Session, rows: readonly LotRow[]): void {
  session.write(
    // A list of lists has no array type: the scope travels as JSON.
    `insert into lots (account_id, lot_id, kind, amount, remaining, scope, acquired_at, expires_at)
     select account_id, lot_id, kind, amount, remaining,
       case when scope is not null then array(select jsonb_array_elements_text(scope)) end,
       acquired_at, expires_at
     from unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::jsonb[],
       $7::timestamptz[], $8::timestamptz[])
       as r (account_id, lot_id, kind, amount, remaining, scope, acquired_at, expires_at)`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.lotId,
      (row) => row.kind,
      (row) => row.amount,
      (row) => row.remaining,
      (row) => row.scope && JSON.stringify(row.scope),
      (row) => instant(row.acquiredAtMs),
      (row) => instant(row.expiresAtMs),
    ),
  );
}

export function insertTransfers(session: Session, rows: readonly TransferRow[]): void {
  session.write(
    `insert into transfers (account_id, event_id, seq, debit_book, credit_book, amount, currency,
       lot_id, period, invoice_id)
     select * from unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::text[], $5::text[],
       $6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::text[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.eventId,
      (row) => row.seq,
      (row) => row.debitBook,
      (row) => row.creditBook,
      (row) => row.amount,
      (row) => row.currency,
      (row) => row.lotId,
      (row) => row.period,
      (row) => row.invoiceId,
    ),
  );
}
