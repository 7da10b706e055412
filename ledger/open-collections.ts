import type { AccountId } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger } from './database.ts';

/**
 * The invoices of an account that a run does something about, hence whom a new card concerns; what is
 * not begun yet looks at the cards when it begins.
 */
export async function listOpenCollections(
  ledger: Ledger,
  { accountId }: { readonly accountId: AccountId },
): Promise<string[]> {
  const rows = await ledger.run<{ invoiceId: string }>(
    `select invoice_id as "invoiceId" from collections
     where account_id = $1 and ended_at is null
       and (started_at is not null or wakes_at is not null) order by invoice_id`,
    [uuidOf(accountId)],
  );
  return rows.map(({ invoiceId }) => invoiceId);
}
