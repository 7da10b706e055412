import { answerError, answerObject, type Answer } from './answers.ts';
import { balanceTransactionOf, balanceTransactions } from './balance-transaction.ts';
import { charges, newCharge, type Charge } from './charge.ts';
import { documentationUrl, type ErrorBody } from './errors.ts';
import {
  afterVerdict,
  decideCharge,
  declineError,
  declineOf,
  type Decline,
  type IssuerCard,
} from './issuer.ts';
import {
  asking,
  capturable,
  paymentIntents,
  processing,
  refused,
  succeeded,
  waitingPayments,
  type NextAction,
  type PaymentIntent,
} from './payment-intent.ts';
import { issuerCards, paymentMethods, type PaymentMethod } from './payment-method.ts';
import { attach, spend } from './payment-method-use.ts';
import type { Transaction } from './transaction.ts';

/** One attempt to take a PaymentIntent's amount from a card. */
export interface Attempt {
  transaction: Transaction;
  intent: PaymentIntent;
  method: PaymentMethod;
  isOffSession: boolean;
  isAuthenticated: boolean;
  /** Stripe's `error_on_requires_action`: refuse instead of asking the customer. */
  refusesAction: boolean;
  returnUrl: string | null;
  baseUrl: string;
}

/** Asks the issuer, and brings the PaymentIntent to where the answer leads. */
export function attemptPayment(attempt: Attempt): Answer {
  const { transaction, intent, method } = attempt;
  const card = transaction.refer(issuerCards, method.id, 'payment_method');
  const verdict = decideCharge(card, {
    isOffSession: attempt.isOffSession,
    isAuthenticated: attempt.isAuthenticated,
    nowSeconds: transaction.nowSeconds,
  });
  transaction.put(issuerCards, { ...card, ...afterVerdict(card, verdict) });
  switch (verdict.kind) {
    case 'authorized':
      authorize(attempt, card);
      return answerObject(paymentIntents, intent.id);
    case 'declined':
      return decline(attempt, card, verdict.decline);
    case 'authentication':
      if (attempt.refusesAction) return refuseAction(attempt);
      ask(attempt);
      return answerObject(paymentIntents, intent.id);
    case 'processing':
      startProcessing(attempt, card);
      return answerObject(paymentIntents, intent.id);
  }
}

function authorize(attempt: Attempt, card: IssuerCard): void {
  const { transaction, intent } = attempt;
  const charge = chargeOf(attempt, card, 'succeeded');
  if (intent.capture_method === 'manual') {
    transaction.put(charges, charge);
    transaction.put(paymentIntents, capturable(intent, charge.id));
    transaction.emit('charge.succeeded', charges, charge.id);
    transaction.emit('payment_intent.amount_capturable_updated', paymentIntents, intent.id);
  } else {
    settle(transaction, succeeded(intent, charge.id), charge, 'charge.succeeded');
  }
  keepMethod(attempt, card);
}

/**
 * Books a captured charge. Under `automatic_async` (Stripe's default) the balance transaction
 * follows by `charge.updated`, so what the first events show has none yet.
 */
export function settle(
  transaction: Transaction,
  intent: PaymentIntent,
  charge: Charge,
  chargeEvent: 'charge.succeeded' | 'charge.captured',
): void {
  const entry = balanceTransactionOf(transaction.newId('txn'), charge, transaction.nowSeconds);
  const booked = { ...charge, balance_transaction: entry.id };
  const isLater = intent.capture_method === 'automatic_async';
  transaction.put(charges, isLater ? charge : booked);
  transaction.put(paymentIntents, intent);
  transaction.put(balanceTransactions, entry);
  transaction.emit(chargeEvent, charges, charge.id);
  transaction.emit('payment_intent.succeeded', paymentIntents, intent.id);
  if (!isLater) return;
  transaction.put(charges, booked);
  transaction.emit('charge.updated', charges, charge.id, charge);
}

/** After a payment: saved to the customer if asked for, else an unattached method is used up. */
function keepMethod({ transaction, intent, method }: Attempt, card: IssuerCard): void {
  if (intent.setup_future_usage === null || intent.customer === null) {
    spend(transaction, method);
    return;
  }
  attach(transaction, method, intent.customer);
  const now = transaction.refer(issuerCards, card.id, 'payment_method');
  transaction.put(issuerCards, { ...now, isSetUp: true });
}

function decline(attempt: Attempt, card: IssuerCard, reason: Decline): Answer {
  const { transaction, intent, method } = attempt;
  const charge = chargeOf(attempt, card, 'failed', reason);
  transaction.put(charges, charge);
  const { type, ...error } = declineError(reason);
  const shown: ErrorBody = {
    ...error,
    charge: charge.id,
    payment_method: method,
    type,
  };
  const after = transaction.put(paymentIntents, refused(intent, shown, charge.id));
  transaction.emit('charge.failed', charges, charge.id);
  transaction.emit('payment_intent.payment_failed', paymentIntents, intent.id);
  return answerError(402, { ...shown, payment_intent: after });
}

function ask({ transaction, intent, method, returnUrl, baseUrl }: Attempt): void {
  const { id } = intent;
  const created = transaction.nowSeconds;
  transaction.put(waitingPayments, {
    id,
    created,
    method: method.id,
    returnUrl,
    baseUrl,
    isAuthenticated: false,
  });
  transaction.put(paymentIntents, asking(intent, nextActionOf(id, returnUrl, baseUrl)));
  transaction.emit('payment_intent.requires_action', paymentIntents, id);
}

/** With a return address the customer is sent to a page; without one, Stripe.js takes over. */
export function nextActionOf(id: string, returnUrl: string | null, baseUrl: string): NextAction {
  const url = `${baseUrl}/authenticate/${id}`;
  if (returnUrl !== null) {
    return { redirect_to_url: { return_url: returnUrl, url }, type: 'redirect_to_url' };
  }
  const sdk = { source: id, stripe_js: url, type: 'three_d_secure_redirect' };
  return { type: 'use_stripe_sdk', use_stripe_sdk: sdk };
}

function refuseAction({ transaction, intent, method }: Attempt): Answer {
  const { type, ...error } = declineError(declineOf('authentication_required'));
  const shown: ErrorBody = { ...error, payment_method: method, type };
  const after = transaction.put(paymentIntents, refused(intent, shown, null));
  transaction.emit('payment_intent.payment_failed', paymentIntents, intent.id);
  return answerError(402, { ...shown, payment_intent: after });
}

function startProcessing(attempt: Attempt, card: IssuerCard): void {
  const { transaction, intent } = attempt;
  const charge = transaction.put(charges, chargeOf(attempt, card, 'pending'));
  transaction.put(paymentIntents, processing(intent, charge.id));
  transaction.emit('charge.pending', charges, charge.id);
  transaction.emit('payment_intent.processing', paymentIntents, intent.id);
}

/** The customer authenticated, or failed to: what the waiting PaymentIntent becomes. */
export function finishAuthentication(
  transaction: Transaction,
  intent: PaymentIntent,
  isAuthenticated: boolean,
): Answer {
  const waiting = transaction.refer(waitingPayments, intent.id, 'id');
  const method = transaction.refer(paymentMethods, waiting.method, 'payment_method');
  transaction.remove(waitingPayments, intent.id);
  if (!isAuthenticated) return failAuthentication(transaction, intent, method);
  if (intent.confirmation_method === 'manual') {
    // The server confirms once more itself, and is not asked again.
    transaction.put(waitingPayments, { ...waiting, isAuthenticated: true });
    const confirmable = { ...intent, next_action: null, status: 'requires_confirmation' as const };
    transaction.put(paymentIntents, confirmable);
    return answerObject(paymentIntents, intent.id);
  }
  return attemptPayment({
    transaction,
    intent,
    method,
    isOffSession: false,
    isAuthenticated: true,
    refusesAction: false,
    returnUrl: waiting.returnUrl,
    baseUrl: waiting.baseUrl,
  });
}

function failAuthentication(
  transaction: Transaction,
  intent: PaymentIntent,
  method: PaymentMethod,
): Answer {
  const code = 'payment_intent_authentication_failure';
  const error: ErrorBody = {
    code,
    doc_url: documentationUrl(code),
    message:
      'The provided PaymentMethod has failed authentication. You can provide ' +
      'payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
    payment_method: method,
    type: 'invalid_request_error',
  };
  transaction.put(paymentIntents, refused(intent, error, null));
  transaction.emit('payment_intent.payment_failed', paymentIntents, intent.id);
  return answerObject(paymentIntents, intent.id);
}

/** The open outcome of a processing PaymentIntent becomes known. */
export function finishProcessing(
  transaction: Transaction,
  intent: PaymentIntent,
  declineCode: string | null,
): void {
  const pending = transaction.refer(charges, intent.latest_charge ?? '', 'latest_charge');
  if (declineCode === null) {
    const paid: Charge = {
      ...pending,
      amount_captured: pending.amount,
      captured: true,
      paid: true,
      status: 'succeeded',
    };
    settle(transaction, succeeded(intent, paid.id), paid, 'charge.succeeded');
    return;
  }
  const reason = declineOf(declineCode);
  const failed: Charge = {
    ...pending,
    failure_code: reason.code,
    failure_message: reason.message,
    status: 'failed',
  };
  transaction.put(charges, failed);
  const error = { ...declineError(reason), charge: failed.id };
  transaction.put(paymentIntents, refused(intent, error, failed.id));
  transaction.emit('charge.failed', charges, failed.id);
  transaction.emit('payment_intent.payment_failed', paymentIntents, intent.id);
}

function chargeOf(
  attempt: Attempt,
  card: IssuerCard,
  status: Charge['status'],
  reason?: Decline,
): Charge {
  const { transaction, intent, method, isAuthenticated, baseUrl } = attempt;
  const terms = {
    id: transaction.newId('ch'),
    created: transaction.nowSeconds,
    amount: intent.amount,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    metadata: intent.metadata,
    paymentIntent: intent.id,
    receiptEmail: intent.receipt_email,
    shipping: intent.shipping,
    isCapturedLater: intent.capture_method === 'manual',
    isAuthenticated,
    storedCredentialUsage: intent.payment_method_options.card.stored_credential_usage ?? null,
    baseUrl,
  };
  const result = reason === undefined ? { status } : { status, decline: reason };
  return newCharge(terms, method, card, result);
}
