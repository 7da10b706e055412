import { answerObject, type Answer, type Call } from './answers.ts';
import { charges } from './charge.ts';
import { customers } from './customer.ts';
import { missing, Refusal } from './errors.ts';
import { allowedTypes, chooseMethod, refuseForeignMethod } from './intent-method.ts';
import { listAnswer } from './lists.ts';
import type { FieldsOf } from './parameters.ts';
import { cardOptionsOf, openPayment } from './payment-intent-opening.ts';
import { attemptPayment, settle } from './payment-attempt.ts';
import {
  canceled,
  paymentIntents,
  refuseUnlessCancelable,
  refuseUnlessCapturable,
  refuseUnlessConfirmable,
  succeeded,
  unexpectedState,
  waitingPayments,
  type PaymentIntent,
} from './payment-intent.ts';
import type {
  confirmationFields,
  paymentCancelFields,
  paymentCaptureFields,
  paymentConfirmFields,
  paymentCreateFields,
  paymentListFields,
  paymentUpdateFields,
  sharedFields,
} from './payment-intent-parameters.ts';
import { paymentMethods } from './payment-method.ts';
import { defined, mergeMetadata, shippingOf } from './shapes.ts';

type ConfirmGiven = FieldsOf<typeof confirmationFields> & FieldsOf<typeof sharedFields>;

export function createPayment(call: Call<FieldsOf<typeof paymentCreateFields>>): Answer {
  const { transaction, parameters, version } = call;
  if (parameters.confirm !== true) refuseConfirmationFields(parameters);
  refuseAmount(parameters.amount, parameters.currency);
  if (parameters.customer !== undefined) refuseMissingCustomer(call, parameters.customer);
  const id = transaction.newId('pi');
  const { allowed, types } = allowedTypes(version, parameters);
  const isAutomatic = allowed === null && parameters.payment_method_types === undefined;
  const { method } =
    parameters.confirm === true ? { method: null } : chooseMethod(call, { payment_intent: id });
  const customer = parameters.customer ?? null;
  if (method !== null) refuseForeignMethod(call, method, customer, 'PaymentIntent');
  const created = openPayment(transaction, {
    id,
    allowed,
    amount: parameters.amount,
    automatic_payment_methods: isAutomatic
      ? {
          allow_redirects: parameters.automatic_payment_methods?.allow_redirects ?? 'always',
          enabled: parameters.automatic_payment_methods?.enabled ?? true,
        }
      : null,
    capture_method: parameters.capture_method ?? null,
    confirmation_method: parameters.confirmation_method ?? 'automatic',
    currency: parameters.currency.toLowerCase(),
    customer,
    description: parameters.description ?? null,
    metadata: mergeMetadata({}, parameters.metadata),
    payment_method: method?.id ?? null,
    payment_method_options: { card: cardOptionsOf(parameters) },
    receipt_email: parameters.receipt_email ?? null,
    setup_future_usage: parameters.setup_future_usage ?? null,
    shipping: parameters.shipping ? shippingOf(parameters.shipping) : null,
    statement_descriptor: parameters.statement_descriptor ?? null,
    statement_descriptor_suffix: parameters.statement_descriptor_suffix ?? null,
    types,
  });
  return parameters.confirm === true ? confirm(call, created) : answerObject(paymentIntents, id);
}

export function updatePayment(call: Call<FieldsOf<typeof paymentUpdateFields>>): Answer {
  const { transaction, parameters, version, path } = call;
  const intent = transaction.require(paymentIntents, path[0] ?? '');
  refuseLateChanges(intent, parameters);
  if (parameters.amount !== undefined || parameters.currency !== undefined) {
    refuseAmount(parameters.amount ?? intent.amount, parameters.currency ?? intent.currency);
  }
  if (parameters.customer !== undefined) refuseMissingCustomer(call, parameters.customer);
  const customer = parameters.customer ?? intent.customer;
  const { method } = chooseMethod(call, { payment_intent: intent.id });
  if (method !== null) refuseForeignMethod(call, method, customer, 'PaymentIntent');
  const types = parameters.allowed_payment_method_types ?? parameters.payment_method_types;
  const isNewMethod = method !== null && method.id !== intent.payment_method;
  transaction.put(paymentIntents, {
    ...intent,
    ...defined({
      allowed_payment_method_types: parameters.allowed_payment_method_types,
      amount: parameters.amount,
      capture_method: parameters.capture_method,
      currency: parameters.currency?.toLowerCase(),
      description: parameters.description,
      statement_descriptor: parameters.statement_descriptor,
      statement_descriptor_suffix: parameters.statement_descriptor_suffix,
      payment_method_types:
        types === undefined ? undefined : allowedTypes(version, parameters).types,
    }),
    ...sharedChanges(intent, parameters),
    customer,
    metadata: mergeMetadata(intent.metadata, parameters.metadata),
    ...(isNewMethod
      ? { payment_method: method.id, status: 'requires_confirmation' as const, next_action: null }
      : {}),
  });
  return answerObject(paymentIntents, intent.id);
}

export function confirmPayment(call: Call<FieldsOf<typeof paymentConfirmFields>>): Answer {
  const { transaction, parameters, path } = call;
  const intent = transaction.require(paymentIntents, path[0] ?? '');
  if (
    parameters.amount_to_confirm !== undefined &&
    parameters.amount_to_confirm !== intent.amount
  ) {
    const message = 'The amount_to_confirm does not match the amount of the PaymentIntent.';
    throw new Refusal('invalidRequest', message, 'amount_to_confirm');
  }
  return confirm(call, intent);
}

export function confirm(call: Call<ConfirmGiven>, before: PaymentIntent): Answer {
  const { transaction, parameters, version, baseUrl } = call;
  refuseUnlessConfirmable(before);
  const chosen = chooseMethod(call, { payment_intent: before.id });
  const method = chosen.method ?? heldMethod(call, before);
  refuseForeignMethod(call, method, before.customer, 'PaymentIntent');
  if (parameters.allowed_payment_method_types ?? parameters.payment_method_types) {
    allowedTypes(version, parameters);
  }
  const intent: PaymentIntent = {
    ...before,
    ...defined({ capture_method: parameters.capture_method }),
    ...sharedChanges(before, parameters),
    ...(chosen.token?.setup_future_usage
      ? { setup_future_usage: chosen.token.setup_future_usage }
      : {}),
    payment_method: method.id,
    next_action: null,
  };
  const waiting = transaction.find(waitingPayments, intent.id);
  return attemptPayment({
    transaction,
    intent,
    method,
    isOffSession: parameters.off_session !== undefined && parameters.off_session !== false,
    isAuthenticated: waiting?.isAuthenticated === true && waiting.method === method.id,
    refusesAction: parameters.error_on_requires_action === true,
    returnUrl: parameters.return_url ?? chosen.token?.return_url ?? null,
    baseUrl,
  });
}

export function cancelPayment(call: Call<FieldsOf<typeof paymentCancelFields>>): Answer {
  const { transaction, parameters, path } = call;
  const intent = transaction.require(paymentIntents, path[0] ?? '');
  refuseUnlessCancelable(intent);
  if (intent.status === 'requires_capture' && intent.latest_charge !== null) {
    const charge = transaction.refer(charges, intent.latest_charge, 'latest_charge');
    transaction.put(charges, { ...charge, amount_refunded: charge.amount, refunded: true });
    transaction.emit('charge.refunded', charges, charge.id, charge);
  }
  const reason = parameters.cancellation_reason ?? null;
  transaction.put(paymentIntents, canceled(intent, reason, transaction.nowSeconds));
  transaction.emit('payment_intent.canceled', paymentIntents, intent.id);
  return answerObject(paymentIntents, intent.id);
}

export function capturePayment(call: Call<FieldsOf<typeof paymentCaptureFields>>): Answer {
  const { transaction, parameters, path } = call;
  const intent = transaction.require(paymentIntents, path[0] ?? '');
  refuseUnlessCapturable(intent);
  const amount = parameters.amount_to_capture ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    const message =
      `The payment could not be captured because the requested capture amount is greater than the ` +
      `authorized amount: you can capture up to ${intent.amount_capturable}.`;
    throw new Refusal('amountTooLarge', message, 'amount_to_capture');
  }
  const charge = transaction.refer(charges, intent.latest_charge ?? '', 'latest_charge');
  const captured = { ...charge, amount_captured: amount, captured: true };
  const done = {
    ...succeeded(intent, charge.id),
    amount_received: amount,
    metadata: mergeMetadata(intent.metadata, parameters.metadata),
  };
  settle(transaction, done, captured, 'charge.captured');
  return answerObject(paymentIntents, intent.id);
}

export function retrievePayment(call: Call<unknown>): Answer {
  const id = call.path[0] ?? '';
  return answerObject(paymentIntents, call.transaction.require(paymentIntents, id).id);
}

export function listPayments(call: Call<FieldsOf<typeof paymentListFields>>): Answer {
  const { customer } = call.parameters;
  const key = customer === undefined ? undefined : `customer=${customer}`;
  return listAnswer(call, '/v1/payment_intents', paymentIntents, [key]);
}

/** What both an update and a confirmation may change. */
function sharedChanges(
  intent: PaymentIntent,
  given: FieldsOf<typeof sharedFields>,
): Partial<PaymentIntent> {
  return defined({
    receipt_email: given.receipt_email,
    setup_future_usage: given.setup_future_usage,
    shipping: given.shipping && shippingOf(given.shipping),
    payment_method_options: {
      card: cardOptionsOf(given, intent.payment_method_options.card),
    },
  });
}

function heldMethod(call: Call<unknown>, intent: PaymentIntent) {
  if (intent.payment_method === null) {
    throw unexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can " +
        'either update the PaymentIntent with a payment method and then confirm it again, or ' +
        'confirm it again directly with a payment method or ConfirmationToken.',
    );
  }
  return call.transaction.refer(paymentMethods, intent.payment_method, 'payment_method');
}

function refuseConfirmationFields(given: FieldsOf<typeof confirmationFields>): void {
  const names = [
    'confirmation_token',
    'error_on_requires_action',
    'off_session',
    'return_url',
  ] as const;
  const name = names.find((one) => given[one] !== undefined);
  if (name === undefined) return;
  const message =
    `The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` ` +
    'is set to true.';
  throw new Refusal('invalidRequest', message, name);
}

function refuseLateChanges(
  intent: PaymentIntent,
  given: FieldsOf<typeof paymentUpdateFields>,
): void {
  const isOpen = ['requires_payment_method', 'requires_confirmation', 'requires_action'];
  if (isOpen.includes(intent.status)) return;
  const always = ['metadata', 'description', 'expand', 'receipt_email'];
  const late = Object.keys(given).find((name) => !always.includes(name));
  if (late === undefined) return;
  throw unexpectedState(
    intent,
    `This PaymentIntent's ${late} could not be updated because it has a status of ` +
      `${intent.status}. You may only update the ${late} of a PaymentIntent with one of the ` +
      `following statuses: ${isOpen.join(', ')}.`,
  );
}

function refuseMissingCustomer(call: Call<unknown>, id: string): void {
  const customer = call.transaction.refer(customers, id, 'customer');
  if (customer.deleted === true) throw missing('customer', id, 'customer');
}

/** Stripe's smallest charges, in minor units; 50 where not listed. */
const smallestAmounts: Record<string, number> = {
  gbp: 30,
  sek: 300,
  nok: 300,
  dkk: 250,
  mxn: 1000,
};
const largestAmount = 99_999_999;

function refuseAmount(amount: number, currency: string): void {
  if (!/^[a-zA-Z]{3}$/.test(currency)) {
    throw new Refusal('parameterInvalid', `Invalid currency: ${currency}`, 'currency');
  }
  const smallest = smallestAmounts[currency.toLowerCase()] ?? 50;
  if (amount < smallest) {
    const message = `Amount must be at least ${smallest} minor units of ${currency}.`;
    throw new Refusal('amountTooSmall', message, 'amount');
  }
  if (amount > largestAmount) {
    const message = 'Amount must be no more than $999,999.99';
    throw new Refusal('amountTooLarge', message, 'amount');
  }
}
