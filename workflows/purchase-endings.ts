import type { OpenedPurchase } from '../activities/purchases.ts';
import { classOfCode, explainDecline, saysPrepaid } from '../domain/declines.ts';
import { refusal } from '../domain/failures.ts';
import { sum } from '../domain/money.ts';
import type { Capture, FailedCharge } from '../domain/payment.ts';
import { outcomeOf, type PurchaseOutcome } from '../domain/purchase-outcome.ts';
import { turnAway } from './payment-steps.ts';
import { confirmKey } from './purchase-payment.ts';
import type { PurchaseRun } from './purchase-run.ts';
import * as step from './proxies.ts';

/** Money was taken: it becomes credits, or goes back where it may not (R3, R10). */
export async function settle(
  run: PurchaseRun,
  opened: OpenedPurchase,
  paymentIntentId: string,
  capture: Capture,
): Promise<PurchaseOutcome> {
  const { accountId, purchaseId } = run.input;
  const row = await step.settlePurchase({
    accountId,
    purchaseId,
    paymentIntentId,
    capture,
    attemptId: confirmKey(run, opened.source.id),
    nowMs: run.clock.nowMs(),
  });
  if (row.state !== 'returned') {
    run.story.tell(`The card was charged (${capture.chargeId}) and the credits are posted.`);
    return outcomeOf(row);
  }
  if (row.refusal?.code === 'card_prepaid_not_supported') {
    await turnAwayFrom(run, opened, capture.card.fingerprint, 'charge');
  }
  run.callOperator(`charge ${capture.chargeId} may not become credits and is being sent back.`);
  await sendBack(run, paymentIntentId, capture);
  return outcomeOf(row);
}

/** What the ledger books as `refunds_due` goes back to the card; an operator sees it through. */
async function sendBack(
  run: PurchaseRun,
  paymentIntentId: string,
  { amount }: Capture,
): Promise<void> {
  const { accountId, purchaseId } = run.input;
  try {
    const { refundId } = await step.refundPayment({
      paymentIntentId,
      operationId: purchaseId,
      idempotencyKey: `${run.workflowId}:refund`,
    });
    const nowMs = run.clock.nowMs();
    await step.recordRefundPaid({ accountId, purchaseId, refundId, amount, nowMs });
    run.story.tell(`The money is on its way back: ${refundId}.`);
  } catch (error) {
    if (!step.wasGivenUp(error)) throw error;
    run.callOperator('Stripe turned the refund down; the money is still owed (refunds_due).');
  }
}

export async function declined(
  run: PurchaseRun,
  opened: OpenedPurchase,
  paymentIntentId: string,
  failedCharge: FailedCharge,
): Promise<PurchaseOutcome> {
  run.paymentLeftOpen = paymentIntentId;
  const { declineCode } = failedCharge;
  run.noteDecline(declineCode);
  if (classOfCode(declineCode) === 'blocked') {
    run.callOperator(`Stripe blocked the payment (${declineCode}). Look at it there.`);
  }
  const attempt = {
    paymentIntentId,
    attemptId: confirmKey(run, opened.source.id),
    amount: sum(opened.purchase.credits, opened.purchase.tax),
    failedCharge,
  };
  const fingerprint = failedCharge.card?.fingerprint ?? null;
  if (saysPrepaid(failedCharge)) {
    await turnAwayFrom(run, opened, fingerprint, 'network_advice');
    const reason = refusal('card_prepaid_not_supported');
    return close(run, { status: 'refused', refusal: reason }, attempt);
  }
  return close(run, { status: 'declined', decline: explainDecline(failedCharge) }, attempt);
}

/** Stripe confirms that the payment can never be taken any more. */
export async function calledOff(run: PurchaseRun): Promise<PurchaseOutcome> {
  run.story.tell('The payment was called off at Stripe. Nothing was charged.');
  return close(run, { status: 'canceled', refusal: refusal(run.callOffReason) }, null);
}

/** Stripe did not answer while nothing could be charged yet: the customer may simply try again. */
export async function giveUp(run: PurchaseRun): Promise<PurchaseOutcome> {
  run.story.tell('No payment was confirmed in time: nothing was charged.');
  return close(run, { status: 'canceled', refusal: refusal('payment_not_completed') }, null);
}

/** See {@link turnAway}. */
export async function turnAwayFrom(
  run: PurchaseRun,
  { card }: OpenedPurchase,
  fingerprint: string | null,
  source: string,
): Promise<void> {
  const { accountId } = run.input;
  const { workflowId } = run;
  await turnAway({ accountId, workflowId, card, fingerprint, source, nowMs: run.clock.nowMs() });
}

export async function close(
  run: PurchaseRun,
  ending: Parameters<typeof step.closePurchase>[0]['ending'],
  attempt: Parameters<typeof step.closePurchase>[0]['attempt'],
): Promise<PurchaseOutcome> {
  const { accountId, purchaseId } = run.input;
  const nowMs = run.clock.nowMs();
  return outcomeOf(await step.closePurchase({ accountId, purchaseId, ending, attempt, nowMs }));
}
