import { answerObject, type Answer, type Call } from './answers.ts';
import { balanceTransactions } from './balance-transaction.ts';
import { charges } from './charge.ts';
import { createdParameter, listAnswer, listFields } from './lists.ts';
import {
  clearableText,
  every,
  list,
  metadata,
  notSimulated,
  text,
  type FieldsOf,
} from './parameters.ts';
import { defined, mergeMetadata, shippingOf, shippingParameter } from './shapes.ts';

export const chargeListFields = {
  ...listFields,
  created: createdParameter,
  customer: text,
  payment_intent: text,
  transfer_group: notSimulated,
};
export const chargeUpdateFields = {
  description: clearableText,
  expand: list(text),
  metadata,
  receipt_email: clearableText,
  shipping: shippingParameter,
  ...every(notSimulated, 'customer', 'fraud_details', 'transfer_group'),
};
export const balanceListFields = {
  ...listFields,
  created: createdParameter,
  currency: text,
  payout: notSimulated,
  source: text,
  type: text,
};

export function retrieveCharge(call: Call<unknown>): Answer {
  return answerObject(charges, call.transaction.require(charges, call.path[0] ?? '').id);
}

export function updateCharge(call: Call<FieldsOf<typeof chargeUpdateFields>>): Answer {
  const { transaction, parameters, path } = call;
  const charge = transaction.require(charges, path[0] ?? '');
  transaction.put(charges, {
    ...charge,
    ...defined({
      description: parameters.description,
      receipt_email: parameters.receipt_email,
      shipping: parameters.shipping && shippingOf(parameters.shipping),
    }),
    metadata: mergeMetadata(charge.metadata, parameters.metadata),
  });
  transaction.emit('charge.updated', charges, charge.id, charge);
  return answerObject(charges, charge.id);
}

export function listCharges(call: Call<FieldsOf<typeof chargeListFields>>): Answer {
  const { customer, payment_intent: intent } = call.parameters;
  return listAnswer(call, '/v1/charges', charges, [
    intent === undefined ? undefined : `payment_intent=${intent}`,
    customer === undefined ? undefined : `customer=${customer}`,
  ]);
}

export function retrieveBalanceTransaction(call: Call<unknown>): Answer {
  const id = call.path[0] ?? '';
  return answerObject(balanceTransactions, call.transaction.require(balanceTransactions, id).id);
}

export function listBalanceTransactions(call: Call<FieldsOf<typeof balanceListFields>>): Answer {
  const { source, type } = call.parameters;
  return listAnswer(call, '/v1/balance_transactions', balanceTransactions, [
    source === undefined ? undefined : `source=${source}`,
    type === undefined ? undefined : `type=${type}`,
  ]);
}
