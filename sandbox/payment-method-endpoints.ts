import { answerError, answerObject, type Answer, type Call } from './answers.ts';
import { cardOfNumber, cardOfToken, type TestCard } from './cards.ts';
import { customers } from './customer.ts';
import { Refusal } from './errors.ts';
import { declineError } from './issuer.ts';
import { listAnswer, listFields } from './lists.ts';
import {
  choice,
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
import { paymentMethods, type PaymentMethod } from './payment-method.ts';
import {
  attach,
  createOfCard,
  declineOfAttaching,
  detach,
  refuseSpent,
  resolvePaymentMethod,
} from './payment-method-use.ts';
import { billingDetailsOf, billingDetailsParameter, mergeMetadata } from './shapes.ts';

const allowRedisplay = choice('always', 'limited', 'unspecified');
const month = integer({ minimum: 1, maximum: 12 });
const year = integer({ minimum: 2000, maximum: 2100 });

/** A method given in full, at its own endpoint or as `payment_method_data`. */
export const paymentMethodDataFields = {
  allow_redisplay: allowRedisplay,
  billing_details: billingDetailsParameter,
  card: object({
    cvc: text,
    exp_month: month,
    exp_year: year,
    networks: ignored,
    number: text,
    token: text,
  }),
  metadata,
  radar_options: ignored,
  type: required(text),
};

export const methodCreateFields = {
  ...paymentMethodDataFields,
  expand: list(text),
  ...every(notSimulated, 'customer', 'payment_method'),
};

export const methodUpdateFields = {
  allow_redisplay: allowRedisplay,
  billing_details: billingDetailsParameter,
  card: object({ exp_month: month, exp_year: year, networks: ignored }),
  expand: list(text),
  metadata,
};

export const methodAttachFields = {
  customer: required(text),
  customer_account: notSimulated,
  expand: list(text),
};

export const methodListFields = {
  ...listFields,
  allow_redisplay: allowRedisplay,
  customer: text,
  customer_account: notSimulated,
  type: text,
};

/** Makes a method of full data; only cards, by token or by one of Stripe's test numbers. */
export function createOfData(
  call: Pick<Call<unknown>, 'transaction'>,
  data: FieldsOf<typeof paymentMethodDataFields>,
  parameter: string,
): PaymentMethod {
  if (data.type !== 'card') {
    const message = `The sandbox simulates cards only, not the payment method type ${data.type}`;
    throw new Refusal('notSimulated', message, `${parameter}type`);
  }
  const { card } = data;
  if (card === undefined) {
    throw new Refusal('parameterMissing', 'Missing required param: card.', `${parameter}card`);
  }
  const method = createOfCard(call.transaction, cardGiven(card, parameter));
  return call.transaction.put(paymentMethods, {
    ...method,
    allow_redisplay: data.allow_redisplay ?? 'unspecified',
    billing_details: billingDetailsOf(data.billing_details),
    card: {
      ...method.card,
      exp_month: card.exp_month ?? method.card.exp_month,
      exp_year: card.exp_year ?? method.card.exp_year,
    },
    metadata: mergeMetadata({}, data.metadata),
  });
}

function cardGiven(
  { number, token }: { number?: string | undefined; token?: string | undefined },
  parameter: string,
): TestCard {
  if (token !== undefined) {
    const card = cardOfToken(token);
    if (card !== undefined) return card;
    throw new Refusal('referenceMissing', `No such token: '${token}'`, `${parameter}card[token]`);
  }
  if (number === undefined) {
    const name = `${parameter}card[number]`;
    throw new Refusal('parameterMissing', `Missing required param: ${name}.`, name);
  }
  const card = cardOfNumber(number);
  if (card !== undefined) return card;
  const message = 'The sandbox knows the card numbers of Stripe’s testing page only.';
  throw new Refusal('invalidRequest', message, `${parameter}card[number]`);
}

export function createMethod(call: Call<FieldsOf<typeof methodCreateFields>>): Answer {
  return answerObject(paymentMethods, createOfData(call, call.parameters, '').id);
}

/** A token in the address makes a fresh method: each use of `pm_card_visa` is a new one. */
export function retrieveMethod(call: Call<unknown>): Answer {
  return answerObject(paymentMethods, addressed(call).id);
}

export function updateMethod(call: Call<FieldsOf<typeof methodUpdateFields>>): Answer {
  const { transaction, parameters, path } = call;
  const method = transaction.require(paymentMethods, path[0] ?? '');
  if (method.customer === null) {
    const message = 'You must save this PaymentMethod to a customer before you can update it.';
    throw new Refusal('paymentMethodState', message);
  }
  const { card } = parameters;
  transaction.put(paymentMethods, {
    ...method,
    allow_redisplay: parameters.allow_redisplay ?? method.allow_redisplay,
    billing_details: billingDetailsOf(parameters.billing_details, method.billing_details),
    card: {
      ...method.card,
      exp_month: card?.exp_month ?? method.card.exp_month,
      exp_year: card?.exp_year ?? method.card.exp_year,
    },
    metadata: mergeMetadata(method.metadata, parameters.metadata),
  });
  transaction.emit('payment_method.updated', paymentMethods, method.id, method);
  return answerObject(paymentMethods, method.id);
}

export function attachMethod(call: Call<FieldsOf<typeof methodAttachFields>>): Answer {
  const { transaction, parameters } = call;
  const method = addressed(call);
  refuseSpent(transaction, method);
  transaction.refer(customers, parameters.customer, 'customer');
  const decline = declineOfAttaching(transaction, method);
  if (decline !== undefined) return answerError(402, declineError(decline));
  return answerObject(paymentMethods, attach(transaction, method, parameters.customer).id);
}

export function detachMethod(call: Call<unknown>): Answer {
  const method = call.transaction.require(paymentMethods, call.path[0] ?? '');
  return answerObject(paymentMethods, detach(call.transaction, method).id);
}

export function listMethods(call: Call<FieldsOf<typeof methodListFields>>): Answer {
  const { customer, type } = call.parameters;
  const url = '/v1/payment_methods';
  // Without a customer Stripe lists nothing but what its own dashboard made: there is none here.
  if (customer === undefined || (type !== undefined && type !== 'card')) {
    return { kind: 'list', url, table: paymentMethods, ids: [], hasMore: false };
  }
  call.transaction.refer(customers, customer, 'customer');
  return listAnswer(call, url, paymentMethods, [`customer=${customer}`]);
}

function addressed(call: Call<unknown>): PaymentMethod {
  const id = call.path[0] ?? '';
  if (cardOfToken(id) === undefined) return call.transaction.require(paymentMethods, id);
  return resolvePaymentMethod(call.transaction, id, 'id');
}
