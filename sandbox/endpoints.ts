import type { Answer, Call } from './answers.ts';
import * as charge from './charge-endpoints.ts';
import * as checkout from './checkout-endpoints.ts';
import * as token from './confirmation-token.ts';
import * as customer from './customer-endpoints.ts';
import * as event from './events.ts';
import * as payment from './payment-intent-endpoints.ts';
import * as paymentFields from './payment-intent-parameters.ts';
import * as method from './payment-method-endpoints.ts';
import { charges } from './charge.ts';
import { customers } from './customer.ts';
import { paymentIntents } from './payment-intent.ts';
import { searchAnswer, searchFields } from './search.ts';
import { listFields } from './lists.ts';
import { list, text, type Fields, type FieldsOf } from './parameters.ts';
import * as product from './products.ts';
import * as refund from './refunds.ts';
import * as setup from './setup-intent-endpoints.ts';
import * as webhook from './webhook-endpoint.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

export interface Endpoint {
  method: Method;
  /** Segments of the address; `*` stands for an id. */
  segments: readonly string[];
  path: string;
  fields: Fields;
  run: (call: Call<never>) => Answer;
}

const onlyExpand = { expand: list(text) };
const nothing = {};

function endpoint<F extends Fields>(
  method: Method,
  path: string,
  fields: F,
  run: (call: Call<FieldsOf<F>>) => Answer,
): Endpoint {
  return { method, path, segments: path.split('/').slice(1), fields, run };
}

/** Every endpoint of the API that the sandbox answers. */
export const endpoints: readonly Endpoint[] = [
  endpoint('POST', '/v1/customers', customer.customerCreateFields, customer.createCustomer),
  endpoint('GET', '/v1/customers', customer.customerListFields, customer.listCustomers),
  endpoint('GET', '/v1/customers/*', onlyExpand, customer.retrieveCustomer),
  endpoint('POST', '/v1/customers/*', customer.customerUpdateFields, customer.updateCustomer),
  endpoint('DELETE', '/v1/customers/*', nothing, customer.deleteCustomer),
  endpoint(
    'GET',
    '/v1/customers/*/payment_methods',
    customer.customerMethodsFields,
    customer.listCustomerMethods,
  ),

  endpoint('POST', '/v1/payment_methods', method.methodCreateFields, method.createMethod),
  endpoint('GET', '/v1/payment_methods', method.methodListFields, method.listMethods),
  endpoint('GET', '/v1/payment_methods/*', onlyExpand, method.retrieveMethod),
  endpoint('POST', '/v1/payment_methods/*', method.methodUpdateFields, method.updateMethod),
  endpoint('POST', '/v1/payment_methods/*/attach', method.methodAttachFields, method.attachMethod),
  endpoint('POST', '/v1/payment_methods/*/detach', onlyExpand, method.detachMethod),

  endpoint(
    'POST',
    '/v1/test_helpers/confirmation_tokens',
    token.tokenCreateFields,
    token.createConfirmationToken,
  ),
  endpoint('GET', '/v1/confirmation_tokens/*', onlyExpand, token.retrieveConfirmationToken),

  endpoint('POST', '/v1/setup_intents', setup.setupCreateFields, setup.createSetup),
  endpoint('GET', '/v1/setup_intents', setup.setupListFields, setup.listSetups),
  endpoint('GET', '/v1/setup_intents/*', onlyExpand, setup.retrieveSetup),
  endpoint('POST', '/v1/setup_intents/*', setup.setupUpdateFields, setup.updateSetup),
  endpoint('POST', '/v1/setup_intents/*/confirm', setup.setupConfirmFields, setup.confirmSetup),
  endpoint('POST', '/v1/setup_intents/*/cancel', setup.setupCancelFields, setup.cancelSetup),
  endpoint('GET', '/v1/setup_attempts', setup.setupAttemptListFields, setup.listSetupAttempts),

  endpoint('POST', '/v1/payment_intents', paymentFields.paymentCreateFields, payment.createPayment),
  endpoint('GET', '/v1/payment_intents', paymentFields.paymentListFields, payment.listPayments),
  endpoint('GET', '/v1/payment_intents/*', onlyExpand, payment.retrievePayment),
  endpoint(
    'POST',
    '/v1/payment_intents/*',
    paymentFields.paymentUpdateFields,
    payment.updatePayment,
  ),
  endpoint(
    'POST',
    '/v1/payment_intents/*/confirm',
    paymentFields.paymentConfirmFields,
    payment.confirmPayment,
  ),
  endpoint(
    'POST',
    '/v1/payment_intents/*/cancel',
    paymentFields.paymentCancelFields,
    payment.cancelPayment,
  ),
  endpoint(
    'POST',
    '/v1/payment_intents/*/capture',
    paymentFields.paymentCaptureFields,
    payment.capturePayment,
  ),

  endpoint('GET', '/v1/charges', charge.chargeListFields, charge.listCharges),
  endpoint('GET', '/v1/charges/*', onlyExpand, charge.retrieveCharge),
  endpoint('POST', '/v1/charges/*', charge.chargeUpdateFields, charge.updateCharge),
  endpoint(
    'GET',
    '/v1/balance_transactions',
    charge.balanceListFields,
    charge.listBalanceTransactions,
  ),
  endpoint('GET', '/v1/balance_transactions/*', onlyExpand, charge.retrieveBalanceTransaction),

  endpoint('POST', '/v1/refunds', refund.refundCreateFields, refund.createRefund),
  endpoint('GET', '/v1/refunds', refund.refundListFields, refund.listRefunds),
  endpoint('GET', '/v1/refunds/*', onlyExpand, refund.retrieveRefund),

  endpoint('POST', '/v1/products', product.productCreateFields, product.createProduct),
  endpoint('POST', '/v1/prices', product.priceCreateFields, product.createPrice),
  endpoint('POST', '/v1/checkout/sessions', checkout.sessionCreateFields, checkout.createSession),
  endpoint('GET', '/v1/checkout/sessions', checkout.sessionListFields, checkout.listSessions),
  endpoint('GET', '/v1/checkout/sessions/*', onlyExpand, checkout.retrieveSession),
  endpoint('GET', '/v1/checkout/sessions/*/line_items', listFields, checkout.listLineItems),
  endpoint('POST', '/v1/checkout/sessions/*/expire', onlyExpand, checkout.expireSession),
  // Not published, but what the hosted page calls and the command line tool plays.
  endpoint('GET', '/v1/payment_pages/*', onlyExpand, checkout.retrieveSession),
  endpoint('POST', '/v1/payment_pages/*/confirm', checkout.pageConfirmFields, checkout.confirmPage),

  endpoint('GET', '/v1/payment_intents/search', searchFields, (call) =>
    searchAnswer(call, '/v1/payment_intents/search', paymentIntents),
  ),
  endpoint('GET', '/v1/charges/search', searchFields, (call) =>
    searchAnswer(call, '/v1/charges/search', charges),
  ),
  endpoint('GET', '/v1/customers/search', searchFields, (call) =>
    searchAnswer(call, '/v1/customers/search', customers),
  ),

  endpoint('GET', '/v1/events', event.eventListFields, event.listEvents),
  endpoint('GET', '/v1/events/*', onlyExpand, event.retrieveEvent),

  endpoint('POST', '/v1/webhook_endpoints', webhook.endpointCreateFields, webhook.createEndpoint),
  endpoint('GET', '/v1/webhook_endpoints', webhook.endpointListFields, webhook.listEndpoints),
  endpoint('GET', '/v1/webhook_endpoints/*', onlyExpand, webhook.retrieveEndpoint),
  endpoint('POST', '/v1/webhook_endpoints/*', webhook.endpointUpdateFields, webhook.updateEndpoint),
  endpoint('DELETE', '/v1/webhook_endpoints/*', nothing, webhook.deleteEndpoint),
];

const byShape = new Map<string, Endpoint[]>();
for (const one of endpoints) {
  const shape = `${one.method} ${one.segments.length} ${one.segments[1] ?? ''}`;
  byShape.set(shape, [...(byShape.get(shape) ?? []), one]);
}

/** The endpoint of an address and the ids in it. A literal segment is preferred to an id. */
export function route(
  method: string,
  path: string,
): { endpoint: Endpoint; ids: string[] } | undefined {
  const segments = path.split('/').slice(1);
  const candidates = byShape.get(`${method} ${segments.length} ${segments[1] ?? ''}`) ?? [];
  let found: { endpoint: Endpoint; ids: string[] } | undefined;
  for (const one of candidates) {
    const matches = one.segments.every((part, at) => part === '*' || part === segments[at]);
    if (!matches) continue;
    const ids = segments.filter((_, at) => one.segments[at] === '*').map(decodeURIComponent);
    if (found === undefined || ids.length < found.ids.length) found = { endpoint: one, ids };
  }
  return found;
}
