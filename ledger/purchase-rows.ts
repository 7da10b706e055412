import type { AccountId } from '../domain/account.ts';
import type { DeclineExplanation } from '../domain/declines.ts';
import type { Refusal } from '../domain/failures.ts';
import type { Micros } from '../domain/money.ts';
import type { Purchase, PurchaseState } from '../domain/purchase.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';

/** A purchase as the table holds it. */
export interface StoredPurchase {
  readonly accountId: AccountId;
  readonly purchaseId: string;
  readonly state: PurchaseState;
  readonly credits: Micros;
  readonly tax: Micros;
  readonly currency: string;
  readonly paymentMethodId: string | null;
  readonly paymentIntentId: string | null;
  readonly openedEventId: number;
  readonly openedAtMs: number;
  readonly authenticationSinceMs: number | null;
  readonly finalAtMs: number | null;
  readonly receiptSequence: number | null;
  readonly receiptNumber: string | null;
  readonly lotId: number | null;
  readonly paidUnbilled: Micros | null;
  readonly chargeId: string | null;
  readonly capturedAtMs: number | null;
  readonly decline: DeclineExplanation | null;
  readonly refusal: Refusal | null;
  /** Null on purchases of a version that did not keep it. */
  readonly request: KeptRequest | null;
}

/** What the caller asked beyond amount and currency: a run that was lost starts from it again. */
export interface KeptRequest {
  /** "pm_…", "ctoken_…", or null for the default card of then. */
  readonly paymentMethod: string | null;
  readonly confirmDuplicate: boolean;
  readonly returnUrl: string;
  readonly requestHash: string;
}

export const purchaseColumns = `
  account_id as "accountId", purchase_id as "purchaseId", state, credits, tax, currency,
  payment_method_id as "paymentMethodId", payment_intent_id as "paymentIntentId",
  opened_event_id as "openedEventId", opened_at as "openedAtMs", final_at as "finalAtMs",
  authentication_since as "authenticationSinceMs", receipt_sequence as "receiptSequence",
  receipt_number as "receiptNumber", lot_id as "lotId", paid_unbilled as "paidUnbilled", charge_id as "chargeId", captured_at as "capturedAtMs",
  decline, refusal, request`;

/** The purchase as the rest of the program knows it. */
export function purchaseOf(stored: StoredPurchase): Purchase {
  const { accountId, purchaseId, state, credits, tax, currency, paymentIntentId } = stored;
  const { openedAtMs, authenticationSinceMs, finalAtMs, decline, refusal } = stored;
  const what = { purchaseId, accountId, state, credits, tax, currency, paymentIntentId };
  const when = { openedAtMs, authenticationSinceMs, finalAtMs };
  return { ...what, ...when, receipt: receiptOf(stored), decline, refusal };
}

function receiptOf(stored: StoredPurchase): Purchase['receipt'] {
  const { receiptNumber, chargeId, lotId, capturedAtMs, paidUnbilled } = stored;
  if (receiptNumber === null) return null;
  if (chargeId === null || lotId === null || capturedAtMs === null || paidUnbilled === null) {
    throw new Error(`the receipt of ${stored.purchaseId} is not complete`);
  }
  return { receiptNumber, chargeId, lotId, capturedAtMs, paidUnbilled };
}

/** The accounts' purchases that are not final, and those named. */
export function readOpenAndNamedPurchases(
  session: Session,
  uuids: readonly string[],
  purchaseIds: readonly string[],
): Promise<StoredPurchase[]> {
  return session.read(
    `select ${purchaseColumns} from purchases
     where account_id = any($1::uuid[]) and (final_at is null or purchase_id = any($2::text[]))
     order by account_id, opened_event_id`,
    [uuids, purchaseIds],
  );
}

/** How many receipts each account was given. */
export function countReceipts(
  session: Session,
  uuids: readonly string[],
): Promise<{ accountId: AccountId; receipts: number }[]> {
  return session.read(
    `select a.account_id as "accountId", coalesce(
       (select max(receipt_sequence) from purchases p where p.account_id = a.account_id), 0
     ) as receipts
     from unnest($1::uuid[]) as a (account_id)`,
    [uuids],
  );
}

export function readPurchaseRows(
  ledger: Ledger,
  uuid: string,
  purchaseId: string,
): Promise<StoredPurchase[]> {
  return ledger.run(
    `select ${purchaseColumns} from purchases where account_id = $1 and purchase_id = $2`,
    [uuid, purchaseId],
  );
}

/** Newest first; `before` is the opening event of the last one seen. */
export function readPurchasesBefore(
  ledger: Ledger,
  uuid: string,
  before: number | null,
  limit: number,
): Promise<StoredPurchase[]> {
  return ledger.run(
    `select ${purchaseColumns} from purchases
     where account_id = $1 and ($2::bigint is null or opened_event_id < $2)
     order by opened_event_id desc limit $3`,
    [uuid, before, limit],
  );
}

/** Adds purchases and writes what may change of those already there. */
export function writePurchases(session: Session, rows: readonly StoredPurchase[]) {
  session.write(
    `insert into purchases (account_id, purchase_id, state, credits, tax, currency,
       payment_method_id, payment_intent_id, opened_event_id, opened_at, final_at,
       receipt_sequence, receipt_number, lot_id, paid_unbilled, charge_id, captured_at, decline,
       refusal, authentication_since, request)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[],
       $6::text[], $7::text[], $8::text[], $9::bigint[], $10::timestamptz[], $11::timestamptz[],
       $12::integer[], $13::text[], $14::bigint[], $15::bigint[], $16::text[],
       $17::timestamptz[], $18::jsonb[], $19::jsonb[], $20::timestamptz[], $21::jsonb[]) as r
     on conflict (account_id, purchase_id) do update set
       state = excluded.state, payment_intent_id = excluded.payment_intent_id,
       final_at = excluded.final_at, receipt_sequence = excluded.receipt_sequence,
       receipt_number = excluded.receipt_number, lot_id = excluded.lot_id,
       paid_unbilled = excluded.paid_unbilled, charge_id = excluded.charge_id,
       captured_at = excluded.captured_at, decline = excluded.decline,
       refusal = excluded.refusal, authentication_since = excluded.authentication_since`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.purchaseId,
      (row) => row.state,
      (row) => row.credits,
      (row) => row.tax,
      (row) => row.currency,
      (row) => row.paymentMethodId,
      (row) => row.paymentIntentId,
      (row) => row.openedEventId,
      (row) => instant(row.openedAtMs),
      (row) => instant(row.finalAtMs),
      (row) => row.receiptSequence,
      (row) => row.receiptNumber,
      (row) => row.lotId,
      (row) => row.paidUnbilled,
      (row) => row.chargeId,
      (row) => instant(row.capturedAtMs),
      (row) => row.decline && JSON.stringify(row.decline),
      (row) => row.refusal && JSON.stringify(row.refusal),
      (row) => instant(row.authenticationSinceMs),
      (row) => row.request && JSON.stringify(row.request),
    ),
  );
}
