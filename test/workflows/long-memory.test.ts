import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { keyDigest } from '../../client/ids.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { patienceMs } from '../support/patience.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

const dayMs = 24 * 3_600_000;

async function order() {
  const { accountId } = await stack.createAccount();
  const idempotencyKey = randomUUID();
  const purchaseId = purchaseIdFor(accountId, keyDigest(idempotencyKey));
  return { accountId, idempotencyKey, workflowId: workflowIdOf('purchase', purchaseId) };
}

async function expectOneChargeAndLot(accountId: string): Promise<void> {
  const payments = stack.sandbox.controls
    .objects('payment_intent', 1_000)
    .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  expect(payments).toMatchObject([{ status: 'succeeded' }]);
  const state = await readAccount(stack.ledger, { accountId });
  expect(state?.balances.purchased).toBe(25_000_000);
  expect(state?.lots).toHaveLength(1);
}

/** Deletes a closed workflow and waits until Temporal knows nothing of it. */
async function forget(workflowId: string): Promise<void> {
  const handle = stack.temporal.workflow.getHandle(workflowId);
  await handle.result();
  await stack.temporal.workflowService.deleteWorkflowExecution(execution(workflowId));
  await vi.waitFor(() => expect(handle.describe()).rejects.toThrow('not found'), {
    timeout: patienceMs,
    interval: 500,
  });
}

function execution(workflowId: string) {
  return { namespace: 'default', workflowExecution: { workflowId } };
}

describe('R5 the same key makes one charge for ever', () => {
  test('when Temporal and Stripe have forgotten the purchase', async () => {
    const [same, other] = await Promise.all([order(), order()]);
    const first = await stack.purchase(same.accountId, same);
    await stack.purchase(other.accountId, other);
    await Promise.all([same, other].map(({ workflowId }) => forget(workflowId)));
    stack.sandbox.controls.advanceClock(25 * 3_600_000);
    const requests = stack.sandbox.controls.requests().length;

    expect(await stack.purchase(same.accountId, same)).toEqual(first);
    // B19 holds as long: another amount under the key is an error, not the first result.
    await expect(stack.purchase(other.accountId, { ...other, dollars: 26 })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(stack.sandbox.controls.requests()).toHaveLength(requests);
    await expectOneChargeAndLot(same.accountId);
    await expectOneChargeAndLot(other.accountId);
  });

  test('when an operator resets the finished run to its first task', async () => {
    const { accountId, idempotencyKey, workflowId } = await order();
    await stack.purchase(accountId, { idempotencyKey });
    const handle = stack.temporal.workflow.getHandle(workflowId);
    const first: unknown = await handle.result();
    const { events } = await handle.fetchHistory();
    const task = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done);

    const { runId } = await stack.temporal.workflowService.resetWorkflowExecution({
      ...execution(workflowId),
      requestId: randomUUID(),
      reason: 'test',
      workflowTaskFinishEventId: task?.eventId ?? null,
    });
    expect(await stack.temporal.workflow.getHandle(workflowId, runId).result()).toEqual(first);
    await expectOneChargeAndLot(accountId);
  });

  test('when an operator terminated the run, and the call comes again later', async () => {
    const { accountId, idempotencyKey, workflowId } = await order();
    const paymentMethod = 'pm_card_threeDSecure2Required';
    const waiting = await stack.purchase(accountId, { idempotencyKey, paymentMethod });
    expect(waiting.status).toBe('requires_action');
    await stack.temporal.workflow.getHandle(workflowId).terminate('test');
    stack.sandbox.controls.advanceClock(2 * dayMs);
    const [payment] = stack.sandbox.controls
      .objects('payment_intent', 1_000)
      .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
    stack.sandbox.controls.answerAuthentication(String(payment?.['id']), true);

    expect(await stack.purchase(accountId, { idempotencyKey, paymentMethod })).toMatchObject({
      status: 'succeeded',
    });
    await expectOneChargeAndLot(accountId);
  });

  test('when an operator cancels the run: nothing is charged, nothing is left open', async () => {
    const { accountId, idempotencyKey, workflowId } = await order();
    const paymentMethod = 'pm_card_threeDSecure2Required';
    await stack.purchase(accountId, { idempotencyKey, paymentMethod });
    const handle = stack.temporal.workflow.getHandle(workflowId);
    await handle.cancel();

    expect(await handle.result()).toMatchObject({ outcome: { status: 'canceled' } });
    const payments = stack.sandbox.controls
      .objects('payment_intent', 1_000)
      .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
    expect(payments).toMatchObject([{ status: 'canceled' }]);
  });
});
