import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aloneRefusesService, decideAccess, type AccessFacts } from '../../domain/access.ts';
import { micros } from '../../domain/money.ts';
import { together202511 as policy } from '../../domain/policy.ts';
import { AccountModel, dayMs } from '../support/account-model.ts';
import { costs, factsOf, policyOf, states, uses } from './account-states.ts';
import { dollars, nowMs } from './samples.ts';

const r1 = 'deepseek-ai/DeepSeek-R1';
const largeLlama = 'meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo';

/** A Build Tier 1 account with a card and nothing bought, changed as a case wants it. */
function aModel(change: Partial<AccountModel> = {}): AccountModel {
  return Object.assign(new AccountModel(), {
    ...{ paid: 5e6, cardUntilMs: nowMs + dayMs },
    ...change,
  });
}

function free(amount: number, scope: readonly string[] | null = null) {
  const lot = { kind: 'free' as const, amount, remaining: amount, scope, endsAtMs: null };
  return { ...lot, id: 1, acquiredAtMs: nowMs - dayMs, isFrozen: false };
}

function decide(model: AccountModel, cost: number, use: string | null = null, atMs = nowMs) {
  const request = { cost: micros(cost), model: use };
  return decideAccess(factsOf(model), request, policyOf(model), atMs);
}

const pastDue = { id: 'inv', due: 9e6, dueAtMs: nowMs - 7 * dayMs };

describe('R54 the first question answered with no gives the code', () => {
  /** Each row fails its own question and every later one too. */
  const worst: Partial<AccountModel> = {
    ...{ paid: 0, cardUntilMs: null, lots: [free(2e6, ['image'])] },
    ...{ isClosed: true, isOnHold: true, invoices: [pastDue] },
  };
  it.each([
    ['account_closed', worst],
    ['account_on_hold', { ...worst, isClosed: false }],
    ['past_due_invoice', { ...worst, isClosed: false, isOnHold: false }],
    ['account_limited', { ...worst, isClosed: false, isOnHold: false, invoices: [] }],
    ['credits_exhausted', { lots: [free(2e6, ['image'])], ownLimit: 0 }],
    ['tier_too_low', { ownLimit: 0 }],
  ])('%s', (code, change) => {
    expect(decide(aModel(change), 1e6, largeLlama).code).toBe(code);
  });

  it('limit reached before holds full: both are short, holds alone are not named', () => {
    const model = aModel({ ownLimit: 10e6 });
    model.place('running', { cost: 9e6, use: null, ttlMs: dayMs }, nowMs);
    expect(decide(model, 10_000_001).code).toBe('balance_limit_reached');
    expect(decide(model, 10e6).code).toBe('holds_full');
    expect(decide(model, 1e6)).toMatchObject({ allowed: true, code: null });
  });
});

describe('R51 who pays an invoice restores service', () => {
  const others = { number: '', due: dollars(9), dueTax: micros(0), pauses: [] };
  const invoice = (invoiceId: string, dueAtMs: number) => {
    return { ...others, invoiceId, dueAtMs, chargeAtMs: null, nextChargeAtMs: null };
  };
  const refusing = invoice('inv_1', nowMs - 20 * dayMs);

  it.each([
    ['where it is the only one that refuses service', [refusing], true],
    ['also beside one in grace', [refusing, invoice('inv_2', nowMs - dayMs)], true],
    ['not beside another that refuses it', [refusing, invoice('inv_2', nowMs - 9 * dayMs)], false],
    ['not where none refuses it', [invoice('inv_1', nowMs - dayMs)], false],
    ['not where only another refuses it', [{ ...refusing, invoiceId: 'inv_2' }], false],
  ])('%s', (_, open, expected) => {
    expect(aloneRefusesService('inv_1', open, policy, nowMs)).toBe(expected);
  });
});

describe('R18 R19 the limit', () => {
  it.each([
    ['no card', { cardUntilMs: null }, 'credits_exhausted'],
    ['a card that ended', { cardUntilMs: nowMs }, 'credits_exhausted'],
    ['a limit of $0', { ownLimit: 0 }, 'credits_exhausted'],
    ['Build Tier 1 not reached', { paid: 4_999_999 }, 'credits_exhausted'],
    ['a limit of $3', { ownLimit: 3e6 }, 'balance_limit_reached'],
    ['R67 a contract without a card', { plan: 'scale' as const, cardUntilMs: null, paid: 0 }, null],
  ])('%s', (_, change, code) => {
    expect(decide(aModel(change), 3_000_001).code).toBe(code);
  });

  it('R18 who has no usable card is told that one on file lets them owe, and how much', () => {
    const remedy = { action: 'add_card', limit: 100e6 };
    for (const cardUntilMs of [null, nowMs]) {
      expect(decide(aModel({ cardUntilMs }), 1e6).remedies).toContainEqual(remedy);
      expect(decide(aModel({ cardUntilMs }), 101e6).remedies).not.toContainEqual(remedy);
    }
    for (const change of [{}, { ownLimit: 0, cardUntilMs: null }, { paid: 0, cardUntilMs: null }]) {
      const { remedies } = decide(aModel(change), 101e6);
      expect(remedies.map(({ action }) => action)).not.toContain('add_card');
    }
  });

  it('R68 fully prepaid leaves nobody any room, contracts included', () => {
    const prepaid = { isPrepaid: true, billsBeyondSpendable: false };
    for (const plan of ['build', 'enterprise'] as const) {
      const decision = decide(aModel({ plan, policy: prepaid, ceiling: 500e6 }), 1);
      expect(decision).toMatchObject({ code: 'credits_exhausted', limit: 0, spendable: 0 });
    }
  });

  it('R22 a limit lowered under what is owed leaves credits usable, and nothing else', () => {
    const model = aModel({ ownLimit: 2e6, lots: [free(1e6)] });
    model.owe('2026-11', 40e6);
    expect(decide(model, 1e6)).toMatchObject({ allowed: true, spendable: 1e6 });
    expect(decide(model, 1_000_001).code).toBe('balance_limit_reached');
  });
});

describe('R50 past due', () => {
  it('refuses service when grace is over, at its very end, even with credits', () => {
    const model = aModel({ lots: [free(50e6)], invoices: [pastDue] });
    expect(decide(model, 1, null, nowMs - 1).allowed).toBe(true);
    const refused = decide(model, 1);
    expect(refused).toMatchObject({ code: 'past_due_invoice', spendable: 50e6 + 91e6 });
    expect(refused.remedies).toMatchObject([{ action: 'pay_invoice', invoice: { due: 9e6 } }]);
  });
});

describe('R26 R28 R31 free credits', () => {
  it('R26 of an account that never paid run what needs no tier, and say that it is limited', () => {
    const model = aModel({ paid: 0, lots: [free(5e6)] });
    expect(decide(model, 5e6)).toMatchObject({ allowed: true, tier: 'limited' });
    const refused = decide(model, 1, r1);
    expect(refused).toMatchObject({ code: 'account_limited', free: 5e6, neededTier: 'build_1' });
    expect(refused.remedies).toEqual([{ action: 'spend_more', amount: 5e6, tier: 'build_1' }]);
  });

  it('R28 out of scope are skipped, and the answer says how much they are', () => {
    const model = aModel({ ownLimit: 0, lots: [free(5e6, ['image'])] });
    expect(decide(model, 1e6, 'image').allowed).toBe(true);
    const refused = { code: 'credits_exhausted', freeOutOfScope: 5e6, spendable: 0 };
    expect(decide(model, 1e6, 'chat')).toMatchObject(refused);
    const { checks, remedies } = decide(model, 1e6);
    expect(checks.find(({ passed }) => !passed)?.name).toBe('free_credits_in_scope');
    expect(remedies).toContainEqual({ action: 'name_model' });
  });

  it('R31 a model can need a tier: the refusal names it and what is missing', () => {
    const { code, neededTier, remedies } = decide(aModel({ paid: 12_340_000 }), 1, largeLlama);
    expect({ code, neededTier }).toEqual({ code: 'tier_too_low', neededTier: 'build_2' });
    const missing = dollars(37.66);
    expect(remedies).toEqual([{ action: 'spend_more', amount: missing, tier: 'build_2' }]);
  });
});

describe('any account', () => {
  it('R20 R53 R54 is decided as the rules say, number by number', () => {
    const seen = new Map<string | null, number>();
    fc.assert(
      fc.property(states, costs, uses, (model, cost, use) => {
        const decision = decide(model, cost, use);
        seen.set(decision.code, (seen.get(decision.code) ?? 0) + 1);
        expect({
          ...{ code: decision.code, limit: decision.limit, owed: decision.owed },
          ...{ spendable: decision.spendable, freeOutOfScope: decision.freeOutOfScope },
          ...{ held: decision.held, heldPostpaid: decision.heldPostpaid },
        }).toEqual({
          ...{ code: model.why(cost, use, nowMs), limit: model.limit(nowMs), owed: model.owed() },
          spendable: model.spendable(use, nowMs),
          freeOutOfScope: model.outOfScope(use, nowMs),
          held: model.lots.reduce((sum, lot) => sum + model.heldOf(lot.id), 0),
          heldPostpaid: model.heldPostpaid(),
        });
        expect(decision.allowed).toBe(decision.code === null);
      }),
      { numRuns: 4_000 },
    );
    // A property that never met a code would say nothing of it.
    expect([...seen.keys()].map(String).toSorted()).toEqual([
      ...['account_closed', 'account_limited', 'account_on_hold', 'balance_limit_reached'],
      ...['credits_exhausted', 'holds_full', 'null', 'past_due_invoice', 'tier_too_low'],
    ]);
  });

  it('R55 who does what a remedy says is admitted, unless something else is missing', () => {
    fc.assert(
      fc.property(states, costs, uses, (model, cost, use) => {
        const { remedies } = decide(model, cost, use);
        for (const remedy of remedies) {
          const facts = factsOf(model);
          const then = after(facts, remedy);
          if (then === null) continue;
          const request = { cost: micros(cost), model: use };
          const decision = decideAccess(then, request, policyOf(model), nowMs);
          expect(['credits_exhausted', 'balance_limit_reached']).not.toContain(decision.code);
        }
      }),
      { numRuns: 4_000 },
    );
  });
});

/** The facts after the customer bought the credits, or raised the limit, that an answer names. */
function after(
  facts: AccessFacts,
  remedy: ReturnType<typeof decide>['remedies'][number],
): AccessFacts | null {
  const { account, balances } = facts;
  if (remedy.action === 'raise_limit') {
    return { ...facts, account: { ...account, ownBalanceLimit: remedy.amount } };
  }
  if (remedy.action !== 'buy_credits') return null;
  const paid = Math.min(balances.unbilled, remedy.amount);
  const lot = {
    ...{ lotId: 99, kind: 'purchased' as const, amount: remedy.amount, held: micros(0) },
    ...{ remaining: micros(remedy.amount - paid), scope: null, acquiredAtMs: nowMs },
    ...{ expiresAtMs: null, frozenAtMs: null },
  };
  // The purchase would raise the tier too; the answer does not count on it.
  const unbilled = micros(balances.unbilled - paid);
  return { ...facts, lots: [...facts.lots, lot], balances: { ...balances, unbilled } };
}

it('R53 the same facts give the same answer, and nothing given is changed', () => {
  fc.assert(
    fc.property(states, costs, uses, (model, cost, use) => {
      const facts = deepFreeze(factsOf(model));
      const request = { cost: micros(cost), model: use };
      const first = decideAccess(facts, request, policy, nowMs);
      expect(decideAccess(facts, request, policy, nowMs)).toEqual(first);
    }),
  );
});

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
