import type { AccessFacts } from '../domain/access.ts';
import type { AccountId } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts, readBalances, readRemainingLots } from './account-rows.ts';
import { readCardsLastDay } from './card-rows.ts';
import type { Ledger } from './database.ts';
import { readOpenInvoices } from './invoice-rows.ts';

/**
 * What access depends on now, read from one snapshot without a lock; undefined where there is no
 * such account. A hold decides from the same facts under the lock.
 */
export async function readAccessFacts(
  ledger: Ledger,
  accountId: AccountId,
): Promise<AccessFacts | undefined> {
  const uuids = [uuidOf(accountId)];
  return ledger.snapshot(async (session) => {
    const [[account], [balances], lots, openInvoices, [lastDay]] = await Promise.all([
      readAccounts(session, uuids),
      readBalances(session, uuids),
      readRemainingLots(session, uuids),
      readOpenInvoices(session, uuids),
      readCardsLastDay(session, uuids),
    ]);
    if (account === undefined || balances === undefined) return undefined;
    const cardUsableUntilMs = lastDay?.usableUntilMs ?? null;
    return { account, balances, lots, openInvoices, cardUsableUntilMs };
  });
}
