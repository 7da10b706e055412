import type { AccountId } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';
import { invoicePaymentColumns, type InvoicePaymentRow } from './invoice-payment-rows.ts';

/** The last payment of a page. */
export type PaymentPlace = Pick<InvoicePaymentRow, 'openedAtMs' | 'paymentId'>;

/** One page of an invoice's payments, newest first. */
export function listInvoicePayments(
  ledger: Ledger,
  query: {
    readonly accountId: AccountId;
    readonly invoiceId: string;
    readonly before: PaymentPlace | null;
    readonly limit: number;
  },
): Promise<InvoicePaymentRow[]> {
  const { accountId, invoiceId, before, limit } = query;
  return ledger.run(
    `select ${invoicePaymentColumns} from invoice_payments
     where account_id = $1 and invoice_id = $2
       and ($3::timestamptz is null or (opened_at, payment_id) < ($3, $4))
     order by opened_at desc, payment_id desc limit $5`,
    [
      ...[uuidOf(accountId), invoiceId, before && instant(before.openedAtMs)],
      ...[before && before.paymentId, limit],
    ],
  );
}
