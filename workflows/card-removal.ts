import type { CardRemovalInput, CardRemovalOutcome } from './messages.ts';
import * as step from './proxies.ts';
import { workflowInfo } from '@temporalio/workflow';

/**
 * A customer takes a card off the file. The ledger decides first, under the account's lock (R12);
 * only then does Stripe forget it, so that a card we may still need is never lost.
 */
export async function cardRemoval(input: CardRemovalInput): Promise<CardRemovalOutcome> {
  const removal = await step.removeCard(input);
  if (removal.status === 'refused') return removal;
  const { paymentMethodId } = input;
  await step.detachCard({
    paymentMethodId,
    idempotencyKey: `${workflowInfo().workflowId}:detach`,
  });
  return { status: 'removed' };
}
