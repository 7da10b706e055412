import { randomUUID } from 'node:crypto';
import type { AccountId } from '../../domain/account.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { accountIdOf } from '../../ledger/account-id.ts';
import { applyChanges } from '../../ledger/change.ts';
import type { Ledger } from '../../ledger/database.ts';
import { accountCount } from './cases.ts';

const atOnce = 500;
const dayMs = 86_400_000;
/** More than any round uses up. */
const bought = micros(1_000_000_000_000_000);
const given = micros(1_000_000);

/**
 * Accounts as most are: Build Tier 2, a card on file, a lot of free credits that ends and is soon
 * used up, and one of purchased credits.
 */
export async function seedAccounts(ledger: Ledger): Promise<AccountId[]> {
  const accountIds: AccountId[] = [];
  while (accountIds.length < accountCount) {
    const uuids = Array.from({ length: atOnce }, () => randomUUID());
    await insertAccounts(ledger, uuids);
    accountIds.push(...uuids.map(accountIdOf));
    await giveCredits(ledger, uuids.map(accountIdOf));
  }
  return accountIds;
}

async function insertAccounts(ledger: Ledger, uuids: readonly string[]): Promise<void> {
  await ledger.run(
    `insert into accounts (account_id, currency, created_at)
     select id, 'usd', now() from unnest($1::uuid[]) as id`,
    [uuids],
  );
  await ledger.run(
    `insert into balances (account_id, lifetime_paid)
     select id, 100000000 from unnest($1::uuid[]) as id`,
    [uuids],
  );
  await ledger.run(
    `insert into payment_methods (account_id, payment_method_id, type, brand, last4, funding,
       expiry_month, expiry_year, is_default, saved_at)
     select id, 'pm_' || id, 'card', 'visa', '4242', 'credit', 12, 2040, true, now()
     from unnest($1::uuid[]) as id`,
    [uuids],
  );
}

async function giveCredits(ledger: Ledger, accountIds: readonly AccountId[]): Promise<void> {
  const nowMs = Date.now();
  const policies = onlyPolicy(together202511);
  await applyChanges(
    ledger,
    accountIds.map((accountId) => ({
      accountId,
      entry: { key: 'bench:credits', input: null, policies, occurredAtMs: nowMs },
      decide: () => ({
        result: null,
        events: [
          {
            kind: 'credits_granted',
            amount: given,
            scope: null,
            reason: 'bench',
            expiresAtMs: nowMs + 30 * dayMs,
          },
          { kind: 'opening_balance', purchased: bought, unbilled: [], invoices: [] },
        ],
      }),
    })),
  );
}
