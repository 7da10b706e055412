import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveBalanceLimit, refuseOwnBalanceLimit } from '../../domain/balance-limit.ts';
import { currencyPolicyOf, together202511 as policy } from '../../domain/policy.ts';
import { tierName, tierOf } from '../../domain/tiers.ts';
import { account, amounts, dollars } from './samples.ts';

const usd = currencyPolicyOf(policy, 'usd');

describe('R29 tiers', () => {
  it.each([
    [0, 'limited', 'Limited'],
    [4.99, 'limited', 'Limited'],
    [5, 'build_1', 'Build Tier 1'],
    [49.99, 'build_1', 'Build Tier 1'],
    [50, 'build_2', 'Build Tier 2'],
    [100, 'build_3', 'Build Tier 3'],
    [250, 'build_4', 'Build Tier 4'],
    [999.999999, 'build_4', 'Build Tier 4'],
    [1_000, 'build_5', 'Build Tier 5'],
    [50_000, 'build_5', 'Build Tier 5'],
  ])('$%s of lifetime paid spend is %s', (paid, tier, name) => {
    expect(tierOf('build', dollars(paid), usd)).toBe(tier);
    expect(tierName(tierOf('build', dollars(paid), usd))).toBe(name);
  });

  it.each(['scale', 'enterprise'] as const)('%s is set by an operator, not by spend', (plan) => {
    expect(tierOf(plan, dollars(0), usd)).toBe(plan);
  });

  it('never fall as spend grows', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        const rank = (paid: typeof a) => Number(tierOf('build', paid, usd).slice(-1)) || 0;
        expect(rank(less)).toBeLessThanOrEqual(rank(more));
      }),
    );
  });
});

describe('the balance limit', () => {
  const limitOf = (own: number | null, paid: number, hasUsableCard = true) =>
    effectiveBalanceLimit(
      {
        account: { ...account, ownBalanceLimit: own === null ? null : dollars(own) },
        balances: { lifetimePaid: dollars(paid) },
      },
      hasUsableCard,
      policy,
    );

  it('R16 a Build Tier 1-4 ceiling is $100', () => {
    for (const paid of [5, 50, 100, 250]) expect(limitOf(null, paid)).toBe(dollars(100));
  });

  it.each([
    ['of the customer, $0', 0, 0],
    ['of the customer, below the ceiling', 40, 40],
    ['of the customer, above the ceiling', 400, 100],
  ])('R18 is the value %s', (_, own, limit) => {
    expect(limitOf(own, 5)).toBe(dollars(limit));
  });

  it('R18 R26 is $0 before Build Tier 1 and without a usable card', () => {
    expect([limitOf(null, 4.99), limitOf(null, 500, false)]).toEqual([0, 0]);
  });

  const facts = { account, balances: { lifetimePaid: dollars(5) } };
  it('R18 may be chosen from $0 to the ceiling', () => {
    fc.assert(
      fc.property(amounts, (asked) => {
        expect(refuseOwnBalanceLimit(asked, facts, policy) === null).toBe(asked <= dollars(100));
      }),
    );
    expect(refuseOwnBalanceLimit(null, facts, policy)).toBeNull();
    expect(refuseOwnBalanceLimit(dollars(-0.000001), facts, policy)).toMatchObject({
      code: 'balance_limit_out_of_range',
    });
  });
});
