import type { Account, Balances } from './account.ts';
import { ceilingOf, effectiveBalanceLimit } from './balance-limit.ts';
import { usableUntilMs } from './cards.ts';
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

export interface StandingFacts {
  readonly account: Account;
  readonly balances: Balances;
  /** Until when one of the cards on file can be charged; null where there is none. */
  readonly cardUsableUntilMs: number | null;
}

/** The one place that says how an account stands, for page, API, command line and ledger (R56). */
export function standingOf(
  { account, balances, cards }: Omit<StandingFacts, 'cardUsableUntilMs'> & CardsOnFile,
  policy: Policy,
  nowMs: number,
): Standing {
  const cardUsableUntilMs = usableUntilMs(cards.map(({ card }) => card));
  return standingBy({ account, balances, cardUsableUntilMs }, policy, nowMs);
}

interface CardsOnFile {
  readonly cards: readonly SavedCard[];
}

/** The same, where only the last day of the cards is at hand: the way of every request. */
export function standingBy(
  { account, balances, cardUsableUntilMs }: StandingFacts,
  policy: Policy,
  nowMs: number,
): Standing {
  const hasUsableCard = cardUsableUntilMs !== null && nowMs < cardUsableUntilMs;
  const row = currencyPolicyOf(policy, account.currency);
  return {
    tier: tierOf(account.plan, balances.lifetimePaid, row),
    limit: effectiveBalanceLimit({ account, balances }, hasUsableCard, policy),
    ceiling: ceilingOf({ account, balances }, policy),
    owed: owedOf(balances),
  };
}

/** What the account owes: usage not yet invoiced and open invoices, both without tax (R16). */
export function owedOf({ unbilled, invoiced }: Pick<Balances, 'unbilled' | 'invoiced'>): Micros {
  return sum(unbilled, invoiced);
}
