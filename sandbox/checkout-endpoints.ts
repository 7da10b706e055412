import { answerObject, type Answer, type Call } from './answers.ts';
import { completeSession } from './checkout-completion.ts';
import {
  checkoutSessions,
  sessionConstants,
  sessionPlans,
  type CheckoutSession,
  type LineItem,
} from './checkout-session.ts';
import { customers } from './customer.ts';
import { Refusal } from './errors.ts';
import { allowedTypes } from './intent-method.ts';
import { createdParameter, listAnswer, listFields, page } from './lists.ts';
import {
  choice,
  clearableText,
  every,
  ignored,
  integer,
  list,
  metadata,
  notSimulated,
  object,
  required,
  text,
  type FieldsOf,
} from './parameters.ts';
import { resolvePaymentMethod } from './payment-method-use.ts';
import { prices, products, putPrice, putProduct, type Price } from './products.ts';
import { setupIntents } from './setup-intent.ts';
import { openSetup } from './setup-intent-endpoints.ts';
import { defined, mergeMetadata, shippingOf, shippingParameter } from './shapes.ts';
import type { Transaction } from './transaction.ts';

const lineItem = object({
  metadata: ignored,
  price: text,
  price_data: object({
    currency: required(text),
    product: text,
    product_data: object({
      description: clearableText,
      metadata,
      name: required(text),
      ...every(ignored, 'images', 'tax_code'),
    }),
    unit_amount: required(integer({ minimum: 0 })),
    tax_behavior: ignored,
    ...every(notSimulated, 'recurring', 'unit_amount_decimal'),
  }),
  quantity: integer({ minimum: 1 }),
  ...every(notSimulated, 'adjustable_quantity', 'tax_rates'),
});
const restrictionFields = {
  brands_blocked: list(choice('american_express', 'discover_global_network', 'mastercard', 'visa')),
  funding_types_blocked: list(choice('credit', 'debit', 'prepaid')),
};

export const sessionCreateFields = {
  allowed_payment_method_types: list(text),
  cancel_url: text,
  client_reference_id: text,
  currency: text,
  customer: text,
  customer_creation: choice('always', 'if_required'),
  customer_email: text,
  expand: list(text),
  expires_at: integer({ minimum: 1 }),
  line_items: list(lineItem),
  metadata,
  mode: required(choice('payment', 'setup', 'subscription')),
  payment_intent_data: object({
    capture_method: choice('automatic', 'automatic_async', 'manual'),
    description: clearableText,
    metadata,
    receipt_email: clearableText,
    setup_future_usage: choice('off_session', 'on_session'),
    shipping: shippingParameter,
    ...every(ignored, 'statement_descriptor', 'statement_descriptor_suffix'),
    ...every(notSimulated, 'application_fee_amount', 'on_behalf_of', 'transfer_data'),
    transfer_group: notSimulated,
  }),
  payment_method_options: object({
    card: object({
      restrictions: object(restrictionFields),
      ...every(ignored, 'request_three_d_secure'),
      ...every(notSimulated, 'capture_method', 'installments', 'setup_future_usage'),
    }),
    link: ignored,
  }),
  payment_method_types: list(text),
  setup_intent_data: object({
    description: clearableText,
    metadata,
    on_behalf_of: notSimulated,
  }),
  success_url: text,
  ui_mode: choice('hosted_page'),
  ...every(ignored, 'billing_address_collection', 'locale', 'submit_type', 'wallet_options'),
  ...every(notSimulated, 'adaptive_pricing', 'after_expiration', 'allow_promotion_codes'),
  ...every(notSimulated, 'automatic_tax', 'consent_collection', 'custom_fields', 'custom_text'),
  ...every(notSimulated, 'customer_account', 'customer_update', 'discounts', 'invoice_creation'),
  ...every(notSimulated, 'optional_items', 'payment_method_collection', 'permissions'),
  ...every(notSimulated, 'phone_number_collection', 'return_url', 'saved_payment_method_options'),
  ...every(notSimulated, 'shipping_address_collection', 'shipping_options', 'subscription_data'),
  ...every(notSimulated, 'tax_id_collection', 'excluded_payment_method_types'),
};
export const sessionListFields = {
  ...listFields,
  created: createdParameter,
  customer: text,
  payment_intent: text,
  status: choice('complete', 'expired', 'open'),
  ...every(notSimulated, 'customer_account', 'customer_details', 'payment_link', 'subscription'),
};
export const pageConfirmFields = {
  expand: list(text),
  expected_amount: integer(),
  payment_method: required(text),
};

const lifetimeSeconds = 24 * 3600;

export function createSession(call: Call<FieldsOf<typeof sessionCreateFields>>): Answer {
  const { transaction, parameters, version, baseUrl } = call;
  const { mode } = parameters;
  if (mode === 'subscription') {
    throw new Refusal('notSimulated', 'The sandbox does not simulate subscriptions', 'mode');
  }
  if (parameters.customer !== undefined) {
    transaction.refer(customers, parameters.customer, 'customer');
  }
  const id = `cs_test_a1${transaction.newId('x').slice(3)}${transaction.newId('x').slice(3)}`;
  const items = mode === 'payment' ? itemsOf(call) : [];
  const total = items.reduce((sum, item) => sum + item.amount_total, 0);
  const { allowed, types } = allowedTypes(version, parameters);
  const given = parameters.payment_method_options?.card?.restrictions;
  const setup = parameters.setup_intent_data;
  const setupIntent =
    mode === 'setup'
      ? openSetup(transaction, {
          customer: parameters.customer ?? null,
          description: setup?.description ?? null,
          metadata: mergeMetadata({}, setup?.metadata),
        })
      : null;
  const session: CheckoutSession = {
    id,
    object: 'checkout.session',
    ...sessionConstants,
    allowed_payment_method_types: allowed,
    amount_subtotal: mode === 'payment' ? total : null,
    amount_total: mode === 'payment' ? total : null,
    cancel_url: parameters.cancel_url ?? null,
    client_reference_id: parameters.client_reference_id ?? null,
    created: transaction.nowSeconds,
    currency: items[0]?.currency ?? parameters.currency ?? null,
    customer: parameters.customer ?? null,
    customer_creation:
      parameters.customer === undefined ? (parameters.customer_creation ?? 'if_required') : null,
    customer_details: null,
    customer_email: parameters.customer_email ?? null,
    expires_at: parameters.expires_at ?? transaction.nowSeconds + lifetimeSeconds,
    metadata: mergeMetadata({}, parameters.metadata),
    mode,
    payment_intent: null,
    payment_method_options:
      mode === 'setup' && given === undefined ? {} : { card: cardOptions(given) },
    payment_method_types: types,
    payment_status: mode === 'setup' ? 'no_payment_required' : 'unpaid',
    setup_intent: setupIntent?.id ?? null,
    status: 'open',
    success_url: parameters.success_url ?? null,
    total_details:
      mode === 'payment' ? { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } : null,
    url: `${baseUrl}/checkout/${id}`,
  };
  transaction.put(checkoutSessions, session);
  const data = parameters.payment_intent_data;
  transaction.put(sessionPlans, {
    id,
    items,
    payment: {
      capture_method: data?.capture_method ?? null,
      description: data?.description ?? null,
      metadata: mergeMetadata({}, data?.metadata),
      receipt_email: data?.receipt_email ?? null,
      setup_future_usage: data?.setup_future_usage ?? null,
      shipping: data?.shipping ? shippingOf(data.shipping) : null,
    },
  });
  return answerObject(checkoutSessions, id);
}

export function retrieveSession(call: Call<unknown>): Answer {
  const id = call.path[0] ?? '';
  return answerObject(checkoutSessions, call.transaction.require(checkoutSessions, id).id);
}

export function listSessions(call: Call<FieldsOf<typeof sessionListFields>>): Answer {
  const { customer, payment_intent: intent } = call.parameters;
  return listAnswer(call, '/v1/checkout/sessions', checkoutSessions, [
    customer === undefined ? undefined : `customer=${customer}`,
    intent === undefined ? undefined : `intent=${intent}`,
  ]);
}

export function listLineItems(call: Call<FieldsOf<typeof listFields>>): Answer {
  const { transaction, parameters, path } = call;
  const { id } = transaction.require(checkoutSessions, path[0] ?? '');
  const { items } = transaction.refer(sessionPlans, id, 'id');
  const { ids, hasMore } = page(
    items.map((item) => item.id),
    parameters,
  );
  const data = items.filter((item) => ids.includes(item.id));
  const url = `/v1/checkout/sessions/${id}/line_items`;
  return { kind: 'body', status: 200, body: { object: 'list', data, has_more: hasMore, url } };
}

export function expireSession(call: Call<unknown>): Answer {
  const { transaction, path } = call;
  const session = transaction.require(checkoutSessions, path[0] ?? '');
  if (session.status !== 'open') {
    throw new Refusal(
      'invalidRequest',
      'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has ' +
        `a status of ${session.status}.`,
    );
  }
  expire(transaction, session);
  return answerObject(checkoutSessions, session.id);
}

/** A session that was not used in time, or was ended; its set-up goes with it. */
export function expire(transaction: Transaction, session: CheckoutSession): void {
  transaction.put(checkoutSessions, { ...session, status: 'expired', url: null });
  transaction.emit('checkout.session.expired', checkoutSessions, session.id);
  if (session.setup_intent === null) return;
  const setup = transaction.refer(setupIntents, session.setup_intent, 'setup_intent');
  transaction.put(setupIntents, { ...setup, next_action: null, status: 'canceled' });
  transaction.emit('setup_intent.canceled', setupIntents, setup.id);
}

/** The hosted page's own call, which Stripe's command line tool plays in its scenarios. */
export function confirmPage(call: Call<FieldsOf<typeof pageConfirmFields>>): Answer {
  const { transaction, parameters, path, baseUrl } = call;
  const session = transaction.require(checkoutSessions, path[0] ?? '');
  const { expected_amount: expected } = parameters;
  if (expected !== undefined && expected !== session.amount_total) {
    const message = `The amount is ${String(session.amount_total)}, not ${expected}.`;
    throw new Refusal('invalidRequest', message, 'expected_amount');
  }
  const method = resolvePaymentMethod(transaction, parameters.payment_method, 'payment_method');
  return completeSession(transaction, session, method, baseUrl);
}

function itemsOf(call: Call<FieldsOf<typeof sessionCreateFields>>): LineItem[] {
  const { transaction, parameters } = call;
  const given = parameters.line_items ?? [];
  if (given.length === 0) {
    throw new Refusal('parameterMissing', 'Missing required param: line_items.', 'line_items');
  }
  return given.map((item, position) => {
    const price = priceOf(call, item, `line_items[${position}]`);
    const { name } = transaction.refer(products, price.product, 'product');
    const quantity = item.quantity ?? 1;
    const amount = price.unit_amount * quantity;
    return {
      id: transaction.newId('li'),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_tax: 0,
      metadata: null,
      amount_subtotal: amount,
      amount_total: amount,
      currency: price.currency,
      description: name,
      price,
      quantity,
    };
  });
}

type GivenItem = NonNullable<FieldsOf<typeof sessionCreateFields>['line_items']>[number];

function priceOf(call: Call<unknown>, item: GivenItem, name: string): Price {
  const { transaction } = call;
  if (item.price !== undefined) return transaction.refer(prices, item.price, `${name}[price]`);
  const data = item.price_data;
  if (data === undefined) {
    throw new Refusal('parameterMissing', `Missing required param: ${name}[price].`, name);
  }
  const { currency, unit_amount } = data;
  const product = data.product ?? putProduct(transaction, data.product_data ?? { name: '' }).id;
  return putPrice(transaction, { currency, unit_amount, product });
}

function cardOptions(given: FieldsOf<typeof restrictionFields> | undefined) {
  return {
    request_three_d_secure: 'automatic',
    ...(given === undefined
      ? {}
      : {
          restrictions: defined({
            brands_blocked: given.brands_blocked,
            funding_types_blocked: given.funding_types_blocked,
          }),
        }),
  };
}
