import type { Account, Balances } from './account.ts';
import { effectiveBalanceLimit } from './balance-limit.ts';
import { isExpired } from './cards.ts';
import { sum, type Micros } from './money.ts';
import type { SavedCard } from './payment-methods.ts';
import { currencyPolicyOf, type Policy } from './policy.ts';
import { tierOf, type Tier } from './tiers.ts';

/** What follows from an account's facts by policy at one moment; nothing of it is stored (R53). */
export interface Standing {
  readonly tier: Tier;
  /** The most it may owe now (R16). */
  readonly limit: Micros;
  /** The most its tier allows as limit. */
  readonly ceiling: Micros;
  /** Usage not yet invoiced and open invoices (R16). */
  readonly owed: Micros;
}

/** The one place that says how an account stands, for page, API, command line and ledger (R56). */
export function standingOf(
  { account, balances, cards }: StandingFacts,
  policy: Policy,
  nowMs: number,
): Standing {
  const row = currencyPolicyOf(policy, account.currency);
  const hasUsableCard = cards.some(({ card }) => !isExpired(card, nowMs));
  return {
    tier: tierOf(account.plan, balances.lifetimePaid, row),
    limit: effectiveBalanceLimit(account, balances, hasUsableCard, row),
    ceiling: row.balanceLimitCeiling,
    owed: owedOf(balances),
  };
}

interface StandingFacts {
  readonly account: Account;
  readonly balances: Balances;
  readonly cards: readonly SavedCard[];
}

/** What the account owes: usage not yet invoiced and open invoices (R16). */
export function owedOf({ unbilled, invoiced }: Pick<Balances, 'unbilled' | 'invoiced'>): Micros {
  return sum(unbilled, invoiced);
}
