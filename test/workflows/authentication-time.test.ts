import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import { readPurchase } from '../../ledger/purchases.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  resolvePurchaseUpdate,
  searchAttributes,
  type Resolution,
} from '../../workflows/messages.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { startTimeSkippingTemporal } from '../support/temporal.ts';

/** Days pass in moments on this server; its time is one, so tests here run one after the other. */
let environment: TestWorkflowEnvironment;
let stack: TestStack;
beforeAll(async () => {
  environment = await startTimeSkippingTemporal();
  stack = await startTestStack({
    temporalServer: { address: environment.address, namespace: 'default' },
  });
});
afterAll(async () => {
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
  await environment.teardown();
});

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Lets time pass, for the workflows and then for Stripe. */
async function pass(durationMs: number): Promise<void> {
  await environment.sleep(durationMs);
  stack.sandbox.controls.setClock(await environment.currentTimeMs());
}

interface Bought {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly email: string;
}

async function buy(paymentMethod: string): Promise<Bought> {
  stack.sandbox.controls.setClock(await environment.currentTimeMs());
  const email = `${crypto.randomUUID()}@example.com`;
  const { accountId } = await stack.createAccount({ email });
  const { purchaseId } = await stack.purchase(accountId, { paymentMethod });
  return { accountId, purchaseId, email };
}

function paymentOf({ accountId }: Bought) {
  const found = stack.sandbox.controls
    .objects('payment_intent', 1000)
    .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  return { id: String(found?.['id']), status: String(found?.['status']) };
}

async function mailsOf({ email }: Bought, count: number): Promise<string[]> {
  const subjects = async () => (await stack.mails(email)).map(({ subject }) => subject);
  await expect.poll(subjects).toHaveLength(count);
  return subjects();
}

async function endOf({ accountId, purchaseId }: Bought) {
  const read = () => readPurchase(stack.ledger, { purchaseId });
  await expect.poll(async () => (await read())?.finalAtMs).not.toBeNull();
  const row = await read();
  const state = await readAccount(stack.ledger, { accountId });
  const charges = stack.sandbox.controls
    .objects('charge', 1000)
    .filter(({ payment_intent: id }) => id === paymentOf({ accountId, purchaseId, email: '' }).id)
    .filter(({ status }) => status === 'succeeded').length;
  return { status: row?.state, code: row?.refusal?.code, lots: state?.lots.length, charges };
}

const onePaid = { status: 'succeeded', lots: 1, charges: 1 };
const asksTheCustomer = 'pm_card_threeDSecure2Required';

describe('R13 a payment that waits for the customer', () => {
  test('reminds at 24 h and at 72 h, and never else', async () => {
    const bought = await buy(asksTheCustomer);
    await mailsOf(bought, 1);
    await pass(dayMs - 10 * minuteMs);
    await mailsOf(bought, 1);
    await pass(11 * minuteMs);
    expect(await mailsOf(bought, 2)).toContainEqual(expect.stringContaining('Reminder'));
    await pass(2 * dayMs - 12 * minuteMs);
    await mailsOf(bought, 2);
    await pass(12 * minuteMs);
    await mailsOf(bought, 3);
    await pass(3 * dayMs);
    await mailsOf(bought, 3);
    stack.sandbox.controls.answerAuthentication(paymentOf(bought).id, true);
    await pass(hourMs);
    expect(await endOf(bought)).toMatchObject(onePaid);
  });

  test('expires after 7 days: canceled at Stripe, told by mail, no charge', async () => {
    const bought = await buy(asksTheCustomer);
    await pass(7 * dayMs - 10 * minuteMs);
    expect(paymentOf(bought).status).toBe('requires_action');
    await pass(11 * minuteMs);
    expect(await endOf(bought)).toMatchObject({
      ...{ status: 'canceled', code: 'authentication_expired', lots: 0, charges: 0 },
    });
    expect(paymentOf(bought).status).toBe('canceled');
    await mailsOf(bought, 4);
  });

  test('confirmed shortly before the end, with the webhook lost, is paid', async () => {
    const bought = await buy(asksTheCustomer);
    await pass(7 * dayMs - 10 * minuteMs);
    stack.sandbox.controls.answerAuthentication(paymentOf(bought).id, true);
    await pass(11 * minuteMs);
    expect(await endOf(bought)).toMatchObject(onePaid);
  });

  test('B2 confirmed while it is being canceled, is paid: Stripe’s object decides', async () => {
    const bought = await buy(asksTheCustomer);
    const { id } = paymentOf(bought);
    const cancel = { method: 'POST', path: '/v1/payment_intents/:id/cancel', object: id };
    const { controls } = stack.sandbox;
    // None of the calls to cancel comes through before the customer has confirmed.
    const fault = controls.planFault({ ...cancel, kind: 'drop_before', times: 1_000_000 });
    await pass(7 * dayMs + minuteMs);
    await expect.poll(() => fault.struck).toBeGreaterThan(0);
    expect(paymentOf(bought).status).toBe('requires_action');
    controls.answerAuthentication(id, true);
    controls.removeFault(fault.id);
    await pass(hourMs);
    expect(await endOf(bought)).toMatchObject(onePaid);
  });
});

/** What the Temporal UI shows an operator of a purchase. */
async function detailsOf({ purchaseId }: Bought): Promise<string> {
  const handle = stack.temporal.workflow.getHandle(`purchase/${purchaseId}`);
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

async function needsReview({ purchaseId }: Bought): Promise<boolean | undefined> {
  const handle = stack.temporal.workflow.getHandle(`purchase/${purchaseId}`);
  return (await handle.describe()).typedSearchAttributes.get(searchAttributes.needsReview);
}

function resolve({ purchaseId }: Bought, decision: Resolution['decision']) {
  const handle = stack.temporal.workflow.getHandle(`purchase/${purchaseId}`);
  return handle.executeUpdate(resolvePurchaseUpdate, { args: [{ decision }] });
}

describe('R6 an outcome that stays unknown', () => {
  /** Stripe took the payment and works on it, and keeps on saying so. */
  const isProcessed = 'pm_sandbox_script_process';

  test('calls an operator after 15 minutes, in words; look_again finds the truth', async () => {
    const bought = await buy(isProcessed);
    await pass(10 * minuteMs);
    expect(await detailsOf(bought)).not.toContain('An operator is needed');
    await pass(7 * minuteMs);
    await expect.poll(() => detailsOf(bought)).toContain('An operator is needed');
    expect(await detailsOf(bought)).toContain('{"decision":"look_again"}');
    expect(await needsReview(bought)).toBe(true);
    expect(await stack.client.purchaseStatus(bought.purchaseId)).toMatchObject({
      status: 'pending',
    });
    stack.sandbox.controls.settleProcessing(paymentOf(bought).id, null);
    expect(await resolve(bought, 'look_again')).toMatchObject({ status: 'succeeded' });
    expect(await endOf(bought)).toMatchObject(onePaid);
  });

  test('for five days is asked after until it is known, never failed or charged again', async () => {
    const bought = await buy(isProcessed);
    await pass(5 * dayMs);
    expect(await stack.client.purchaseStatus(bought.purchaseId)).toMatchObject({
      status: 'pending',
    });
    stack.sandbox.controls.settleProcessing(paymentOf(bought).id, null);
    await pass(16 * minuteMs);
    expect(await endOf(bought)).toMatchObject(onePaid);
  });

  /** Stripe took the money, or did not, and from then on answers nothing about this payment. */
  async function buyUnanswered(kind: 'drop_after' | 'drop_before') {
    const { controls } = stack.sandbox;
    const confirm = { method: 'POST', path: '/v1/payment_intents/:id/confirm' };
    const look = { method: 'GET', path: '/v1/payment_intents/:id' };
    // The client itself repeats a request once whose connection was reset.
    controls.planFault({ ...confirm, kind, times: 2 });
    controls.planFault({ ...look, kind: 'drop_before', times: 1_000_000 });
    const bought = await buy('pm_card_visa');
    await pass(minuteMs);
    expect(await stack.client.purchaseStatus(bought.purchaseId)).toMatchObject({
      status: 'pending',
    });
    return bought;
  }
  afterEach(() => {
    stack.sandbox.controls.clearFaults();
  });

  test('called off by an operator, ends without a charge where none was made', async () => {
    const bought = await buyUnanswered('drop_before');
    stack.sandbox.controls.clearFaults();
    expect(await resolve(bought, 'call_off')).toMatchObject({ status: 'canceled' });
    expect(await endOf(bought)).toMatchObject({ status: 'canceled', lots: 0, charges: 0 });
    expect(paymentOf(bought).status).toBe('canceled');
  });

  test('called off although the charge was made, is paid all the same', async () => {
    const bought = await buyUnanswered('drop_after');
    stack.sandbox.controls.clearFaults();
    expect(await resolve(bought, 'call_off')).toMatchObject({ status: 'succeeded' });
    expect(await endOf(bought)).toMatchObject(onePaid);
  });
});
