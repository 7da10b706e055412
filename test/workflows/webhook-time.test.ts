import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWebhookDelivery } from '../../client/webhook-deliveries.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readWebhookEndpoint } from '../../ledger/webhook-endpoints.ts';
import { replayWebhook } from '../../ledger/webhook-log.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { startTimeSkippingTemporal } from '../support/temporal.ts';
import {
  logOf,
  ping,
  receiving,
  register,
  type Registered,
} from '../support/webhook-registration.ts';

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
  await stack.close();
  await environment.teardown();
});

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const broken = { status: 500, body: 'out of order' };

test('R63 a message is tried ten times within 76 hours, then given up; a replay begins anew', async () => {
  const { accountId } = await stack.createAccount();
  const receiver = await receiving(...Array.from({ length: 10 }, () => broken));
  const endpoint = await register(stack.ledger, accountId, receiver);
  const { messageId } = await ping(stack.ledger, endpoint);
  await expect.poll(() => receiver.requests.length).toBe(1);
  const beganMs = await environment.currentTimeMs();
  const counts: number[] = [];
  for (const hours of [0.05, 1, 3, 9, 19, 33, 53, 75, 76]) {
    await environment.sleep(
      Math.max(0, beganMs + hours * hourMs - (await environment.currentTimeMs())),
    );
    await settled(endpoint);
    counts.push(receiver.requests.length);
  }
  expect(counts).toEqual([2, 4, 5, 6, 7, 8, 9, 9, 10]);
  await expect.poll(async () => (await logOf(stack.ledger, endpoint))[0]?.state).toBe('failed');
  const [delivery] = await logOf(stack.ledger, endpoint);
  expect(delivery?.attempts.map(({ status, answer }) => [status, answer])).toEqual(
    Array.from({ length: 10 }, () => [500, 'out of order']),
  );
  expect(new Set(receiver.requests.map(({ id, rawBody }) => `${id} ${rawBody}`)).size).toBe(1);
  expect(await readWebhookEndpoint(stack.ledger, endpoint)).toMatchObject({ disabledAtMs: null });

  const handle = stack.temporal.workflow.getHandle(`webhook-delivery/${endpoint.endpointId}`);
  expect(await handle.result()).toEqual({ delivered: 0, failed: 10 });
  await replayWebhook(stack.ledger, {
    ...{ endpointId: endpoint.endpointId, messageId, callId: 'again' },
  });
  await expect.poll(() => receiver.requests.length).toBe(11);
  await expect
    .poll(async () => (await logOf(stack.ledger, endpoint))[0])
    .toMatchObject({
      ...{ state: 'delivered', attemptsEver: 11 },
    });
});

test('R63 an endpoint that takes nothing for five days is disabled, and its customer is told', async () => {
  const { accountId } = await stack.createAccount();
  const receiver = await receiving(...Array.from({ length: 40 }, () => broken));
  const endpoint = await register(stack.ledger, accountId, receiver);
  await ping(stack.ledger, endpoint);
  await expect.poll(() => receiver.requests.length).toBe(1);
  await environment.sleep(3 * dayMs);
  await ping(stack.ledger, endpoint);
  await environment.sleep(1.9 * dayMs);
  expect(await readWebhookEndpoint(stack.ledger, endpoint)).toMatchObject({ disabledAtMs: null });
  await environment.sleep(2 * dayMs);
  const disabled = async () =>
    (await readWebhookEndpoint(stack.ledger, endpoint))?.disabledReason ?? null;
  await expect.poll(disabled).toBe('failing');
  const told = await stack.ledger.run<{ kind: string }>(
    'select kind from notices where account_id = $1',
    [uuidOf(accountId)],
  );
  expect(told).toEqual([{ kind: 'webhook_endpoint_disabled' }]);
  const states = (await logOf(stack.ledger, endpoint)).map(({ state }) => state);
  expect(states).toEqual(['failed', 'failed']);
});

test('R63 a message that waits for hours does not hold up the next one', async () => {
  const { accountId } = await stack.createAccount();
  const receiver = await receiving(...Array.from({ length: 5 }, () => broken));
  const endpoint = await register(stack.ledger, accountId, receiver);
  const first = await ping(stack.ledger, endpoint);
  await expect.poll(() => receiver.requests.length).toBe(1);
  await environment.sleep(3 * hourMs);
  await settled(endpoint);
  expect(receiver.requests).toHaveLength(5);
  const second = await ping(stack.ledger, endpoint);
  await expect.poll(() => receiver.requests.length).toBe(6);
  await expect.poll(async () => (await logOf(stack.ledger, endpoint))[0]?.state).toBe('delivered');
  const waiting = (await logOf(stack.ledger, endpoint)).find(({ state }) => state === 'waiting');
  expect([waiting?.messageId, receiver.requests.at(-1)?.id]).toEqual([
    ...[first.messageId, second.messageId],
  ]);
  // Told without need, it only looks.
  const taskQueue = stack.workerSettings.taskQueue ?? '';
  await startWebhookDelivery(stack.temporal, { endpointId: endpoint.endpointId, taskQueue });
  await environment.sleep(hourMs);
  expect(receiver.requests).toHaveLength(6);
});

/** Until all that fell due is sent and recorded. */
async function settled(endpoint: Registered): Promise<void> {
  const nowMs = await environment.currentTimeMs();
  const due = async () =>
    (await logOf(stack.ledger, endpoint)).filter(({ state, nextAttemptAtMs }) => {
      return state === 'waiting' && (nextAttemptAtMs ?? 0) <= nowMs;
    });
  await expect.poll(due).toEqual([]);
}
