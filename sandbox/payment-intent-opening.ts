import type { FieldsOf } from './parameters.ts';
import type { sharedFields } from './payment-intent-parameters.ts';
import {
  paymentIntentConstants,
  paymentIntents,
  type CardOptions,
  type PaymentIntent,
} from './payment-intent.ts';
import { defined } from './shapes.ts';
import type { Transaction } from './transaction.ts';

/** What a new PaymentIntent is told; the rest has Stripe's defaults. */
export interface PaymentTerms extends Partial<
  Pick<
    PaymentIntent,
    | 'automatic_payment_methods'
    | 'confirmation_method'
    | 'id'
    | 'payment_method'
    | 'payment_method_options'
    | 'statement_descriptor'
    | 'statement_descriptor_suffix'
  >
> {
  allowed: string[] | null;
  amount: number;
  capture_method: PaymentIntent['capture_method'] | null;
  currency: string;
  customer: string | null;
  description: string | null;
  metadata: PaymentIntent['metadata'];
  receipt_email: string | null;
  setup_future_usage: string | null;
  shipping: PaymentIntent['shipping'];
  types: string[];
}

/** Puts a new PaymentIntent on record, by a call of the API or by a Checkout Session. */
export function openPayment(transaction: Transaction, terms: PaymentTerms): PaymentIntent {
  const id = terms.id ?? transaction.newId('pi');
  const method = terms.payment_method ?? null;
  const created: PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: terms.allowed,
    amount: terms.amount,
    amount_capturable: 0,
    amount_received: 0,
    ...paymentIntentConstants,
    automatic_payment_methods: terms.automatic_payment_methods ?? null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: terms.capture_method ?? 'automatic_async',
    client_secret: transaction.newSecret(id),
    confirmation_method: terms.confirmation_method ?? 'automatic',
    created: transaction.nowSeconds,
    currency: terms.currency,
    customer: terms.customer,
    description: terms.description,
    last_payment_error: null,
    latest_charge: null,
    metadata: terms.metadata,
    next_action: null,
    payment_method: method,
    payment_method_options: terms.payment_method_options ?? { card: cardOptionsOf({}) },
    payment_method_types: terms.types,
    processing: null,
    receipt_email: terms.receipt_email,
    setup_future_usage: terms.setup_future_usage,
    shipping: terms.shipping,
    statement_descriptor: terms.statement_descriptor ?? null,
    statement_descriptor_suffix: terms.statement_descriptor_suffix ?? null,
    status: method === null ? 'requires_payment_method' : 'requires_confirmation',
  };
  transaction.put(paymentIntents, created);
  transaction.emit('payment_intent.created', paymentIntents, id);
  return created;
}

/** The card's options: what is given over what was, over Stripe's defaults. */
export function cardOptionsOf(
  given: FieldsOf<typeof sharedFields>,
  before?: CardOptions,
): CardOptions {
  const card = given.payment_method_options?.card;
  return {
    installments: null,
    mandate_options: null,
    network: null,
    request_three_d_secure: 'automatic',
    ...before,
    ...defined({
      request_three_d_secure: card?.request_three_d_secure,
      setup_credential_usage: card?.setup_credential_usage,
      stored_credential_usage: card?.stored_credential_usage,
    }),
  };
}
