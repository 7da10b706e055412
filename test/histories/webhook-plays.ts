import { randomUUID } from 'node:crypto';
import { keyDigest } from '../../client/ids.ts';
import { startWebhookDelivery } from '../../client/webhook-deliveries.ts';
import { webhookEndpointIdFor } from '../../domain/ids.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { createWebhookEndpoint } from '../../ledger/webhook-endpoints.ts';
import { pingWebhookEndpoint } from '../../ledger/webhook-log.ts';
import { webhookMessageId } from '../../ledger/webhook-messages.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';
import type { TestStack } from '../support/stack.ts';
import type { RecordingName } from './required.ts';
import { email, finished, fullName, until, type Play, type Run } from './stage.ts';

/** An endpoint that answers with these statuses in turn, then with 200, and one message to it. */
async function pinged(
  stack: TestStack,
  statuses: readonly number[],
): Promise<{ receiver: Receiver; endpointId: string; run: Run }> {
  const receiver = await startReceiver();
  receiver.answerWith(...statuses.map((status) => ({ status })));
  const { accountId } = await stack.createAccount({ email, name: fullName });
  const endpointId = webhookEndpointIdFor(accountId, keyDigest(randomUUID()));
  const asked = { endpointId, actor: 'recorder', nowMs: Date.now() };
  await createWebhookEndpoint(stack.ledger, {
    ...asked,
    accountId,
    url: receiver.url,
    types: null,
  });
  await pingWebhookEndpoint(stack.ledger, { ...asked, callId: randomUUID() });
  return {
    receiver,
    endpointId,
    run: { workflowId: workflowIdOf('webhook-delivery', endpointId) },
  };
}

/** The history once as many requests came and the run is over. */
function played(statuses: readonly number[]): Play {
  return async (stack) => {
    const { receiver, run } = await pinged(stack, statuses);
    await until(() => receiver.requests.length === Math.max(statuses.length, 1));
    await finished(stack, run.workflowId);
    await receiver.close();
    return run;
  };
}

/** A message that nobody was told of when it was written, two minutes ago. */
export async function leaveWebhookMessage(stack: TestStack, url: string): Promise<Run> {
  const { accountId } = await stack.createAccount({ email, name: fullName });
  const endpointId = webhookEndpointIdFor(accountId, keyDigest(randomUUID()));
  const asked = { endpointId, actor: 'recorder', nowMs: Date.now() };
  await createWebhookEndpoint(stack.ledger, { ...asked, accountId, url, types: null });
  await stack.ledger.run(
    `with message as (
       insert into webhook_messages (account_id, message_id, type, data, occurred_at)
       values ($1, $2, 'ping', '{}', clock_timestamp()) returning account_id, message_id
     )
     insert into webhook_deliveries (account_id, message_id, owner_id, endpoint_id, recorded_at)
     select account_id, message_id, account_id, $3, clock_timestamp() - interval '2 minutes'
     from message`,
    [uuidOf(accountId), webhookMessageId(accountId, null), endpointId],
  );
  return { workflowId: workflowIdOf('webhook-delivery', endpointId) };
}

export const webhookPlays = {
  'webhook-delivery-delivered': played([]),
  'webhook-delivery-retried': played([500, 200]),
  'webhook-delivery-disabled': played([410]),
  async 'webhook-delivery-told-twice'(stack) {
    const { receiver, endpointId, run } = await pinged(stack, [500, 200]);
    await until(() => receiver.requests.length === 1);
    const taskQueue = stack.workerSettings.taskQueue ?? '';
    await startWebhookDelivery(stack.temporal, { endpointId, taskQueue });
    await finished(stack, run.workflowId);
    await receiver.close();
    return run;
  },
} satisfies Partial<Record<RecordingName, Play>>;
