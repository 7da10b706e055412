import type { AccountId, CreditLot } from '../domain/account.ts';
import type { BillingEvent } from '../domain/billing-events.ts';
import type { Transfer } from '../domain/bookkeeping.ts';
import { accountIds, bigints, byteStrings, instants, jsons, texts } from './binary-columns.ts';
import { columnsOf, type Column } from './columns.ts';
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
    columnsOf(keyed, ...keyColumns),
  );
}

const keyColumns: Column<Pick<RecordedChange, 'accountId' | 'key'>>[] = [
  accountIds((row) => row.accountId),
  texts((row) => row.key),
];

export function insertEvents(session: Session, rows: readonly EventRow[]): void {
  session.write(
    `insert into billing_events (account_id, event_id, kind, idempotency_key, input_hash,
       policy_version, occurred_at, payload)
     select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bytea[],
       $6::text[], $7::timestamptz[], $8::jsonb[])`,
    columnsOf(rows, ...eventColumns),
  );
}

const eventColumns: Column<EventRow>[] = [
  accountIds((row) => row.accountId),
  bigints((row) => row.eventId),
  texts((row) => row.event.kind),
  texts((row) => row.recorded?.key ?? null),
  byteStrings((row) => row.recorded?.inputHash ?? null),
  texts((row) => row.policyVersion),
  instants((row) => row.occurredAtMs),
  jsons(({ event, recorded }) => JSON.stringify({ event, result: recorded?.result ?? null })),
];

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
    columnsOf(rows, ...lotColumns),
  );
}

const lotColumns: Column<LotRow>[] = [
  accountIds((row) => row.accountId),
  bigints((row) => row.lotId),
  texts((row) => row.kind),
  bigints((row) => row.amount),
  bigints((row) => row.remaining),
  (row) => row.scope && JSON.stringify(row.scope),
  instants((row) => row.acquiredAtMs),
  instants((row) => row.expiresAtMs),
];

export function insertTransfers(session: Session, rows: readonly TransferRow[]): void {
  session.write(
    `insert into transfers (account_id, event_id, seq, debit_book, credit_book, amount, currency,
       lot_id, period, invoice_id)
     select * from unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::text[], $5::text[],
       $6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::text[])`,
    columnsOf(rows, ...transferColumns),
  );
}

const transferColumns: Column<TransferRow>[] = [
  accountIds((row) => row.accountId),
  bigints((row) => row.eventId),
  (row) => row.seq,
  texts((row) => row.debitBook),
  texts((row) => row.creditBook),
  bigints((row) => row.amount),
  texts((row) => row.currency),
  bigints((row) => row.lotId),
  texts((row) => row.period),
  texts((row) => row.invoiceId),
];
