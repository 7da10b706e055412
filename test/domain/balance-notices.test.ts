import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account, Balances } from '../../domain/account.ts';
import { noticeOfGrant, noticesOfCrossing } from '../../domain/balance-notices.ts';
import type { BillingEvent } from '../../domain/billing-events.ts';
import { micros } from '../../domain/money.ts';
import { together2026, together202511 as policy } from '../../domain/policy.ts';
import type { StandingFacts } from '../../domain/standing.ts';
import { account, dollars, noBalances, nowMs } from './samples.ts';

/** A Build Tier 2 account with a card, unless said otherwise. */
function facts(
  balances: Partial<Balances> = {},
  change: Partial<Account> = {},
  hasCard = true,
): StandingFacts {
  return {
    account: { ...account, ...change },
    balances: { ...noBalances, lifetimePaid: dollars(60), version: 4, ...balances },
    cardUsableUntilMs: hasCard ? nowMs + 1 : null,
  };
}

function told(
  before: StandingFacts,
  after: StandingFacts,
  events: readonly BillingEvent[] = [],
  rules = policy,
) {
  return noticesOfCrossing({ before, after, events }, rules, nowMs);
}

const thresholds = { lowBalanceThresholds: [dollars(20), dollars(5), dollars(10)] };
const pots = (free: number, purchased: number) =>
  facts({ free: dollars(free), purchased: dollars(purchased) }, thresholds);

describe('R61 a low balance', () => {
  const cases: [string, [number, number], [number, number], number | null][] = [
    ['stays above every threshold', [0, 30], [0, 21], null],
    ['falls to a threshold exactly', [0, 30], [0, 20], 20],
    ['falls below one', [0, 21], [0, 19], 20],
    ['falls past several at once: only the lowest is told', [0, 30], [0, 4], 5],
    ['falls past two of three', [0, 15], [0, 6], 10],
    ['was at a threshold already', [0, 20], [0, 19], null],
    ['counts free and purchased credits together', [8, 8], [2, 8], 10],
    ['is not low while the other pot makes up for it', [8, 30], [2, 30], null],
    ['rises past thresholds', [0, 4], [0, 30], null],
    ['falls to nothing', [3, 3], [0, 0], 5],
  ];
  it.each(cases)('that %s', (_, [free, purchased], [freeAfter, purchasedAfter], threshold) => {
    const notices = told(pots(free, purchased), pots(freeAfter, purchasedAfter));
    const low = notices.filter(({ kind }) => kind === 'low_balance');
    const remaining = dollars(freeAfter + purchasedAfter);
    expect(low).toEqual(
      threshold === null
        ? []
        : [{ kind: 'low_balance', threshold: dollars(threshold), remaining, version: 4 }],
    );
  });

  it('is nothing to an account without thresholds', () => {
    const before = facts({ purchased: dollars(30) });
    expect(told(before, facts())).toEqual([]);
  });

  it('is not crossed by choosing a threshold above it', () => {
    const before = facts({ purchased: dollars(15) });
    expect(told(before, pots(0, 15))).toEqual([]);
  });

  it('is told once for each way down, whatever the steps', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(steps, (path) => {
        const lines = [20, 10, 5];
        let [mails, crossings] = [0, 0];
        for (const [index, level] of path.slice(1).entries()) {
          const was = path[index] ?? 0;
          if (lines.some((line) => was > line && level <= line)) crossings += 1;
          mails += told(pots(0, was), pots(0, level)).filter(
            ({ kind }) => kind === 'low_balance',
          ).length;
        }
        expect(mails).toBe(crossings);
      }),
    );
  });
});

describe('R61 the free pot', () => {
  const usedUp = (before: number, after: number, events: readonly BillingEvent[] = []) =>
    told(facts({ free: dollars(before) }), facts({ free: dollars(after) }), events);
  const expiry = {
    kind: 'credits_expired',
    lotKind: 'free',
    lotId: 1,
    amount: dollars(2),
  } as const;

  it.each<[string, number, number, readonly BillingEvent[], string | null]>([
    ['used up', 2, 0, [], 'use'],
    ['ended by expiry', 2, 0, [expiry], 'expiry'],
    ['not yet used up', 2, 1, [], null],
    ['empty before', 0, 0, [], null],
    ['filled', 0, 2, [], null],
  ])('%s', (_, before, after, events, cause) => {
    const kinds = usedUp(before, after, events);
    const purchased = dollars(0);
    expect(kinds).toEqual(
      cause === null ? [] : [{ kind: 'free_credits_used_up', cause, purchased, version: 4 }],
    );
  });
});

describe('R61 the balance limit', () => {
  const owing = (unbilled: number, invoiced = 0) =>
    facts({ unbilled: dollars(unbilled), invoiced: dollars(invoiced) });
  const share = (percent: number, owed: number, limit = 100) => ({
    ...{ kind: 'balance_limit_share_reached', percent, version: 4 },
    ...{ owed: dollars(owed), limit: dollars(limit) },
  });

  it.each<[string, StandingFacts, StandingFacts, object[]]>([
    ['below 50 %', owing(0), owing(49.999999), []],
    ['50 % exactly', owing(49), owing(50), [share(50, 50)]],
    ['80 %', owing(60), owing(80.5), [share(80, 80.5)]],
    ['100 %', owing(99.9), owing(100), [share(100, 100)]],
    ['several at once: only the highest', owing(10), owing(90), [share(80, 90)]],
    ['again within a share', owing(50), owing(79), []],
    ['unbilled usage that becomes an invoice', owing(60), owing(0, 60), []],
    ['invoices count as owed', owing(30, 10), owing(30, 25), [share(50, 55)]],
    ['less than before', owing(90), owing(55), []],
  ])('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  it('R18 tells shares of the limit that the customer chose', () => {
    const own = { ownBalanceLimit: dollars(10) };
    const before = facts({ unbilled: dollars(1) }, own);
    const after = facts({ unbilled: dollars(8) }, own);
    expect(told(before, after)).toEqual([share(80, 8, 10)]);
  });

  it('tells no share where there is no limit', () => {
    const before = facts({ unbilled: dollars(1) }, {}, false);
    expect(told(before, facts({ unbilled: dollars(2) }, {}, false))).toEqual([]);
    expect(told(owing(0), owing(90), [], together2026)).toEqual([]);
  });

  it('tells none where a limit rises from nothing above what is owed', () => {
    const owed = { unbilled: dollars(60) };
    expect(told(facts(owed, {}, false), facts(owed))).toEqual([]);
  });

  it('is reckoned exactly for amounts beyond what percent of a double can hold', () => {
    const limit = micros(9_000_000_000_000_001);
    const contract = { plan: 'enterprise', balanceLimitCeiling: limit } as const;
    const half = 4_500_000_000_000_001;
    const at = (unbilled: number) => facts({ unbilled: micros(unbilled) }, contract);
    expect(told(at(half - 2), at(half - 1))).toEqual([]);
    expect(told(at(half - 1), at(half))).toMatchObject([{ percent: 50 }]);
  });

  it('falls under what is owed: R22 by the customer, R30 by a lower tier, or without a card', () => {
    const owed = { unbilled: dollars(60) };
    const lowered = (limit: number) => [
      { kind: 'balance_limit_lowered', owed: dollars(60), limit: dollars(limit), version: 4 },
    ];
    expect(told(facts(owed), facts(owed, { ownBalanceLimit: dollars(40) }))).toEqual(lowered(40));
    expect(told(facts(owed), facts({ ...owed, lifetimePaid: dollars(4) }))).toEqual(lowered(0));
    expect(told(facts(owed), facts(owed, {}, false))).toEqual(lowered(0));
    const tier5 = { balanceLimitCeiling: dollars(500) };
    const rich = { unbilled: dollars(300), lifetimePaid: dollars(1_000) };
    expect(
      told(facts(rich, tier5), facts({ ...rich, lifetimePaid: dollars(900) }, tier5)),
    ).toMatchObject([{ kind: 'balance_limit_lowered', limit: dollars(100) }]);
  });

  it('R22 lowered to what is owed or more is no fall under it; shares it reaches are told', () => {
    const owed = { unbilled: dollars(60) };
    expect(told(facts(owed), facts(owed, { ownBalanceLimit: dollars(60) }))).toEqual([
      share(100, 60, 60),
    ]);
    expect(told(facts(owed), facts(owed, { ownBalanceLimit: dollars(90) }))).toEqual([]);
  });
});

describe('R30 a tier', () => {
  const paid = (lifetimePaid: number, hasCard = true) =>
    facts({ lifetimePaid: dollars(lifetimePaid) }, {}, hasCard);
  const tiers = (before: StandingFacts, after: StandingFacts) =>
    told(before, after).filter(({ kind }) => kind === 'tier_reached');

  it('that is reached is told, with the limit it brings', () => {
    expect(tiers(paid(0), paid(5))).toEqual([
      { kind: 'tier_reached', tier: 'build_1', limit: dollars(100), version: 4 },
    ]);
    expect(tiers(paid(0, false), paid(300, false))).toMatchObject([{ tier: 'build_4', limit: 0 }]);
    expect(tiers(facts(), facts({}, { plan: 'scale' }))).toMatchObject([{ tier: 'scale' }]);
  });

  it.each([
    [5, 49],
    [60, 4],
    [0, 4.99],
  ])('is not told where it is the same or lower: paid %d, then %d', (before, after) => {
    expect(tiers(paid(before), paid(after))).toEqual([]);
  });
});

describe('R28 a grant', () => {
  const dayMs = 86_400_000;
  const granted = (expiresAtMs: number | null) =>
    noticeOfGrant(
      {
        ...{ kind: 'credits_granted', amount: dollars(5), scope: ['chat'], expiresAtMs },
        reason: 'goodwill',
      },
      ...([3, policy, nowMs] as const),
    );

  it('tells scope and expiry, and never the operators’ reason', () => {
    expect(granted(null)).toEqual({
      ...{ kind: 'credits_granted', lotId: 3, amount: dollars(5), scope: ['chat'] },
      ...{ expiresAtMs: null, endsSoon: false },
    });
  });

  it('says that it ends soon where no other notice will come', () => {
    expect(granted(nowMs + 7 * dayMs)).toMatchObject({ endsSoon: true });
    expect(granted(nowMs + 7 * dayMs + 1)).toMatchObject({ endsSoon: false });
  });
});
