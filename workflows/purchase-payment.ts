import type { OpenedPurchase } from '../activities/purchases.ts';
import { sum } from '../domain/money.ts';
import type { ActAnswer } from '../domain/payment.ts';
import type { PurchaseRun } from './purchase-run.ts';
import { createCustomer, orUnknown } from './payment-steps.ts';
import * as step from './proxies.ts';

/** The payment of a run that was lost before it could record it; null where it made none. */
export async function findLost(run: PurchaseRun, opened: OpenedPurchase): Promise<string | null> {
  const { customerId, purchase: row } = opened;
  if (!run.onlyFollows || customerId === null) return null;
  const { accountId, purchaseId } = run.input;
  const { openedAtMs } = row;
  const found = await step.findPayment({ customerId, operationId: purchaseId, openedAtMs });
  const { paymentIntentId } = found;
  if (paymentIntentId === null) return null;
  await step.recordPayment({ accountId, purchaseId, paymentIntentId });
  return paymentIntentId;
}

export async function createPayment(run: PurchaseRun, opened: OpenedPurchase): Promise<string> {
  const { accountId, purchaseId } = run.input;
  const { purchase: row, status } = opened;
  const customerId = opened.customerId ?? (await createCustomer(accountId, run.workflowId));
  const { paymentIntentId } = await step.createPayment({
    operationId: purchaseId,
    workflowId: run.workflowId,
    accountId,
    customerId,
    amount: sum(row.credits, row.tax),
    currency: opened.currency,
    openedAtMs: row.openedAtMs,
    mayExist: status === 'stored',
    idempotencyKey: `${run.workflowId}:create`,
  });
  await step.recordPayment({ accountId, purchaseId, paymentIntentId });
  run.story.tell(`The payment is ${paymentIntentId}, not yet confirmed.`);
  return paymentIntentId;
}

export async function confirm(
  run: PurchaseRun,
  { source, currency }: OpenedPurchase,
  paymentIntentId: string,
): Promise<ActAnswer> {
  return orUnknown(
    step.confirmPayment({
      paymentIntentId,
      source,
      currency,
      returnUrl: run.input.returnUrl,
      idempotencyKey: confirmKey(run, source.id),
    }),
  );
}

/** Obligation, attempt and method: another card would be another charge (B16). */
export function confirmKey(run: PurchaseRun, sourceId: string): string {
  return `${run.workflowId}:confirm:1:${sourceId}`;
}

/** Reads how the payment stands; without an answer it is `unknown`. */
export async function lookAt(run: PurchaseRun, paymentIntentId: string): Promise<ActAnswer> {
  const { currency } = run.opened;
  return run.look(() => orUnknown(step.readPayment({ paymentIntentId, currency })));
}

/** Cancels the payment, each try under a key of its own; the answer says how it stands. */
export async function cancelPayment(run: PurchaseRun, paymentIntentId: string): Promise<ActAnswer> {
  const { currency } = run.opened;
  run.cancellations += 1;
  const idempotencyKey = `${run.workflowId}:cancel:${run.cancellations}`;
  const order = { paymentIntentId, currency, idempotencyKey };
  return run.look(() => orUnknown(step.cancelPayment(order)));
}
