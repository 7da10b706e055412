import { balanceTransactions } from './balance-transaction.ts';
import { charges } from './charge.ts';
import { checkoutSessions, sessionPlans } from './checkout-session.ts';
import { events } from './events.ts';
import { answersAbout } from './idempotency.ts';
import type { Change } from './journal.ts';
import { finalKey, paymentIntents, waitingPayments } from './payment-intent.ts';
import { issuerCards, paymentMethods } from './payment-method.ts';
import { refunds } from './refunds.ts';
import type { RequestLog } from './request-log.ts';
import type { Store, Table } from './store.ts';
import type { Webhooks } from './webhooks.ts';

interface Parts {
  store: Store;
  webhooks: Webhooks;
  log: RequestLog;
}

/** How many PaymentIntents are kept unless told otherwise. */
export const defaultMostPayments = 50_000;
/** The most that are dropped in one go: longer would hold up the requests behind it. */
const mostInOneGo = 100;

/**
 * Bounds memory and journal: of more than so many PaymentIntents the oldest final ones (in the
 * order they became final) are dropped, with all that hangs on them alone. Open ones are never
 * dropped, and neither is a payment while one of its webhooks is still on its way. What is dropped
 * is as if it had never been: `resource_missing`, and its idempotency keys are free again. Stripe
 * forgets no payment; the bound is the sandbox's own.
 */
export class Retention {
  readonly #parts: Parts;
  readonly #mostPayments: number;
  readonly #target: number;
  /** Looked at again from this count on: what could not be dropped is not tried at each request. */
  #nextCount: number;

  constructor(parts: Parts, mostPayments: number) {
    this.#parts = parts;
    this.#mostPayments = mostPayments;
    this.#target = mostPayments - Math.min(mostInOneGo, Math.floor(mostPayments / 20));
    this.#nextCount = mostPayments + 1;
  }

  /** Drops what is too many, if by now it is; costs a comparison otherwise. */
  enforce(): void {
    if (this.#parts.store.count(paymentIntents.name) >= this.#nextCount) this.enforceNow();
  }

  /** Drops what is too many, also if the last attempt found nothing to drop. */
  enforceNow(): void {
    const { store, log } = this.#parts;
    if (store.count(paymentIntents.name) > this.#mostPayments) {
      for (const ids of this.#batches()) {
        const changes = ids.flatMap((id) => this.#dropping(id));
        store.commit(changes);
        log.forget(new Set(changes.map(({ id }) => id)));
      }
    }
    const left = store.count(paymentIntents.name);
    const step = this.#mostPayments - this.#target + 1;
    this.#nextCount = left > this.#mostPayments ? left + step : this.#mostPayments + 1;
  }

  #batches(): string[][] {
    const { store } = this.#parts;
    const excess = store.count(paymentIntents.name) - this.#target;
    const batches: string[][] = [];
    let found = 0;
    for (const id of store.ids(paymentIntents.name, finalKey)) {
      if (found === excess) break;
      if (this.#isBeingTold(id)) continue;
      if (found % mostInOneGo === 0) batches.push([]);
      batches.at(-1)?.push(id);
      found += 1;
    }
    return batches;
  }

  /** Whether a webhook about the payment is still to be delivered. */
  #isBeingTold(id: string): boolean {
    const { store, webhooks } = this.#parts;
    return this.#told(id).some((about) =>
      store.ids(events.name, `object=${about}`).some((event) => webhooks.isOnItsWay(event)),
    );
  }

  /** The objects of a payment that events are about. */
  #told(id: string): string[] {
    const { store } = this.#parts;
    return [
      id,
      ...store.ids(charges.name, `payment_intent=${id}`),
      ...store.ids(refunds.name, `payment_intent=${id}`),
      ...store.ids(checkoutSessions.name, `intent=${id}`),
      ...this.#usedUpMethods(id),
    ];
  }

  /** The cards without customer that this payment and no other was charged to. */
  #usedUpMethods(id: string): string[] {
    const { store } = this.#parts;
    const own = store.ids(charges.name, `payment_intent=${id}`);
    const methods = own.flatMap((charge) =>
      store
        .indexKeys(charges.name, charge)
        .filter((key) => key.startsWith('payment_method='))
        .map((key) => key.slice('payment_method='.length)),
    );
    return [...new Set(methods)].filter((method) => {
      const isAttached = store.indexKeys(paymentMethods.name, method).length > 0;
      if (isAttached || !store.has(paymentMethods.name, method)) return false;
      const card = store.text(issuerCards.name, method);
      if (card === undefined || !(JSON.parse(card) as { isSpent: boolean }).isSpent) return false;
      const uses = store.ids(charges.name, `payment_method=${method}`);
      return uses.every((charge) => own.includes(charge));
    });
  }

  #dropping(id: string): Change[] {
    const { store, webhooks } = this.#parts;
    const changes: Change[] = [];
    const drop = ({ name }: Table<never>, ids: readonly string[]) => {
      for (const one of ids) {
        if (store.has(name, one)) changes.push(removal(name, one));
      }
    };
    const told = this.#told(id);
    for (const about of told) {
      const itsEvents = store.ids(events.name, `object=${about}`);
      for (const event of itsEvents) changes.push(...webhooks.abandoning(event));
      drop(events, itsEvents);
      drop(balanceTransactions, store.ids(balanceTransactions.name, `source=${about}`));
      changes.push(...answersAbout(store, about));
    }
    for (const table of [
      checkoutSessions,
      sessionPlans,
      refunds,
      charges,
      waitingPayments,
      paymentMethods,
      issuerCards,
      paymentIntents,
    ]) {
      drop(table, told);
    }
    return changes;
  }
}

function removal(table: string, id: string): Change {
  return { table, id, created: 0, indexKeys: [], text: undefined };
}
