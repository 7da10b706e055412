import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transfersOf } from '../../domain/bookkeeping.ts';
import { micros } from '../../domain/money.ts';
import { together202511 as policy, type Policy } from '../../domain/policy.ts';
import type { Means } from '../../domain/spendable.ts';
import { chargeUsage } from '../../domain/usage-charge.ts';
import { costs } from './account-states.ts';
import { dollars, nowMs } from './samples.ts';

const billed: Policy = { ...policy, usageBeyondSpendable: 'billed' };

/** $1 of free credits, $2 of purchased ones, $4 that may be owed. */
const means: Means = {
  lots: [
    { lotId: 1, kind: 'free', available: dollars(1) },
    { lotId: 2, kind: 'purchased', available: dollars(2) },
  ],
  room: dollars(4),
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
    const charge = chargeUsage({ cost: dollars(cost), model: 'chat' }, means, policy, nowMs);
    const total = (lots: readonly { amount: number }[]) =>
      lots.reduce((sum, { amount }) => sum + amount, 0);
    const { free, purchased, unbilled, writtenOff } = charge;
    expect([total(free), total(purchased), unbilled?.amount ?? 0, writtenOff]).toEqual(
      expected.map(dollars),
    );
  });

  it('past the limit where the policy bills what is beyond', () => {
    const charge = chargeUsage({ cost: dollars(10), model: null }, means, billed, nowMs);
    expect(charge).toMatchObject({ unbilled: { amount: dollars(7) }, writtenOff: 0 });
  });

  it.each([
    ['2026-11', Date.UTC(2026, 10, 30, 23, 59, 59, 999)],
    ['2026-12', Date.UTC(2026, 11, 1)],
    ['2028-02', Date.UTC(2028, 1, 29, 12)],
  ])('B12 what is owed belongs to the month it is recorded in: %s', (month, atMs) => {
    const charge = chargeUsage({ cost: dollars(5), model: null }, means, policy, atMs);
    expect(charge.unbilled).toEqual({ period: month, amount: dollars(2) });
  });
});

it('R21 R66 the parts of a charge add up to its cost, and move exactly what was not written off', () => {
  fc.assert(
    fc.property(parts, costs, costs, fc.boolean(), (lots, room, cost, isBilled) => {
      const given = {
        lots: lots.map((lot) => ({ ...lot, available: micros(lot.available) })),
        room: micros(room),
      };
      const usage = { cost: micros(cost), model: null };
      const charge = chargeUsage(usage, given, isBilled ? billed : policy, nowMs);
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
