import { answerObject, type Answer, type Call } from './answers.ts';
import { missing, Refusal } from './errors.ts';
import { choice, list, notSimulated, object, text, type FieldsOf } from './parameters.ts';
import { paymentMethods, type PaymentMethod } from './payment-method.ts';
import { createOfData, paymentMethodDataFields } from './payment-method-endpoints.ts';
import { resolvePaymentMethod } from './payment-method-use.ts';
import { shippingOf, shippingParameter, type Shipping } from './shapes.ts';
import { table } from './store.ts';
import type { Transaction } from './transaction.ts';

export interface ConfirmationToken {
  id: string;
  object: 'confirmation_token';
  created: number;
  expires_at: number;
  livemode: false;
  mandate_data: null;
  metadata: null;
  payment_intent: string | null;
  payment_method_options: null;
  payment_method_preview: Pick<
    PaymentMethod,
    'allow_redisplay' | 'billing_details' | 'card' | 'customer' | 'customer_account' | 'type'
  >;
  return_url: string | null;
  setup_future_usage: string | null;
  setup_intent: string | null;
  shipping: Shipping | null;
  use_stripe_sdk: true;
}

export const confirmationTokens = table<ConfirmationToken>('confirmation_token');

/** The PaymentMethod that a token stands for; nothing shows its id before the token is used. */
const tokenMethods = table<{ id: string; created: number; method: string }>('token_method');

/** Stripe's: a token not used within twelve hours is gone. */
const lifetimeSeconds = 12 * 3600;

export const tokenCreateFields = {
  expand: list(text),
  payment_method: text,
  payment_method_data: object(paymentMethodDataFields),
  payment_method_options: notSimulated,
  return_url: text,
  setup_future_usage: choice('off_session', 'on_session'),
  shipping: shippingParameter,
};

/** Stripe's test helper, which stands in for the Payment Element in a browser. */
export function createConfirmationToken(call: Call<FieldsOf<typeof tokenCreateFields>>): Answer {
  const { transaction, parameters } = call;
  const method = methodOf(call);
  const id = transaction.newId('ctoken');
  const created = transaction.nowSeconds;
  const { allow_redisplay, billing_details, card, customer, customer_account, type } = method;
  transaction.put(tokenMethods, { id, created, method: method.id });
  transaction.put(confirmationTokens, {
    id,
    object: 'confirmation_token',
    created,
    expires_at: created + lifetimeSeconds,
    livemode: false,
    mandate_data: null,
    metadata: null,
    payment_intent: null,
    payment_method_options: null,
    payment_method_preview: {
      allow_redisplay,
      billing_details,
      card,
      customer,
      customer_account,
      type,
    },
    return_url: parameters.return_url ?? null,
    setup_future_usage: parameters.setup_future_usage ?? null,
    setup_intent: null,
    shipping: parameters.shipping ? shippingOf(parameters.shipping) : null,
    use_stripe_sdk: true,
  });
  return answerObject(confirmationTokens, id);
}

export function retrieveConfirmationToken(call: Call<unknown>): Answer {
  return answerObject(
    confirmationTokens,
    call.transaction.require(confirmationTokens, call.path[0] ?? '').id,
  );
}

/** Uses a token once, for one intent: gives its method and what else it carries. */
export function redeem(
  transaction: Transaction,
  tokenId: string,
  usedBy: { payment_intent: string } | { setup_intent: string },
): { method: PaymentMethod; token: ConfirmationToken } {
  const token = transaction.refer(confirmationTokens, tokenId, 'confirmation_token');
  if (token.payment_intent !== null || token.setup_intent !== null) {
    const message = `The ConfirmationToken ${tokenId} has already been used.`;
    throw new Refusal('invalidRequest', message, 'confirmation_token');
  }
  if (transaction.nowSeconds >= token.expires_at) {
    throw missing('confirmation_token', tokenId, 'confirmation_token');
  }
  transaction.put(confirmationTokens, { ...token, ...usedBy });
  const { method } = transaction.refer(tokenMethods, tokenId, 'confirmation_token');
  return { method: transaction.refer(paymentMethods, method, 'confirmation_token'), token };
}

function methodOf(call: Call<FieldsOf<typeof tokenCreateFields>>): PaymentMethod {
  const { payment_method: given, payment_method_data: data } = call.parameters;
  if (data !== undefined) return createOfData(call, data, 'payment_method_data.');
  if (given !== undefined) return resolvePaymentMethod(call.transaction, given, 'payment_method');
  throw new Refusal(
    'parameterMissing',
    'Missing required param: payment_method_data.',
    'payment_method_data',
  );
}
