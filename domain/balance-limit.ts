import type { Account, Balances } from './account.ts';
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
  const ceiling = policy.buildBalanceLimitCeiling;
  return account.ownBalanceLimit === null ? ceiling : smaller(account.ownBalanceLimit, ceiling);
}
