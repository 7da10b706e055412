import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { OpenedPurchase } from '../activities/purchases.ts';
import type { ActAnswer } from '../domain/payment.ts';
import { outcomeOf, type PurchaseOutcome } from '../domain/purchase-outcome.ts';
import type { Answer, PurchaseInput } from './messages.ts';
import { calledOff, close, declined, giveUp, settle, turnAwayFrom } from './purchase-endings.ts';
import { deliverNotices } from './purchase-notices.ts';
import { cancelPayment, confirm, createPayment, findLost, lookAt } from './purchase-payment.ts';
import { PurchaseRun } from './purchase-run.ts';
import { awaitCustomer, awaitProcessor } from './purchase-waits.ts';
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
    const outcome = await buyOrCallOperator(run);
    run.conclude(outcome);
    await deliverNotices(run);
    if (run.paymentLeftOpen !== null) await leaveNothingOpen(run, run.paymentLeftOpen);
    await condition(allHandlersFinished);
    return { requestHash: input.requestHash, outcome };
  });
}

/** Ends a payment that was declined; should it have been taken after all, the money goes back. */
async function leaveNothingOpen(run: PurchaseRun, paymentIntentId: string): Promise<void> {
  const answer = await cancelPayment(run, paymentIntentId);
  if (answer.status === 'succeeded') {
    await settle(run, run.opened, paymentIntentId, answer.capture);
    await deliverNotices(run);
  }
}

/** A step that failed for good breaks an assumption of ours: never silently, money may be taken. */
async function buyOrCallOperator(run: PurchaseRun): Promise<PurchaseOutcome> {
  try {
    return await buy(run);
  } catch (error) {
    run.callOperator('a step failed for good. The hourly payment watch follows the payment up.');
    throw error;
  }
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
    await turnAwayFrom(run, opened, fingerprint, decision.prepaidSource);
  }
  run.story.tell(`The card was refused: ${decision.refusal.code}. No payment was made.`);
  return close(run, { status: 'refused', refusal: decision.refusal }, null);
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
