import { sleep } from '@temporalio/workflow';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import { minuteMs } from '../domain/durations.ts';
import type { CollectionRun } from './collection-run.ts';
import { PayNowTicket } from './pay-now-ticket.ts';
import { PaymentAct } from './payment-act.ts';
import { orUnknown } from './payment-steps.ts';
import * as step from './proxies.ts';

/** Stripe did not answer before anything could be charged: it is tried again after so long. */
const pauseAfterCanceledMs = 15 * minuteMs;
const mostCancellations = 5;

/**
 * Charges one open payment and follows it to its end: the only place that confirms. Whoever asked is
 * answered as soon as there is anything to be told.
 */
export async function charge(
  run: CollectionRun,
  payment: InvoicePayment,
  ticket: PayNowTicket | null,
): Promise<void> {
  await busy(run, payment, ticket, chargeNow);
}

async function chargeNow(act: PaymentAct): Promise<void> {
  let paymentIntentId: string;
  try {
    if (await act.refuseCard()) return;
    paymentIntentId = await act.object();
  } catch (error) {
    if (!step.wasGivenUp(error)) throw error;
    await act.end('payment_not_completed', false);
    return;
  }
  await act.follow(paymentIntentId, await act.confirm(paymentIntentId));
}

/**
 * Sees to a payment that an earlier run opened. What was charged is recorded; one of ours that never
 * was may still be charged, under the same key; a customer's is called off, unless they are there.
 */
export async function followOpen(
  run: CollectionRun,
  payment: InvoicePayment,
  ticket: PayNowTicket | null,
): Promise<void> {
  const { paymentIntentId } = run.view;
  const mayCharge = payment.origin !== 'customer' || ticket !== null;
  await busy(run, payment, ticket, async (act) => {
    if (!mayCharge) act.ticket.callOff('payment_not_completed');
    if (paymentIntentId === null) {
      await (mayCharge ? chargeNow(act) : act.end('payment_not_completed', false));
      return;
    }
    const answer = await act.look(paymentIntentId);
    // The card is read again before each confirm (R10).
    if (mayCharge && act.isUnconfirmed(answer)) await chargeNow(act);
    else await act.follow(paymentIntentId, answer);
  });
}

/** An object that could still be paid is canceled once the invoice asks for nothing (B1). */
export async function leaveNothingOpen(run: CollectionRun): Promise<void> {
  const { paymentIntentId, lastPaymentId, invoice, currency } = run.view;
  const canBePaid = invoice.state === 'uncollectible';
  if (paymentIntentId === null || lastPaymentId === null || canBePaid) return;
  const { accountId, invoiceId } = run.input;
  for (let tried = 1; tried <= mostCancellations; tried += 1) {
    // A stored failure stays under its key for a day; canceling twice does no harm.
    const idempotencyKey = `${run.workflowId}:cancel:${paymentIntentId}:${tried}`;
    const order = { paymentIntentId, currency, idempotencyKey };
    const answer = await orUnknown(step.cancelPayment(order));
    const nowMs = run.clock.clockMs();
    if (answer.status === 'canceled') {
      return step.dropPaymentObject({ accountId, invoiceId, paymentIntentId, nowMs });
    }
    if (answer.status === 'succeeded') {
      const { capture } = answer;
      await step.settleInvoicePayment({
        accountId,
        invoiceId,
        paymentId: lastPaymentId,
        paymentIntentId,
        capture,
        nowMs,
        attemptId: `${run.workflowId}:late:${capture.chargeId}`,
        method: capture.card.brand,
        attemptedAtMs: run.clock.nowMs(),
      });
      run.callOperator(`charge ${capture.chargeId} came too late and is owed back (refunds_due).`);
      return;
    }
    await sleep(tried * tried * 1_000, { summary: 'Before the payment is called off again' });
  }
  // The payment watch asks again each hour.
  run.callOperator(`payment ${paymentIntentId} could not be canceled; look at it at Stripe.`);
}

async function busy(
  run: CollectionRun,
  payment: InvoicePayment,
  asked: PayNowTicket | null,
  work: (act: PaymentAct) => Promise<void>,
): Promise<void> {
  const ticket = asked ?? new PayNowTicket(run.input.invoiceId, payment);
  ticket.method = payment.method;
  ticket.amount = payment.amount;
  run.current = ticket;
  const act = new PaymentAct(run, payment, ticket);
  await work(act);
  run.current = null;
  // Otherwise a Stripe that is away would be asked again and again.
  const isOurs = payment.origin === 'scheduled';
  if (isOurs && ticket.outcome.status === 'canceled') {
    await run.wait(run.clock.nowMs() + pauseAfterCanceledMs, 'Before the charge is tried again');
  }
}
