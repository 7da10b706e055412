import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FaultKind } from '../../sandbox/faults.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { keyDigest } from '../../client/ids.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/**
 * The table "step x fault": whatever goes wrong between us and Stripe, a purchase ends with one
 * charge and one lot, or with none and none, and never says "failed" of an unknown outcome (R6).
 */
let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ stripeDeadlineMs: 4_000 });
});

afterAll(async () => {
  console.log(tableOf(results));
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
});

const steps = {
  'read card': { method: 'GET', path: '/v1/payment_methods/:id' },
  'create customer': { method: 'POST', path: '/v1/customers' },
  'create payment': { method: 'POST', path: '/v1/payment_intents' },
  'confirm payment': { method: 'POST', path: '/v1/payment_intents/:id/confirm' },
} as const;
type Step = keyof typeof steps;

const faults: readonly FaultKind[] = [
  'drop_before',
  'drop_after',
  'cut_body',
  'drip',
  'error_500',
  'error_500_after',
  'conflict_409',
  'rate_limit_429',
  'slow',
  'slow_start',
];

/** Stored 500s that did nothing can never come right under their key: the purchase is called off. */
const endsWithoutMoney = new Set<string>([
  'create customer error_500',
  'create customer error_500_after',
  'create payment error_500',
  'confirm payment error_500',
]);

const results = new Map<string, string>();

describe.each(Object.keys(steps) as Step[])('R6 R7 a fault at "%s"', (step) => {
  test.concurrent.each(faults)(
    '%s leaves one charge and one lot, or none and none',
    async (kind) => {
      const { accountId } = await stack.createAccount();
      const idempotencyKey = randomUUID();
      const purchaseId = purchaseIdFor(accountId, keyDigest(idempotencyKey));
      const paymentMethod = await newCard();
      // Every request of this purchase carries one of these, and no other purchase's does.
      const object = { 'read card': paymentMethod, 'create customer': accountId }[step as string];
      stack.sandbox.controls.planFault({
        ...steps[step],
        kind,
        object: object ?? purchaseId,
        delayMs: kind === 'drip' ? 600 : 6_000,
      });

      const first = await stack.purchase(accountId, { idempotencyKey, paymentMethod });
      expect(['succeeded', 'pending', 'canceled']).toContain(first.status);
      const expected = endsWithoutMoney.has(`${step} ${kind}`) ? 'canceled' : 'succeeded';
      await untilStatus(purchaseId, expected);

      const found = await countOf(accountId);
      results.set(`${step} ${kind}`, `${found.charges}/${found.lots}`);
      expect(found).toEqual(
        expected === 'succeeded'
          ? { charges: 1, lots: 1, purchased: 25_000_000 }
          : { charges: 0, lots: 0, purchased: 0 },
      );
    },
    120_000,
  );
});

describe('R6 an outcome that stays unknown', () => {
  test('is pending, never failed, and settles when Stripe answers again', async () => {
    const { accountId } = await stack.createAccount();
    const idempotencyKey = randomUUID();
    const purchaseId = purchaseIdFor(accountId, keyDigest(idempotencyKey));
    const { controls } = stack.sandbox;
    controls.planFault({
      ...steps['confirm payment'],
      kind: 'error_500_after',
      object: purchaseId,
    });
    controls.planFault({
      method: 'GET',
      path: '/v1/payment_intents/:id',
      kind: 'drop_before',
      times: 3,
    });

    const first = await stack.purchase(accountId, { idempotencyKey });
    expect(first.status).toBe('pending');
    await untilStatus(purchaseId, 'succeeded');
    expect(await countOf(accountId)).toEqual({ charges: 1, lots: 1, purchased: 25_000_000 });
  });
});

/** A card of its own that nobody keeps yet, so that a fault can name it. */
async function newCard(): Promise<string> {
  const response = await fetch(`${stack.sandbox.url}/v1/payment_methods`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stack.workerSettings.stripeSecretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      'idempotency-key': randomUUID(),
    },
    body: 'type=card&card[token]=tok_visa',
  });
  const { id } = (await response.json()) as { id: string };
  expect(id).toMatch(/^pm_/);
  return id;
}

async function untilStatus(purchaseId: string, expected: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect((await stack.client.purchaseStatus(purchaseId))?.status).toBe(expected);
    },
    { timeout: patienceMs, interval: 250 },
  );
}

async function countOf(accountId: string) {
  const payments = stack.sandbox.controls
    .objects('payment_intent', 10_000)
    .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId)
    .map(({ id }) => id);
  const charges = stack.sandbox.controls
    .objects('charge', 10_000)
    .filter((charge) => charge['paid'] === true && payments.includes(charge['payment_intent']));
  const state = await readAccount(stack.ledger, { accountId });
  return {
    charges: charges.length,
    lots: state?.lots.length,
    purchased: state?.balances.purchased,
  };
}

/** charges/lots by step and fault, as a table to read. */
function tableOf(found: ReadonlyMap<string, string>): string {
  const rows = faults.map((fault) => [
    fault,
    ...(Object.keys(steps) as Step[]).map((step) => found.get(`${step} ${fault}`) ?? '-'),
  ]);
  return [['charges/lots', ...Object.keys(steps)], ...rows]
    .map((row) => row.map((cell) => cell.padEnd(17)).join(''))
    .join('\n');
}
