import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessFacts } from '../../domain/access.ts';
import type { CreditLot } from '../../domain/account.ts';
import { quantity, type Meter } from '../../domain/meter.ts';
import { micros, sum, ZERO } from '../../domain/money.ts';
import { together202511 as policy } from '../../domain/policy.ts';
import { priceBookOf, type PriceEntry } from '../../domain/price.ts';
import { decideUsage, usageAfter, type UsageEvent, type UsageFacts } from '../../domain/usage.ts';
import { addPostings, postingsOf } from '../../domain/usage-postings.ts';
import { account, dollars, noBalances, nowMs, usageCharges } from './samples.ts';

const dayMs = 86_400_000;
const monthEndMs = Date.UTC(2026, 11, 1);
const book = priceBookOf([
  priceOf(1, 'chat', 'input_tokens', '0.05', 1_000_000),
  priceOf(2, 'chat', 'output_tokens', '0.2', 1_000_000),
  { ...priceOf(3, 'chat', 'output_tokens', '0.4', 1_000_000), effectiveFromMs: monthEndMs },
  priceOf(4, 'image', 'images', '0.01', 1),
  priceOf(5, 'gold', 'requests', '900000000', 1),
]);

function priceOf(
  priceId: number,
  model: string,
  meter: Meter,
  amount: string,
  per: number,
): PriceEntry {
  const rate = { amount, per, tiers: [] };
  return { priceId, currency: 'usd', model, meter, rate, effectiveFromMs: 0 };
}

const noUsage: UsageFacts = { recorded: new Map(), totals: new Map() };

function aLot(lotId: number, amount: number, change: Partial<CreditLot> = {}): CreditLot {
  return {
    ...{ lotId, kind: 'purchased', amount: dollars(amount), remaining: dollars(amount) },
    ...{ held: ZERO, scope: null, acquiredAtMs: 0, expiresAtMs: null, frozenAtMs: null, ...change },
  };
}

function factsWith(lots: readonly CreditLot[], usage = noUsage, atMs = nowMs) {
  const of = (kind: CreditLot['kind']) =>
    sum(...lots.filter((lot) => lot.kind === kind).map(({ remaining }) => remaining));
  const facts: AccessFacts = {
    account,
    balances: { ...noBalances, purchased: of('purchased'), free: of('free') },
    ...{ lots, openInvoices: [], cardUsableUntilMs: null },
  };
  return { facts: { ...facts, usage }, rules: { book, policy, nowMs: atMs } };
}

let keys = 0;
function used(quantities: Partial<Record<Meter, number>>, change: Partial<UsageEvent> = {}) {
  const told = Object.entries(quantities).map(([meter, steps]) => {
    return { meter: meter as Meter, quantity: quantity(steps) };
  });
  const usageKey = `00000000-0000-0000-0000-${String((keys += 1)).padStart(12, '0')}`;
  return {
    ...{ usageKey, occurredAtMs: nowMs, model: 'chat', quantities: told, holdId: null, ...change },
  };
}

function decide(events: readonly UsageEvent[], { facts, rules } = factsWith([aLot(1, 100)])) {
  return decideUsage(facts, events, rules);
}

const codesOf = ({ answers }: ReturnType<typeof decide>) =>
  answers.map((answer) => ('refusal' in answer ? answer.refusal.code : answer.status));

describe('R69 usage is priced exactly and rounded once', () => {
  it('events of one request share their month: nineteen of a twentieth micro-dollar cost one', () => {
    const { event } = decide(Array.from({ length: 19 }, () => used({ input_tokens: 1 })));
    expect(event?.charges).toMatchObject([
      { cost: 1, lines: [{ priceId: 1, period: '2026-11', quantity: 19, amount: 1 }] },
    ]);
  });

  it('and go on from what was used before', () => {
    const before = decide(Array.from({ length: 9 }, () => used({ input_tokens: 1 })));
    const [first] = before.event === null ? [] : [before.event];
    if (first === undefined) throw new Error('nothing was charged');
    expect(first.charges[0]?.cost).toBe(0);
    const usage = usageAfter(noUsage, first, before.recorded);
    const after = decide([used({ input_tokens: 2 })], factsWith([aLot(1, 1)], usage));
    expect(after.event?.charges[0]?.cost).toBe(1);
  });

  it('each model is a charge in order of appearance, each price and month a line', () => {
    const late = { occurredAtMs: Date.UTC(2026, 9, 31) };
    const { event } = decide([
      used({ images: 1 }, { model: 'image' }),
      used({ input_tokens: 100, output_tokens: 100 }),
      used({ input_tokens: 100 }, late),
      used({ images: 1 }, { model: 'image' }),
    ]);
    expect(event?.charges).toMatchObject([
      { model: 'image', cost: 20_000, lines: [{ priceId: 4, quantity: 2 }] },
      {
        ...{ model: 'chat', cost: 30 },
        lines: [
          { priceId: 1, period: '2026-11', amount: 5 },
          { priceId: 2, period: '2026-11', amount: 20 },
          { priceId: 1, period: '2026-10', amount: 5 },
        ],
      },
    ]);
  });
});

describe('B12 B14 the price and the month of an event', () => {
  it.each([
    ['the last instant of a month', monthEndMs - 1, 2, '2026-11'],
    ['the first instant of the next', monthEndMs, 3, '2026-12'],
  ])('%s has the price then in force', (_, occurredAtMs, priceId, period) => {
    const { event } = decide(
      [used({ output_tokens: 1_000_000 }, { occurredAtMs })],
      factsWith([aLot(1, 1)], noUsage, monthEndMs + dayMs),
    );
    expect(event?.charges[0]?.lines).toMatchObject([{ priceId, period }]);
  });

  it('what is owed for late usage is owed in the month it is told (R43)', () => {
    const { facts, rules } = factsWith([], noUsage, monthEndMs);
    const owing = { ...facts, cardUsableUntilMs: monthEndMs + dayMs };
    const paid = { ...owing, balances: { ...owing.balances, lifetimePaid: dollars(5) } };
    const late = used({ output_tokens: 1_000_000 }, { occurredAtMs: monthEndMs - 1 });
    const { event } = decideUsage(paid, [late], rules);
    expect(event?.charges).toMatchObject([
      { unbilled: { period: '2026-12', amount: dollars(0.2) }, lines: [{ period: '2026-11' }] },
    ]);
    if (event === null) throw new Error('nothing was charged');
    expect(postingsOf(event, monthEndMs)).toMatchObject([
      { usagePeriod: '2026-11', postingPeriod: '2026-12', unbilled: dollars(0.2) },
    ]);
  });
});

describe('R39 B12 the month that usage is posted to', () => {
  const told = (occurredAtMs: number, recordedAtMs: number) => {
    const usage = used({ output_tokens: 1_000_000 }, { occurredAtMs });
    const { event } = decide([usage], factsWith([aLot(1, 1)], noUsage, recordedAtMs));
    if (event === null) throw new Error('nothing was charged');
    return postingsOf(event, recordedAtMs).map(({ postingPeriod }) => postingPeriod);
  };

  it.each([
    ['just before its end', monthEndMs - 1, 'told then', monthEndMs - 1, '2026-11'],
    ['just before its end', monthEndMs - 1, 'told at the cut-off', monthEndMs, '2026-12'],
    ['at the cut-off', monthEndMs, 'told just before it', monthEndMs - 1, '2026-12'],
    ['after the cut-off', monthEndMs + 1, 'told just before it', monthEndMs - 1, '2026-12'],
    ['at the cut-off', monthEndMs, 'told then', monthEndMs, '2026-12'],
  ])('of usage %s (%i), %s', (_, occurredAtMs, __, recordedAtMs, month) => {
    expect(told(occurredAtMs, recordedAtMs)).toEqual([month]);
  });

  it('usage of both sides told at once is charged month by month, the earlier one first', () => {
    const events = [monthEndMs, monthEndMs - 1].map((occurredAtMs) =>
      used({ images: 1_000 }, { occurredAtMs, model: 'image' }),
    );
    const { facts, rules } = factsWith([aLot(1, 15)], noUsage, monthEndMs - 1);
    const owing = { ...facts, cardUsableUntilMs: monthEndMs + dayMs };
    const paid = { ...owing, balances: { ...owing.balances, lifetimePaid: dollars(5) } };
    const { event } = decideUsage(paid, events, rules);
    expect(event?.charges).toMatchObject([
      { cost: dollars(10), purchased: [{ amount: dollars(10) }], unbilled: null },
      {
        cost: dollars(10),
        purchased: [{ amount: dollars(5) }],
        unbilled: { period: '2026-12', amount: dollars(5) },
      },
    ]);
  });
});

describe('R66 each event counts once', () => {
  it('the same twice in one request is a duplicate, with other words a conflict', () => {
    const event = used({ input_tokens: 100 });
    const decision = decide([
      event,
      event,
      { ...event, occurredAtMs: nowMs - 1 },
      { ...event, ...used({ input_tokens: 101 }), usageKey: event.usageKey },
      { ...event, ...used({ output_tokens: 100 }), usageKey: event.usageKey },
      { ...event, ...used({ images: 100 }, { model: 'image' }), usageKey: event.usageKey },
    ]);
    expect(codesOf(decision)).toEqual([
      ...['accepted', 'duplicate', 'usage_conflict', 'usage_conflict', 'usage_conflict'],
      'usage_conflict',
    ]);
    expect(decision.event?.charges).toMatchObject([{ cost: 5 }]);
    expect(decision.recorded).toHaveLength(1);
  });

  it('a meter that shows nothing is the same as one that is not told', () => {
    const event = used({ input_tokens: 100 });
    const zero = {
      ...used({ input_tokens: 100, cached_input_tokens: 0 }),
      usageKey: event.usageKey,
    };
    expect(codesOf(decide([event, zero]))).toEqual(['accepted', 'duplicate']);
    expect(codesOf(decide([used({ input_tokens: 0 })]))).toEqual(['accepted']);
  });

  it('an old event that is told again is a duplicate still', () => {
    const event = used({ input_tokens: 100 });
    const first = decide([event]);
    if (first.event === null) throw new Error('nothing was charged');
    const usage = usageAfter(noUsage, first.event, first.recorded);
    const yearLater = factsWith([aLot(1, 1)], usage, nowMs + 365 * dayMs);
    expect(codesOf(decide([event], yearLater))).toEqual(['duplicate']);
    expect(decide([event], yearLater).event).toBeNull();
  });
});

it.each([
  ['92 days ago', { occurredAtMs: nowMs - 92 * dayMs }, {}, 'accepted'],
  ['longer ago', { occurredAtMs: nowMs - 92 * dayMs - 1 }, {}, 'usage_time_out_of_range'],
  ['half a minute ahead', { occurredAtMs: nowMs + 30_000 }, {}, 'accepted'],
  ['further ahead', { occurredAtMs: nowMs + 30_001 }, {}, 'usage_time_out_of_range'],
  ['of a model without a price', { model: 'none' }, {}, 'usage_not_priced'],
  ['of a meter without a price', {}, { images: 1 }, 'usage_not_priced'],
])('usage %s: %j', (_, change, more, expected) => {
  expect(codesOf(decide([used({ input_tokens: 1, ...more }, change)]))).toEqual([expected]);
});

it('R69 what would leave the exact numbers is refused, and the others count', () => {
  const huge = () => used({ requests: 6 }, { model: 'gold' });
  const decision = decide([huge(), used({ requests: 5 }, { model: 'gold' }), huge()]);
  expect(codesOf(decision)).toEqual([
    ...['accepted', 'usage_quantity_too_large', 'usage_quantity_too_large'],
  ]);
  expect(decision.event?.charges).toMatchObject([{ cost: 5_400_000_000_000_000 }]);
});

it('a closed account uses nothing (R70)', () => {
  const { facts, rules } = factsWith([aLot(1, 1)]);
  const closed = { ...facts, account: { ...account, status: 'closed' as const } };
  expect(codesOf(decideUsage(closed, [used({ input_tokens: 1 })], rules))).toEqual([
    'account_closed',
  ]);
});

it('R27 R28 each model is paid from its own free credits, then from what the one before left', () => {
  const scoped = aLot(1, 0.01, { kind: 'free', scope: ['image'] });
  const lots = [scoped, aLot(2, 0.02), aLot(3, 0.01)];
  const { event } = decide(
    [used({ output_tokens: 100_000 }), used({ images: 4 }, { model: 'image' })],
    factsWith(lots),
  );
  expect(event?.charges).toMatchObject([
    { model: 'chat', free: [], purchased: [{ lotId: 2, amount: 20_000 }], writtenOff: 0 },
    {
      ...{ model: 'image', cost: 40_000, free: [{ lotId: 1, amount: 10_000 }] },
      ...{ purchased: [{ lotId: 3, amount: 10_000 }], writtenOff: 20_000 },
    },
  ]);
});

it('R42 the pots of a charge’s postings add up to the charge, and each to its cost', () => {
  fc.assert(
    fc.property(usageCharges, fc.integer({ min: 1, max: 4 }), (charge, count) => {
      const lines = Array.from({ length: count }, (_, at) => ({
        ...{ priceId: at + 1, period: '2026-11' as never, quantity: quantity(1) },
        amount: micros(
          Math.floor((charge.cost * (at + 1)) / count) - Math.floor((charge.cost * at) / count),
        ),
      }));
      const event = {
        kind: 'usage_charged' as const,
        holdId: null,
        charges: [{ ...charge, lines }],
      };
      const postings = postingsOf(event, nowMs);
      for (const { cost, free, purchased, unbilled, writtenOff } of postings) {
        expect(free + purchased + unbilled + writtenOff).toBe(cost);
      }
      const [first, ...rest] = postings;
      if (first === undefined) throw new Error('no postings');
      expect(rest.reduce(addPostings, first)).toMatchObject({
        ...{ cost: charge.cost, writtenOff: charge.writtenOff },
        unbilled: charge.unbilled?.amount ?? 0,
      });
    }),
  );
});
