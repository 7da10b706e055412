import type { AccountId } from '../domain/account.ts';
import { refusal, type Refusal } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import * as purchase from '../domain/purchase.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { readAccount } from './accounts.ts';
import type { Ledger } from './database.ts';
import { purchaseOf, readPurchaseRows, readPurchasesBefore } from './purchase-rows.ts';

/** A purchase as it stands; undefined where there is none (or not yet). */
export async function readPurchase(
  ledger: Ledger,
  { purchaseId }: { readonly purchaseId: string },
): Promise<purchase.Purchase | undefined> {
  const accountId = accountOfId(purchaseId);
  if (accountId === undefined) return undefined;
  const [stored] = await readPurchaseRows(ledger, uuidOf(accountId), purchaseId);
  return stored && purchaseOf(stored);
}

export interface PurchasePage {
  readonly purchases: readonly purchase.Purchase[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** One page of an account's purchases, newest first. A cursor that is none gives the first page. */
export async function listPurchases(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<PurchasePage> {
  const { accountId, cursor, limit } = input;
  const before = cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
  const rows = await readPurchasesBefore(ledger, uuidOf(accountId), before, limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const nextCursor = last === undefined ? null : String(last.openedEventId);
  return { purchases: page.map(purchaseOf), nextCursor };
}

/** What a purchase would cost and do now, or why it would be refused (R22, R45). */
export async function previewPurchase(
  ledger: Ledger,
  input: Pick<purchase.PurchaseRequest, 'amount' | 'currency'> & {
    readonly accountId: AccountId;
    readonly nowMs: number;
  },
  policies: PolicySchedule,
): Promise<purchase.PurchasePreview | Refusal> {
  const facts = await readAccount(ledger, input);
  if (facts === undefined) return refusal('account_not_found');
  return purchase.previewPurchase(facts, input, policyAt(policies, input.nowMs), input.nowMs);
}
