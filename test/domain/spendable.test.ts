import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CreditLot } from '../../domain/account.ts';
import { micros, ZERO } from '../../domain/money.ts';
import {
  allocate,
  roomUnder,
  spendableOf,
  freeOutOfScope,
  usableLots,
} from '../../domain/spendable.ts';
import { costs, factsOf, states, uses } from './account-states.ts';
import { dollars, nowMs } from './samples.ts';

/** A lot of $1, free and without end or scope unless said otherwise. */
function lot(lotId: number, change: Partial<CreditLot> = {}): CreditLot {
  return {
    ...{ lotId, kind: 'free', amount: dollars(1), remaining: dollars(1), held: ZERO, scope: null },
    ...{ acquiredAtMs: nowMs - 1_000, expiresAtMs: null, frozenAtMs: null, ...change },
  };
}

const idsOf = (lots: readonly { lotId: number }[]) => lots.map(({ lotId }) => lotId);

describe('R27 lots are used', () => {
  it('free before purchased; free ones by what ends first; purchased ones oldest first', () => {
    const lots = [
      lot(1, { kind: 'purchased', acquiredAtMs: nowMs - 9_000 }),
      lot(2, { expiresAtMs: null, acquiredAtMs: nowMs - 9_000 }),
      lot(3, { expiresAtMs: nowMs + 2_000 }),
      lot(4, { kind: 'purchased', acquiredAtMs: nowMs - 8_000, expiresAtMs: nowMs + 1 }),
      lot(5, { expiresAtMs: nowMs + 1_000 }),
      lot(6, { kind: 'purchased', acquiredAtMs: nowMs - 8_000 }),
      lot(7, { expiresAtMs: nowMs + 2_000, acquiredAtMs: nowMs - 2_000 }),
      lot(8, { expiresAtMs: null, acquiredAtMs: nowMs - 9_000 }),
    ];
    const order = [5, 7, 3, 2, 8, 1, 4, 6];
    expect(idsOf(usableLots(lots, null, nowMs))).toEqual(order);
    expect(idsOf(usableLots(lots.toReversed(), null, nowMs))).toEqual(order);
  });

  it('R27 each cost names its lots, one used up before the next is touched', () => {
    const lots = usableLots([lot(1, { kind: 'purchased' }), lot(2), lot(3)], null, nowMs);
    expect(allocate(dollars(2.5), { lots, room: dollars(9) })).toEqual({
      lots: [
        ...[2, 3].map((lotId) => ({ lotId, amount: dollars(1) })),
        { lotId: 1, amount: dollars(0.5) },
      ],
      ...{ postpaid: ZERO, missing: ZERO },
    });
  });
});

describe('R20 R28 a lot is not usable', () => {
  it.each<[string, Partial<CreditLot>, string | null]>([
    ['at the instant it ends', { expiresAtMs: nowMs }, null],
    ['while it is frozen', { frozenAtMs: nowMs - 1 }, null],
    ['when all of it is held', { held: dollars(1) }, null],
    ['out of its scope', { scope: ['image'] }, 'chat'],
    ['with a scope where no model is named', { scope: ['image'] }, null],
  ])('%s', (_, change, model) => {
    expect(usableLots([lot(1, change)], model, nowMs)).toEqual([]);
  });

  it.each<[string, Partial<CreditLot>, string | null]>([
    ['just before it ends', { expiresAtMs: nowMs + 1 }, null],
    ['where anything of it is not held', { held: micros(999_999) }, 'chat'],
    ['in its scope', { scope: ['image', 'chat'] }, 'chat'],
  ])('but it is %s', (_, change, model) => {
    const available = micros(1_000_000 - (change.held ?? 0));
    expect(usableLots([lot(1, change)], model, nowMs)).toMatchObject([{ lotId: 1, available }]);
  });
});

describe('R20 the room under the limit', () => {
  it.each([
    ['is what is neither owed nor held', 100, 30, 20, 50],
    ['ends at the limit', 100, 80, 20, 0],
    ['R22 is nothing under a lowered limit', 10, 30, 0, 0],
    ['R22 is nothing where holds reach over a lowered limit', 10, 5, 9, 0],
  ])('%s', (_, limit, owed, held, room) => {
    const heldPostpaid = dollars(held);
    expect(roomUnder(dollars(limit), dollars(owed), { heldPostpaid })).toBe(dollars(room));
  });
});

describe('R20 any account', () => {
  it('can spend what its usable lots and its room add up to', () => {
    fc.assert(
      fc.property(states, uses, (model, use) => {
        const { lots, balances } = factsOf(model);
        const limit = micros(model.limit(nowMs));
        const room = roomUnder(limit, micros(model.owed()), balances);
        const spendable = spendableOf({ lots: usableLots(lots, use, nowMs), room });
        expect(spendable).toBe(model.spendable(use, nowMs));
        expect(freeOutOfScope(lots, use, nowMs)).toBe(model.outOfScope(use, nowMs));
      }),
      { numRuns: 2_000 },
    );
  });

  it('pays a cost exactly: its parts add up, and none is more than is there', () => {
    fc.assert(
      fc.property(states, uses, costs, costs, (model, use, cost, room) => {
        const { lots } = factsOf(model);
        const usable = usableLots(lots, use, nowMs);
        const paid = allocate(micros(cost), { lots: usable, room: micros(room) });
        const ofLots = paid.lots.reduce((sum, { amount }) => sum + amount, 0);
        expect(ofLots + paid.postpaid + paid.missing).toBe(cost);
        const spendable = spendableOf({ lots: usable, room: micros(room) });
        expect(paid.missing).toBe(Math.max(0, cost - spendable));
        if (paid.postpaid > 0) expect(ofLots).toBe(spendable - room);
        for (const { lotId, amount } of paid.lots) {
          const { remaining = 0, held = 0 } = lots.find((row) => row.lotId === lotId) ?? {};
          expect(amount).toBeGreaterThan(0);
          expect(amount).toBeLessThanOrEqual(remaining - held);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
