import type { AccountId } from '../domain/account.ts';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import { uuidOf } from './account-id.ts';
import type { InvoiceName } from './collection-rows.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';

export type InvoicePaymentRow = InvoicePayment & { readonly accountId: AccountId };

/** Those of the table, as {@link InvoicePaymentRow} names them. */
export const invoicePaymentColumns = `
  account_id as "accountId", payment_id as "paymentId", invoice_id as "invoiceId", origin, state,
  amount, method, request_hash as "requestHash", payment_intent_id as "paymentIntentId",
  charge_id as "chargeId", authentication_since as "authenticationSinceMs", decline, refusal,
  opened_at as "openedAtMs", final_at as "finalAtMs"`;

/** All payments of the named invoices, oldest first. */
export function readInvoicePayments(
  session: Session,
  names: readonly InvoiceName[],
): Promise<InvoicePaymentRow[]> {
  return session.read(
    `select ${invoicePaymentColumns}
     from unnest($1::uuid[], $2::text[]) as k (account_id, invoice_id)
     join invoice_payments using (account_id, invoice_id)
     order by account_id, invoice_id, opened_at, payment_id`,
    columnsOf(
      names,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
    ),
  );
}

/** One payment; undefined where there is none. */
export async function readInvoicePayment(
  ledger: Ledger,
  { accountId, paymentId }: { readonly accountId: AccountId; readonly paymentId: string },
): Promise<InvoicePaymentRow | undefined> {
  const [row] = await ledger.run<InvoicePaymentRow>(
    `select ${invoicePaymentColumns} from invoice_payments where account_id = $1 and payment_id = $2`,
    [uuidOf(accountId), paymentId],
  );
  return row;
}

/** Adds payments and writes what may change of those already there. */
export function writeInvoicePayments(session: Session, rows: readonly InvoicePaymentRow[]): void {
  session.write(
    `insert into invoice_payments (account_id, payment_id, invoice_id, origin, state, amount,
       method, request_hash, payment_intent_id, charge_id, authentication_since, decline, refusal,
       opened_at, final_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
       $7::text[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::jsonb[],
       $13::jsonb[], $14::timestamptz[], $15::timestamptz[]) as r
     on conflict (account_id, payment_id) do update set
       state = excluded.state, amount = excluded.amount,
       payment_intent_id = excluded.payment_intent_id, charge_id = excluded.charge_id,
       authentication_since = excluded.authentication_since, decline = excluded.decline,
       refusal = excluded.refusal, final_at = excluded.final_at`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.paymentId,
      (row) => row.invoiceId,
      (row) => row.origin,
      (row) => row.state,
      (row) => row.amount,
      (row) => row.method,
      (row) => row.requestHash,
      (row) => row.paymentIntentId,
      (row) => row.chargeId,
      (row) => instant(row.authenticationSinceMs),
      (row) => row.decline && JSON.stringify(row.decline),
      (row) => row.refusal && JSON.stringify(row.refusal),
      (row) => instant(row.openedAtMs),
      (row) => instant(row.finalAtMs),
    ),
  );
}
