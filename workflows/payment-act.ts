import { refuseChargedCard } from '../domain/cards.ts';
import { classOfCode, saysPrepaid } from '../domain/declines.ts';
import { refusal, type FailureCode, type Refusal } from '../domain/failures.ts';
import { paymentOutcomeOf, type InvoicePayment } from '../domain/invoice-payments.ts';
import {
  cardSourceOf,
  type ActAnswer,
  type Capture,
  type CardSource,
  type FailedCharge,
} from '../domain/payment.ts';
import { methodNameOf } from '../domain/payment-methods.ts';
import type { CollectionRun } from './collection-run.ts';
import { awaitCustomer, awaitProcessor, PaymentWait } from './collection-waits.ts';
import type { PayNowTicket } from './pay-now-ticket.ts';
import { createCustomer, discard, orUnknown, turnAway } from './payment-steps.ts';
import * as step from './proxies.ts';

/** The steps of one payment of an invoice. */
export class PaymentAct {
  readonly run: CollectionRun;
  readonly payment: InvoicePayment;
  readonly ticket: PayNowTicket;
  readonly #source: CardSource;
  readonly #wait: PaymentWait;
  #cancellations = 0;
  /** True once the object is known to take what this payment is to charge. */
  #hasAmount = false;

  constructor(run: CollectionRun, payment: InvoicePayment, ticket: PayNowTicket) {
    const source = cardSourceOf(payment.method);
    if (source === undefined) throw new Error(`${payment.paymentId} has no card`);
    this.run = run;
    this.payment = payment;
    this.ticket = ticket;
    this.#source = source;
    this.#wait = new PaymentWait(run, payment, ticket);
  }

  get #name() {
    return { ...this.run.input, paymentId: this.payment.paymentId };
  }

  /** Obligation, attempt and method: another card would be another charge (B16). */
  get #attemptId(): string {
    const { paymentId, method } = this.payment;
    return `${this.run.workflowId}:confirm:${paymentId}:${method}`;
  }

  /** Prepaid and unusable cards end here, before anything is charged (R9, R10). True where it ended. */
  async refuseCard(): Promise<boolean> {
    const { run, ticket } = this;
    const { customerId, card } = run.view;
    const nowMs = run.clock.nowMs();
    const { accountId } = run.input;
    const { workflowId } = run;
    const use = ticket.request?.origin === 'customer' ? 'pay_on_session' : 'pay_off_session';
    const source = this.#source;
    const checked = await step.checkCard({ source, customerId, use, nowMs });
    const { decision, fingerprint } = checked;
    if (decision.accepted) return false;
    const reason = decision.refusal;
    if (decision.prepaidSource !== null) {
      const said = decision.prepaidSource;
      await turnAway({ accountId, workflowId, card, fingerprint, source: said, nowMs });
    } else if (card !== null && reason.code === 'card_expired' && checked.card !== null) {
      const { paymentMethodId } = card;
      const change = { accountId, paymentMethodId, actor: workflowId, nowMs };
      await step.updateCard({ ...change, card: checked.card });
    } else if (card !== null) await discard({ accountId, workflowId, card, nowMs });
    run.story.tell(`The card was refused: ${reason.code}. Nothing was charged.`);
    await this.#end({ status: 'refused', refusal: reason }, false);
    return true;
  }

  /** The invoice's one payment object: the one that is open, or a new one. */
  async object(): Promise<string> {
    const { paymentIntentId } = this.run.view;
    return paymentIntentId ?? this.#createObject();
  }

  async #createObject(): Promise<string> {
    const { run, payment } = this;
    const { accountId, invoiceId } = run.input;
    const { paymentObjects, objectMayExist, firstPaymentAtMs, currency, invoice } = run.view;
    const customerId = run.view.customerId ?? (await createCustomer(accountId, run.workflowId));
    const number = paymentObjects + 1;
    const { paymentIntentId } = await step.createPayment({
      operationId: `${invoiceId}/${number}`,
      workflowId: run.workflowId,
      accountId,
      customerId,
      currency,
      amount: payment.amount,
      description: `Invoice ${invoice.number}`,
      isRecurring: true,
      openedAtMs: firstPaymentAtMs ?? payment.openedAtMs,
      mayExist: objectMayExist,
      // A failure that Stripe stored under a key stays for a day; a later payment looks first what the
      // earlier one left, and has a key of its own.
      idempotencyKey: `${run.workflowId}:create:${number}:${payment.paymentId}`,
    });
    const nowMs = run.clock.clockMs();
    await step.recordPaymentObject({ ...this.#name, paymentIntentId, nowMs });
    run.see({ ...run.view, paymentIntentId, paymentObjects: number, lastChargeId: null });
    // One that an earlier run made may be of another amount.
    this.#hasAmount = !objectMayExist;
    run.story.tell(`The payment is ${paymentIntentId}, not yet confirmed.`);
    return paymentIntentId;
  }

  /**
   * Has the object take this payment's amount, and tells what else is known of it by then; null where
   * it can be confirmed now.
   */
  async #setAmount(paymentIntentId: string): Promise<ActAnswer | null> {
    const { run, payment } = this;
    const { amount, paymentId } = payment;
    const idempotencyKey = `${run.workflowId}:amount:${paymentId}`;
    const { currency } = run.view;
    const order = { paymentIntentId, amount, currency, idempotencyKey };
    const answer = await orUnknown(step.setPaymentAmount(order));
    const isReady = this.isUnconfirmed(answer);
    this.#hasAmount = isReady;
    return isReady ? null : answer;
  }

  async confirm(paymentIntentId: string): Promise<ActAnswer> {
    const { run, ticket, payment } = this;
    if (!this.#hasAmount) {
      const told = await this.#setAmount(paymentIntentId);
      if (told !== null) return told;
    }
    const { request } = ticket;
    const returnUrl = request?.origin === 'customer' ? request.returnUrl : null;
    const words = returnUrl === null ? '' : ', the customer is there';
    run.story.tell(`Charging ${run.amountText(payment.amount)}${words}.`);
    return orUnknown(
      step.confirmPayment({
        paymentIntentId,
        source: this.#source,
        currency: run.view.currency,
        returnUrl,
        idempotencyKey: this.#attemptId,
      }),
    );
  }

  async look(paymentIntentId: string): Promise<ActAnswer> {
    const { currency } = this.run.view;
    const { progress } = this.ticket;
    return progress.look(() => orUnknown(step.readPayment({ paymentIntentId, currency })));
  }

  async #callOff(paymentIntentId: string): Promise<ActAnswer> {
    this.#cancellations += 1;
    const { currency } = this.run.view;
    const idempotencyKey = `${this.run.workflowId}:cancel:${this.payment.paymentId}:${this.#cancellations}`;
    const order = { paymentIntentId, currency, idempotencyKey };
    return this.ticket.progress.look(() => orUnknown(step.cancelPayment(order)));
  }

  /** Acts on the payment until what Stripe did is known. */
  async follow(paymentIntentId: string, first: ActAnswer): Promise<void> {
    const { ticket } = this;
    let answer = first;
    const moves = {
      look: () => this.look(paymentIntentId),
      callOff: () => this.#callOff(paymentIntentId),
    };
    for (;;) {
      switch (answer.status) {
        case 'succeeded':
          return this.#settle(paymentIntentId, answer.capture);
        case 'declined':
          return this.#declined(paymentIntentId, answer.failedCharge);
        case 'canceled':
          return this.end(ticket.callOffReason ?? 'payment_not_completed', true);
        case 'rejected':
          ticket.callOff('payment_rejected');
          answer = await moves.callOff();
          break;
        case 'requires_confirmation': {
          const decline = this.#newDecline(answer.lastDecline);
          if (decline !== null) return this.#declined(paymentIntentId, decline);
          // The confirm never took hold. The same key again cannot charge twice.
          answer =
            ticket.callOffReason === null
              ? await this.confirm(paymentIntentId)
              : await moves.callOff();
          break;
        }
        case 'requires_action':
          answer = await awaitCustomer(this.#wait, answer.actionUrl, moves);
          break;
        case 'processing':
        case 'unknown':
          answer = await awaitProcessor(this.#wait, answer, moves);
          break;
      }
    }
  }

  isUnconfirmed(answer: ActAnswer): boolean {
    return (
      answer.status === 'requires_confirmation' && this.#newDecline(answer.lastDecline) === null
    );
  }

  /**
   * The object still shows the decline of an earlier attempt, which is recorded. A confirmation that
   * failed at the bank has no charge: it is this payment's where the bank had asked.
   */
  #newDecline(decline: FailedCharge | null): FailedCharge | null {
    if (decline === null) return null;
    const isNew =
      decline.chargeId === null
        ? this.#wait.authenticationSinceMs !== null
        : decline.chargeId !== this.run.view.lastChargeId;
    return isNew ? decline : null;
  }

  async #settle(paymentIntentId: string, capture: Capture): Promise<void> {
    const { run, ticket, payment } = this;
    const settled = await step.settleInvoicePayment({
      ...this.#name,
      paymentIntentId,
      capture,
      attemptId: this.#attemptId,
      method: methodNameOf({ paymentMethodId: payment.method, card: capture.card }),
      attemptedAtMs: run.clock.nowMs(),
      nowMs: run.clock.clockMs(),
    });
    const { amount, chargeId } = capture;
    run.story.tell(
      `${run.amountText(amount)} charged (${chargeId}); ${run.amountText(settled.due)} still due.`,
    );
    if (settled.excess > 0) {
      run.callOperator(`${run.amountText(settled.excess)} is owed back (refunds_due).`);
    }
    if (refuseChargedCard(capture.card, capture) !== null) await this.#turnAwayCharged(capture);
    ticket.conclude(paymentOutcomeOf(settled.payment));
  }

  /** Only the charge showed that the card is prepaid: what was paid stands, the card goes (R10). */
  async #turnAwayCharged({ card: { fingerprint }, chargeId }: Capture): Promise<void> {
    const { run } = this;
    const { accountId } = run.input;
    const { card } = run.view;
    const nowMs = run.clock.nowMs();
    const { workflowId } = run;
    await turnAway({ accountId, workflowId, card, fingerprint, source: 'charge', nowMs });
    run.callOperator(`charge ${chargeId} shows a prepaid card; it is off the file.`);
  }

  async #declined(paymentIntentId: string, failedCharge: FailedCharge): Promise<void> {
    const { run, ticket, payment } = this;
    const { method, amount } = payment;
    const { card, declineCode } = failedCharge;
    run.noteDecline(declineCode);
    // What we charge by ourselves waits for an operator, whom its step calls.
    if (payment.origin === 'customer' && classOfCode(declineCode) === 'blocked') {
      run.callOperator(`Stripe blocked a payment of the customer's (${declineCode}).`);
    }
    const closed = await step.declineInvoicePayment({
      ...this.#name,
      attempt: { paymentIntentId, attemptId: this.#attemptId, amount, failedCharge },
      method: card === null ? method : methodNameOf({ paymentMethodId: method, card }),
      attemptedAtMs: run.clock.nowMs(),
      nowMs: run.clock.clockMs(),
    });
    if (saysPrepaid(failedCharge)) {
      await turnAway({
        accountId: run.input.accountId,
        workflowId: run.workflowId,
        card: run.view.card,
        fingerprint: card?.fingerprint ?? null,
        source: 'network_advice',
        nowMs: run.clock.nowMs(),
      });
    }
    ticket.conclude(paymentOutcomeOf(closed));
  }

  /** No money was taken, and none will be by this payment. */
  async end(code: FailureCode, isObjectCanceled: boolean): Promise<void> {
    this.run.story.tell('Nothing was charged.');
    await this.#end({ status: 'canceled', refusal: refusal(code) }, isObjectCanceled);
  }

  async #end(
    ending: { readonly status: 'refused' | 'canceled'; readonly refusal: Refusal },
    isObjectCanceled: boolean,
  ): Promise<void> {
    const nowMs = this.run.clock.clockMs();
    const ended = await step.endInvoicePayment({
      ...this.#name,
      ending,
      isObjectCanceled,
      nowMs,
    });
    this.ticket.conclude(paymentOutcomeOf(ended));
  }
}
