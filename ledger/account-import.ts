import type { AccountId } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import { applyChanges } from './change.ts';
import { openingBalanceChange, openingBalanceKey, type OpeningBalance } from './credits.ts';
import type { Ledger } from './database.ts';
import { readRecorded } from './entries.ts';
import { hashOfInput } from './input-hash.ts';
import { createAccounts, findDiffering, type NewAccount } from './new-accounts.ts';

/** A customer of another system, as it is brought in. */
export interface AccountToImport {
  readonly account: NewAccount;
  /** Recorded even where it is nothing: it is what tells that the account is brought in whole. */
  readonly opening: OpeningBalance;
}

/** How far an account has been brought in: `begun` lacks its opening balance still. */
export type ImportState = 'new' | 'begun' | 'done' | 'conflict';

/** What an import would find; changes nothing. A row that says something else is a conflict. */
export async function readImportStates(
  ledger: Ledger,
  rows: readonly AccountToImport[],
  policies: PolicySchedule,
): Promise<ImportState[]> {
  return ledger.snapshot(async (session) => {
    const accountIds = rows.map(({ account }) => account.accountId);
    const [known, differing, recorded] = await Promise.all([
      readAccounts(session, accountIds.map(uuidOf)),
      findDiffering(
        session,
        rows.map(({ account }) => account),
      ),
      readRecorded(
        session,
        rows.map(({ opening: { accountId, idempotencyKey } }) => {
          return { accountId, key: openingBalanceKey(idempotencyKey) };
        }),
      ),
    ]);
    const existing = new Set(known.map(({ accountId }) => accountId));
    const hashes = new Map(recorded.map((row) => [row.accountId, row.inputHash]));
    return rows.map(({ account: { accountId }, opening }): ImportState => {
      if (!existing.has(accountId)) return 'new';
      if (differing.has(accountId)) return 'conflict';
      const hash = hashes.get(accountId);
      if (hash === undefined) return 'begun';
      const input = openingBalanceChange(opening, policies).entry?.input ?? null;
      return hash.equals(hashOfInput(input)) ? 'done' : 'conflict';
    });
  });
}

/**
 * Brings accounts in: two transactions, first the accounts, then their opening balances. What was
 * done before is found again, so that an import that was broken off goes on where it was.
 */
export async function importAccounts(
  ledger: Ledger,
  rows: readonly AccountToImport[],
  policies: PolicySchedule,
): Promise<('imported' | 'found' | 'conflict')[]> {
  const made = await createAccounts(
    ledger,
    rows.map(({ account }) => account),
    policies,
  );
  const wanted = rows.filter((_, at) => made[at]?.status !== 'conflict');
  const outcomes = await applyChanges(
    ledger,
    wanted.map(({ opening }) => openingBalanceChange(opening, policies)),
  );
  const openings = new Map(
    wanted.map(({ opening }, at) => [opening.accountId, outcomes[at]?.status] as const),
  );
  return rows.map(({ account: { accountId } }, at) => {
    const opening = openings.get(accountId);
    if (made[at]?.status === 'conflict' || opening === 'conflict') return 'conflict';
    return made[at]?.status === 'created' || opening === 'recorded' ? 'imported' : 'found';
  });
}

export interface ImportedTotal {
  readonly currency: CurrencyCode;
  /** Its debit book tells what was brought in: purchased credits come out of `opening`. */
  readonly book: 'purchased' | 'unbilled' | 'invoiced';
  /** Micro-units; of many accounts, hence no number of JavaScript. */
  readonly amount: bigint;
}

/** What the ledger holds of the opening balances that accounts were given by an import. */
export async function readImportedTotals(
  ledger: Ledger,
  { accountIds, idempotencyKey }: { accountIds: readonly AccountId[]; idempotencyKey: string },
): Promise<ImportedTotal[]> {
  const rows = await ledger.run<Omit<ImportedTotal, 'amount'> & { amount: string }>(
    `select t.currency, case when t.debit_book = 'opening' then t.credit_book else t.debit_book end
       as book, sum(t.amount)::text as amount
     from billing_events e join transfers t using (account_id, event_id)
     where e.account_id = any($1::uuid[]) and e.idempotency_key = $2
     group by t.currency, book`,
    [accountIds.map(uuidOf), openingBalanceKey(idempotencyKey)],
  );
  return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
}
