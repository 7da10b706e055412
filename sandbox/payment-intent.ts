import { Refusal, type ErrorBody } from './errors.ts';
import type { Metadata, Shipping } from './shapes.ts';
import { table } from './store.ts';

export type PaymentIntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'canceled'
  | 'succeeded';

export type NextAction =
  | { redirect_to_url: { return_url: string; url: string }; type: 'redirect_to_url' }
  | { type: 'use_stripe_sdk'; use_stripe_sdk: Record<string, string> };

export interface PaymentIntent {
  id: string;
  object: 'payment_intent';
  allowed_payment_method_types: string[] | null;
  amount: number;
  amount_capturable: number;
  amount_received: number;
  automatic_payment_methods: { allow_redirects: string; enabled: boolean } | null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: 'automatic' | 'automatic_async' | 'manual';
  client_secret: string;
  confirmation_method: 'automatic' | 'manual';
  created: number;
  currency: string;
  customer: string | null;
  description: string | null;
  last_payment_error: ErrorBody | null;
  latest_charge: string | null;
  metadata: Metadata;
  next_action: NextAction | null;
  payment_method: string | null;
  payment_method_options: { card: CardOptions };
  payment_method_types: string[];
  processing: { card: Record<string, never>; type: 'card' } | null;
  receipt_email: string | null;
  setup_future_usage: string | null;
  shipping: Shipping | null;
  statement_descriptor: string | null;
  statement_descriptor_suffix: string | null;
  status: PaymentIntentStatus;
}

export interface CardOptions {
  installments: null;
  mandate_options: null;
  network: null;
  request_three_d_secure: string;
  stored_credential_usage?: string;
  setup_credential_usage?: string;
}

/** What Stripe shows on every PaymentIntent and the sandbox never changes. */
export const paymentIntentConstants = {
  amount_details: { tip: {} },
  application: null,
  application_fee_amount: null,
  customer_account: null,
  excluded_payment_method_types: null,
  livemode: false,
  managed_payments: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_record: null,
  review: null,
  source: null,
  transfer_data: null,
  transfer_group: null,
} as const;

/** The index key of those that nothing can change any more, in the order they became so. */
export const finalKey = 'state=final';

export const paymentIntents = table<PaymentIntent>('payment_intent', (intent) => [
  ...(intent.customer === null ? [] : [`customer=${intent.customer}`]),
  ...(intent.status === 'succeeded' || intent.status === 'canceled' ? [finalKey] : []),
]);

/** How a PaymentIntent waits for its customer; kept beside it, not shown. */
export interface Waiting {
  id: string;
  created: number;
  method: string;
  returnUrl: string | null;
  isAuthenticated: boolean;
  /** The request's own page base, for the receipt link of the charge to come. */
  baseUrl: string;
}

export const waitingPayments = table<Waiting>('waiting_payment');

// The transitions. Each takes the state before and gives the state after; none checks anything.

export function succeeded(intent: PaymentIntent, charge: string): PaymentIntent {
  return {
    ...intent,
    amount_capturable: 0,
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge,
    next_action: null,
    processing: null,
    status: 'succeeded',
  };
}

export function capturable(intent: PaymentIntent, charge: string): PaymentIntent {
  return {
    ...intent,
    amount_capturable: intent.amount,
    last_payment_error: null,
    latest_charge: charge,
    next_action: null,
    processing: null,
    status: 'requires_capture',
  };
}

export function processing(intent: PaymentIntent, charge: string): PaymentIntent {
  return {
    ...intent,
    last_payment_error: null,
    latest_charge: charge,
    next_action: null,
    processing: { card: {}, type: 'card' },
    status: 'processing',
  };
}

/** Refused by the issuer or by the customer: a new attempt must name a method again. */
export function refused(
  intent: PaymentIntent,
  error: ErrorBody,
  charge: string | null,
): PaymentIntent {
  return {
    ...intent,
    last_payment_error: error,
    latest_charge: charge ?? intent.latest_charge,
    next_action: null,
    payment_method: null,
    processing: null,
    status: 'requires_payment_method',
  };
}

export function asking(intent: PaymentIntent, nextAction: NextAction): PaymentIntent {
  return {
    ...intent,
    last_payment_error: null,
    next_action: nextAction,
    status: 'requires_action',
  };
}

export function canceled(
  intent: PaymentIntent,
  reason: string | null,
  nowSeconds: number,
): PaymentIntent {
  return {
    ...intent,
    amount_capturable: 0,
    canceled_at: nowSeconds,
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  };
}

const cancelableStatuses: readonly PaymentIntentStatus[] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
];

export function refuseUnlessCancelable(intent: PaymentIntent): void {
  if (cancelableStatuses.includes(intent.status)) return;
  throw unexpectedState(
    intent,
    `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a ` +
      'PaymentIntent with one of the following statuses may be canceled: ' +
      `${cancelableStatuses.join(', ')}.`,
  );
}

/** A succeeded or processing PaymentIntent refuses: this is what prevents a double charge. */
export function refuseUnlessConfirmable(intent: PaymentIntent): void {
  const words = {
    succeeded: 'it has already succeeded after being previously confirmed',
    processing: 'it is currently processing a payment',
    requires_capture: 'it has already succeeded after being previously confirmed',
    canceled: 'it has a status of canceled',
    requires_payment_method: null,
    requires_confirmation: null,
    requires_action: null,
  }[intent.status];
  if (words === null) return;
  throw unexpectedState(intent, `You cannot confirm this PaymentIntent because ${words}.`);
}

export function unexpectedState(intent: PaymentIntent, message: string): Refusal {
  return new Refusal('paymentIntentState', message, undefined, { payment_intent: intent });
}

/** The same for every capture, so it stands beside the other refusals. */
export function refuseUnlessCapturable(intent: PaymentIntent): void {
  if (intent.status === 'requires_capture') return;
  throw unexpectedState(
    intent,
    `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a ` +
      'PaymentIntent with one of the following statuses may be captured: requires_capture.',
  );
}
