import { answerError, answerObject, type Answer } from './answers.ts';
import { documentationUrl, type ErrorBody } from './errors.ts';
import { decideSetup, declineError } from './issuer.ts';
import { nextActionOf } from './payment-attempt.ts';
import { waitingPayments } from './payment-intent.ts';
import { issuerCards, paymentMethods, type PaymentMethod } from './payment-method.ts';
import { attach, spend } from './payment-method-use.ts';
import {
  setupAttempts,
  setupIntents,
  type SetupAttempt,
  type SetupIntent,
} from './setup-intent.ts';
import type { Transaction } from './transaction.ts';

export interface SetupTry {
  transaction: Transaction;
  intent: SetupIntent;
  method: PaymentMethod;
  isAuthenticated: boolean;
  returnUrl: string | null;
  baseUrl: string;
}

/** Asks the issuer whether the card may be saved, and brings the SetupIntent to the answer. */
export function attemptSetup(attempt: SetupTry): Answer {
  const { transaction, intent, method } = attempt;
  const card = transaction.refer(issuerCards, method.id, 'payment_method');
  const verdict = decideSetup(card, attempt.isAuthenticated);
  switch (verdict.kind) {
    case 'authorized':
    case 'processing':
      save(attempt);
      return answerObject(setupIntents, intent.id);
    case 'authentication':
      ask(attempt);
      return answerObject(setupIntents, intent.id);
    case 'declined': {
      const { type, ...error } = declineError(verdict.decline);
      const shown = { ...error, payment_method: method, type };
      const after = refuse(attempt, shown);
      return answerError(402, { ...shown, setup_intent: after });
    }
  }
}

function save(attempt: SetupTry): void {
  const { transaction, intent, method } = attempt;
  const latest = record(attempt, 'succeeded', null);
  if (intent.customer === null) spend(transaction, method);
  else attach(transaction, method, intent.customer);
  const card = transaction.refer(issuerCards, method.id, 'payment_method');
  transaction.put(issuerCards, { ...card, isSetUp: intent.usage === 'off_session' });
  transaction.put(setupIntents, {
    ...intent,
    last_setup_error: null,
    latest_attempt: latest,
    next_action: null,
    status: 'succeeded',
  });
  transaction.emit('setup_intent.succeeded', setupIntents, intent.id);
}

function ask(attempt: SetupTry): void {
  const { transaction, intent, method, returnUrl, baseUrl } = attempt;
  const { id } = intent;
  const created = transaction.nowSeconds;
  const waiting = { id, created, method: method.id, returnUrl, baseUrl, isAuthenticated: false };
  transaction.put(waitingPayments, waiting);
  transaction.put(setupIntents, {
    ...intent,
    last_setup_error: null,
    latest_attempt: record(attempt, 'requires_action', null),
    next_action: nextActionOf(id, returnUrl, baseUrl),
    status: 'requires_action',
  });
  transaction.emit('setup_intent.requires_action', setupIntents, id);
}

function refuse(attempt: SetupTry, error: ErrorBody): SetupIntent {
  const { transaction, intent } = attempt;
  const after = transaction.put(setupIntents, {
    ...intent,
    last_setup_error: error,
    latest_attempt: record(attempt, 'failed', error),
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  });
  transaction.emit('setup_intent.setup_failed', setupIntents, intent.id);
  return after;
}

/** The customer authenticated, or failed to. */
export function finishSetupAuthentication(
  transaction: Transaction,
  intent: SetupIntent,
  isAuthenticated: boolean,
): Answer {
  const waiting = transaction.refer(waitingPayments, intent.id, 'id');
  transaction.remove(waitingPayments, intent.id);
  const method = transaction.refer(paymentMethods, waiting.method, 'payment_method');
  const { returnUrl, baseUrl } = waiting;
  const attempt = { transaction, intent, method, isAuthenticated, returnUrl, baseUrl };
  if (isAuthenticated) return attemptSetup(attempt);
  const code = 'setup_intent_authentication_failure';
  refuse(attempt, {
    code,
    doc_url: documentationUrl(code),
    message:
      'The latest attempt to set up the payment method has failed because authentication failed.',
    payment_method: method,
    type: 'invalid_request_error',
  });
  return answerObject(setupIntents, intent.id);
}

/** Puts the attempt on record; the one that asked is the one that is answered. */
function record(
  { transaction, intent, method, isAuthenticated }: SetupTry,
  status: SetupAttempt['status'],
  error: ErrorBody | null,
): string {
  const asked =
    intent.status === 'requires_action' && intent.latest_attempt !== null
      ? transaction.find(setupAttempts, intent.latest_attempt)
      : undefined;
  const id = asked?.id ?? transaction.newId('setatt');
  const { brand, checks, country, exp_month, exp_year, fingerprint, funding, last4, wallet } =
    method.card;
  const secure = { authentication_flow: 'challenge', electronic_commerce_indicator: '05' };
  const rest = { result: 'authenticated', result_reason: null };
  const card = {
    brand,
    checks,
    country,
    exp_month,
    exp_year,
    fingerprint,
    funding,
    last4,
    wallet,
    network: brand,
    three_d_secure: isAuthenticated
      ? { ...secure, ...rest, transaction_id: null, version: '2.2.0' }
      : null,
  };
  transaction.put(setupAttempts, {
    id,
    object: 'setup_attempt',
    application: null,
    created: asked?.created ?? transaction.nowSeconds,
    customer: intent.customer,
    customer_account: null,
    flow_directions: null,
    livemode: false,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_details: { card, type: 'card' },
    setup_error: error,
    setup_intent: intent.id,
    status,
    usage: intent.usage,
  });
  return id;
}
