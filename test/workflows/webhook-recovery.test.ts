import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWebhookDelivery } from '../../client/webhook-deliveries.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { webhookMessageId } from '../../ledger/webhook-messages.ts';
import type { SweepReport } from '../../workflows/messages.ts';
import { leaveWebhookMessage } from '../histories/webhook-plays.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { logOf, ping, receiving, register } from '../support/webhook-registration.ts';
import type { ParkingPlan } from './fixtures/parking-worker.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ worker: false });
});
afterAll(() => stack.close());

/** A worker in a process of its own, to be killed. */
async function startDoomedWorker(): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('fixtures/parking-worker.ts', import.meta.url));
  const worker = fork(file, { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
  const plan: ParkingPlan = { settings: stack.workerSettings, places: {} };
  worker.send(plan);
  await once(worker, 'message');
  return worker;
}

test('R63 a worker that dies between an attempt and its record sends the same message again', async () => {
  const doomed = await startDoomedWorker();
  const { accountId } = await stack.createAccount();
  const receiver = await receiving({ status: 200, delayMs: 60_000 });
  const endpoint = await register(stack.ledger, accountId, receiver);
  const { messageId } = await ping(stack.ledger, endpoint);
  const taskQueue = stack.workerSettings.taskQueue ?? '';
  await startWebhookDelivery(stack.temporal, { endpointId: endpoint.endpointId, taskQueue });
  await expect.poll(() => receiver.requests.length).toBe(1);
  doomed.kill('SIGKILL');
  await stack.startWorker();
  await expect.poll(() => receiver.requests.length).toBe(2);
  expect(receiver.requests.map(({ id }) => id)).toEqual([messageId, messageId]);
  expect(receiver.requests[1]?.rawBody).toBe(receiver.requests[0]?.rawBody);
  await expect
    .poll(async () => await logOf(stack.ledger, endpoint))
    .toMatchObject([{ state: 'delivered', attemptsEver: 1 }]);
});

/** One run of the sweep, which needs the worker of the test above. */
async function sweep(): Promise<SweepReport> {
  return stack.temporal.workflow.execute<() => Promise<SweepReport>>('sweep', {
    workflowId: `sweep-${randomUUID()}`,
    taskQueue: stack.workerSettings.taskQueue ?? '',
  });
}

test('R63 a message that nobody was told of is sent by the sweep, also where a run waits already', async () => {
  const receiver = await receiving();
  await leaveWebhookMessage(stack, receiver.url);
  const waiting = await receiving({ status: 500 }, { status: 500 });
  const { accountId } = await stack.createAccount();
  const endpoint = await register(stack.ledger, accountId, waiting);
  await ping(stack.ledger, endpoint);
  await expect.poll(() => waiting.requests.length).toBe(2);
  await insertMessage(accountId, endpoint.endpointId, '2 minutes');
  // It need not count both: an endpoint's own run may have found what was inserted first.
  await sweep();
  await expect.poll(() => receiver.requests.length).toBe(1);
  await expect.poll(() => waiting.requests.length).toBe(3);
});

test('R63 messages are forgotten after 30 days, those that wait are not', async () => {
  const { accountId } = await stack.createAccount();
  const endpoint = await register(stack.ledger, accountId, await receiving());
  const kept = await insertMessage(accountId, endpoint.endpointId, '29 days', 'failed');
  await insertMessage(accountId, endpoint.endpointId, '31 days', 'failed');
  const due = await insertMessage(accountId, endpoint.endpointId, '31 days', 'waiting', '1 day');
  await sweep();
  const left = (await logOf(stack.ledger, endpoint)).map(({ messageId }) => messageId);
  expect(left.toSorted()).toEqual([kept, due].toSorted());
});

/** A message as it was left some time ago, with no one told. */
async function insertMessage(
  accountId: string,
  endpointId: string,
  age: string,
  state = 'waiting',
  dueIn: string | null = null,
): Promise<string> {
  const messageId = webhookMessageId(accountId, null);
  await stack.ledger.run(
    `with message as (
       insert into webhook_messages (account_id, message_id, type, data, occurred_at, recorded_at)
       values ($1, $2, 'ping', '{}', clock_timestamp(), clock_timestamp() - $4::interval)
       returning account_id, message_id, recorded_at
     )
     insert into webhook_deliveries (account_id, message_id, owner_id, endpoint_id, recorded_at,
       state, next_attempt_at)
     select account_id, message_id, account_id, $3, recorded_at, $5,
       clock_timestamp() + $6::interval
     from message`,
    [uuidOf(accountId), messageId, endpointId, age, state, dueIn],
  );
  return messageId;
}
