import type { AccountId } from '../domain/account.ts';
import type { PaymentReading } from '../domain/invoice-deferral.ts';
import { uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';

/**
 * Records what Stripe said of a purchase's payment, and when it was asked, in the account's own
 * time: invoices wait for it (R40). An older reading never takes the place of a newer one (B2), and
 * a final purchase needs none.
 */
export async function recordPaymentReading(
  ledger: Ledger,
  name: { readonly accountId: AccountId; readonly purchaseId: string },
  { readAtMs, status }: PaymentReading,
): Promise<void> {
  await ledger.run(
    `update purchases set read_at = $3, read_status = $4
     where account_id = $1 and purchase_id = $2 and final_at is null
       and (read_at is null or read_at <= $3)`,
    [uuidOf(name.accountId), name.purchaseId, instant(readAtMs), status],
  );
}
