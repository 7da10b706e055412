import type { Account, Balances } from './account.ts';
import { refusal, type Refusal } from './failures.ts';
import { smaller, ZERO, type Micros } from './money.ts';
import type { CurrencyPolicy } from './policy.ts';
import { tierOf } from './tiers.ts';

/**
 * The most the account may owe now (R16, R18): the customer's own value up to the ceiling, and
 * nothing while Build Tier 1 is not reached or no usable card is on file.
 */
export function effectiveBalanceLimit(
  account: Pick<Account, 'plan' | 'ownBalanceLimit'>,
  { lifetimePaid }: Pick<Balances, 'lifetimePaid'>,
  hasUsableCard: boolean,
  policy: CurrencyPolicy,
): Micros {
  if (!hasUsableCard || tierOf(account.plan, lifetimePaid, policy) === 'limited') return ZERO;
  const ceiling = policy.balanceLimitCeiling;
  return account.ownBalanceLimit === null ? ceiling : smaller(account.ownBalanceLimit, ceiling);
}

/** Any value from zero to the ceiling may be chosen; null takes the ceiling itself (R18). */
export function refuseOwnBalanceLimit(
  asked: Micros | null,
  { balanceLimitCeiling: ceiling }: CurrencyPolicy,
): Refusal | null {
  if (asked === null || (asked >= 0 && asked <= ceiling)) return null;
  return refusal('balance_limit_out_of_range', undefined, { asked, ceiling });
}
