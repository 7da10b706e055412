import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyDigest } from '../../client/ids.ts';
import { refusal } from '../../domain/failures.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { createCustomer } from '../../gateway/cards.ts';
import { createPayment } from '../../gateway/payments.ts';
import { connectStripe } from '../../gateway/stripe.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { closePurchase } from '../../ledger/purchase-endings.ts';
import { readPurchase } from '../../ledger/purchases.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { searchAttributes, type PaymentWatchReport } from '../../workflows/messages.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(async () => {
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
});

const paymentMethod = 'pm_card_threeDSecure2Required';

async function watch(): Promise<PaymentWatchReport & { workflowId: string }> {
  const workflowId = `payment-watch-${randomUUID()}`;
  const report = await stack.temporal.workflow.execute<() => Promise<PaymentWatchReport>>(
    'paymentWatch',
    { workflowId, taskQueue: stack.workerSettings.taskQueue ?? '' },
  );
  return { ...report, workflowId };
}

function paymentOf(accountId: string) {
  const found = stack.sandbox.controls
    .objects('payment_intent', 5_000)
    .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  expect(found).toHaveLength(1);
  return { id: String(found[0]?.['id']), status: String(found[0]?.['status']) };
}

async function lotsOf(accountId: string): Promise<number> {
  return (await readAccount(stack.ledger, { accountId }))?.lots.length ?? 0;
}

function terminate(purchaseId: string): Promise<unknown> {
  return stack.temporal.workflow.getHandle(`purchase/${purchaseId}`).terminate('a test');
}

async function untilState(purchaseId: string, state: string): Promise<void> {
  await expect
    .poll(async () => (await readPurchase(stack.ledger, { purchaseId }))?.state)
    .toBe(state);
}

describe('a purchase whose run was ended by force', () => {
  test('R7 is followed again: paid meanwhile, it posts its one lot', async () => {
    const { accountId } = await stack.createAccount();
    const { purchaseId } = await stack.purchase(accountId, { paymentMethod });
    await terminate(purchaseId);
    stack.sandbox.controls.answerAuthentication(paymentOf(accountId).id, true);

    expect(await watch()).toMatchObject({ followed: 1, canceled: 0, reviews: 0 });
    await untilState(purchaseId, 'succeeded');
    expect(await lotsOf(accountId)).toBe(1);
    expect(await watch()).toMatchObject({ followed: 0, canceled: 0, reviews: 0 });
  });

  test('R13 goes on waiting for its customer, with the deadline it had', async () => {
    const { accountId } = await stack.createAccount({ email: 'waits@example.com' });
    const { purchaseId } = await stack.purchase(accountId, { paymentMethod });
    await untilState(purchaseId, 'requires_action');
    const before = await readPurchase(stack.ledger, { purchaseId });
    await terminate(purchaseId);

    expect(await watch()).toMatchObject({ followed: 1 });
    expect(await stack.client.confirmPurchase(purchaseId)).toMatchObject({
      status: 'requires_action',
    });
    const after = await readPurchase(stack.ledger, { purchaseId });
    expect(after?.authenticationSinceMs).toBe(before?.authenticationSinceMs);
    expect(await stack.mails('waits@example.com')).toHaveLength(1);
    stack.sandbox.controls.answerAuthentication(paymentOf(accountId).id, true);
    expect(await stack.client.confirmPurchase(purchaseId)).toMatchObject({ status: 'succeeded' });
  });

  const parked = [
    ['before the payment was confirmed', '/v1/payment_intents/:id/confirm', 'drop_before'],
    ['before the payment was recorded', '/v1/payment_intents', 'drop_after'],
    ['before a payment was made', '/v1/payment_intents', 'drop_before'],
  ] as const;

  test.each(parked)('R6 %s ends without a charge', async (_when, path, kind) => {
    const { accountId } = await stack.createAccount();
    const idempotencyKey = randomUUID();
    const purchaseId = purchaseIdFor(accountId, keyDigest(idempotencyKey));
    const fault = stack.sandbox.controls.planFault({ method: 'POST', path, kind, times: 1_000 });
    await stack.purchase(accountId, { idempotencyKey, waitMs: 1_000 });
    await expect.poll(() => fault.struck).toBeGreaterThan(0);
    // A call that the run had under way when it ended would come through without the fault.
    await terminate(purchaseId);

    expect(await watch()).toMatchObject({ followed: 1, reviews: 0 });
    await untilState(purchaseId, 'canceled');
    stack.sandbox.controls.removeFault(fault.id);
    expect(await lotsOf(accountId)).toBe(0);
    // What the lost run had made at Stripe is canceled too, at once or by the next watch.
    await watch();
    const open = stack.sandbox.controls
      .objects('payment_intent', 5_000)
      .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId)
      .filter(({ status }) => status !== 'canceled');
    expect(open).toEqual([]);
  });
});

test('R13 a payment that is open although its purchase is over is canceled, once', async () => {
  const { accountId } = await stack.createAccount();
  const { purchaseId } = await stack.purchase(accountId, { paymentMethod });
  await terminate(purchaseId);
  await closePurchase(
    stack.ledger,
    {
      ...{ accountId, purchaseId, attempt: null, nowMs: Date.now() },
      ending: { status: 'canceled', refusal: refusal('payment_not_completed') },
    },
    onlyPolicy(together202511),
  );
  expect(paymentOf(accountId).status).toBe('requires_action');
  expect(await watch()).toMatchObject({ canceled: 1, followed: 0, reviews: 0 });
  expect(paymentOf(accountId).status).toBe('canceled');
  expect(await watch()).toMatchObject({ canceled: 0, followed: 0, reviews: 0 });
});

test('a purchase with a run of its own is left to it', async () => {
  const { accountId } = await stack.createAccount();
  const { purchaseId } = await stack.purchase(accountId, { paymentMethod });
  const runIdOf = async () =>
    (await stack.temporal.workflow.getHandle(`purchase/${purchaseId}`).describe()).runId;
  const before = await runIdOf();
  expect(await watch()).toMatchObject({ canceled: 0, followed: 0, reviews: 0 });
  expect(await runIdOf()).toBe(before);
  expect(paymentOf(accountId).status).toBe('requires_action');
});

const stripe = () =>
  connectStripe({
    secretKey: 'sk_test_localsandbox000',
    apiBase: stack.sandbox.url,
    deadlineMs: patienceMs,
  });

test('R59 a payment for a purchase that the ledger does not know is shown to an operator', async () => {
  const { accountId } = await stack.createAccount();
  const operationId = purchaseIdFor(accountId, '0123456789abcdef');
  const customerId = await createCustomer(stripe(), { accountId, idempotencyKey: randomUUID() });
  const paymentIntentId = await createPayment(stripe(), {
    ...{ operationId, workflowId: `purchase/${operationId}`, accountId, customerId },
    ...{ amount: micros(25_000_000), currency: 'usd', description: 'Credit pack' },
    idempotencyKey: randomUUID(),
  });
  const { workflowId, ...report } = await watch();
  expect(report).toMatchObject({ canceled: 0, followed: 0, reviews: 1 });
  expect(paymentOf(accountId).status).toBe('requires_payment_method');
  const shown = await stack.temporal.workflow.getHandle(workflowId).describe();
  expect(shown.typedSearchAttributes.get(searchAttributes.needsReview)).toBe(true);
  // It stays for the operator, so the tests below would find it too.
  await stripe().call((client) => client.paymentIntents.cancel(paymentIntentId));
});

test('a thousand payments are walked in pages, over several runs', async () => {
  const made = Array.from(
    { length: 1_020 },
    () => () =>
      stripe().call((client) => client.paymentIntents.create({ amount: 500, currency: 'usd' })),
  );
  for (let from = 0; from < made.length; from += 60) {
    await Promise.all(made.slice(from, from + 60).map((make) => make()));
  }
  const { accountId } = await stack.createAccount();
  await stack.purchase(accountId);
  const { workflowId, ...report } = await watch();
  expect(report.looked).toBeGreaterThan(0);
  const { raw, runId } = await stack.temporal.workflow.getHandle(workflowId).describe();
  expect(runId).not.toBe(raw.workflowExecutionInfo?.firstRunId);
});
