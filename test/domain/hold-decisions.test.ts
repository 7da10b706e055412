import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideExtend, decideHold, decideSettle, endHold } from '../../domain/hold-decisions.ts';
import { hasExpired, lotsAfterHold, reservedBy } from '../../domain/holds.ts';
import { micros } from '../../domain/money.ts';
import { AccountModel, dayMs, type ModelHold } from '../support/account-model.ts';
import { costs, factsOf, holdOf, policyOf, states, ttlMs, uses } from './account-states.ts';
import { nowMs } from './samples.ts';

const zeroOr = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 8, arbitrary: costs });

function ownHold(model: AccountModel): ModelHold {
  const own = model.holds.get('own');
  if (own === undefined) throw new Error('the model has no hold of its own');
  return own;
}

function settle(model: AccountModel, cost: number, atMs = nowMs) {
  const hold = holdOf(ownHold(model));
  return decideSettle(factsOf(model), hold, { cost: micros(cost) }, policyOf(model), atMs);
}

function extend(model: AccountModel, cost: number, atMs = nowMs) {
  const asked = { cost: micros(cost), ttlMs };
  return decideExtend(factsOf(model), holdOf(ownHold(model)), asked, policyOf(model), atMs);
}

/** $10 of credits and a $100 limit, with a hold of $4 that ends in a day. */
function aModel(): AccountModel {
  const model = Object.assign(new AccountModel(), { paid: 5e6, cardUntilMs: nowMs + dayMs });
  const lot = { kind: 'purchased' as const, amount: 10e6, remaining: 10e6, scope: null };
  model.lots.push({ ...lot, id: 1, acquiredAtMs: nowMs, endsAtMs: null, isFrozen: false });
  expect(model.place('own', { cost: 4e6, use: null, ttlMs: dayMs }, nowMs)).toBe('admitted');
  return model;
}

const parts = (lots = new Map<number, number>()) =>
  [...lots].map(([lotId, amount]) => ({ lotId, amount }));

describe('R20 a hold', () => {
  it('reserves what the rules say, in their order, or nothing where it is refused', () => {
    let admitted = 0;
    fc.assert(
      fc.property(states, costs, uses, (given, cost, use) => {
        const model = given.copy();
        const request = { holdId: 'new', cost: micros(cost), model: use, ttlMs };
        const { hold, decision } = decideHold(factsOf(model), request, policyOf(model), nowMs);
        const { version, holdVersion } = model;
        const told = model.place('new', { cost, use, ttlMs }, nowMs);
        if (told !== 'admitted') {
          expect([hold, decision?.code]).toEqual([null, told]);
          return;
        }
        admitted += 1;
        const expected = model.holds.get('new');
        expect(hold).toMatchObject({
          ...{ state: 'open', cost, model: use, lots: parts(expected?.lots) },
          ...{ postpaid: expected?.postpaid, openedAtMs: nowMs, expiresAtMs: nowMs + ttlMs },
          admittedBy: { version, holdVersion: holdVersion + 1, cost },
        });
      }),
      { numRuns: 3_000 },
    );
    expect(admitted).toBeGreaterThan(300);
  });

  it('B6 holds admitted one after another never reserve more than there is', () => {
    fc.assert(
      fc.property(states, fc.array(fc.tuple(costs, uses), { maxLength: 12 }), (given, asked) => {
        const model = given.copy();
        for (const [index, [cost, use]] of asked.entries()) {
          const request = { holdId: `r${index}`, cost: micros(cost), model: use, ttlMs };
          const { hold } = decideHold(factsOf(model), request, policyOf(model), nowMs);
          if (hold === null) continue;
          // Only what the rules gave is carried on: the model checks nothing here.
          const lots = new Map(
            hold.lots.map((part): [number, number] => [part.lotId, part.amount]),
          );
          const { postpaid } = hold;
          const held = {
            id: `r${index}`,
            state: 'open' as const,
            use,
            cost,
            askedCost: cost,
            lots,
          };
          model.holds.set(held.id, { ...held, postpaid, endsAtMs: nowMs + ttlMs, settled: null });
          const over = model.owed() + model.heldPostpaid() - model.limit(nowMs);
          if (postpaid > 0) expect(over).toBeLessThanOrEqual(0);
          for (const lot of model.lots)
            expect(model.heldOf(lot.id)).toBeLessThanOrEqual(lot.remaining);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('R21 a settle', () => {
  it('charges what the rules say; the parts add up to the cost', () => {
    const seen = { less: 0, more: 0, writtenOff: 0, late: 0 };
    fc.assert(
      fc.property(states, zeroOr, (given, cost) => {
        const model = given.copy();
        const own = ownHold(model);
        const isLate = own.state === 'expired' || own.endsAtMs <= nowMs;
        const before = { limit: model.limit(nowMs), owed: model.owed() };
        const { hold, event } = settle(model, cost);
        const [charge, ...others] = event.charges;
        expect(others).toEqual([]);
        const told = model.settle('own', cost, nowMs);
        if (typeof told === 'string' || charge === undefined) throw new Error('not settled');
        const amountOf = (kind: 'free' | 'purchased') =>
          parts(told.lots).filter(({ lotId }) => model.lots[lotId - 1]?.kind === kind);
        expect(charge).toEqual({
          ...{ model: own.use, cost, free: amountOf('free'), purchased: amountOf('purchased') },
          unbilled: told.unbilled === 0 ? null : { period: '2026-11', amount: told.unbilled },
          writtenOff: told.writtenOff,
        });
        const paid = [...charge.free, ...charge.purchased].reduce(
          (all, part) => all + part.amount,
          0,
        );
        expect(paid + (charge.unbilled?.amount ?? 0) + charge.writtenOff).toBe(cost);
        expect(hold).toMatchObject({ settledCost: cost, writtenOff: told.writtenOff });
        if (!isLate && cost <= own.cost) expect(charge.writtenOff).toBe(0);
        if (isLate && !model.policy.billsBeyondSpendable) {
          expect(told.unbilled).toBeLessThanOrEqual(Math.max(0, before.limit - before.owed));
        }
        seen.less += Number(cost < own.cost);
        seen.more += Number(cost > own.cost);
        seen.late += Number(isLate);
        seen.writtenOff += Number(told.writtenOff > 0);
      }),
      { numRuns: 4_000 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
  });

  it.each([
    ['less than was held', 1.5e6, { purchased: 1.5e6, unbilled: 0, writtenOff: 0 }],
    ['all of it', 4e6, { purchased: 4e6, unbilled: 0, writtenOff: 0 }],
    ['more: from what is spendable', 60e6, { purchased: 10e6, unbilled: 50e6, writtenOff: 0 }],
    ['more than there is', 111e6, { purchased: 10e6, unbilled: 100e6, writtenOff: 1e6 }],
    ['nothing', 0, { purchased: 0, unbilled: 0, writtenOff: 0 }],
  ])('of %s', (_, cost, expected) => {
    const charge = settle(aModel(), cost).event.charges[0];
    const purchased = charge?.purchased.reduce((sum, { amount }) => sum + amount, 0);
    const { writtenOff } = charge ?? {};
    expect({ purchased, unbilled: charge?.unbilled?.amount ?? 0, writtenOff }).toEqual(expected);
  });

  it('bills past the limit where the policy says so', () => {
    const model = aModel();
    model.policy.billsBeyondSpendable = true;
    const [charge] = settle(model, 111e6).event.charges;
    expect(charge).toMatchObject({ unbilled: { amount: 101e6 }, writtenOff: 0 });
  });

  it('R22 after the limit was lowered may owe what was reserved, and no more', () => {
    const model = aModel();
    model.lots = [];
    model.holds.clear();
    model.place('own', { cost: 8e6, use: null, ttlMs: dayMs }, nowMs);
    model.ownLimit = 0;
    const [charge] = settle(model, 9e6).event.charges;
    expect(charge).toMatchObject({ unbilled: { amount: 8e6 }, writtenOff: 1e6 });
  });

  it('R28 uses credits that ended while they were held, not those beside them', () => {
    const model = aModel();
    for (const lot of model.lots) Object.assign(lot, { kind: 'free', endsAtMs: nowMs + 1_000 });
    model.cardUntilMs = null;
    const [charge] = settle(model, 6e6, nowMs + 1_000).event.charges;
    expect(charge).toMatchObject({ free: [{ lotId: 1, amount: 4e6 }], writtenOff: 2e6 });
  });

  it('of an expired hold finds what it reserved spendable, swept or not', () => {
    for (const isSwept of [false, true]) {
      const model = aModel();
      Object.assign(model, { cardUntilMs: null });
      expect(model.place('rest', { cost: 6e6, use: null, ttlMs: dayMs }, nowMs)).toBe('admitted');
      if (isSwept) model.end('own', 'expired');
      const [charge] = settle(model, 5e6, nowMs + dayMs).event.charges;
      expect(charge).toMatchObject({ purchased: [{ lotId: 1, amount: 4e6 }], writtenOff: 1e6 });
    }
  });

  it('R53 of a hold that was swept keeps when it gave back what it reserved', () => {
    const model = aModel();
    const swept = endHold(factsOf(model), holdOf(ownHold(model)), 'expired', nowMs + dayMs);
    model.end('own', 'expired');
    const facts = factsOf(model);
    const late = decideSettle(
      facts,
      swept,
      { cost: micros(1e6) },
      policyOf(model),
      nowMs + 2 * dayMs,
    ).hold;
    expect(late).toMatchObject({ state: 'settled', settledCost: 1e6, endedAtMs: nowMs + dayMs });
    expect(late.endedHoldVersion).toBe(swept.endedHoldVersion);
  });
});

describe('R23 an extension', () => {
  it('is answered as the rules say, and reserves what they say', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(states, costs, (given, cost) => {
        const model = given.copy();
        const before = holdOf(ownHold(model));
        const { instruction, hold } = extend(model, cost);
        const told = model.extend('own', { cost, ttlMs }, nowMs);
        expect(instruction).toBe(told);
        seen[told] = (seen[told] ?? 0) + 1;
        const after = ownHold(model);
        if (told === 'stop' || told === 'pause') {
          expect(hold).toEqual(before);
          return;
        }
        expect(hold).toMatchObject({
          ...{ cost: Math.max(cost, before.cost), postpaid: after.postpaid },
          ...{ lots: parts(after.lots), expiresAtMs: after.endsAtMs },
        });
      }),
      { numRuns: 4_000 },
    );
    for (const name of ['continue', 'warn', 'pause', 'stop'])
      expect(seen[name]).toBeGreaterThan(50);
  });

  it.each([
    ['continue', 10e6],
    ['continue', 57e6], // $53 more leave $53: as much again would pass
    ['warn', 57_000_001],
    ['warn', 110e6],
    ['pause', 110_000_001],
  ])('%s at $%s in all', (instruction, cost) => {
    expect(extend(aModel(), cost).instruction).toBe(instruction);
  });

  it.each([
    ['its time is over', (model: AccountModel) => (ownHold(model).endsAtMs = nowMs)],
    ['it was released', (model: AccountModel) => model.end('own', 'released')],
    ['an operator keeps the account from use', (model: AccountModel) => (model.isOnHold = true)],
    ['the account is closed', (model: AccountModel) => (model.isClosed = true)],
    [
      'an invoice is past due',
      (model: AccountModel) =>
        model.invoices.push({ id: 'inv', due: 1, dueAtMs: nowMs - 7 * dayMs }),
    ],
  ])('stop where %s', (_, change) => {
    const model = aModel();
    change(model);
    expect(extend(model, 5e6).instruction).toBe('stop');
  });

  it('asked for twice reserves once; its end never comes nearer', () => {
    const model = aModel();
    const { hold } = extend(model, 9e6);
    expect(hold).toMatchObject({ cost: 9e6, expiresAtMs: nowMs + dayMs });
    model.extend('own', { cost: 9e6, ttlMs }, nowMs);
    expect(extend(model, 9e6).hold).toEqual(hold);
    expect(extend(model, 2e6).hold).toEqual(hold);
    expect(extend(model, 9e6, nowMs + dayMs - 1).hold.expiresAtMs).toBe(nowMs + dayMs - 1 + ttlMs);
  });
});

describe('the end of a hold', () => {
  it('comes at its instant, and gives everything back once', () => {
    fc.assert(
      fc.property(
        states,
        fc.constantFrom('released' as const, 'expired' as const),
        (model, state) => {
          const facts = factsOf(model);
          const open = holdOf(ownHold(model));
          const ended = endHold(facts, open, state, nowMs);
          expect(hasExpired(open, nowMs)).toBe(ownHold(model).endsAtMs <= nowMs);
          const lots = lotsAfterHold(facts.lots, reservedBy(open), reservedBy(ended));
          model.end('own', state);
          expect(lots).toEqual(factsOf(model).lots);
          expect(endHold(facts, ended, 'released', nowMs + 1)).toBe(ended);
        },
      ),
      { numRuns: 500 },
    );
  });
});
