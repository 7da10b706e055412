import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import { isPaymentFinal, paymentOutcomeOf } from '../domain/invoice-payments.ts';
import type { CollectionInput, CollectionReport } from './collection-messages.ts';
import { charge, followOpen, leaveNothingOpen } from './collection-payment.ts';
import { CollectionRun } from './collection-run.ts';
import type { PayNowTicket } from './pay-now-ticket.ts';
import * as step from './proxies.ts';

/**
 * What an invoice asks for is collected, by card alone (R47): charged on its day, retried within the
 * networks' rules, paid by the customer at any time. It ends when the invoice is paid, void, forgiven
 * or uncollectible; who wants to pay later starts it again, and it looks first how things stand.
 *
 * There is one loop that charges, and it takes one payment to its end before the next: whoever asks
 * is queued (B1). The ledger holds all that is decided from, so that a run may end at any point.
 */
export async function collection(input: CollectionInput): Promise<CollectionReport> {
  const run = new CollectionRun(input);
  // A cancellation would leave a payment that nobody follows: operators pause instead.
  return CancellationScope.nonCancellable(async () => {
    try {
      return await collect(run);
    } catch (error) {
      if (error instanceof Error && error.name === 'ContinueAsNew') throw error;
      run.callOperator('a step failed for good: this run ends and charges nothing.');
      throw error;
    }
  });
}

async function collect(run: CollectionRun): Promise<CollectionReport> {
  for (;;) {
    const turn = await run.takeTurn();
    if (turn.turn === 'charge') {
      const { payment } = turn;
      // Fresh ones of ours are charged. What somebody else opened is only followed to its end.
      if (payment.origin !== 'customer' && turn.isNew) await charge(run, payment, null);
      else await followOpen(run, payment, run.ticketOf(payment));
      continue;
    }
    const ticket = run.nextTicket();
    if (ticket !== undefined) {
      await pay(run, ticket);
      continue;
    }
    switch (turn.turn) {
      case 'give_up': {
        const { accountId, invoiceId } = run.input;
        await step.giveUpCollection({ accountId, invoiceId, nowMs: run.clock.clockMs() });
        run.story.tell('Nobody paid in the days there were: the invoice is uncollectible.');
        break;
      }
      case 'over':
        await leaveNothingOpen(run);
        if (!run.isIdle()) break;
        await condition(allHandlersFinished);
        if (!run.isIdle()) break;
        run.showState(turn.state);
        run.story.tell(`Ended: the invoice is ${turn.state}.`);
        return { invoiceId: run.input.invoiceId, state: turn.state };
      case 'wait':
        await rest(run, turn.wakeAtMs);
        break;
    }
  }
}

/** A history that grew long is left behind while nobody waits for an answer. */
async function rest(run: CollectionRun, wakeAtMs: number | null): Promise<void> {
  if (workflowInfo().continueAsNewSuggested) {
    await condition(allHandlersFinished);
    if (run.isIdle()) await continueAsNew(run.input);
  }
  await run.wait(wakeAtMs, 'Until the next thing is to be done');
}

/** Charges what somebody asked for, or answers why nothing is charged. */
async function pay(run: CollectionRun, ticket: PayNowTicket): Promise<void> {
  const { request } = ticket;
  if (request === null) throw new Error('a queued payment was asked for by somebody');
  const { accountId, invoiceId } = run.input;
  const { paymentId, origin, amount, paymentMethod, requestHash } = request;
  const opened = await step.openInvoicePayment({
    accountId,
    invoiceId,
    paymentId,
    origin,
    amount,
    paymentMethod,
    requestHash,
    nowMs: run.clock.clockMs(),
  });
  if (opened.status === 'refused') {
    ticket.conclude({ ...ticket.name, status: 'refused', refusal: opened.refusal });
    return;
  }
  run.see(opened);
  const { payment } = opened;
  if (isPaymentFinal(payment.state)) ticket.conclude(paymentOutcomeOf(payment));
  else if (opened.status === 'opened') await charge(run, payment, ticket);
  // The worker died right after it was opened, or an earlier run did.
  else await followOpen(run, payment, ticket);
}
