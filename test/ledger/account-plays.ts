import fc from 'fast-check';
import { expect } from 'vitest';
import type { Account, AccountId } from '../../domain/account.ts';
import { endHold } from '../../domain/hold-decisions.ts';
import { micros } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';
import { together202511, together2026, type Policy } from '../../domain/policy.ts';
import type { PolicySchedule } from '../../domain/policy-schedule.ts';
import { advanceTestClock, setOwnBalanceLimit } from '../../ledger/account-settings.ts';
import { applyChange } from '../../ledger/change.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import { expireCredits, type LotPageInput } from '../../ledger/credit-expiry.ts';
import type { Ledger } from '../../ledger/database.ts';
import type { HoldDesk } from '../../ledger/holds.ts';
import { discardCard, saveCard } from '../../ledger/payment-methods.ts';
import { settlePurchase } from '../../ledger/purchase-endings.ts';
import {
  dayMs,
  type AccountModel,
  type ModelPolicy,
  type ModelSettlement,
} from '../support/account-model.ts';
import { aCapture, anAttempt, anOpenPurchase, nowMs as clockMs, visa } from './ledger-fixture.ts';

/** One account twice: in the ledger, and as the rules describe it. */
export interface Played {
  readonly ledger: Ledger;
  readonly desk: HoldDesk;
  readonly accountId: AccountId;
  readonly model: AccountModel;
  readonly policies: PolicySchedule;
  /** Its test clock: the account's own time is the clock's plus this. */
  offsetMs: number;
  /** Makes idempotency keys unique. */
  step: number;
  /** What was reserved by which hold, after each thing done to holds. */
  readonly reserved: Map<number, unknown>;
  /** How often which answer was given. */
  readonly seen: Map<string, number>;
}

/** Does the same to both, and compares what they answer. */
export interface Play {
  readonly run: (played: Played) => Promise<void>;
}

/** Plays that a failing property shows by their name and what was drawn for them. */
function playsOf<Drawn>(
  name: string,
  drawn: fc.Arbitrary<Drawn>,
  run: (given: Drawn, played: Played) => Promise<void>,
): fc.Arbitrary<Play> {
  return drawn.map((given) => ({
    run: (played) => run(given, played),
    [fc.toStringMethod]: () => `${name} ${fc.stringify(given)}`,
  }));
}

const hourMs = 3_600_000;
const amounts = fc.integer({ min: 1, max: 120 }).map((quarters) => quarters * 250_000);
const costs = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(100, 400, 600)),
    fc.constantFrom(-1, 0, 0, 1),
  )
  .map(([quarters, beside]) => Math.max(1, quarters * 250_000 + beside));
const holdIds = fc.integer({ min: 1, max: 9 }).map((number) => `req_${number}`);
const uses = fc.constantFrom(null, null, 'chat', 'image', 'deepseek-ai/DeepSeek-R1');
const ttls = fc.constantFrom(null, null, hourMs, hourMs, dayMs, dayMs, dayMs + 1);
const actor = 'test';

export function nowOf({ offsetMs }: Played): number {
  return clockMs + offsetMs;
}

const purchase = playsOf(
  'purchase',
  amounts.filter((amount) => amount >= 5e6),
  async (amount, played) => {
    const { ledger, accountId, model } = played;
    // What Stripe tells is in whole seconds, and the step keeps purchases apart in time.
    const nowMs = nowOf(played) + played.step * 1_000;
    const opened = await anOpenPurchase(ledger, accountId, { amount: micros(amount), nowMs });
    const capture = aCapture(opened, { capturedAtMs: nowMs });
    const { purchaseId } = opened;
    const input = { accountId, purchaseId, capture, cardRefusal: null, nowMs };
    await settlePurchase(ledger, { ...input, attempt: anAttempt(opened) }, played.policies);
    model.purchase(amount, nowMs);
  },
);

const grant = playsOf(
  'grant',
  fc.record({
    amount: amounts,
    scope: fc.constantFrom(null, null, ['chat'], ['image', 'chat']),
    lastsMs: fc.constantFrom(null, null, hourMs, 2 * hourMs, dayMs),
  }),
  async ({ amount, scope, lastsMs }, played) => {
    const nowMs = nowOf(played);
    const endsAtMs = lastsMs === null ? null : nowMs + lastsMs;
    const asked = { accountId: played.accountId, idempotencyKey: `${played.step}`, actor, nowMs };
    const given = { amount: micros(amount), scope, expiresAtMs: endsAtMs, reason: 'test' };
    await grantCredits(played.ledger, { ...asked, ...given }, played.policies);
    played.model.version += 1;
    played.model.addLot({ kind: 'free', amount, remaining: amount, scope, endsAtMs }, nowMs);
  },
);

const openingBalance = playsOf(
  'openingBalance',
  fc.record({
    purchased: fc.oneof(fc.constant(0), amounts),
    unbilled: fc.oneof(fc.constant(0), amounts),
    lastMonth: fc.oneof(fc.constant(0), amounts),
    invoice: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: amounts }),
    dueInMs: fc.constantFrom(dayMs, -6 * dayMs, -8 * dayMs),
  }),
  async (given, played) => {
    const { model, step } = played;
    const nowMs = nowOf(played);
    const month = new Date(nowMs).toISOString().slice(0, 7);
    const dueAtMs = nowMs + given.dueInMs;
    const invoice = { invoiceId: `inv_${step}`, number: `A-${step}`, dueAtMs };
    const months = [
      { period: period('2026-10'), amount: micros(given.lastMonth) },
      { period: period(month), amount: micros(given.unbilled) },
    ].filter(({ amount }) => amount > 0);
    const asked = { accountId: played.accountId, idempotencyKey: `${step}`, actor, nowMs };
    await recordOpeningBalance(
      played.ledger,
      {
        ...{ ...asked, purchased: micros(given.purchased), unbilled: months },
        invoices: given.invoice === 0 ? [] : [{ ...invoice, amount: micros(given.invoice) }],
      },
      played.policies,
    );
    model.version += 1;
    for (const part of months) model.owe(part.period, part.amount);
    if (given.invoice > 0)
      model.invoices.push({ id: invoice.invoiceId, due: given.invoice, dueAtMs });
    const lot = { kind: 'purchased' as const, amount: given.purchased, remaining: given.purchased };
    if (lot.amount > 0) model.addLot({ ...lot, scope: null, endsAtMs: null }, nowMs);
  },
);

const ownLimit = playsOf(
  'ownLimit',
  fc.constantFrom(null, 0, 3e6, 25e6, 100e6),
  async (limit, played) => {
    const ownBalanceLimit = limit === null ? null : micros(limit);
    const asked = { accountId: played.accountId, actor, nowMs: nowOf(played), ownBalanceLimit };
    const { status } = await setOwnBalanceLimit(played.ledger, asked, played.policies);
    // The highest there is to choose from is nothing where everybody prepays (R68).
    const isChoice = limit === null || limit === 0 || !played.model.policy.isPrepaid;
    expect(status).toBe(isChoice ? 'set' : 'refused');
    if (isChoice) played.model.ownLimit = limit;
  },
);

/** What operators set; commands for it are tried elsewhere. */
const settings = playsOf(
  'settings',
  fc.constantFrom<Partial<Account>>(
    { plan: 'scale' },
    { plan: 'build' },
    { plan: 'build' },
    { balanceLimitCeiling: micros(130e6) },
    { adminHold: { reason: 'asked by the bank', sinceMs: clockMs } },
    { adminHold: null },
    { adminHold: null },
  ),
  async (set, played) => {
    const { ledger, accountId, model } = played;
    const audit = { actor, action: 'account.test', detail: {}, occurredAtMs: nowOf(played) };
    await applyChange(ledger, {
      ...{ accountId, entry: null, policies: played.policies },
      decide: ({ account }) => ({ account: { ...account, ...set }, audit, result: null }),
    });
    model.plan = set.plan ?? model.plan;
    model.ceiling = set.balanceLimitCeiling ?? model.ceiling;
    if ('adminHold' in set) model.isOnHold = set.adminHold !== null;
  },
);

const card = playsOf('card', fc.constantFrom(2030, 2030, 2026, null), async (year, played) => {
  const { ledger, accountId, model } = played;
  const change = { accountId, paymentMethodId: 'pm_visa', actor, nowMs: nowOf(played) };
  if (year === null) await discardCard(ledger, change, played.policies);
  else {
    const saved = { ...visa, expiryMonth: 11, expiryYear: year };
    await saveCard(ledger, { ...change, card: saved, makeDefault: true });
  }
  model.cardUntilMs = year === null ? null : Date.UTC(year, 11, 1);
});

function nameOf(played: Played, holdId: string) {
  return { accountId: played.accountId, holdId, policies: played.policies, nowMs: clockMs };
}

const place = playsOf(
  'place',
  fc.record({ id: holdIds, cost: costs, use: uses, ttl: ttls }),
  async ({ id, cost, use, ttl }, played) => {
    const { desk, model } = played;
    const asked = { cost: micros(cost), model: use, ttlMs: ttl };
    const answer = await desk.place({ ...nameOf(played, id), ...asked });
    const told = model.place(id, { cost, use, ttlMs: ttl ?? 600_000 }, nowOf(played));
    expectAnswer(played, 'place', answerOf(answer), told);
  },
);

function expectAnswer({ seen }: Played, kind: string, given: unknown, expected: string): void {
  expect(given).toBe(expected);
  const answer = `${kind} ${expected}`;
  seen.set(answer, (seen.get(answer) ?? 0) + 1);
}

function answerOf(answer: Awaited<ReturnType<HoldDesk['place' | 'release' | 'extend']>>) {
  switch (answer.status) {
    case 'refused':
      return answer.decision.code;
    case 'failed':
      return answer.refusal.code;
    case 'answered':
      return answer.instruction;
    default:
      return answer.status;
  }
}

/** Settles at a share of what is held, so that less, all and more are as likely. */
const settle = playsOf(
  'settle',
  fc.record({ id: holdIds, share: fc.constantFrom(0, 0.5, 1, 1, 1.5, 40), beside: fc.nat(1) }),
  async ({ id, share, beside }, played) => {
    const { desk, model } = played;
    const cost = Math.floor((model.holds.get(id)?.cost ?? 1e6) * share) + beside;
    const answer = await desk.settle({ ...nameOf(played, id), cost: micros(cost) });
    const told = model.settle(id, cost, nowOf(played));
    if (answer.status !== 'settled' || typeof told === 'string') {
      const code = answer.status === 'failed' && answer.refusal.code;
      expectAnswer(played, 'settle', code, typeof told === 'string' ? told : 'settled');
      return;
    }
    const { free, purchased, unbilled, writtenOff } = answer.charge;
    expectAnswer(played, writtenOff > 0 ? 'settle short' : 'settle', answer.status, 'settled');
    expect({
      cost: answer.charge.cost,
      lots: new Map([...free, ...purchased].map((part) => [part.lotId, part.amount as number])),
      ...{ unbilled: unbilled?.amount ?? 0, writtenOff },
    }).toEqual(told satisfies ModelSettlement);
  },
);

const extend = playsOf(
  'extend',
  fc.record({ id: holdIds, share: fc.constantFrom(0.5, 1, 2, 5), ttl: ttls }),
  async ({ id, share, ttl }, played) => {
    const { desk, model } = played;
    const cost = Math.floor((model.holds.get(id)?.cost ?? 1e6) * share) + 1;
    const asked = { cost: micros(cost), ttlMs: ttl };
    const answer = await desk.extend({ ...nameOf(played, id), ...asked });
    const told = model.extend(id, { cost, ttlMs: ttl ?? 600_000 }, nowOf(played));
    expectAnswer(played, 'extend', answerOf(answer), told);
  },
);

const release = playsOf('release', holdIds, async (id, played) => {
  const answer = await played.desk.release(nameOf(played, id));
  expectAnswer(played, 'release', answerOf(answer), played.model.end(id, 'released'));
});

/** Time passes; now and then what has expired is given back, as the sweep does. */
const timePasses = playsOf(
  'timePasses',
  fc.record({
    byMs: fc.constantFrom(1, 599_999, 600_000, hourMs, dayMs, 3 * dayMs),
    isSwept: fc.boolean(),
  }),
  async ({ byMs, isSwept }, played) => {
    const { ledger, accountId, model } = played;
    played.offsetMs += byMs;
    const { offsetMs } = played;
    await advanceTestClock(ledger, { accountId, offsetMs, actor, nowMs: nowOf(played) });
    if (isSwept) await sweep(played);
    expect(model.openHolds().every(({ endsAtMs }) => !isSwept || endsAtMs > nowOf(played))).toBe(
      true,
    );
  },
);

async function sweep(played: Played): Promise<void> {
  const { ledger, accountId, model } = played;
  const nowMs = nowOf(played);
  for (const { id, endsAtMs } of model.openHolds()) {
    if (endsAtMs > nowMs) continue;
    await applyChange(ledger, {
      ...{ accountId, entry: null, reads: { access: true, holdId: id } },
      decide(facts) {
        const hold = facts.holds.get(id);
        if (hold === undefined) throw new Error(`no hold ${id}`);
        return { hold: endHold(facts, hold, 'expired', nowMs), result: null };
      },
    });
    model.end(id, 'expired');
  }
  await expireAll(played);
  for (const lot of model.lots) {
    const amount = lot.remaining - model.heldOf(lot.id);
    if (lot.endsAtMs === null || lot.endsAtMs > nowMs || amount === 0) continue;
    lot.remaining -= amount;
    model.version += 1;
  }
}

/** The run that takes back credits whose time is over; accounts of earlier lives are in it, too. */
async function expireAll({ ledger, policies }: Played): Promise<void> {
  let after: string | null = null;
  do {
    const page: LotPageInput = { nowMs: clockMs, after, limit: 100 };
    after = (await expireCredits(ledger, page, policies)).nextCursor;
  } while (after !== null);
}

/** Asks again for a hold that was placed, as its client does where the answer was lost. */
const placeAgain = playsOf('place again', holdIds, async (id, played) => {
  const { desk, model } = played;
  const { askedCost: cost, use } = model.holds.get(id) ?? { askedCost: 1, use: null };
  const asked = { cost: micros(cost), model: use, ttlMs: null };
  const answer = await desk.place({ ...nameOf(played, id), ...asked });
  const told = model.place(id, { cost, use, ttlMs: 600_000 }, nowOf(played));
  expectAnswer(played, 'place', answerOf(answer), told);
});

const ofHolds = fc.oneof(
  { weight: 2, arbitrary: placeAgain },
  { weight: 9, arbitrary: place },
  { weight: 7, arbitrary: settle },
  { weight: 3, arbitrary: extend },
  { weight: 2, arbitrary: release },
);

/** What comes at once is decided in one transaction, in the order it came. */
const atOnce = playsOf(
  'at once',
  fc.array(ofHolds, { minLength: 2, maxLength: 6 }),
  async (together, played) => {
    await Promise.all(together.map((play) => play.run(played)));
  },
);

/** What may happen next to an account, the way of requests most often. */
const plays: fc.Arbitrary<Play> = fc.oneof(
  { weight: 2, arbitrary: purchase },
  { weight: 2, arbitrary: grant },
  { weight: 1, arbitrary: openingBalance },
  { weight: 1, arbitrary: ownLimit },
  { weight: 1, arbitrary: settings },
  { weight: 1, arbitrary: card },
  { weight: 2, arbitrary: timePasses },
  { weight: 15, arbitrary: ofHolds },
  { weight: 4, arbitrary: atOnce },
);

const core: ModelPolicy = { isPrepaid: false, billsBeyondSpendable: false };

/** What may take the place of the core policy when a day is over, beside what it means. */
const changes: readonly { readonly policy: Policy; readonly meaning: ModelPolicy }[] = [
  { policy: together202511, meaning: core },
  { policy: together2026, meaning: { ...core, isPrepaid: true } },
  {
    policy: {
      ...{ ...together202511, version: 'billed', usageBeyondSpendable: 'billed' },
      purchasedCreditsExpireAfterMs: 2 * dayMs,
    },
    meaning: { ...core, billsBeyondSpendable: true, creditsLastMs: 2 * dayMs },
  },
];

/** The policies of a life, and what is in force at an instant of it (R68). */
export interface Rules {
  readonly policies: PolicySchedule;
  readonly at: (nowMs: number) => ModelPolicy;
}

export const rules: fc.Arbitrary<Rules> = fc.constantFrom(...changes).map(({ policy, meaning }) => {
  const effectiveAtMs = clockMs + dayMs;
  return {
    policies: [
      { effectiveAtMs: 0, policy: together202511 },
      { effectiveAtMs, policy },
    ],
    at: (nowMs) => (nowMs < effectiveAtMs ? core : meaning),
    [fc.toStringMethod]: () => policy.version,
  };
});

/** An account's life: half of them begin with a card on file and a pack, so that they may owe. */
export const lives: fc.Arbitrary<readonly Play[]> = fc
  .tuple(
    fc.oneof(fc.constant([]), fc.tuple(card, purchase)),
    fc.array(plays, { minLength: 1, maxLength: 60, size: 'max' }),
  )
  .map(([beginning, rest]) => [...beginning, ...rest]);
