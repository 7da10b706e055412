import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { decideAccess, type AccessDecision } from '../../domain/access.ts';
import type { Micros } from '../../domain/money.ts';
import type { Hold } from '../../domain/holds.ts';
import { readAccessFacts } from '../../ledger/access.ts';
import { readAccessFactsAt, readAccessFactsOf } from '../../ledger/access-history.ts';
import { setOwnBalanceLimit } from '../../ledger/account-settings.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { removeCard, saveCard } from '../../ledger/payment-methods.ts';
import {
  aPaidPurchase,
  anAccount,
  dayMs,
  dollars,
  newAccountId,
  nowMs,
  policies,
  policy,
  useLedger,
  visa,
} from './ledger-fixture.ts';

const test = useLedger();

const model = 'chat';
const about = (cost: Micros) => ({ cost, model });

/** A life with all that moves access, one step a minute; `step` is told each minute. */
async function live(accountId: string, step: (atMs: number) => Promise<void>): Promise<Hold[]> {
  const { ledger } = test;
  const desk = openHoldDesk(ledger);
  const actor = 'test';
  const admitted: Hold[] = [];
  let clockMs = nowMs + 10_000;
  const place =
    (holdId: string, cost: number, ttlMs: number | null = null) =>
    async () => {
      const about = { accountId, policies, nowMs: clockMs, model, ttlMs };
      const outcome = await desk.place({ ...about, holdId, cost: dollars(cost) });
      if (outcome.status === 'admitted') admitted.push(outcome.hold);
    };
  const name = (holdId: string) => ({ accountId, holdId, policies, nowMs: clockMs });
  const limit = (ownBalanceLimit: Micros | null) => () =>
    setOwnBalanceLimit(ledger, { accountId, ownBalanceLimit, actor, nowMs: clockMs }, policies);
  const card = { accountId, paymentMethodId: 'pm_1', actor };
  const steps: readonly (() => Promise<unknown>)[] = [
    place('a', 3),
    () => saveCard(ledger, { ...card, card: visa, makeDefault: true, nowMs: clockMs }),
    place('b', 40, 2 * 60_000),
    () => desk.extend({ ...name('b'), cost: dollars(60), ttlMs: null }),
    () =>
      grantCredits(
        ledger,
        {
          ...{ accountId, idempotencyKey: randomUUID(), actor, nowMs: clockMs },
          ...{ amount: dollars(5), scope: [model], expiresAtMs: clockMs + dayMs, reason: 'x' },
        },
        policies,
      ),
    place('c', 5.5),
    () => desk.settle({ ...name('a'), cost: dollars(4) }),
    limit(dollars(80)),
    place('d', 2),
    () => desk.settle({ ...name('b'), cost: dollars(55) }),
    () => desk.release(name('c')),
    limit(dollars(20)),
    place('e', 5),
    () =>
      recordOpeningBalance(
        ledger,
        {
          ...{ accountId, idempotencyKey: randomUUID(), actor, nowMs: clockMs },
          ...{ purchased: dollars(1), unbilled: [] },
          invoices: [
            { invoiceId: 'inv_1', number: 'A-1', amount: dollars(7), dueAtMs: clockMs + dayMs },
          ],
        },
        policies,
      ),
    place('f', 1),
    limit(null),
    () => removeCard(ledger, { ...card, nowMs: clockMs }, policies),
    place('g', 1.5),
  ];
  for (const act of steps) {
    await act();
    await step(clockMs);
    clockMs += 60_000;
  }
  return admitted;
}

/** The version counters of the past are told by order, which is part of what must agree. */
const numbersOf = (decision: AccessDecision) => ({ ...decision, policyVersion: undefined });

async function aLivingAccount(): Promise<string> {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(10) });
  return accountId;
}

it('R53 R68 every admitted decision is made again, exactly, from the facts recorded before it', async () => {
  const accountId = await aLivingAccount();
  const admitted = await live(accountId, () => Promise.resolve());
  expect(admitted.map(({ holdId }) => holdId)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  for (const hold of admitted) {
    const { admittedBy, openedAtMs } = hold;
    const facts = await readAccessFactsOf(test.ledger, accountId, hold);
    const again = decideAccess(facts, about(admittedBy.cost), policy, openedAtMs);
    expect({ holdId: hold.holdId, ...again }).toMatchObject({
      ...{ holdId: hold.holdId, allowed: true, spendable: admittedBy.spendable },
      ...{ limit: admittedBy.limit, owed: admittedBy.owed },
      allocation: { lots: hold.lots, postpaid: hold.postpaid, missing: 0 },
    });
  }
});

it('R53 R56 a past instant is answered as it was answered then', async () => {
  const accountId = await aLivingAccount();
  const then: { atMs: number; decision: AccessDecision }[] = [];
  await live(accountId, async (atMs) => {
    const facts = await readAccessFacts(test.ledger, accountId);
    if (facts === undefined) throw new Error('no account');
    then.push({ atMs, decision: decideAccess(facts, about(dollars(2)), policy, atMs) });
  });
  for (const { atMs, decision } of then) {
    const facts = await readAccessFactsAt(test.ledger, accountId, atMs);
    if (facts === undefined) throw new Error('no account');
    const now = decideAccess(facts, about(dollars(2)), policy, atMs);
    expect(numbersOf(now)).toEqual(numbersOf(decision));
  }
  const answers = new Set(then.map(({ decision }) => decision.spendable));
  expect(answers.size).toBeGreaterThan(8);
});

it('R53 there is no answer before the account was made, nor for an unknown one', async () => {
  const accountId = await anAccount(test.ledger);
  expect(await readAccessFactsAt(test.ledger, accountId, nowMs - 1)).toBeUndefined();
  expect(await readAccessFactsAt(test.ledger, accountId, nowMs)).toBeDefined();
  expect(await readAccessFactsAt(test.ledger, newAccountId(), nowMs)).toBeUndefined();
  expect(await readAccessFacts(test.ledger, newAccountId())).toBeUndefined();
});
