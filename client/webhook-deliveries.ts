import type { Client } from '@temporalio/client';
import { accountOfId } from '../domain/ids.ts';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import type { webhookDelivery } from '../workflows/index.ts';
import * as message from '../workflows/messages.ts';

/**
 * Has an endpoint's workflow look what is due there: tells the one that runs, or starts it. Where
 * this fails, the sweep does the same a minute later.
 */
export async function startWebhookDelivery(
  temporal: Client,
  { endpointId, taskQueue }: { readonly endpointId: string; readonly taskQueue: string },
): Promise<void> {
  const accountId = accountOfId(endpointId);
  if (accountId === undefined) throw new RangeError(`not a webhook endpoint: "${endpointId}"`);
  await temporal.workflow.signalWithStart<typeof webhookDelivery>('webhookDelivery', {
    workflowId: workflowIdOf('webhook-delivery', endpointId),
    taskQueue,
    args: [{ endpointId }],
    signal: message.webhooksDueSignal,
    typedSearchAttributes: [{ key: message.searchAttributes.accountId, value: accountId }],
    staticSummary: message.webhookDeliverySummary,
  });
}
