import { uuidOf } from './account-id.ts';
import type { InvoiceName, NumberedInvoiceName } from './collection-rows.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger } from './database.ts';

/**
 * Collections whose charge day has come in their account's own time, and whose workflow nobody
 * started; oldest first.
 */
export async function listCollectionsToStart(
  ledger: Ledger,
  { nowMs, limit }: { readonly nowMs: number; readonly limit: number },
): Promise<NumberedInvoiceName[]> {
  return ledger.run(
    `select account_id as "accountId", invoice_id as "invoiceId", i.number
     from (
       (select account_id, invoice_id, charge_at from collections
        where started_at is null and charge_at <= $1 order by charge_at limit $2)
       union
       select account_id, invoice_id, charge_at from collections join accounts using (account_id)
       where test_clock_offset_ms > 0 and started_at is null
         and charge_at <= $1::timestamptz + test_clock_offset_ms * interval '1 millisecond'
     ) due
     join invoices i using (account_id, invoice_id)
     order by due.charge_at, account_id, invoice_id limit $2`,
    [instant(nowMs), limit],
  );
}

/** Records that their workflows run. The first time stays. */
export async function markCollectionsStarted(
  ledger: Ledger,
  input: { readonly collections: readonly InvoiceName[]; readonly nowMs: number },
): Promise<void> {
  await ledger.run(
    `update collections c set started_at = $3
     from unnest($1::uuid[], $2::text[]) as k (account_id, invoice_id)
     where c.account_id = k.account_id and c.invoice_id = k.invoice_id and started_at is null`,
    [
      ...columnsOf(
        input.collections,
        (row) => uuidOf(row.accountId),
        (row) => row.invoiceId,
      ),
      instant(input.nowMs),
    ],
  );
}
