import { condition, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { CollectionAction } from '../domain/collection-changes.ts';
import { collectionStepWords } from '../domain/collection-words.ts';
import type { CollectionStep } from '../domain/collection.ts';
import { bookablePayment } from '../domain/found-payment.ts';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import { formatMoney, micros } from '../domain/money.ts';
import { currency as currencyOf } from '../domain/currencies.ts';
import {
  longestRestMs,
  type CollectionTurn,
  type CollectionView,
} from '../domain/collection-turn.ts';
import * as message from './collection-messages.ts';
import { clockMovedSignal, processorEventSignal, searchAttributes } from './messages.ts';
import { PayNowTicket } from './pay-now-ticket.ts';
import * as step from './proxies.ts';
import { Story } from './story.ts';
import { AccountClock } from './time.ts';

const { paymentState, declineCode, needsReview } = searchAttributes;

/**
 * What the steps of one collection share, and the handlers of its messages. Handlers never charge:
 * they queue what is asked, and the one loop takes it from there (B1).
 */
export class CollectionRun {
  readonly input: message.CollectionInput;
  readonly workflowId = workflowInfo().workflowId;
  readonly clock = new AccountClock();
  readonly story: Story;
  /** The payment that the loop is busy with; null: none. */
  current: PayNowTicket | null = null;
  readonly #queue: PayNowTicket[] = [];
  #view: CollectionView | undefined;
  #step: CollectionStep | null = null;
  #told = '';
  #news = 0;
  #newsSeen = 0;

  constructor(input: message.CollectionInput) {
    this.input = input;
    this.story = new Story(`Collection of ${input.invoiceId}`, this.clock);
    this.#handleMessages();
  }

  /** What the ledger last told; there from the first {@link takeTurn} on. */
  get view(): CollectionView {
    if (this.#view === undefined) throw new Error('no turn was taken yet');
    return this.#view;
  }

  /** Asks the ledger what is to be done now. */
  async takeTurn(): Promise<CollectionTurn & CollectionView> {
    const { accountId, invoiceId } = this.input;
    this.#newsSeen = this.#news;
    const mayCharge = this.#queue.length === 0;
    const nowMs = this.clock.clockMs();
    const turn = await step.takeCollectionTurn({ accountId, invoiceId, mayCharge, nowMs });
    this.see(turn);
    if (turn.turn === 'wait') this.#tellStep(turn.step);
    return turn;
  }

  /**
   * Days go by while a payment waits: that the invoice came to be past due is told all the same.
   * Returns when the payment makes way for a charge by itself; null: never.
   */
  async tellTime(): Promise<number | null> {
    const { accountId, invoiceId } = this.input;
    const nowMs = this.clock.clockMs();
    const turn = await step.takeCollectionTurn({ accountId, invoiceId, mayCharge: false, nowMs });
    this.see(turn);
    return turn.turn === 'charge' ? (turn.yieldsAtMs ?? null) : null;
  }

  see(view: CollectionView): void {
    this.#view = view;
    this.story.rename(`Collection of ${view.invoice.number}`);
    this.clock.offsetMs = view.testClockOffsetMs;
  }

  /** The next one who waits to pay; it is off the queue then. */
  nextTicket(): PayNowTicket | undefined {
    return this.#queue.shift();
  }

  /**
   * Whoever waits for this very payment: the worker died after it was opened, or they ask again.
   * Null: nobody does any more.
   */
  ticketOf({ paymentId, requestHash }: InvoicePayment): PayNowTicket | null {
    const at = this.#queue.findIndex(
      (ticket) => ticket.paymentId === paymentId && ticket.request?.requestHash === requestHash,
    );
    return at === -1 ? null : (this.#queue.splice(at, 1)[0] ?? null);
  }

  /** True where nobody waits for an answer any more. */
  isIdle(): boolean {
    return this.#queue.length === 0 && this.#news === this.#newsSeen;
  }

  /** Waits until something is asked or changes; at most until an instant of the account's time. */
  async wait(untilMs: number | null, summary: string): Promise<void> {
    const isWoken = () => !this.isIdle();
    if (untilMs === null) return condition(isWoken);
    const waitMs = Math.max(untilMs - this.clock.nowMs(), 1);
    await condition(isWoken, Math.min(waitMs, longestRestMs), { summary });
  }

  amountText(amount: number): string {
    return formatMoney(micros(amount), currencyOf(this.view.currency));
  }

  showState(state: string): void {
    upsertSearchAttributes([{ key: paymentState, value: state }]);
  }

  noteDecline(code: string): void {
    this.story.tell(`Declined: ${code}.`);
    upsertSearchAttributes([{ key: declineCode, value: code }]);
  }

  callOperator(why: string): void {
    this.story.tell(`An operator is needed: ${why}`);
    upsertSearchAttributes([{ key: needsReview, value: true }]);
  }

  #tellStep(next: CollectionStep): void {
    this.#step = next;
    const words = collectionStepWords(next);
    if (words === this.#told) return;
    this.#told = words;
    this.story.tell(`${this.amountText(this.view.invoice.due)} due. ${words}`);
    this.showState(next.step);
    if (next.step === 'needs_operator') this.callOperator(words);
  }

  #status(): message.CollectionStatus {
    return {
      invoiceId: this.input.invoiceId,
      due: this.#view?.invoice.due ?? null,
      step: this.#step,
      words: this.#told,
      payment: this.current?.outcome ?? null,
    };
  }

  #handleMessages(): void {
    setHandler(message.payNowUpdate, (request) => this.#payNow(request), {
      validator: ({ paymentId, amount }) => {
        if (paymentId === '') throw new Error('paymentId is needed');
        if (amount !== null && !(Number.isSafeInteger(amount) && amount > 0)) {
          throw new Error('amount is a whole number of micro-units above 0, or null');
        }
      },
    });
    setHandler(message.confirmPaymentUpdate, async () => {
      const { current } = this;
      return current === null ? null : current.progress.outcomeAfterLook();
    });
    setHandler(message.resolvePaymentUpdate, async ({ decision }) => {
      const { current } = this;
      if (current === null) return null;
      if (decision === 'call_off') current.callOff('payment_not_completed');
      return current.progress.outcomeAfterLook();
    });
    const hearNews = () => {
      this.#hearNews();
    };
    setHandler(message.collectionStatusQuery, () => this.#status());
    setHandler(message.paymentMethodChangedSignal, hearNews);
    setHandler(message.invoiceChangedSignal, hearNews);
    setHandler(processorEventSignal, hearNews);
    setHandler(clockMovedSignal, ({ offsetMs }) => {
      this.clock.offsetMs = offsetMs;
      this.#hearNews();
    });
    this.#handleOperations();
  }

  #hearNews(): void {
    this.#news += 1;
    this.current?.progress.askForLook();
  }

  async #payNow(request: message.PayNowRequest) {
    const ticket = this.#ticketFor(request);
    const outcome = await ticket.progress.firstOutcome();
    return { requestHash: request.requestHash, outcome };
  }

  /** Whoever asks for what is under way joins it; another card, or another amount, ends it first. */
  #ticketFor(request: message.PayNowRequest): PayNowTicket {
    const { current } = this;
    const same = [...(current === null ? [] : [current]), ...this.#queue].find(
      ({ paymentId }) => paymentId === request.paymentId,
    );
    if (same !== undefined) return same;
    if (current?.outcome.status === 'requires_action') {
      const { paymentMethod, amount } = request;
      const isSameCard = paymentMethod === null || paymentMethod === current.method;
      const isSameAmount = (amount ?? this.#view?.invoice.due) === current.amount;
      if (isSameCard && isSameAmount) return current;
      current.callOff('payment_not_completed');
      current.progress.askForLook();
    }
    const ticket = new PayNowTicket(this.input.invoiceId, request);
    this.#queue.push(ticket);
    return ticket;
  }

  /** They charge nothing: the ledger decides under its lock, and the loop looks at what became. */
  #handleOperations(): void {
    const updates = message.operationUpdates;
    const operate = async (operation: message.Operation) => {
      const { accountId, invoiceId } = this.input;
      const { operationId, requestHash, actor, action } = operation;
      const nowMs = this.clock.clockMs();
      const change = { accountId, invoiceId, operationId, actor, action, nowMs };
      const outcome = await step.changeCollection(change);
      if (outcome.status === 'done') this.story.tell(`${actor}: ${action.kind}.`);
      this.#hearNews();
      return { ...outcome, ...(requestHash !== undefined && { requestHash }) };
    };
    const validator = ({ operationId, actor }: message.Operation) => {
      if (operationId === '' || actor === '') throw new Error('operationId and actor are needed');
    };
    type Reasoned = Extract<CollectionAction, { readonly reason: string }>;
    const withReason = (operation: message.Operation<Reasoned>) => {
      validator(operation);
      if (operation.action.reason.trim() === '') throw new Error('a reason is needed');
    };
    setHandler(updates.pause, operate, { validator: withReason });
    setHandler(updates.resume, operate, { validator });
    setHandler(updates.promise, operate, { validator: withReason });
    setHandler(updates.retry_now, operate, { validator });
    setHandler(updates.schedule, operate, { validator });
    setHandler(updates.write_off, operate, { validator: withReason });
    setHandler(updates.forgive, operate, { validator: withReason });
    setHandler(message.bookPaymentUpdate, (booking) => this.#book(booking), {
      validator: ({ actor, paymentIntentId, reason }: message.Booking) => {
        if (actor === '' || reason.trim() === '') throw new Error('actor and reason are needed');
        if (!/^pi_\w{1,200}$/.test(paymentIntentId)) throw new Error('it is named pi_…');
      },
    });
  }

  async #book({ actor, paymentIntentId, reason }: message.Booking) {
    await condition(() => this.#view !== undefined);
    const { accountId, invoiceId } = this.input;
    const { currency } = this.view;
    const found = await step.readFoundPayment({ paymentIntentId, currency });
    const bookable = bookablePayment(found, invoiceId, currency);
    if ('code' in bookable) return { status: 'refused' as const, refusal: bookable };
    const method = found?.method ?? bookable.capture.card.brand;
    const by = { actor, reason, nowMs: this.clock.clockMs() };
    const booking = { accountId, invoiceId, paymentIntentId, method, ...bookable, ...by };
    const outcome = await step.bookFoundPayment(booking);
    if (outcome.status === 'done') this.story.tell(`${actor}: booked ${paymentIntentId}.`);
    this.#hearNews();
    return outcome;
  }
}
