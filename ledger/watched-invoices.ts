import type { AccountId } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { accountOfId } from '../domain/ids.ts';
import { isPayable } from '../domain/invoice-payments.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { WatchedInvoice } from '../domain/payment-watch.ts';
import { uuidOf } from './account-id.ts';
import type { InvoiceName, NumberedInvoiceName } from './collection-rows.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger } from './database.ts';

export interface WatchedInvoiceRow extends InvoiceName, WatchedInvoice {
  readonly currency: CurrencyCode;
}

/** Invoices of any accounts by id; ids the ledger does not know are missing from the answer. */
export async function readWatchedInvoices(
  ledger: Ledger,
  { invoiceIds }: { readonly invoiceIds: readonly string[] },
): Promise<WatchedInvoiceRow[]> {
  const names = invoiceIds.flatMap((invoiceId) => {
    const accountId = accountOfId(invoiceId);
    return accountId === undefined ? [] : [{ accountId, invoiceId }];
  });
  const rows = await ledger.run<
    Omit<WatchedInvoiceRow, 'isPayable'> & Pick<Invoice, 'state' | 'due'>
  >(
    `select account_id as "accountId", invoice_id as "invoiceId", a.currency, i.state, i.due,
       c.payment_intent_id as "openPaymentIntentId",
       exists (select from invoice_payments p where p.account_id = i.account_id
                 and p.invoice_id = i.invoice_id and final_at is null) as "isCharging",
       array(select p.payment_intent_id from invoice_payments p where p.account_id = i.account_id
               and p.invoice_id = i.invoice_id and p.state = 'succeeded') as "paidBy"
     from unnest($1::uuid[], $2::text[]) as k (account_id, invoice_id)
     join invoices i using (account_id, invoice_id)
     join accounts a using (account_id)
     left join collections c using (account_id, invoice_id)`,
    columnsOf(
      names,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
    ),
  );
  return rows.map(({ state, due, ...row }) => ({ ...row, isPayable: isPayable({ state, due }) }));
}

const hour = `interval '1 hour'`;

/**
 * One page of collections whose run did not do its part within an hour, hence was lost: it did not look
 * again, made no planned charge, left a payment without an end, or left a payment object open of an
 * invoice that asks for nothing. Times are compared in each account's own time.
 */
export async function listLostCollections(
  ledger: Ledger,
  input: {
    readonly after: string | null;
    readonly limit: number;
    /** The clock. */
    readonly nowMs: number;
  },
): Promise<NumberedInvoiceName[]> {
  const { after, limit, nowMs } = input;
  const accountId: AccountId | undefined = after === null ? undefined : accountOfId(after);
  return ledger.run<NumberedInvoiceName>(
    `select account_id as "accountId", invoice_id as "invoiceId", i.number
     from collections c
     join invoices i using (account_id, invoice_id)
     join accounts a using (account_id)
     cross join lateral (
       select $1::timestamptz + test_clock_offset_ms * interval '1 millisecond' as at
     ) now
     where (
       wakes_at < at - ${hour}
       or next_charge_at < at - ${hour} and c.ended_at is null and c.started_at is not null
       or c.payment_intent_id is not null and i.state in ('paid', 'void', 'forgiven')
       or exists (
         select from invoice_payments p
         where p.account_id = c.account_id and p.invoice_id = c.invoice_id
           and p.final_at is null and p.opened_at < at - ${hour}
       )
     )
     and ($2::uuid is null or (account_id, invoice_id) > ($2, $3))
     order by account_id, invoice_id limit $4`,
    [instant(nowMs), accountId === undefined ? null : uuidOf(accountId), after, limit],
  );
}
