import Stripe from 'stripe';
import { currency as currencyOf, type CurrencyCode } from '../domain/currencies.ts';
import { fromMinorUnits, toMinorUnits, type Micros } from '../domain/money.ts';
import type { Capture, CardSource, ActAnswer, PaymentStatus } from '../domain/payment.ts';
import type { FoundPayment } from '../domain/found-payment.ts';
import { chargedCardOf, chargeIdOf, failedChargeOf } from './card-values.ts';
import { isMissing, isReplay, unknownOutcome } from './outcome.ts';
import type { StripeConnection } from './stripe.ts';

export interface PaymentOrder {
  /** The workflow's operation, found again by `findPayment` when an answer was lost. */
  readonly operationId: string;
  /** The workflow that webhooks about this payment are relayed to. */
  readonly workflowId: string;
  readonly accountId: string;
  readonly customerId: string;
  readonly amount: Micros;
  readonly currency: CurrencyCode;
  /** What the customer reads beside the charge. */
  readonly description: string;
  /** True for what a customer owes at regular times and is charged without them: invoices. */
  readonly isRecurring?: true;
  readonly idempotencyKey: string;
}

/** Creates the payment object without confirming it: no money can move yet. Returns its id. */
export async function createPayment(
  connection: StripeConnection,
  order: PaymentOrder,
): Promise<string> {
  const { operationId, workflowId, accountId, customerId, description, idempotencyKey } = order;
  const usage = { card: { stored_credential_usage: 'recurring' } } as const;
  const intent = await connection.call((stripe) =>
    stripe.paymentIntents.create(
      {
        amount: toMinorUnits(order.amount, currencyOf(order.currency)),
        currency: order.currency,
        customer: customerId,
        allowed_payment_method_types: ['card'],
        description,
        metadata: { operation_id: operationId, workflow_id: workflowId, account_id: accountId },
        ...(order.isRecurring && { payment_method_options: usage }),
      },
      { idempotencyKey },
    ),
  );
  return intent.id;
}

/**
 * Sets what an unconfirmed payment will take: the rest that is due may be less by now, or a part is
 * asked for. Returns how the payment stands; one that is over, or under way, stays as it is.
 */
export async function setPaymentAmount(
  connection: StripeConnection,
  order: Omit<CancelOrder, 'currency'> & Pick<PaymentOrder, 'amount' | 'currency'>,
): Promise<ActAnswer> {
  const { paymentIntentId, amount, currency, idempotencyKey } = order;
  try {
    const intent = await connection.call((stripe) =>
      stripe.paymentIntents.update(
        paymentIntentId,
        { amount: toMinorUnits(amount, currencyOf(currency)), expand: expansions },
        { idempotencyKey },
      ),
    );
    return statusOf(intent, currency);
  } catch (error) {
    return answerTo(error, connection, order);
  }
}

export interface ConfirmOrder {
  readonly paymentIntentId: string;
  readonly source: CardSource;
  readonly currency: CurrencyCode;
  /** Where the bank's page sends the customer back to; null: the customer is not there. */
  readonly returnUrl: string | null;
  readonly idempotencyKey: string;
}

/**
 * Confirms: the one call that can take money. A decline and an unknown outcome are answers, never
 * exceptions; what is thrown says that the call was wrong or was not let in (429, 400, 401).
 */
export async function confirmPayment(
  connection: StripeConnection,
  order: ConfirmOrder,
): Promise<ActAnswer> {
  const { paymentIntentId, source, idempotencyKey, returnUrl } = order;
  const card =
    source.kind === 'payment_method'
      ? { payment_method: source.id }
      : { confirmation_token: source.id };
  try {
    const intent = await connection.call((stripe) =>
      stripe.paymentIntents.confirm(
        paymentIntentId,
        {
          ...card,
          ...(returnUrl === null ? { off_session: true } : { return_url: returnUrl }),
          expand: expansions,
        },
        { idempotencyKey },
      ),
    );
    return statusOf(intent, order.currency);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError) {
      return declinedBy(error, connection, order);
    }
    return answerTo(error, connection, order);
  }
}

/**
 * The error of a decline does not say who declined: Stripe's own block is seen on the charge. A
 * decline with the network's code came from the bank, and one without a charge from neither.
 */
async function declinedBy(
  error: InstanceType<typeof Stripe.errors.StripeCardError>,
  connection: StripeConnection,
  payment: { paymentIntentId: string; currency: CurrencyCode },
): Promise<ActAnswer> {
  const failedCharge = failedChargeOf(error);
  const { chargeId, networkDeclineCode } = failedCharge;
  if (chargeId === null || networkDeclineCode !== null) return { status: 'declined', failedCharge };
  try {
    const now = await readPayment(connection, payment);
    const shown = now.status === 'requires_confirmation' ? now.lastDecline : null;
    const isSame = shown !== null && shown.chargeId === chargeId;
    return { status: 'declined', failedCharge: isSame ? shown : failedCharge };
  } catch (failure) {
    // The payment itself tells it to whoever looks next.
    return answerTo(failure, connection, payment);
  }
}

/** What an error of an act tells; the errors of a call that was not let in are thrown on. */
async function answerTo(
  error: unknown,
  connection: StripeConnection,
  payment: { paymentIntentId: string; currency: CurrencyCode },
): Promise<ActAnswer> {
  // Another call already brought it further than this one may: the object is the truth.
  if (isUnexpectedState(error)) return readPayment(connection, payment);
  const why = unknownOutcome(error);
  if (why !== undefined) return { status: 'unknown', why, isStored: isReplay(error) };
  if (error instanceof Stripe.errors.StripeIdempotencyError) {
    const why = 'an earlier call with this key had other parameters';
    return { status: 'unknown', why, isStored: true };
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    return { status: 'rejected', code: error.code ?? 'invalid_request' };
  }
  throw error;
}

const expansions = ['latest_charge.balance_transaction', 'last_payment_error.payment_method'];

function isUnexpectedState(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeError && error.code === 'payment_intent_unexpected_state'
  );
}

/** Reads how a payment stands: the object is the truth, webhooks only say "look now". */
export async function readPayment(
  connection: StripeConnection,
  { paymentIntentId, currency }: { paymentIntentId: string; currency: CurrencyCode },
): Promise<PaymentStatus> {
  return statusOf(await retrieve(connection, paymentIntentId), currency);
}

function retrieve(connection: StripeConnection, paymentIntentId: string) {
  return connection.call((stripe) =>
    stripe.paymentIntents.retrieve(paymentIntentId, { expand: expansions }),
  );
}

/** Reads a payment that somebody named, with what it is for; undefined where Stripe knows none. */
export async function readFoundPayment(
  connection: StripeConnection,
  { paymentIntentId, currency }: { paymentIntentId: string; currency: CurrencyCode },
): Promise<FoundPayment | undefined> {
  try {
    const intent = await retrieve(connection, paymentIntentId);
    const { metadata, payment_method: method } = intent;
    return {
      paymentIntentId,
      operationId: metadata['operation_id'] ?? null,
      currency: intent.currency,
      method: typeof method === 'string' ? method : (method?.id ?? null),
      status: statusOf(intent, currency),
    };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Cancels a payment that is not to be taken any more. One that succeeded, or is under way, refuses;
 * either way the object's status is returned.
 */
export async function cancelPayment(
  connection: StripeConnection,
  { paymentIntentId, currency, idempotencyKey }: CancelOrder,
): Promise<ActAnswer> {
  try {
    const intent = await connection.call((stripe) =>
      stripe.paymentIntents.cancel(
        paymentIntentId,
        { cancellation_reason: 'abandoned', expand: expansions },
        { idempotencyKey },
      ),
    );
    return statusOf(intent, currency);
  } catch (error) {
    return answerTo(error, connection, { paymentIntentId, currency });
  }
}

export interface CancelOrder {
  readonly paymentIntentId: string;
  readonly currency: CurrencyCode;
  readonly idempotencyKey: string;
}

function statusOf(intent: Stripe.PaymentIntent, currency: CurrencyCode): PaymentStatus {
  switch (intent.status) {
    case 'succeeded':
      return { status: 'succeeded', capture: captureOf(intent, currency) };
    case 'canceled':
      return { status: 'canceled' };
    case 'requires_action':
      return {
        status: 'requires_action',
        actionUrl: intent.next_action?.redirect_to_url?.url ?? null,
      };
    case 'requires_payment_method':
    case 'requires_confirmation': {
      const { last_payment_error: error } = intent;
      return {
        status: 'requires_confirmation',
        lastDecline: error ? failedChargeOf(error, outcomeOf(intent, chargeIdOf(error))) : null,
      };
    }
    default:
      // `processing`, `requires_capture` (never asked for), and words Stripe may add: wait and look.
      return { status: 'processing' };
  }
}

/** Of the payment's last charge, where it is the one that is asked for. */
function outcomeOf(
  { latest_charge: charge }: Stripe.PaymentIntent,
  chargeId: string | null,
): Stripe.Charge.Outcome | null {
  if (charge === null || typeof charge === 'string') return null;
  return charge.id === chargeId ? charge.outcome : null;
}

function captureOf(intent: Stripe.PaymentIntent, currency: CurrencyCode): Capture {
  const charge = intent.latest_charge;
  if (charge === null || typeof charge === 'string') {
    throw new Error(`payment ${intent.id} succeeded, but its charge was not in the answer`);
  }
  const transaction = charge.balance_transaction;
  // Stripe writes the balance transaction with the charge; should it lag, the charge's own second
  // stands in, which is the same second for cards.
  const capturedAtSeconds =
    transaction !== null && typeof transaction !== 'string' ? transaction.created : charge.created;
  const card = chargedCardOf(charge.payment_method_details);
  if (card === null) throw new Error(`charge ${charge.id} shows no card`);
  return {
    chargeId: charge.id,
    amount: fromMinorUnits(intent.amount_received, currencyOf(currency)),
    capturedAtMs: capturedAtSeconds * 1000,
    card,
    networkAdviceCode: charge.outcome?.network_advice_code ?? null,
  };
}
