import type { Account, AccountId, Balances, UnbilledPeriod } from '../domain/account.ts';
import { failure } from '../domain/failures.ts';
import { isFinal, type PurchaseFacts } from '../domain/purchase.ts';
import { uuidOf } from './account-id.ts';
import { lockBalances, readAccounts, readUnbilledPeriods } from './account-rows.ts';
import { readCards, type StoredCard } from './card-rows.ts';
import type { Session } from './database.ts';
import { countReceipts, readOpenAndNamedPurchases, type StoredPurchase } from './purchase-rows.ts';

/** All that a change decides from: one account's state while its lock is held. */
export interface AccountFacts extends PurchaseFacts {
  readonly account: Account;
  readonly balances: Balances;
  readonly unbilledPeriods: readonly UnbilledPeriod[];
  /** Open purchases, and those the batch names, by id; empty where it reads no purchases. */
  readonly purchases: ReadonlyMap<string, StoredPurchase>;
  readonly openPurchases: readonly StoredPurchase[];
  /** How many receipts were given out; 0 where the batch reads no purchases. */
  readonly receipts: number;
  /** Cards on file; empty where the batch reads no cards. */
  readonly cards: readonly StoredCard[];
  readonly removedCards: readonly StoredCard[];
}

/** What a change has to know beside account, balances and unbilled months. */
export interface Reading {
  /** The purchase the change is about; the account's open ones are read with it. */
  readonly purchaseId?: string;
  readonly cards?: true;
}

/**
 * Locks the accounts and reads their facts; accounts that do not exist are missing from the answer.
 *
 * All but the balances are read in statements after the lock, never joined into it: a statement
 * that waited for a lock re-reads the locked row only, and sees the rest as it was before.
 */
export async function lockFacts(
  session: Session,
  accountIds: readonly AccountId[],
  readings: readonly Reading[],
): Promise<Map<AccountId, AccountFacts>> {
  const uuids = accountIds.map(uuidOf);
  const purchaseIds = readings.flatMap(({ purchaseId }) => purchaseId ?? []);
  const [balances, accounts, unbilled, purchases, receipts, cards] = await Promise.all([
    lockBalances(session, uuids),
    readAccounts(session, uuids),
    readUnbilledPeriods(session, uuids),
    purchaseIds.length > 0 ? readOpenAndNamedPurchases(session, uuids, purchaseIds) : [],
    purchaseIds.length > 0 ? countReceipts(session, uuids) : [],
    readings.some((reading) => reading.cards) ? readCards(session, uuids) : [],
  ]);
  const rowsOf = {
    accounts: byAccount(accounts),
    unbilled: byAccount(unbilled),
    purchases: byAccount(purchases),
    receipts: byAccount(receipts),
    cards: byAccount(cards),
  };
  return new Map(
    balances.map(({ accountId, ...totals }): [AccountId, AccountFacts] => {
      const [account] = rowsOf.accounts(accountId);
      if (account === undefined) throw new Error(`${accountId} has balances, but no account`);
      const stored = rowsOf.purchases(accountId);
      const known = rowsOf.cards(accountId);
      const facts: AccountFacts = {
        account,
        balances: totals,
        unbilledPeriods: rowsOf.unbilled(accountId),
        purchases: new Map(stored.map((purchase) => [purchase.purchaseId, purchase])),
        openPurchases: stored.filter(({ state }) => !isFinal(state)),
        receipts: rowsOf.receipts(accountId)[0]?.receipts ?? 0,
        cards: known.filter(({ removedAtMs }) => removedAtMs === null),
        removedCards: known.filter(({ removedAtMs }) => removedAtMs !== null),
      };
      return [accountId, facts];
    }),
  );
}

/** Throws SolventError purchase_not_found where the account has no such purchase. */
export function purchaseNamed(facts: AccountFacts, purchaseId: string): StoredPurchase {
  const purchase = facts.purchases.get(purchaseId);
  if (purchase === undefined) throw failure('purchase_not_found');
  return purchase;
}

/** Sorts rows by their account; the answer gives one account's, in the order they came. */
function byAccount<Row extends { readonly accountId: AccountId }>(rows: readonly Row[]) {
  const found = new Map<AccountId, Row[]>();
  for (const row of rows) {
    const others = found.get(row.accountId);
    if (others === undefined) found.set(row.accountId, [row]);
    else others.push(row);
  }
  return (accountId: AccountId): readonly Row[] => found.get(accountId) ?? [];
}
