import type { Account, Balances } from './account.ts';
import { currency } from './currencies.ts';
import { refusal, type Refusal } from './failures.ts';
import { formatMoney, smaller, ZERO, type Micros } from './money.ts';
import { currencyPolicyOf, type Policy } from './policy.ts';
import { mayHaveOwnCeiling, tierOf, type Tier } from './tiers.ts';

/** What of an account its balance limit follows from. */
export interface LimitFacts {
  readonly account: Pick<Account, 'currency' | 'plan' | 'ownBalanceLimit' | 'balanceLimitCeiling'>;
  readonly balances: Pick<Balances, 'lifetimePaid'>;
}

/**
 * The most the account's tier lets it owe: the policy's, or what an operator set for Build Tier 5,
 * Scale and Enterprise (R16, R17); nothing where everybody prepays (R68).
 */
export function ceilingOf({ account, balances }: LimitFacts, policy: Policy): Micros {
  if (policy.postpaid === 'none') return ZERO;
  const row = currencyPolicyOf(policy, account.currency);
  const { balanceLimitCeiling: own } = account;
  const tier = tierOf(account.plan, balances.lifetimePaid, row);
  return own !== null && mayHaveOwnCeiling(tier) ? own : row.balanceLimitCeiling;
}

/**
 * The most the account may owe now (R16, R18): the customer's own value up to the ceiling; nothing
 * while Build Tier 1 is not reached or no usable card is on file. A contract needs neither (R67).
 */
export function effectiveBalanceLimit(
  facts: LimitFacts,
  hasUsableCard: boolean,
  policy: Policy,
): Micros {
  const { account, balances } = facts;
  if (account.plan === 'build') {
    const row = currencyPolicyOf(policy, account.currency);
    const tier = tierOf('build', balances.lifetimePaid, row);
    if (!hasUsableCard || tier === 'limited') return ZERO;
  }
  const ceiling = ceilingOf(facts, policy);
  return account.ownBalanceLimit === null ? ceiling : smaller(account.ownBalanceLimit, ceiling);
}

/**
 * Any value from zero to the ceiling may be chosen; null takes the ceiling itself (R18). A policy
 * may fix the value for Build Tiers 1 to 4.
 */
export function refuseOwnBalanceLimit(
  asked: Micros | null,
  facts: LimitFacts,
  policy: Policy,
): Refusal | null {
  const ceiling = ceilingOf(facts, policy);
  if (asked === null) return null;
  const row = currencyPolicyOf(policy, facts.account.currency);
  const tier = tierOf(facts.account.plan, facts.balances.lifetimePaid, row);
  const isFixed = policy.balanceLimitChoice === 'fixed' && !mayHaveOwnCeiling(tier);
  if (asked >= 0 && (isFixed ? asked === ceiling : asked <= ceiling)) return null;
  const detail = `The ceiling is ${formatMoney(ceiling, currency(facts.account.currency))}.`;
  return refusal('balance_limit_out_of_range', detail, { asked, ceiling });
}

/**
 * Whether an operator may give this account a ceiling of its own (R17): from Build Tier 5 on, up to
 * the policy's maximum; null takes it back.
 */
export function refuseCeiling(
  asked: Micros | null,
  { account, balances }: LimitFacts,
  policy: Policy,
): Refusal | null {
  if (asked === null) return null;
  const row = currencyPolicyOf(policy, account.currency);
  const tier: Tier = tierOf(account.plan, balances.lifetimePaid, row);
  const maximum = row.maximumBalanceLimitCeiling;
  if (!mayHaveOwnCeiling(tier)) {
    return refusal('balance_limit_ceiling_fixed', undefined, {
      asked,
      ceiling: row.balanceLimitCeiling,
    });
  }
  if (asked >= 0 && asked <= maximum) return null;
  return refusal('balance_limit_ceiling_out_of_range', undefined, { asked, maximum });
}
