import type { Account, AccountId, Balances, CreditLot, UnbilledPeriod } from '../domain/account.ts';
import { failure } from '../domain/failures.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts, readAccountsAfter, readBalances } from './account-rows.ts';
import { readLots, readUnbilledPeriods } from './account-rows.ts';
import type { Ledger } from './database.ts';
import { createAccounts, type NewAccount } from './new-accounts.ts';

export type { NewAccount } from './new-accounts.ts';

/**
 * Makes an account. A repeat with the same input finds it again.
 * @throws SolventError currency_not_supported (R69), idempotency_key_reused where the id belongs
 * to an account made from other input (B19).
 */
export async function createAccount(
  ledger: Ledger,
  input: NewAccount,
  policies: PolicySchedule,
): Promise<{ readonly status: 'created' | 'stored'; readonly account: Account }> {
  const [made] = await createAccounts(ledger, [input], policies);
  if (made === undefined) throw new Error('one account was asked for, and none answered');
  if (made.status === 'conflict') throw failure('idempotency_key_reused');
  return made;
}

export interface AccountState {
  readonly account: Account;
  readonly balances: Balances;
  readonly lots: readonly CreditLot[];
  readonly unbilledPeriods: readonly UnbilledPeriod[];
}

/** An account as it is at one moment; undefined where there is no such account. */
export async function readAccount(
  ledger: Ledger,
  { accountId }: { readonly accountId: AccountId },
): Promise<AccountState | undefined> {
  const uuid = uuidOf(accountId);
  return ledger.snapshot(async (session) => {
    const [[account], [balances], lots, unbilledPeriods] = await Promise.all([
      readAccounts(session, [uuid]),
      readBalances(session, [uuid]),
      readLots(session, uuid),
      readUnbilledPeriods(session, [uuid]),
    ]);
    if (account === undefined || balances === undefined) return undefined;
    return { account, balances, lots, unbilledPeriods };
  });
}

export interface AccountPage {
  readonly accounts: readonly Account[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** One page of all accounts, in the order of their ids. */
export async function listAccounts(
  ledger: Ledger,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<AccountPage> {
  const after = cursor === null ? null : uuidOf(cursor);
  const rows = await readAccountsAfter(ledger, after, limit + 1);
  const accounts = rows.slice(0, limit);
  const nextCursor = rows.length > limit ? (accounts.at(-1)?.accountId ?? null) : null;
  return { accounts, nextCursor };
}
