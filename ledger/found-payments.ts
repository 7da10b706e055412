import { createHash } from 'node:crypto';
import { accountNowMs } from '../domain/account-time.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import { refusal } from '../domain/failures.ts';
import type { BookablePayment } from '../domain/found-payment.ts';
import { invoicePaymentIdFor } from '../domain/ids.ts';
import { isPaymentFinal, openedPayment } from '../domain/invoice-payments.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange } from './change.ts';
import type { CollectionChangeOutcome } from './collection-changes.ts';
import type { InvoiceName } from './collection-rows.ts';
import { collectionReads, readingOf } from './collections.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';
import { settled, settlementEntry } from './invoice-payment-endings.ts';

export interface BookFoundPayment extends InvoiceName, BookablePayment {
  readonly paymentIntentId: string;
  /** "pm_…", as Stripe shows it. */
  readonly method: string;
  /** "operator:NAME", for the audit log. */
  readonly actor: string;
  readonly reason: string;
  /** The clock. */
  readonly nowMs: number;
}

/**
 * Books money that Stripe took for an invoice and the ledger knows nothing of, since its database was
 * restored, say: on what is due, and as owed back (refunds_due) what is beyond it. The same payment is
 * booked once, whoever books it and however often (R7).
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function bookFoundPayment(
  ledger: Ledger,
  input: BookFoundPayment,
  policies: PolicySchedule,
): Promise<CollectionChangeOutcome> {
  const { result } = await applyChange(ledger, {
    accountId: input.accountId,
    reads: collectionReads(input),
    // A run that comes to know of the payment, too, books nothing again.
    entry: settlementEntry(input, policies),
    decide: (facts) => book(facts, input, policies),
  });
  return result === null
    ? { status: 'refused', refusal: refusal('invoice_payment_under_way') }
    : { status: 'done' };
}

function book(facts: AccountFacts, input: BookFoundPayment, policies: PolicySchedule) {
  const { payments } = readingOf(facts);
  // Its run is about to find out what became of it.
  if (payments.some(({ state }) => !isPaymentFinal(state))) return { result: null };
  const { accountId, invoiceId, paymentIntentId, capture, objectNumber, actor, reason } = input;
  const { chargeId, amount, card, networkAdviceCode } = capture;
  const nowMs = accountNowMs(facts.account, input.nowMs);
  const digest = createHash('sha256').update(`${invoiceId} found ${paymentIntentId}`).digest('hex');
  const paymentId = invoicePaymentIdFor(accountId, digest.slice(0, 16));
  const opened = openedPayment({
    paymentId,
    invoiceId,
    origin: 'operator',
    amount,
    method: input.method,
    requestHash: null,
    openedAtMs: nowMs,
  });
  const attempt: ChargeAttempt = {
    attemptId: `found:${chargeId}`,
    paymentIntentId,
    chargeId,
    amount,
    outcome: 'succeeded',
    cardFingerprint: card.fingerprint,
    cardBrand: card.brand,
    attemptedAtMs: nowMs,
    declineCode: null,
    adviceCode: null,
    networkDeclineCode: null,
    networkAdviceCode,
  };
  const decision = settled(
    facts,
    { ...opened, paymentIntentId },
    { ...input, paymentId, attempt },
    policies,
  );
  const { paymentObjects } = decision.collection;
  // One that a run of ours made, and was paid without it, has its locator already.
  const isKnown = payments.some((payment) => payment.paymentIntentId === paymentIntentId);
  return {
    ...decision,
    // The next object must not be taken for this one.
    collection: {
      ...decision.collection,
      paymentObjects: Math.max(paymentObjects, objectNumber),
    },
    locators: isKnown ? [] : [{ kind: 'payment_intent' as const, key: paymentIntentId }],
    audit: {
      actor,
      action: 'collection.book_payment',
      occurredAtMs: nowMs,
      detail: { invoiceId, paymentIntentId, chargeId, amount, reason },
    },
  } satisfies Decision<unknown>;
}
