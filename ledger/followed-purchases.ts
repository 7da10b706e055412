import { accountOfId } from '../domain/ids.ts';
import type { Purchase } from '../domain/purchase.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf } from './columns.ts';
import type { Ledger } from './database.ts';
import { purchaseColumns, purchaseOf, type KeptRequest } from './purchase-rows.ts';
import type { StoredPurchase } from './purchase-rows.ts';

/** A purchase, and what a lost run of it is started from again. */
export interface FollowedPurchase {
  readonly purchase: Purchase;
  /** Null where the version that opened it did not keep it. */
  readonly request: KeptRequest | null;
}

/** Purchases of any accounts by id; ids the ledger does not know are missing from the answer. */
export async function readFollowedPurchases(
  ledger: Ledger,
  { purchaseIds }: { readonly purchaseIds: readonly string[] },
): Promise<FollowedPurchase[]> {
  const names = purchaseIds.flatMap((purchaseId) => {
    const accountId = accountOfId(purchaseId);
    return accountId === undefined ? [] : [{ accountId, purchaseId }];
  });
  const rows = await ledger.run<StoredPurchase>(
    `select ${purchaseColumns} from purchases
     where (account_id, purchase_id) in (select * from unnest($1::uuid[], $2::text[]))`,
    columnsOf(
      names,
      ({ accountId }) => uuidOf(accountId),
      ({ purchaseId }) => purchaseId,
    ),
  );
  return rows.map(followed);
}

/** One page of all purchases that are not final, in the order of their accounts. */
export async function listOpenPurchases(
  ledger: Ledger,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<FollowedPurchase[]> {
  const accountId = after === null ? undefined : accountOfId(after);
  const rows = await ledger.run<StoredPurchase>(
    `select ${purchaseColumns} from purchases
     where final_at is null and ($1::uuid is null or (account_id, purchase_id) > ($1, $2))
     order by account_id, purchase_id limit $3`,
    [accountId === undefined ? null : uuidOf(accountId), after, limit],
  );
  return rows.map(followed);
}

function followed(row: StoredPurchase): FollowedPurchase {
  return { purchase: purchaseOf(row), request: row.request };
}
