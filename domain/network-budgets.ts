import type { CardAttempt, ChargeOrigin } from './collection.ts';
import { dayMs } from './durations.ts';
import type { CurrencyCode } from './currencies.ts';
import type { Micros } from './money.ts';

/** How often a network lets one card be declined before it asks for a fine (STRIPE.md, section 3). */
export interface NetworkBudget {
  /** The card's brand. */
  readonly network: 'visa' | 'mastercard';
  /** In any span of `withinMs`. */
  readonly maximum: number;
  readonly withinMs: number;
  /**
   * `amount`: declines of the same amount and currency, what customers began apart from what we
   * began. `card`: all of a card.
   */
  readonly countedBy: 'card' | 'amount';
}

/**
 * Visa allows 20 reattempts. Every decline is counted as one, the first too: it may be a reattempt of
 * one that is longer ago than what we know of.
 */
export const networkBudgets: readonly NetworkBudget[] = [
  { network: 'visa', maximum: 20, withinMs: 30 * dayMs, countedBy: 'amount' },
  { network: 'mastercard', maximum: 10, withinMs: dayMs, countedBy: 'card' },
  { network: 'mastercard', maximum: 35, withinMs: 30 * dayMs, countedBy: 'card' },
];

/** A charge that is to be made, as far as budgets count it. */
export interface BudgetedCharge {
  readonly brand: string;
  readonly amount: Micros;
  readonly currency: CurrencyCode;
  readonly origin: ChargeOrigin;
}

/** The first instant, from the given one on, at which no network's budget stands against it. */
export function withinBudgetsFrom(
  charge: BudgetedCharge,
  cardAttempts: readonly CardAttempt[],
  atMs: number,
): number {
  const freeFrom = networkBudgets.map((budget) => {
    if (budget.network !== charge.brand) return atMs;
    const counted = countedTimes(budget, charge, cardAttempts);
    const oldest = counted[counted.length - budget.maximum];
    return oldest === undefined ? atMs : oldest + budget.withinMs;
  });
  return Math.max(atMs, ...freeFrom);
}

/** The largest share of one of its network's budgets that is used up at an instant, from 0 to 1. */
export function budgetShareUsed(
  charge: BudgetedCharge,
  cardAttempts: readonly CardAttempt[],
  atMs: number,
): number {
  const shares = networkBudgets
    .filter(({ network }) => network === charge.brand)
    .map((budget) => {
      const times = countedTimes(budget, charge, cardAttempts);
      const counted = times.filter((timeMs) => timeMs <= atMs && timeMs > atMs - budget.withinMs);
      return counted.length / budget.maximum;
    });
  return Math.max(0, ...shares);
}

/** When what counts was declined, oldest first. */
function countedTimes(
  { countedBy }: NetworkBudget,
  charge: BudgetedCharge,
  cardAttempts: readonly CardAttempt[],
): readonly number[] {
  return cardAttempts
    .filter(
      ({ outcome, amount, currency, origin }) =>
        outcome === 'declined' &&
        (countedBy === 'card' ||
          (amount === charge.amount &&
            currency === charge.currency &&
            (origin === 'customer') === (charge.origin === 'customer'))),
    )
    .map(({ attemptedAtMs }) => attemptedAtMs)
    .toSorted((a, b) => a - b);
}
