import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { OpenedPurchase } from '../activities/purchases.ts';
import { explainDecline, saysPrepaid } from '../domain/declines.ts';
import { refusal } from '../domain/failures.ts';
import { sum } from '../domain/money.ts';
import type { Capture, ActAnswer, FailedCharge } from '../domain/payment.ts';
import { outcomeOf, type PurchaseOutcome } from '../domain/purchase-outcome.ts';
import type { Answer, PurchaseInput } from './messages.ts';
import { awaitCustomer, awaitProcessor } from './purchase-waits.ts';
import { PurchaseRun } from './purchase-run.ts';
import { deliverNotices } from './purchase-notices.ts';
import * as step from './proxies.ts';

/**
 * A customer buys a credit pack: exactly one charge and one lot, or none and none. The update that
 * starts the workflow is answered with the first outcome; the bank's page or an unknown outcome are
 * followed here until they are final.
 *
 * Nothing interrupts it between two steps: a cancellation only asks for the payment to be called
 * off, which Stripe's object then decides. So whatever a step may have done is always followed up.
 */
export async function purchase(input: PurchaseInput): Promise<Answer<PurchaseOutcome>> {
  const run = new PurchaseRun(input);
  return CancellationScope.nonCancellable(async () => {
    const outcome = await buy(run);
    run.conclude(outcome);
    await deliverNotices(run);
    if (run.paymentLeftOpen !== null) await cancelPayment(run, run.paymentLeftOpen);
    await condition(allHandlersFinished);
    return { requestHash: input.requestHash, outcome };
  });
}

async function buy(run: PurchaseRun): Promise<PurchaseOutcome> {
  const { input } = run;
  const opened = await step.openPurchase({ ...input, nowMs: run.clock.nowMs() });
  if (opened.status === 'failed') {
    return { purchaseId: input.purchaseId, status: 'refused', refusal: opened.refusal };
  }
  // A run after the end, however much later, finds the outcome here and calls nobody.
  if (opened.status === 'final') return outcomeOf(opened.purchase);

  run.begin(opened);
  const earlier = opened.purchase.paymentIntentId ?? (await findLost(run, opened));
  if (earlier !== null) {
    const answer = await lookAt(run, earlier);
    return follow(run, opened, earlier, answer);
  }
  if (run.onlyFollows) return giveUp(run);
  let paymentIntentId: string;
  try {
    const refused = await refuseCard(run, opened);
    if (refused !== null) return refused;
    paymentIntentId = await createPayment(run, opened);
  } catch (error) {
    if (!step.wasGivenUp(error)) throw error;
    return giveUp(run);
  }
  return follow(run, opened, paymentIntentId, await confirm(run, opened, paymentIntentId));
}

/** The payment of a run that was lost before it could record it; null where it made none. */
async function findLost(run: PurchaseRun, opened: OpenedPurchase): Promise<string | null> {
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

/** Stripe did not answer while nothing could be charged yet: the customer may simply try again. */
async function giveUp(run: PurchaseRun): Promise<PurchaseOutcome> {
  run.story.tell('No payment was confirmed in time: nothing was charged.');
  return close(run, { status: 'canceled', refusal: refusal('payment_not_completed') }, null);
}

/** Prepaid and unusable cards end here, before any payment object exists (R9, R10). */
async function refuseCard(
  run: PurchaseRun,
  opened: OpenedPurchase,
): Promise<PurchaseOutcome | null> {
  const { source, customerId } = opened;
  const nowMs = run.clock.nowMs();
  const { decision, fingerprint } = await step.checkCard({
    source,
    customerId,
    use: 'pay_on_session',
    nowMs,
  });
  if (decision.accepted) return null;
  if (decision.prepaidSource !== null) {
    await turnAway(run, opened, fingerprint, decision.prepaidSource);
  }
  run.story.tell(`The card was refused: ${decision.refusal.code}. No payment was made.`);
  return close(run, { status: 'refused', refusal: decision.refusal }, null);
}

/** A prepaid card is remembered as such, and leaves the file where it was on it (R10). */
async function turnAway(
  run: PurchaseRun,
  { card }: OpenedPurchase,
  fingerprint: string | null,
  source: string,
): Promise<void> {
  const { accountId } = run.input;
  const nowMs = run.clock.nowMs();
  if (fingerprint !== null) await step.refuseFingerprint({ fingerprint, source, nowMs });
  if (card === null) return;
  const { paymentMethodId } = card;
  await step.discardCard({ accountId, paymentMethodId, actor: run.workflowId, nowMs });
  const idempotencyKey = `${run.workflowId}:detach`;
  await step.detachCard({ paymentMethodId, idempotencyKey });
}

async function createPayment(run: PurchaseRun, opened: OpenedPurchase): Promise<string> {
  const { accountId, purchaseId } = run.input;
  const { purchase: row, status } = opened;
  const customerId = opened.customerId ?? (await createCustomer(run));
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

async function createCustomer(run: PurchaseRun): Promise<string> {
  const { accountId } = run.input;
  const idempotencyKey = `${run.workflowId}:customer`;
  const created = await step.createCustomer({ accountId, idempotencyKey });
  // Where two ran at once, the first one recorded is the account's.
  const recorded = await step.recordCustomer({ accountId, ...created });
  return recorded.customerId;
}

/** The one loop that acts on the payment; it ends only when what Stripe did is known. */
async function follow(
  run: PurchaseRun,
  opened: OpenedPurchase,
  paymentIntentId: string,
  firstAnswer: ActAnswer,
): Promise<PurchaseOutcome> {
  let answer = firstAnswer;
  const look = () => lookAt(run, paymentIntentId);
  const callOff = () => cancelPayment(run, paymentIntentId);
  for (;;) {
    switch (answer.status) {
      case 'succeeded':
        return settle(run, opened, paymentIntentId, answer.capture);
      case 'declined':
        return declined(run, opened, paymentIntentId, answer.failedCharge);
      case 'rejected':
        run.callOff('payment_rejected');
        answer = await callOff();
        break;
      case 'canceled':
        return calledOff(run);
      case 'requires_confirmation':
        if (answer.lastDecline !== null) {
          return declined(run, opened, paymentIntentId, answer.lastDecline);
        }
        // The confirm never took hold. The same key again cannot charge twice.
        answer =
          run.callOffWanted || run.onlyFollows
            ? await callOff()
            : await confirm(run, opened, paymentIntentId);
        break;
      case 'requires_action':
        answer = await awaitCustomer(run, opened, answer.actionUrl, { look, callOff });
        break;
      case 'processing':
      case 'unknown':
        answer = await awaitProcessor(run, opened, answer, { look });
        break;
    }
  }
}

async function confirm(
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

/** A call to Stripe that got no answer for a minute says nothing of what Stripe did. */
async function orUnknown(answer: Promise<ActAnswer>): Promise<ActAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (!step.wasGivenUp(error)) throw error;
    return { status: 'unknown', why: 'Stripe did not answer', isStored: false };
  }
}

/** Obligation, attempt and method: another card would be another charge (B16). */
function confirmKey(run: PurchaseRun, sourceId: string): string {
  return `${run.workflowId}:confirm:1:${sourceId}`;
}

async function lookAt(run: PurchaseRun, paymentIntentId: string): Promise<ActAnswer> {
  const { currency } = run.opened;
  return run.look(() => orUnknown(step.readPayment({ paymentIntentId, currency })));
}

async function cancelPayment(run: PurchaseRun, paymentIntentId: string): Promise<ActAnswer> {
  const { currency } = run.opened;
  run.cancellations += 1;
  const idempotencyKey = `${run.workflowId}:cancel:${run.cancellations}`;
  const order = { paymentIntentId, currency, idempotencyKey };
  return run.look(() => orUnknown(step.cancelPayment(order)));
}

/** Money was taken: it becomes credits, or goes back where it may not (R3, R10). */
async function settle(
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
    await turnAway(run, opened, capture.card.fingerprint, 'charge');
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

async function declined(
  run: PurchaseRun,
  opened: OpenedPurchase,
  paymentIntentId: string,
  failedCharge: FailedCharge,
): Promise<PurchaseOutcome> {
  run.paymentLeftOpen = paymentIntentId;
  run.noteDecline(failedCharge.declineCode);
  const attempt = {
    paymentIntentId,
    attemptId: confirmKey(run, opened.source.id),
    amount: sum(opened.purchase.credits, opened.purchase.tax),
    failedCharge,
  };
  const fingerprint = failedCharge.card?.fingerprint ?? null;
  if (saysPrepaid(failedCharge)) {
    await turnAway(run, opened, fingerprint, 'network_advice');
    const reason = refusal('card_prepaid_not_supported');
    return close(run, { status: 'refused', refusal: reason }, attempt);
  }
  return close(run, { status: 'declined', decline: explainDecline(failedCharge) }, attempt);
}

/** Stripe confirms that the payment can never be taken any more. */
async function calledOff(run: PurchaseRun): Promise<PurchaseOutcome> {
  run.story.tell('The payment was called off at Stripe. Nothing was charged.');
  return close(run, { status: 'canceled', refusal: refusal(run.callOffReason) }, null);
}

async function close(
  run: PurchaseRun,
  ending: Parameters<typeof step.closePurchase>[0]['ending'],
  attempt: Parameters<typeof step.closePurchase>[0]['attempt'],
): Promise<PurchaseOutcome> {
  const { accountId, purchaseId } = run.input;
  const nowMs = run.clock.nowMs();
  return outcomeOf(await step.closePurchase({ accountId, purchaseId, ending, attempt, nowMs }));
}
