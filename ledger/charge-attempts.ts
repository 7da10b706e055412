import type { AccountId } from '../domain/account.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import type { CardAttempt, InvoiceAttempt } from '../domain/collection.ts';
import { uuidOf } from './account-id.ts';
import type { InvoiceName } from './collection-rows.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';

/** What a charge was for: a pack, or an invoice. */
export type AttemptPurpose =
  | { readonly purchaseId: string }
  | (Pick<InvoiceAttempt, 'origin' | 'method'> & {
      readonly invoiceId: string;
      readonly paymentId: string;
    });

export type AttemptRow = ChargeAttempt & { readonly accountId: AccountId } & AttemptPurpose;

/** An attempt that is known already is the same one told again: it counts once. */
export function insertAttempts(session: Session, rows: readonly AttemptRow[]): void {
  const forInvoice = (row: AttemptRow) => ('invoiceId' in row ? row : null);
  session.write(
    `insert into charge_attempts (account_id, attempt_id, purchase_id, payment_intent_id,
       charge_id, card_fingerprint, card_brand, amount, outcome, decline_code, advice_code,
       network_decline_code, network_advice_code, attempted_at, invoice_id, payment_id, origin,
       method)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
       $14::timestamptz[], $15::text[], $16::text[], $17::text[], $18::text[])
     on conflict do nothing`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.attemptId,
      (row) => ('purchaseId' in row ? row.purchaseId : null),
      (row) => row.paymentIntentId,
      (row) => row.chargeId,
      (row) => row.cardFingerprint,
      (row) => row.cardBrand,
      (row) => row.amount,
      (row) => row.outcome,
      (row) => row.declineCode,
      (row) => row.adviceCode,
      (row) => row.networkDeclineCode,
      (row) => row.networkAdviceCode,
      (row) => instant(row.attemptedAtMs),
      (row) => forInvoice(row)?.invoiceId ?? null,
      (row) => forInvoice(row)?.paymentId ?? null,
      (row) => forInvoice(row)?.origin ?? 'customer',
      (row) => forInvoice(row)?.method ?? null,
    ),
  );
}

const attemptColumns = `
  attempt_id as "attemptId", payment_intent_id as "paymentIntentId", charge_id as "chargeId",
  card_fingerprint as "cardFingerprint", card_brand as "cardBrand", amount, outcome,
  decline_code as "declineCode", advice_code as "adviceCode",
  network_decline_code as "networkDeclineCode", network_advice_code as "networkAdviceCode",
  attempted_at as "attemptedAtMs", origin`;

/** What was charged for the named invoices, oldest first. */
export function readInvoiceAttempts(
  session: Session,
  names: readonly InvoiceName[],
): Promise<(InvoiceAttempt & InvoiceName)[]> {
  return session.read(
    `select account_id as "accountId", invoice_id as "invoiceId", method, ${attemptColumns}
     from unnest($1::uuid[], $2::text[]) as k (account_id, invoice_id)
     join charge_attempts using (account_id, invoice_id)
     order by account_id, invoice_id, attempted_at, attempt_id`,
    columnsOf(
      names,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
    ),
  );
}

/** Networks count by card and 30 days, and nothing that is older. */
const countedForDays = 30;

/**
 * Charges of the last 30 days to the cards that the accounts have on file, oldest first, whatever
 * they paid and whoever owed it. `clockMs` is the clock; each account's own time counts.
 */
export function readCardAttempts(
  session: Session,
  uuids: readonly string[],
  clockMs: number,
): Promise<(CardAttempt & { readonly accountId: AccountId })[]> {
  return session.read(
    `with cards as (
       select distinct account_id, fingerprint,
         $2::timestamptz + test_clock_offset_ms * interval '1 millisecond' as now
       from payment_methods join accounts using (account_id)
       where account_id = any($1::uuid[]) and removed_at is null and fingerprint is not null
     )
     select c.account_id as "accountId", a.currency, t.*
     from cards c
     cross join lateral (
       select account_id as owner, ${attemptColumns} from charge_attempts
       where card_fingerprint = c.fingerprint
         and attempted_at > now - interval '${countedForDays} days' and attempted_at <= now
     ) t join accounts a on a.account_id = t.owner
     order by c.account_id, "attemptedAtMs", "attemptId"`,
    [uuids, instant(clockMs)],
  );
}
