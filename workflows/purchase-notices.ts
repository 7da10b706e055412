import type { PurchaseRun } from './purchase-run.ts';
import * as step from './proxies.ts';

/**
 * Sends the purchase's mails, after those that are under way. Who waits for the promise waits for
 * the mail server too.
 */
export function deliverNotices(run: PurchaseRun): Promise<void> {
  run.delivery = run.delivery.then(() => deliver(run));
  return run.delivery;
}

/**
 * One that cannot be sent for days never fails the purchase: its notice
 * stays in the ledger as undelivered, and an operator is told.
 */
async function deliver(run: PurchaseRun): Promise<void> {
  const { accountId, purchaseId } = run.input;
  try {
    await step.deliverNotices({ accountId, purchaseId, nowMs: run.clock.nowMs() });
  } catch (error) {
    if (!step.wasGivenUp(error)) throw error;
    run.callOperator('a mail about this purchase could not be sent.');
  }
}
