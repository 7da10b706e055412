import { answerError, answerObject, type Answer, type Call } from './answers.ts';
import { customerConstants, customers, type Customer } from './customer.ts';
import { missing } from './errors.ts';
import { declineError } from './issuer.ts';
import { createdParameter, listAnswer, listFields } from './lists.ts';
import {
  choice,
  clearableText,
  every,
  flag,
  ignored,
  list,
  metadata,
  notSimulated,
  object,
  text,
  type FieldsOf,
} from './parameters.ts';
import { paymentMethods } from './payment-method.ts';
import { attach, declineOfAttaching, detach, resolvePaymentMethod } from './payment-method-use.ts';
import {
  addressOf,
  addressParameter,
  defined,
  mergeMetadata,
  shippingOf,
  shippingParameter,
} from './shapes.ts';
import type { Transaction } from './transaction.ts';

export const customerUpdateFields = {
  address: addressParameter,
  description: clearableText,
  email: clearableText,
  expand: list(text),
  invoice_settings: object({
    default_payment_method: clearableText,
    ...every(notSimulated, 'custom_fields', 'footer', 'rendering_options'),
  }),
  metadata,
  name: clearableText,
  phone: clearableText,
  preferred_locales: list(text),
  shipping: shippingParameter,
  tax_exempt: choice('none', 'exempt', 'reverse'),
  validate: flag,
  ...every(ignored, 'business_name', 'individual_name', 'invoice_prefix', 'next_invoice_sequence'),
  ...every(notSimulated, 'balance', 'cash_balance', 'default_source', 'source', 'tax'),
};

export const customerCreateFields = {
  ...customerUpdateFields,
  payment_method: text,
  ...every(notSimulated, 'tax_id_data', 'test_clock'),
};

export const customerListFields = {
  ...listFields,
  created: createdParameter,
  email: text,
  test_clock: notSimulated,
};

export const customerMethodsFields = {
  ...listFields,
  allow_redisplay: choice('always', 'limited', 'unspecified'),
  type: text,
};

export function createCustomer(call: Call<FieldsOf<typeof customerCreateFields>>): Answer {
  const { transaction, parameters } = call;
  const id = transaction.newId('cus');
  const fresh: Customer = {
    id,
    object: 'customer',
    ...customerConstants,
    address: null,
    created: transaction.nowSeconds,
    description: null,
    email: null,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    metadata: {},
    name: null,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
  };
  transaction.put(customers, changed(fresh, parameters));
  transaction.emit('customer.created', customers, id);
  if (parameters.payment_method !== undefined) {
    const method = resolvePaymentMethod(transaction, parameters.payment_method, 'payment_method');
    const decline = declineOfAttaching(transaction, method);
    if (decline !== undefined) return answerError(402, declineError(decline));
    attach(transaction, method, id);
  }
  return answerObject(customers, id);
}

export function updateCustomer(call: Call<FieldsOf<typeof customerUpdateFields>>): Answer {
  const { transaction, parameters, path } = call;
  const customer = existing(transaction, path[0] ?? '');
  const defaultMethod = parameters.invoice_settings?.default_payment_method;
  if (typeof defaultMethod === 'string') {
    const method = transaction.find(paymentMethods, defaultMethod);
    if (method?.customer !== customer.id) {
      throw missing('payment_method', defaultMethod, 'invoice_settings[default_payment_method]');
    }
  }
  transaction.put(customers, changed(customer, parameters));
  transaction.emit('customer.updated', customers, customer.id, customer);
  return answerObject(customers, customer.id);
}

export function retrieveCustomer(call: Call<unknown>): Answer {
  return answerObject(customers, call.transaction.require(customers, call.path[0] ?? '').id);
}

/** A deleted customer stays as a stub that says so; its methods are detached. */
export function deleteCustomer(call: Call<unknown>): Answer {
  const { transaction, path } = call;
  const customer = existing(transaction, path[0] ?? '');
  for (const id of transaction.ids(paymentMethods, `customer=${customer.id}`)) {
    const method = transaction.find(paymentMethods, id);
    if (method !== undefined) detach(transaction, method);
  }
  transaction.emit('customer.deleted', customers, customer.id);
  const stub = { id: customer.id, object: 'customer', deleted: true };
  transaction.put(customers, stub as Customer);
  return { kind: 'body', status: 200, body: stub };
}

export function listCustomers(call: Call<FieldsOf<typeof customerListFields>>): Answer {
  const { email } = call.parameters;
  const key = email === undefined ? 'listed' : `email=${encodeURIComponent(email)}`;
  return listAnswer(call, '/v1/customers', customers, [key]);
}

export function listCustomerMethods(call: Call<FieldsOf<typeof customerMethodsFields>>): Answer {
  const { id } = existing(call.transaction, call.path[0] ?? '');
  const url = `/v1/customers/${id}/payment_methods`;
  if (call.parameters.type !== undefined && call.parameters.type !== 'card') {
    return { kind: 'list', url, table: paymentMethods, ids: [], hasMore: false };
  }
  return listAnswer(call, url, paymentMethods, [`customer=${id}`]);
}

function existing(transaction: Transaction, id: string): Customer {
  const customer = transaction.require(customers, id);
  if (customer.deleted === true) throw missing('customer', id, 'id', true);
  return customer;
}

function changed(customer: Customer, given: FieldsOf<typeof customerUpdateFields>): Customer {
  const { address, shipping, invoice_settings: settings } = given;
  return {
    ...customer,
    ...defined({
      address: address && addressOf(address),
      description: given.description,
      email: given.email,
      name: given.name,
      phone: given.phone,
      preferred_locales: given.preferred_locales,
      shipping: shipping && shippingOf(shipping),
      tax_exempt: given.tax_exempt,
    }),
    invoice_settings: {
      ...customer.invoice_settings,
      ...defined({ default_payment_method: settings?.default_payment_method }),
    },
    metadata: mergeMetadata(customer.metadata, given.metadata),
  };
}
