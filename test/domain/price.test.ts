import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatQuantity,
  meterNames,
  meters,
  NOTHING_USED,
  parseQuantity,
  quantity,
  stepsPerUnit,
  type Meter,
  type Quantity,
} from '../../domain/meter.ts';
import {
  amountOf,
  chargeFor,
  faultOfRate,
  formatRate,
  isSameRate,
  priceAt,
  priceBookOf,
  totalWith,
  type Price,
  type PriceEntry,
  type Rate,
} from '../../domain/price.ts';

/** A fraction of big integers: the test's own arithmetic, which knows nothing of the code's. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

function fractionOf(decimal: string): Fraction {
  const [whole = '', places = ''] = decimal.split('.');
  let top = 0n;
  let bottom = 1n;
  for (const digit of whole) top = top * 10n + BigInt(digit);
  for (const digit of places) {
    top = top * 10n + BigInt(digit);
    bottom *= 10n;
  }
  return { top, bottom };
}

const plus = (a: Fraction, b: Fraction): Fraction => ({
  top: a.top * b.bottom + b.top * a.bottom,
  bottom: a.bottom * b.bottom,
});
const times = (a: Fraction, b: Fraction): Fraction => ({
  top: a.top * b.top,
  bottom: a.bottom * b.bottom,
});

/** The nearest integer; of two equally near the even one: found by looking at both neighbours. */
function nearest({ top, bottom }: Fraction): bigint {
  const below = (top - (((top % bottom) + bottom) % bottom)) / bottom;
  const above = below + 1n;
  const toBelow = top - below * bottom;
  const toAbove = above * bottom - top;
  if (toBelow !== toAbove) return toBelow < toAbove ? below : above;
  return below % 2n === 0n ? below : above;
}

/** What a total costs, reckoned bracket by bracket from the largest down. */
function expectedMicros(total: Quantity, { meter, rate }: Price): bigint {
  const one = { top: 1n, bottom: BigInt(stepsPerUnit(meter)) };
  let left = BigInt(total);
  let exact: Fraction = { top: 0n, bottom: 1n };
  for (const tier of [...rate.tiers].reverse()) {
    const from = BigInt(tier.from) * one.bottom;
    if (left <= from) continue;
    const units = times({ top: left - from, bottom: 1n }, one);
    exact = plus(exact, times(units, fractionOf(tier.amount)));
    left = from;
  }
  exact = plus(exact, times(times({ top: left, bottom: 1n }, one), fractionOf(rate.amount)));
  return nearest(times(exact, { top: 1_000_000n, bottom: BigInt(rate.per) }));
}

const meterOf = fc.constantFrom(...meterNames);
const amountOfRate = fc.oneof(
  fc
    .constantFrom('0', '0.18', '8e-9', '0.008', '3.3333333333333335', '0.0000005', '0.05')
    .map((text) => (text === '8e-9' ? '0.000000008' : text)),
  fc
    .tuple(fc.nat(30), fc.stringMatching(/^\d{1,18}$/))
    .map(([whole, places]) => `${whole}.${places}`),
);
const tiersOf = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 5_000 }), amountOfRate), {
    maxLength: 3,
    selector: ([from]) => from,
  })
  .map((tiers) => tiers.sort(([a], [b]) => a - b).map(([from, amount]) => ({ from, amount })));
const prices: fc.Arbitrary<Price> = fc
  .record({
    meter: meterOf,
    amount: amountOfRate,
    per: fc.constantFrom(1, 3, 60, 1_000, 1_000_000),
    tiers: tiersOf,
  })
  .map(({ meter, ...rate }) => aPrice({ meter, rate }));
const shares = fc.array(fc.integer({ min: 0, max: 3_000 }).map(quantity), { maxLength: 30 });

function aPrice(change: Partial<Price> = {}): Price {
  return {
    ...{ priceId: 1, currency: 'usd', model: 'm', meter: 'input_tokens', effectiveFromMs: 0 },
    rate: { amount: '0.18', per: 1_000_000, tiers: [] },
    ...change,
  };
}

/** Charges one share after the other, as events come in. */
function chargedTogether(parts: readonly Quantity[], price: Price): number {
  let total = NOTHING_USED;
  let charged = 0;
  for (const part of parts) {
    const after = quantity(total + part);
    charged += chargeFor(total, after, price);
    total = after;
  }
  return charged;
}

const sumOf = (parts: readonly Quantity[]) => quantity(parts.reduce((a, b) => a + b, 0));

describe('R69 usage is priced exactly and rounded once', () => {
  it.each([
    ['0.18 for a million, 1 token', '0.18', 1_000_000, 1, 0],
    ['0.18 for a million, 3 tokens (0.54)', '0.18', 1_000_000, 3, 1],
    ['half a micro-dollar goes to the even zero', '0.5', 1_000_000, 1, 0],
    ['one and a half go to two', '0.5', 1_000_000, 3, 2],
    ['two and a half go to two', '0.5', 1_000_000, 5, 2],
    ['a hair over the half goes up', '0.5000000000000001', 1_000_000, 1, 1],
    ['a third each, three of them', '1', 3, 3, 1_000_000],
    ['8e-09 per token, a billion', '0.008', 1_000_000, 1_000_000_000, 8_000_000],
  ])('%s', (_, amount, per, used, expected) => {
    const price = aPrice({ rate: { amount, per, tiers: [] } });
    expect(chargeFor(NOTHING_USED, quantity(used), price)).toBe(expected);
  });

  it.each([
    [999, 9_990_000],
    [1_000, 10_000_000],
    [1_001, 10_005_000],
    [5_000, 30_000_000],
    [5_001, 30_001_000],
  ])('graduated tiers: %s images cost %s micro-dollars', (used, expected) => {
    const tiers = [
      { from: 1_000, amount: '0.005' },
      { from: 5_000, amount: '0.001' },
    ];
    const price = aPrice({ meter: 'images', rate: { amount: '0.01', per: 1, tiers } });
    expect(amountOf(quantity(used), price)).toBe(expected);
  });

  it('B9 any total costs what exact fractions say', () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 0, max: 10 ** 9 }), (price, used) => {
        const total = quantity(used);
        const expected = expectedMicros(total, price);
        const isHeld = expected <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(totalWith(NOTHING_USED, total, price)).toBe(isHeld ? total : undefined);
        if (isHeld) expect(BigInt(amountOf(total, price))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('however usage is cut into events, and in whatever order, the sum is one rounding', () => {
    fc.assert(
      fc.property(prices, shares, fc.gen(), (price, parts, gen) => {
        const shuffled = gen(fc.shuffledSubarray, parts, {
          minLength: parts.length,
          maxLength: parts.length,
        });
        const whole = expectedMicros(sumOf(parts), price);
        expect(BigInt(chargedTogether(parts, price))).toBe(whole);
        expect(BigInt(chargedTogether(shuffled, price))).toBe(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it('more usage never costs less, and what is taken back was what it cost', () => {
    fc.assert(
      fc.property(prices, fc.nat(10 ** 6), fc.nat(10 ** 6), (price, before, more) => {
        const [less, after] = [quantity(before), quantity(before + more)];
        expect(chargeFor(less, after, price)).toBeGreaterThanOrEqual(0);
        expect(chargeFor(after, less, price) + chargeFor(less, after, price)).toBe(0);
      }),
    );
  });

  it('a total whose charge is no exact integer is told, and never charged', () => {
    const price = aPrice({ meter: 'requests', rate: { amount: '999999999', per: 1, tiers: [] } });
    expect(totalWith(NOTHING_USED, quantity(9), price)).toBe(9);
    expect(totalWith(NOTHING_USED, quantity(10), price)).toBeUndefined();
    expect(() => chargeFor(NOTHING_USED, quantity(10), price)).toThrow(RangeError);
    const free = aPrice({ rate: { amount: '0', per: 1, tiers: [] } });
    const most = quantity(Number.MAX_SAFE_INTEGER);
    expect(totalWith(NOTHING_USED, most, free)).toBe(most);
    expect(totalWith(most, quantity(1), free)).toBeUndefined();
  });
});

describe('R69 the price of the moment of use', () => {
  const [spring, summer, autumn] = [1_000, 2_000, 3_000] as const;
  const rate = (amount: string): Rate => ({ amount, per: 1, tiers: [] });
  const entry = (priceId: number, effectiveFromMs: number, of: Rate | null): PriceEntry => ({
    ...aPrice({ priceId, effectiveFromMs }),
    rate: of,
  });
  const book = priceBookOf([
    entry(3, autumn, null),
    entry(1, spring, rate('1')),
    entry(2, summer, rate('2')),
    { ...entry(9, 0, rate('9')), model: 'other' },
    { ...entry(8, 0, rate('8')), currency: 'eur' },
    { ...entry(7, 0, rate('7')), meter: 'output_tokens' },
  ]);

  it.each([
    ['before the first price', spring - 1, undefined],
    ['at its first instant', spring, 1],
    ['just before the next', summer - 1, 1],
    ['B12 exactly when it changes', summer, 2],
    ['while it is sold', autumn - 1, 2],
    ['when it is not sold any more', autumn, undefined],
  ])('B14 %s there is one price or none', (_, atMs, priceId) => {
    const found = priceAt(book, { currency: 'usd', model: 'm', meter: 'input_tokens' }, atMs);
    expect(found?.priceId).toBe(priceId);
  });

  it('a later price leaves that of past usage', () => {
    const key = { currency: 'usd', model: 'm', meter: 'input_tokens' } as const;
    const then = priceAt(priceBookOf([entry(1, spring, rate('1'))]), key, summer - 1);
    expect(priceAt(book, key, summer - 1)).toEqual(then);
  });
});

describe('quantities', () => {
  it.each<[string, Meter, number]>([
    ['1200', 'input_tokens', 1_200],
    ['0', 'input_tokens', 0],
    ['-0', 'input_tokens', 0],
    ['1200.000', 'input_tokens', 1_200],
    ['0.25', 'seconds', 250_000],
    ['5.041667', 'seconds', 5_041_667],
    ['5.0416670', 'seconds', 5_041_667],
    ['10000000', 'gpu_minutes', 10_000_000_000_000],
  ])('%s %s are read', (text, meter, steps) => {
    expect(parseQuantity(text, meter)).toEqual({ status: 'read', quantity: steps });
  });

  it.each<[string, Meter, string]>([
    ['', 'input_tokens', 'not_a_decimal'],
    ['1e3', 'input_tokens', 'not_a_decimal'],
    ['NaN', 'seconds', 'not_a_decimal'],
    ['1,5', 'seconds', 'not_a_decimal'],
    ['-1', 'input_tokens', 'negative'],
    ['-0.000001', 'seconds', 'negative'],
    ['0.5', 'input_tokens', 'too_fine'],
    ['0.0000001', 'seconds', 'too_fine'],
    ['1000000001', 'input_tokens', 'too_large'],
    ['10000000.000001', 'seconds', 'too_large'],
    ['9'.repeat(30), 'images', 'too_large'],
  ])('"%s" %s are refused: absurd, negative or no number', (text, meter, fault) => {
    expect(parseQuantity(text, meter)).toMatchObject({ status: 'refused', fault });
  });

  it('what is written is read as the same quantity', () => {
    fc.assert(
      fc.property(meterOf, fc.nat(10 ** 6), (meter, steps) => {
        const text = formatQuantity(quantity(steps), meter);
        expect(parseQuantity(text, meter)).toEqual({ status: 'read', quantity: steps });
      }),
    );
  });

  it('the most an event may report is counted exactly', () => {
    for (const meter of meterNames) {
      const { mostPerEvent } = meters[meter];
      expect(parseQuantity(String(mostPerEvent), meter).status).toBe('read');
      expect(Number.isSafeInteger(mostPerEvent * stepsPerUnit(meter) * 100)).toBe(true);
    }
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('%s is never made one', (steps) => {
    expect(() => quantity(steps)).toThrow(RangeError);
  });
});

describe('rates', () => {
  it.each<[string, Rate]>([
    ['no number', { amount: 'abc', per: 1, tiers: [] }],
    ['below zero', { amount: '-1', per: 1, tiers: [] }],
    ['a float’s notation', { amount: '1.8e-7', per: 1, tiers: [] }],
    ['25 decimals', { amount: `0.${'1'.repeat(25)}`, per: 1, tiers: [] }],
    ['for nothing', { amount: '1', per: 0, tiers: [] }],
    ['for half a unit', { amount: '1', per: 0.5, tiers: [] }],
    ['a tier from zero', { amount: '1', per: 1, tiers: [{ from: 0, amount: '1' }] }],
    ['a tier without amount', { amount: '1', per: 1, tiers: [{ from: 5, amount: '' }] }],
    [
      'tiers that do not ascend',
      { amount: '1', per: 1, tiers: [5, 5].map((from) => ({ from, amount: '1' })) },
    ],
  ])('%s is refused', (_, rate) => {
    expect(faultOfRate(rate)).toMatch(/^(a price|volume tiers)/);
  });

  it('every rate these tests charge is a sound one', () => {
    fc.assert(
      fc.property(prices, ({ rate }) => {
        expect(faultOfRate(rate)).toBeUndefined();
      }),
    );
  });

  it.each<[Rate, Rate, boolean]>([
    [rate('0.18', 1_000_000), rate('0.00018', 1_000), true],
    [rate('0.180', 1_000_000), rate('0.18', 1_000_000), true],
    [rate('0.18', 1_000_000), rate('0.180000000000000001', 1_000_000), false],
    [rate('1', 1, [[5, '2']]), rate('2', 2, [[5, '4']]), true],
    [rate('1', 1, [[5, '2']]), rate('1', 1, [[6, '2']]), false],
    [rate('1', 1, [[5, '2']]), rate('1', 1), false],
    [rate('1', 1, [[5, '2']]), rate('1', 1, [[5, '3']]), false],
  ])('%o and %o: the same is %s', (a, b, isSame) => {
    expect(isSameRate(a, b)).toBe(isSame);
    expect(isSameRate(b, a)).toBe(isSame);
  });

  it.each<[Rate, Meter, string]>([
    [rate('0.18', 1_000_000), 'input_tokens', '0.18 per 1,000,000 input tokens'],
    [rate('0.04', 1), 'images', '0.04 per image'],
    [rate('0.04', 1, [[1_000, '0.03']]), 'images', '0.04 per image, 0.03 beyond 1,000'],
  ])('%o is written for people', (of, meter, text) => {
    expect(formatRate(of, meter)).toBe(text);
  });

  function rate(amount: string, per: number, tiers: [number, string][] = []): Rate {
    return { amount, per, tiers: tiers.map(([from, of]) => ({ from, amount: of })) };
  }
});
