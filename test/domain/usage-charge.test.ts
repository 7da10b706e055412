import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transfersOf } from '../../domain/bookkeeping.ts';
import { micros, type Micros } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';
import { together202511 as policy, type Policy } from '../../domain/policy.ts';
import type { Means } from '../../domain/spendable.ts';
import { chargeUsage, type UsageCost } from '../../domain/usage-charge.ts';
import { costs } from './account-states.ts';
import { dollars } from './samples.ts';

const billed: Policy = { ...policy, usageBeyondSpendable: 'billed' };

/** $1 of free credits, $2 of purchased ones, $4 that may be owed. */
const means: Means = {
  lots: [
    { lotId: 1, kind: 'free', available: dollars(1) },
    { lotId: 2, kind: 'purchased', available: dollars(2) },
  ],
  room: dollars(4),
};

const costing = (cost: Micros, postingPeriod = period('2026-11')): UsageCost => {
  return { cost, model: 'chat', postingPeriod };
};

const parts = fc
  .array(fc.tuple(fc.constantFrom('free' as const, 'purchased' as const), costs), { maxLength: 4 })
  .map((lots) => lots.map(([kind, available], index) => ({ kind, lotId: index + 1, available })));

describe('R21 usage is charged', () => {
  it.each([
    ['to free credits', 1, [1, 0, 0, 0]],
    ['to purchased ones next', 2.5, [1, 1.5, 0, 0]],
    ['to what may be owed last', 6, [1, 2, 3, 0]],
    ['to its very end', 7, [1, 2, 4, 0]],
    ['and what is beyond is written off', 7.000001, [1, 2, 4, 0.000001]],
    ['not at all where it cost nothing', 0, [0, 0, 0, 0]],
  ])('%s', (_, cost, expected) => {
    const charge = chargeUsage(costing(dollars(cost)), means, policy);
    const total = (lots: readonly { amount: number }[]) =>
      lots.reduce((sum, { amount }) => sum + amount, 0);
    const { free, purchased, unbilled, writtenOff } = charge;
    expect([total(free), total(purchased), unbilled?.amount ?? 0, writtenOff]).toEqual(
      expected.map(dollars),
    );
  });

  it('past the limit where the policy bills what is beyond', () => {
    const charge = chargeUsage(costing(dollars(10)), means, billed);
    expect(charge).toMatchObject({ unbilled: { amount: dollars(7) }, writtenOff: 0 });
  });

  it('R43 and what is owed belongs to the month that it is posted to', () => {
    const charge = chargeUsage(costing(dollars(5), period('2026-12')), means, policy);
    expect(charge.unbilled).toEqual({ period: '2026-12', amount: dollars(2) });
  });
});

it('R21 R66 the parts of a charge add up to its cost, and move exactly what was not written off', () => {
  fc.assert(
    fc.property(parts, costs, costs, fc.boolean(), (lots, room, cost, isBilled) => {
      const given = {
        lots: lots.map((lot) => ({ ...lot, available: micros(lot.available) })),
        room: micros(room),
      };
      const charge = chargeUsage(costing(micros(cost)), given, isBilled ? billed : policy);
      const event = { kind: 'usage_charged' as const, holdId: null, charges: [charge] };
      const moved = transfersOf(event, 9).reduce((sum, { amount }) => sum + amount, 0);
      expect(moved + charge.writtenOff).toBe(cost);
      const spendable = lots.reduce((sum, { available }) => sum + available, room);
      expect(charge.writtenOff).toBe(isBilled ? 0 : Math.max(0, cost - spendable));
      const kinds = new Map(lots.map(({ lotId, kind }) => [lotId, kind]));
      for (const kind of ['free', 'purchased'] as const) {
        for (const { lotId } of charge[kind]) expect(kinds.get(lotId)).toBe(kind);
      }
    }),
    { numRuns: 2_000 },
  );
});
