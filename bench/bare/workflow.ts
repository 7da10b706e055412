import {
  allHandlersFinished,
  condition,
  defineUpdate,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { searchAttributes, stripeTaskQueueOf } from '../../workflows/messages.ts';

/** The one activity there is; it does nothing. */
export type BareActivities = { readonly doNothing: () => Promise<void> };

/** Sent together with the start, and answered where a purchase's first outcome is. */
export const bareUpdate = defineUpdate<string>('bare');

const timeouts = { startToCloseTimeout: '15 seconds' } as const;
const local = proxyLocalActivities<BareActivities>(timeouts);
const normal = proxyActivities<BareActivities>(timeouts);

/**
 * What Temporal alone costs: the steps of a purchase by a card on file, on two queues like its
 * own, with the same start, update and search attributes, so that both leave the same events in
 * their histories. Nothing is done, and no step has input, result, summary or heartbeat.
 */
export async function bare(): Promise<string> {
  let answered = false;
  setHandler(bareUpdate, async () => {
    await condition(() => answered);
    return 'succeeded';
  });
  const taskQueue = stripeTaskQueueOf(workflowInfo().taskQueue);
  const atStripe = proxyActivities<BareActivities>({ ...timeouts, taskQueue });

  await local.doNothing(); // openPurchase
  await atStripe.doNothing(); // checkCard
  await atStripe.doNothing(); // createPayment
  await local.doNothing(); // recordPayment
  await atStripe.doNothing(); // confirmPayment
  await normal.doNothing(); // settlePurchase
  upsertSearchAttributes([{ key: searchAttributes.paymentState, value: 'succeeded' }]);
  answered = true;
  await normal.doNothing(); // deliverNotices
  await condition(allHandlersFinished);
  return 'succeeded';
}
