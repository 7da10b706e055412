import { accountNowMs } from '../domain/account-time.ts';
import {
  collectionNotices,
  nextReminderAtMs,
  type CollectionNotice,
} from '../domain/collection-notices.ts';
import {
  nextChargeAtMs,
  nextStep,
  wakeAtMs,
  type CollectionFacts,
  type CollectionStep,
} from '../domain/collection.ts';
import { dueTimes } from '../domain/collection-times.ts';
import { failure } from '../domain/failures.ts';
import {
  looksAgainAtMs,
  type CollectionTurn,
  type CollectionView,
} from '../domain/collection-turn.ts';
import {
  isPayable,
  isPaymentFinal,
  openedPayment,
  yieldsAtMs,
  type InvoicePayment,
} from '../domain/invoice-payments.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { Policy } from '../domain/policy.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange } from './change.ts';
import type { CollectionReading } from './collection-facts.ts';
import type { InvoiceName, StoredCollection } from './collection-rows.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts, Reading } from './facts.ts';
import { scheduledPaymentId } from './payment-ids.ts';

export interface CollectionTurnInput extends InvoiceName {
  /** False while somebody waits to pay: then nothing is charged by itself. */
  readonly mayCharge: boolean;
  /** The clock. */
  readonly nowMs: number;
}

/** The readings that every decision about a collection is made from. */
export function collectionReads({
  invoiceId,
  nowMs,
}: Pick<InvoiceName, 'invoiceId'> & { readonly nowMs: number }): Reading {
  return { invoiceId, cards: true, access: true, collection: { invoiceId, clockMs: nowMs } };
}

/**
 * Decides what is to be done about an invoice now, and records what follows from the time alone: the
 * plan, that it is past due, that service stops. A charge that is due becomes the invoice's one open
 * payment in the same transaction.
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function takeCollectionTurn(
  ledger: Ledger,
  input: CollectionTurnInput,
  policies: PolicySchedule,
): Promise<CollectionTurn & CollectionView> {
  const { accountId, invoiceId } = input;
  const { result, facts } = await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: null,
    policies,
    decide: (before) => takeTurn(before, input, policies),
  });
  const nowMs = accountNowMs(facts.account, input.nowMs);
  const payment = result.turn === 'charge' ? result.payment : null;
  return { ...result, ...viewOf(facts, invoiceId, payment, policyAt(policies, nowMs)) };
}

/** Records by when the run looks again, too: the payment watch starts one that did not. */
function takeTurn(
  facts: AccountFacts,
  input: CollectionTurnInput,
  policies: PolicySchedule,
): Decision<CollectionTurn> {
  const decision = decideTurn(facts, input, policies);
  const { collection, result } = decision;
  if (collection === undefined) return decision;
  const nowMs = accountNowMs(facts.account, input.nowMs);
  return { ...decision, collection: { ...collection, wakesAtMs: looksAgainAtMs(result, nowMs) } };
}

function decideTurn(
  facts: AccountFacts,
  input: CollectionTurnInput,
  policies: PolicySchedule,
): Decision<CollectionTurn> {
  const { accountId, invoiceId, mayCharge } = input;
  const invoice = invoiceOf(facts, invoiceId);
  const reading = readingOf(facts);
  const nowMs = accountNowMs(facts.account, input.nowMs);
  const policy = policyAt(policies, nowMs);
  const open = reading.payments.find(({ state }) => !isPaymentFinal(state));
  const stepFacts = stepFactsOf(facts, invoice);
  const step = nextStep(stepFacts, policy, nowMs);
  // What was planned stays until the outcome of the open one is known.
  const collection =
    open === undefined ? planned(facts, invoice, step, nowMs) : storedOf(facts, invoice);
  const told = { invoice, collection, attempts: reading.attempts, payments: reading.payments };
  const notices = collectionNotices(told, step, policy, nowMs).map((notice) => {
    return { notice, occurredAtMs: nowMs };
  });
  if (open !== undefined) {
    // Past due and suspended come whatever a payment waits for; the rest is the payment's to tell.
    const ofTime = notices.filter(({ notice: { kind } }) => tellsTime.has(kind));
    const result = turnOfOpen(open, nextChargeAtMs(step, nowMs), policy);
    return { notices: ofTime, occurredAtMs: nowMs, result };
  }
  const decision = { collection, notices, occurredAtMs: nowMs };
  switch (step.step) {
    case 'over': {
      // Written off, it refuses service once grace is over: that is told, and then it ends (R61).
      const stopsAtMs = writtenOffStopsAtMs(invoice, collection, policy);
      return stopsAtMs !== null && stopsAtMs > nowMs
        ? { ...decision, result: { turn: 'wait', step, wakeAtMs: stopsAtMs } }
        : { ...decision, result: { turn: 'over', state: invoice.state } };
    }
    case 'give_up':
      return { ...decision, result: { turn: 'give_up' } };
    case 'charge': {
      if (!mayCharge) return { ...decision, result: { turn: 'wait', step, wakeAtMs: nowMs } };
      const payment = openedPayment({
        paymentId: scheduledPaymentId(accountId, invoiceId, reading.payments.length),
        invoiceId,
        origin: originOf(collection),
        amount: invoice.due,
        method: step.paymentMethodId,
        requestHash: null,
        openedAtMs: nowMs,
      });
      return { ...decision, payment, result: { turn: 'charge', payment, isNew: true } };
    }
    default: {
      const instants = [
        wakeAtMs(stepFacts, step, policy, nowMs),
        nextReminderAtMs(told, step, policy, nowMs),
        // That a card is needed is told from then on.
        invoice.chargeAtMs !== null && invoice.chargeAtMs > nowMs ? invoice.chargeAtMs : null,
      ].filter((atMs) => atMs !== null);
      const wake = instants.length === 0 ? null : Math.min(...instants);
      return { ...decision, result: { turn: 'wait', step, wakeAtMs: wake } };
    }
  }
}

/** The open payment goes on, until it makes way for a charge by itself. */
function turnOfOpen(
  payment: InvoicePayment,
  plannedChargeAtMs: number | null,
  { authentication }: Policy,
): CollectionTurn {
  const yields = yieldsAtMs(payment, plannedChargeAtMs, authentication);
  return {
    turn: 'charge',
    payment,
    isNew: false,
    ...(yields === null ? {} : { yieldsAtMs: yields }),
  };
}

/** When an invoice that was written off stops service; null: never, or it was not written off. */
function writtenOffStopsAtMs(
  invoice: Invoice,
  { pauses, nextChargeAtMs: plannedAtMs }: StoredCollection,
  policy: Policy,
): number | null {
  if (invoice.state !== 'uncollectible' || !isPayable(invoice)) return null;
  return dueTimes({ ...invoice, pauses, nextChargeAtMs: plannedAtMs }, policy).graceEndsAtMs;
}

const tellsTime: ReadonlySet<string> = new Set<CollectionNotice['kind']>([
  'invoice_past_due',
  'service_suspended',
]);

/** A charge that an operator asked for is made outside the schedule, and does not use it up. */
function originOf({ retryAskedAtMs }: StoredCollection): InvoicePayment['origin'] {
  return retryAskedAtMs === null ? 'scheduled' : 'operator';
}

/** @throws SolventError invoice_not_found. */
export function invoiceOf(facts: AccountFacts, invoiceId: string): Invoice {
  const invoice = facts.invoices.get(invoiceId);
  if (invoice === undefined) throw failure('invoice_not_found');
  return invoice;
}

export function readingOf({ collection }: AccountFacts): CollectionReading {
  if (collection === null) throw new Error('the change reads no collection');
  return collection;
}

/** How far it is; a collection that begins only now is not charged by itself. */
export function storedOf(facts: AccountFacts, { invoiceId }: Invoice): StoredCollection {
  return (
    readingOf(facts).stored ?? {
      invoiceId,
      chargeAtMs: null,
      startedAtMs: null,
      nextChargeAtMs: null,
      step: 'wait',
      retryAskedAtMs: null,
      paymentObjects: 0,
      paymentIntentId: null,
      endedAtMs: null,
      wakesAtMs: null,
      plans: 0,
      pauses: [],
    }
  );
}

/** What the next step of a collection is decided from. */
export function stepFactsOf(facts: AccountFacts, invoice: Invoice): CollectionFacts {
  const { attempts, cardAttempts } = readingOf(facts);
  const { pauses, retryAskedAtMs } = storedOf(facts, invoice);
  const { currency, timeZone, retryAfterDays } = facts.account;
  return {
    invoice,
    currency,
    attempts,
    cards: facts.cards,
    cardAttempts,
    pauses,
    retryAfterDays,
    retryAskedAtMs,
    timeZone,
  };
}

/** The collection with what is planned from now on. */
export function planned(
  facts: AccountFacts,
  invoice: Invoice,
  step: CollectionStep,
  nowMs: number,
  before: StoredCollection = storedOf(facts, invoice),
): StoredCollection {
  const plannedAtMs = nextChargeAtMs(step, nowMs);
  const isNewPlan = plannedAtMs !== before.nextChargeAtMs;
  return {
    ...before,
    step: step.step,
    nextChargeAtMs: plannedAtMs,
    plans: isNewPlan ? before.plans + 1 : before.plans,
    endedAtMs: step.step === 'over' ? (before.endedAtMs ?? nowMs) : null,
  };
}

/** What the workflow has to know to act on a payment of the invoice. */
export function viewOf(
  facts: AccountFacts,
  invoiceId: string,
  payment: InvoicePayment | null,
  { authentication, unknownOutcomeAlarmMs }: Policy,
): CollectionView {
  const invoice = invoiceOf(facts, invoiceId);
  const { number, state, due, amount } = invoice;
  const { currency, customerId, testClockOffsetMs } = facts.account;
  const { paymentObjects, paymentIntentId } = storedOf(facts, invoice);
  const { attempts, payments } = readingOf(facts);
  const charged = attempts.filter((attempt) => attempt.paymentIntentId === paymentIntentId);
  const cards = [...facts.cards, ...facts.removedCards];
  const card = cards.find(({ paymentMethodId }) => paymentMethodId === payment?.method);
  return {
    invoice: { number, state, due, amount },
    currency,
    customerId,
    testClockOffsetMs,
    paymentObjects,
    paymentIntentId,
    objectMayExist: payments.length > 1,
    firstPaymentAtMs: payments[0]?.openedAtMs ?? null,
    lastPaymentId: payments.at(-1)?.paymentId ?? null,
    lastChargeId: charged.at(-1)?.chargeId ?? null,
    card: card ?? null,
    authentication,
    unknownOutcomeAlarmMs,
  };
}
