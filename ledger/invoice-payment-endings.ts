import { accountNowMs } from '../domain/account-time.ts';
import { aloneRefusesService } from '../domain/access.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import { nextStep, type InvoiceAttempt } from '../domain/collection.ts';
import type { CollectionNotice } from '../domain/collection-notices.ts';
import type { DeclineExplanation } from '../domain/declines.ts';
import type { Refusal } from '../domain/failures.ts';
import {
  decideInvoicePaid,
  isPayable,
  isPaymentFinal,
  type InvoicePayment,
} from '../domain/invoice-payments.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { Micros } from '../domain/money.ts';
import type { Capture } from '../domain/payment.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange } from './change.ts';
import type { InvoiceName } from './collection-rows.ts';
import { collectionReads, invoiceOf, planned, stepFactsOf, storedOf } from './collections.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';
import { paymentOf, type PaymentName } from './invoice-payments.ts';

export interface SettleInvoicePayment extends PaymentName {
  readonly paymentIntentId: string;
  readonly capture: Capture;
  readonly attempt: ChargeAttempt;
  /** What was charged, as {@link InvoiceAttempt} names it. */
  readonly method: string;
  readonly nowMs: number;
}

/**
 * Captured money pays the invoice, in one transaction with the tier, the mail, and access where it was
 * the last overdue one (R51); what is beyond what is due is owed back. One payment object pays once,
 * whoever tells of it and however often.
 * @throws SolventError account_not_found, invoice_not_found, idempotency_key_reused where another
 * charge was settled of this object.
 */
export async function settleInvoicePayment(
  ledger: Ledger,
  input: SettleInvoicePayment,
  policies: PolicySchedule,
): Promise<{ readonly payment: InvoicePayment; readonly due: Micros; readonly excess: Micros }> {
  const { result } = await applyChange(ledger, {
    accountId: input.accountId,
    reads: collectionReads(input),
    entry: settlementEntry(input, policies),
    decide: (facts) => settled(facts, paymentOf(facts, input.paymentId), input, policies),
  });
  return result;
}

/** One payment object pays once: whoever comes to know of its charge settles it by this entry (R7). */
export function settlementEntry(
  {
    invoiceId,
    paymentIntentId,
    capture,
    nowMs,
  }: Pick<SettleInvoicePayment, 'invoiceId' | 'paymentIntentId' | 'capture' | 'nowMs'>,
  policies: PolicySchedule,
) {
  const { chargeId, amount, capturedAtMs } = capture;
  return {
    key: `collection/${invoiceId}:settle:${paymentIntentId}`,
    input: { chargeId, amount, capturedAtMs },
    policies,
    occurredAtMs: nowMs,
  };
}

/** What is recorded where captured money pays an invoice; `before`: the payment it settles. */
export function settled(
  facts: AccountFacts,
  before: InvoicePayment,
  input: SettleInvoicePayment,
  policies: PolicySchedule,
) {
  const { invoiceId, paymentId, paymentIntentId, capture, attempt, method } = input;
  const { chargeId, amount } = capture;
  const nowMs = accountNowMs(facts.account, input.nowMs);
  const policy = policyAt(policies, nowMs);
  const { event, invoice } = decideInvoicePaid(invoiceOf(facts, invoiceId), input);
  const payment: InvoicePayment = {
    ...before,
    state: 'succeeded',
    amount,
    paymentIntentId,
    chargeId,
    finalAtMs: nowMs,
    decline: null,
    refusal: null,
  };
  const { number, due } = invoice;
  const { excess } = event;
  const about = { invoiceId, number, paymentId };
  const notices: CollectionNotice[] = [{ ...about, kind: 'invoice_paid', amount, due, excess }];
  const isLast = aloneRefusesService(invoiceId, facts.openInvoices, policy, nowMs);
  if (isLast && due === 0) notices.push({ ...about, kind: 'service_restored' });
  const stored = storedOf(facts, invoice);
  const openId = stored.paymentIntentId === paymentIntentId ? null : stored.paymentIntentId;
  const collection = { ...stored, paymentIntentId: openId, retryAskedAtMs: null };
  const step = nextStep(withAttempt(facts, invoice, before, input), policy, nowMs);
  return {
    events: [event],
    occurredAtMs: nowMs,
    invoice,
    payment,
    collection: planned(facts, invoice, step, nowMs, collection),
    attempt: { ...attempt, invoiceId, paymentId, origin: before.origin, method },
    notices: notices.map((notice) => ({ notice, occurredAtMs: nowMs })),
    result: { payment, due, excess },
  } satisfies Decision<unknown>;
}

/** What the next step is decided from once this attempt is known. */
function withAttempt(
  facts: AccountFacts,
  invoice: ReturnType<typeof invoiceOf>,
  { origin }: Pick<InvoicePayment, 'origin'>,
  { attempt, method }: Pick<ClosedBy, 'attempt' | 'method'>,
) {
  const stepFacts = stepFactsOf(facts, invoice);
  if (attempt === null) return stepFacts;
  const made: InvoiceAttempt = { ...attempt, origin, method };
  const { currency } = facts.account;
  return {
    ...stepFacts,
    attempts: [...stepFacts.attempts, made],
    cardAttempts: [...stepFacts.cardAttempts, { ...made, currency }],
  };
}

interface ClosedBy {
  readonly paymentId: string;
  /** The confirm that ended it; null where none was made. */
  readonly attempt: ChargeAttempt | null;
  readonly method: string;
}

export type PaymentEnding =
  | {
      readonly status: 'declined';
      readonly decline: DeclineExplanation;
      /** The bank wants the customer to confirm: they pay on the page (R13). */
      readonly asksCustomer: boolean;
    }
  | { readonly status: 'refused'; readonly refusal: Refusal }
  | { readonly status: 'canceled'; readonly refusal: Refusal };

export interface CloseInvoicePayment extends InvoiceName, ClosedBy {
  readonly ending: PaymentEnding;
  /** True where Stripe confirmed that the payment object can never be paid any more. */
  readonly isObjectCanceled: boolean;
  readonly nowMs: number;
}

/**
 * Ends a payment that took no money, with what is planned next and the customer's mail. One that is
 * final already stays as it is: late news never turns a settled state (B2).
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function closeInvoicePayment(
  ledger: Ledger,
  input: CloseInvoicePayment,
  policies: PolicySchedule,
): Promise<InvoicePayment> {
  const { accountId } = input;
  const { result } = await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: null,
    decide: (facts) => close(facts, input, policies),
  });
  return result;
}

function close(
  facts: AccountFacts,
  input: CloseInvoicePayment,
  policies: PolicySchedule,
): Decision<InvoicePayment> {
  const { invoiceId, paymentId, ending, attempt, method, isObjectCanceled } = input;
  const before = paymentOf(facts, paymentId);
  const made = attempt && {
    attempt: { ...attempt, invoiceId, paymentId, origin: before.origin, method },
  };
  const invoice = invoiceOf(facts, invoiceId);
  const stored = storedOf(facts, invoice);
  const collection = isObjectCanceled ? { ...stored, paymentIntentId: null } : stored;
  if (isPaymentFinal(before.state)) return { ...made, collection, result: before };
  const nowMs = accountNowMs(facts.account, input.nowMs);
  const payment: InvoicePayment = {
    ...before,
    state: ending.status,
    finalAtMs: nowMs,
    chargeId: attempt?.chargeId ?? null,
    paymentIntentId: attempt?.paymentIntentId ?? before.paymentIntentId,
    decline: ending.status === 'declined' ? ending.decline : null,
    refusal: ending.status === 'declined' ? null : ending.refusal,
  };
  const isAnswered = made !== null || ending.status === 'refused';
  const after = planned(
    facts,
    invoice,
    nextStep(withAttempt(facts, invoice, before, input), policyAt(policies, nowMs), nowMs),
    nowMs,
    isAnswered ? { ...collection, retryAskedAtMs: null } : collection,
  );
  const notice = noticeOf(payment, invoice, ending, after.nextChargeAtMs);
  return {
    ...made,
    payment,
    collection: after,
    occurredAtMs: nowMs,
    notices: notice === null ? [] : [{ notice, occurredAtMs: nowMs }],
    result: payment,
  };
}

/**
 * Nothing is told of what the customer called off, nor of a card they just named themselves; but of
 * what the bank asked them for and is not due any more, while something is.
 */
function noticeOf(
  { paymentId, invoiceId, amount, origin, authenticationSinceMs }: InvoicePayment,
  { number, state, due }: Invoice,
  ending: PaymentEnding,
  nextChargeAtMs: number | null,
): CollectionNotice | null {
  const about = { invoiceId, number, paymentId, amount };
  if (ending.status === 'declined') {
    return ending.asksCustomer
      ? { ...about, kind: 'invoice_authentication_needed', reminder: 0 }
      : {
          ...about,
          kind: 'invoice_payment_declined',
          decline: ending.decline,
          nextChargeAtMs,
        };
  }
  if (ending.status === 'refused') {
    return origin === 'customer'
      ? null
      : { ...about, kind: 'invoice_card_refused', refusal: ending.refusal };
  }
  const wasAsked = origin === 'customer' && authenticationSinceMs !== null;
  return wasAsked && due < amount && isPayable({ state, due })
    ? { ...about, kind: 'invoice_due_changed', due }
    : null;
}
