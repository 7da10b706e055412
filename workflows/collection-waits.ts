import { currency as currencyOf } from '../domain/currencies.ts';
import { minuteMs } from '../domain/durations.ts';
import { whyNotAwaited, type InvoicePayment } from '../domain/invoice-payments.ts';
import type { ActAnswer } from '../domain/payment.ts';
import type { CollectionRun } from './collection-run.ts';
import type { PayNowTicket } from './pay-now-ticket.ts';
import { lookEveryMs, pollAfterMs } from './poll-times.ts';
import * as step from './proxies.ts';

interface Moves {
  readonly look: () => Promise<ActAnswer>;
  readonly callOff: () => Promise<ActAnswer>;
}

type Waiting = Extract<ActAnswer, { status: 'processing' | 'unknown' }>;

/** How long one payment has waited, for whom, and what was done about it. */
export class PaymentWait {
  readonly run: CollectionRun;
  readonly payment: InvoicePayment;
  readonly ticket: PayNowTicket;
  authenticationSinceMs: number | null;
  noticesSent = 0;
  unknownSinceMs: number | null = null;
  alarmRaised = false;

  constructor(run: CollectionRun, payment: InvoicePayment, ticket: PayNowTicket) {
    this.run = run;
    this.payment = payment;
    this.ticket = ticket;
    // A later run goes on with the same deadline and reminders.
    this.authenticationSinceMs = payment.authenticationSinceMs;
  }

  /** By what the ledger told last; what Stripe takes all the same is owed back, beyond what is due. */
  callOffWhatIsNotDue(): void {
    const { invoice, currency } = this.run.view;
    const why = whyNotAwaited(invoice, this.payment.amount, currencyOf(currency));
    if (why !== null) this.ticket.callOff(why);
  }
}

/**
 * The bank asks the customer. A webhook, their return or a look every so often tells what became of
 * it; reminders go out, and at last, or where they want to pay otherwise, or a charge of ours is due, it
 * is called off (R13).
 */
export async function awaitCustomer(
  wait: PaymentWait,
  actionUrl: string | null,
  { look, callOff }: Moves,
): Promise<ActAnswer> {
  const { run, ticket, payment } = wait;
  const { remindersAfterMs, expiresAfterMs } = run.view.authentication;
  wait.unknownSinceMs = null;
  wait.authenticationSinceMs ??= run.clock.nowMs();
  const waitedMs = run.clock.nowMs() - wait.authenticationSinceMs;
  const noticeDueMs = [0, ...remindersAfterMs][wait.noticesSent];
  if (noticeDueMs !== undefined && waitedMs >= noticeDueMs) {
    const { paymentId } = payment;
    const reminder = wait.noticesSent;
    const nowMs = run.clock.clockMs();
    await step.recordPaymentAuthentication({ ...run.input, paymentId, reminder, nowMs });
    run.story.tell(`The bank asks the customer to confirm; notice ${reminder + 1} goes out.`);
    wait.noticesSent += 1;
  }
  ticket.report({ ...ticket.name, status: 'requires_action', actionUrl });
  const yieldsAtMs = await run.tellTime();
  const untilYieldMs = yieldsAtMs === null ? Infinity : yieldsAtMs - run.clock.nowMs();
  if (untilYieldMs <= 0) run.story.tell('It makes way for the charge that is due by now.');
  if (untilYieldMs <= 0 || waitedMs >= expiresAfterMs) ticket.callOff('authentication_expired');
  wait.callOffWhatIsNotDue();
  if (ticket.callOffReason !== null) return callOff();
  const nextMs = [0, ...remindersAfterMs][wait.noticesSent] ?? expiresAfterMs;
  const untilNextMs = Math.max(Math.min(nextMs - waitedMs, untilYieldMs), 1);
  await ticket.progress.wait(Math.min(untilNextMs, lookEveryMs(waitedMs)));
  return look();
}

/**
 * Nobody knows yet what Stripe did: ask until it is known, never call it failed (R6). After a minute
 * a payment that was never confirmed is called off; after the alarm an operator is called.
 */
export async function awaitProcessor(
  wait: PaymentWait,
  answer: Waiting,
  { look }: Pick<Moves, 'look'>,
): Promise<ActAnswer> {
  const { run, ticket } = wait;
  const { unknownOutcomeAlarmMs } = run.view;
  if (wait.unknownSinceMs === null) {
    wait.unknownSinceMs = run.clock.nowMs();
    const why = answer.status === 'unknown' ? answer.why : 'Stripe is still processing it';
    run.story.tell(`The outcome is not known yet (${why}); asking until it is.`);
  }
  ticket.report({ ...ticket.name, status: 'pending' });
  await run.tellTime();
  wait.callOffWhatIsNotDue();
  const waitedMs = run.clock.nowMs() - wait.unknownSinceMs;
  if (waitedMs >= unknownOutcomeAlarmMs && !wait.alarmRaised) {
    wait.alarmRaised = true;
    run.callOperator(
      'Stripe has not said what became of this payment. Look it up in the Stripe dashboard; then ' +
        'send the update `resolve` with {"decision":"look_again"}, or {"decision":"call_off"} to ' +
        'have it canceled if it was not taken. It is never charged a second time.',
    );
  }
  if (answer.status === 'unknown' && (answer.isStored || waitedMs >= minuteMs)) {
    ticket.callOff('payment_not_completed');
  }
  await ticket.progress.wait(pollAfterMs(waitedMs, unknownOutcomeAlarmMs));
  return look();
}
