import type { AccountId } from '../domain/account.ts';

const none: readonly never[] = [];

/** Sorts rows by their account; the answer gives one account's, in the order they came. */
export function byAccount<Row extends { readonly accountId: AccountId }>(rows: readonly Row[]) {
  const found = new Map<AccountId, Row[]>();
  for (const row of rows) {
    const others = found.get(row.accountId);
    if (others === undefined) found.set(row.accountId, [row]);
    else others.push(row);
  }
  return (accountId: AccountId): readonly Row[] => found.get(accountId) ?? none;
}
