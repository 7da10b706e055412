import type { Api } from './api.ts';
import { closeSessionOf, completeSession } from './checkout-completion.ts';
import { checkoutSessions, type CheckoutSession } from './checkout-session.ts';
import type { Clock } from './clock.ts';
import { Refusal, type ErrorBody } from './errors.ts';
import { events, type Event } from './events.ts';
import type { Fault, FaultPlan, PlannedFault } from './faults.ts';
import { finishAuthentication, finishProcessing } from './payment-attempt.ts';
import { paymentIntents, waitingPayments, type PaymentIntent } from './payment-intent.ts';
import { issuerCards, paymentMethods, type PaymentMethod } from './payment-method.ts';
import { resolvePaymentMethod } from './payment-method-use.ts';
import { tableOfId } from './rendering.ts';
import type { RateLimits } from './rate-limits.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import { parseScript } from './scripts.ts';
import { finishSetupAuthentication } from './setup-attempt.ts';
import { setupIntents, type SetupIntent } from './setup-intent.ts';
import { table, type Store, type Stored, type Table } from './store.ts';
import type { Transaction } from './transaction.ts';
import type { Delivery, WebhookBehaviour, Webhooks } from './webhooks.ts';

interface Parts {
  api: Api;
  store: Store;
  clock: Clock;
  faults: FaultPlan;
  rateLimits: RateLimits;
  webhooks: Webhooks;
  log: RequestLog;
}

/** The clock's offset, kept over restarts. */
const clockOffsets = table<{ id: string; offsetMs: number }>('clock');

/** What a card's issuer may send the merchant about a new card. */
export interface CardUpdate {
  expMonth?: number | undefined;
  expYear?: number | undefined;
  last4?: string | undefined;
  funding?: string | undefined;
}

/**
 * Everything that Stripe's API does not offer but the world around it does: time, faults, what
 * customers and issuers do. For tests in this process; control-routes.ts has the same over HTTP.
 */
export class Controls {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    const kept = parts.store.text(clockOffsets.name, 'clock');
    if (kept !== undefined) {
      parts.clock.setOffset((JSON.parse(kept) as { offsetMs: number }).offsetMs);
    }
  }

  /** The sandbox's time in milliseconds since 1970. */
  nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  setClock(timeMs: number): void {
    this.#parts.clock.setTo(timeMs);
    this.#clockMoved();
  }

  advanceClock(durationMs: number): void {
    this.#parts.clock.advance(durationMs);
    this.#clockMoved();
  }

  planFault(fault: Fault): PlannedFault {
    return this.#parts.faults.add(fault);
  }

  removeFault(id: string): boolean {
    return this.#parts.faults.remove(id);
  }

  clearFaults(): void {
    this.#parts.faults.clear();
  }

  faults(): readonly PlannedFault[] {
    return this.#parts.faults.list();
  }

  /** Switches Stripe's test-mode rate limits (25/s per endpoint, 100/s in all) on or off. */
  limitRates(isOn: boolean): void {
    this.#parts.rateLimits.isOn = isOn;
  }

  /** How many seconds of the sandbox's clock a new object is not found by searches. */
  delaySearch(seconds: number): void {
    this.#parts.store.searchLagSeconds = seconds;
  }

  webhookBehaviour(): WebhookBehaviour {
    return this.#parts.webhooks.behaviour;
  }

  behaveWebhooks(change: Partial<WebhookBehaviour>): WebhookBehaviour {
    return this.#parts.webhooks.behave(change);
  }

  pendingWebhooks(): Delivery[] {
    return this.#parts.webhooks.pending();
  }

  /** Resolves when every webhook that can be delivered was. */
  async webhooksSettled(): Promise<void> {
    await this.#parts.webhooks.settled();
  }

  /** Sends an event once more; false when there is no such event. */
  resendEvent(id: string): boolean {
    const text = this.#parts.store.text(events.name, id);
    if (text === undefined) return false;
    this.#parts.webhooks.resend(id, (JSON.parse(text) as Event).type);
    return true;
  }

  /** Events, newest first; of one type or about one object if given. */
  events(filter: { type?: string; object?: string; limit?: number } = {}): Event[] {
    const { type, object, limit = 100 } = filter;
    const key = object === undefined ? type && `type=${type}` : `object=${object}`;
    const found = this.#list(events, key);
    return found.filter((event) => type === undefined || event.type === type).slice(0, limit);
  }

  /** Requests to the API, oldest first (the latest few thousand). */
  requests(): readonly LoggedRequest[] {
    return this.#parts.log.list();
  }

  requestsAbout(objectId: string): LoggedRequest[] {
    return this.#parts.log.about(objectId);
  }

  /** The objects of a kind (`payment_intent`, `customer` …) as they are stored, newest first. */
  objects(kind: string, limit = 100): Record<string, unknown>[] {
    const found = this.#list(table<Stored>(kind), undefined, limit);
    return found as unknown as Record<string, unknown>[];
  }

  /** The object of an id as it is stored, whatever it is. */
  object(id: string): Record<string, unknown> | undefined {
    const kind = tableOfId(id);
    const text = kind === undefined ? undefined : this.#parts.store.text(kind, id);
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  }

  checkoutSession(id: string): CheckoutSession | undefined {
    const text = this.#parts.store.text(checkoutSessions.name, id);
    return text === undefined ? undefined : (JSON.parse(text) as CheckoutSession);
  }

  /** The customer pays (or saves a card) on Checkout's hosted page. */
  payCheckout(id: string, token: string): { nextUrl: string | null; problem: string | null } {
    return this.#parts.api.perform((transaction) => {
      const session = transaction.require(checkoutSessions, id);
      const method = resolvePaymentMethod(transaction, token, 'payment_method');
      const baseUrl = new URL(session.url ?? 'http://127.0.0.1').origin;
      const answer = completeSession(transaction, session, method, baseUrl);
      if (answer.kind === 'body') {
        const { error } = answer.body as { error: ErrorBody };
        return { nextUrl: null, problem: error.message };
      }
      const after = transaction.require(checkoutSessions, id);
      const asked = after.payment_intent ?? after.setup_intent ?? '';
      const isAsked = transaction.find(waitingPayments, asked) !== undefined;
      const nextUrl = isAsked && after.status === 'open' ? `/authenticate/${asked}` : null;
      return { nextUrl, problem: null };
    });
  }

  journalBytes(): number {
    return this.#parts.store.journalBytes;
  }

  /** The intents that wait for their customer. */
  waitingIntents(): { id: string; returnUrl: string | null }[] {
    const waiting = this.#list(waitingPayments).filter(({ id }) => {
      const kind = id.startsWith('seti_') ? setupIntents.name : paymentIntents.name;
      const text = this.#parts.store.text(kind, id);
      return text !== undefined && (JSON.parse(text) as SetupIntent).status === 'requires_action';
    });
    return waiting.map(({ id, returnUrl }) => ({ id, returnUrl }));
  }

  /**
   * The customer's answer to an authentication request of a PaymentIntent or SetupIntent.
   * Returns where the customer goes next, with Stripe's query parameters; null if nowhere.
   */
  answerAuthentication(intentId: string, isAuthenticated: boolean): string | null {
    return this.#parts.api.perform((transaction) => {
      const waiting = transaction.find(waitingPayments, intentId);
      const finished = answerOf(transaction, intentId, isAuthenticated);
      if (waiting === undefined || finished === undefined) {
        throw new Refusal('invalidRequest', `${intentId} does not wait for an authentication`);
      }
      closeSessionOf(transaction, intentId);
      return waiting.returnUrl === null ? null : returnAddress(waiting.returnUrl, finished);
    });
  }

  /** Settles a processing PaymentIntent: paid, or refused with a decline code. */
  settleProcessing(intentId: string, declineCode: string | null): void {
    this.#parts.api.perform((transaction) => {
      const intent = transaction.refer(paymentIntents, intentId, 'id');
      if (intent.status !== 'processing') {
        throw new Refusal('invalidRequest', `${intentId} is ${intent.status}, not processing`);
      }
      finishProcessing(transaction, intent, declineCode);
    });
  }

  /** Gives a card a new script (scripts.ts), to be played from its next charge on. */
  scriptCard(paymentMethodId: string, words: readonly string[]): void {
    const script = parseScript(words);
    if (script === undefined) {
      throw new Refusal('invalidRequest', `${words.join(', ')} is not a script`);
    }
    this.#parts.api.perform((transaction) => {
      const card = transaction.refer(issuerCards, paymentMethodId, 'payment_method');
      transaction.put(issuerCards, { ...card, script, scriptPosition: 0 });
    });
  }

  /** From this time (seconds since 1970) the card's charges answer `expired_card`; null = never. */
  expireCardOn(paymentMethodId: string, timeSeconds: number | null): void {
    this.#parts.api.perform((transaction) => {
      const card = transaction.refer(issuerCards, paymentMethodId, 'payment_method');
      transaction.put(issuerCards, { ...card, expiresOn: timeSeconds });
    });
  }

  /** The issuer tells of a new card: `payment_method.automatically_updated`. */
  updateCard(paymentMethodId: string, update: CardUpdate): PaymentMethod {
    return this.#parts.api.perform((transaction) => {
      const method = transaction.refer(paymentMethods, paymentMethodId, 'payment_method');
      const card = transaction.refer(issuerCards, paymentMethodId, 'payment_method');
      const after = transaction.put(paymentMethods, {
        ...method,
        card: {
          ...method.card,
          exp_month: update.expMonth ?? method.card.exp_month,
          exp_year: update.expYear ?? method.card.exp_year,
          funding: update.funding ?? method.card.funding,
          last4: update.last4 ?? method.card.last4,
        },
      });
      transaction.put(issuerCards, { ...card, expiresOn: null });
      transaction.emit(
        'payment_method.automatically_updated',
        paymentMethods,
        paymentMethodId,
        method,
      );
      return after;
    });
  }

  #list<T extends Stored>(from: Table<T>, indexKey?: string, limit = Infinity): T[] {
    const found: T[] = [];
    const ids = this.#parts.store.ids(from.name, indexKey);
    for (let at = ids.length - 1; at >= 0 && found.length < limit; at -= 1) {
      const text = this.#parts.store.text(from.name, ids[at] ?? '');
      if (text !== undefined) found.push(JSON.parse(text) as T);
    }
    return found;
  }

  #clockMoved(): void {
    const { api, clock } = this.#parts;
    api.perform((transaction) => {
      transaction.put(clockOffsets, { id: 'clock', offsetMs: clock.offsetMs });
    });
    api.prune();
  }
}

/** The intent after the answer; undefined when it does not wait for one (any more). */
function answerOf(
  transaction: Transaction,
  intentId: string,
  isAuthenticated: boolean,
): PaymentIntent | SetupIntent | undefined {
  if (intentId.startsWith('seti_')) {
    const setup = transaction.find(setupIntents, intentId);
    if (setup?.status !== 'requires_action') return undefined;
    finishSetupAuthentication(transaction, setup, isAuthenticated);
    return transaction.find(setupIntents, intentId);
  }
  const payment = transaction.find(paymentIntents, intentId);
  if (payment?.status !== 'requires_action') return undefined;
  finishAuthentication(transaction, payment, isAuthenticated);
  return transaction.find(paymentIntents, intentId);
}

/** Where Stripe sends the customer back to: the merchant's address and what became of the intent. */
function returnAddress(returnUrl: string, intent: PaymentIntent | SetupIntent): string {
  const address = new URL(returnUrl);
  const name = intent.object;
  address.searchParams.set(name, intent.id);
  address.searchParams.set(`${name}_client_secret`, intent.client_secret);
  const status = intent.status === 'succeeded' ? 'succeeded' : 'failed';
  address.searchParams.set('redirect_status', status);
  return address.href;
}
