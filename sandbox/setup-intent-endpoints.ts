import { answerObject, type Answer, type Call } from './answers.ts';
import { customers } from './customer.ts';
import { missing } from './errors.ts';
import { allowedTypes, chooseMethod, refuseForeignMethod } from './intent-method.ts';
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
  required,
  text,
  type FieldsOf,
} from './parameters.ts';
import { paymentMethodDataFields } from './payment-method-endpoints.ts';
import { paymentMethods, type PaymentMethod } from './payment-method.ts';
import { attemptSetup } from './setup-attempt.ts';
import {
  refuseUnlessCancelable,
  refuseUnlessConfirmable,
  setupAttempts,
  setupIntentConstants,
  setupIntents,
  unexpectedState,
  type SetupIntent,
} from './setup-intent.ts';
import { defined, mergeMetadata } from './shapes.ts';
import type { Transaction } from './transaction.ts';

const shared = {
  allowed_payment_method_types: list(text),
  expand: list(text),
  payment_method: text,
  payment_method_data: object(paymentMethodDataFields),
  payment_method_options: object({
    card: object({
      request_three_d_secure: choice('any', 'automatic', 'challenge'),
      ...every(ignored, 'moto', 'network'),
      ...every(notSimulated, 'mandate_options', 'three_d_secure'),
    }),
    link: ignored,
  }),
  payment_method_types: list(text),
};
const terms = {
  customer: text,
  description: clearableText,
  metadata,
  ...every(notSimulated, 'attach_to_self', 'customer_account', 'excluded_payment_method_types'),
  ...every(notSimulated, 'flow_directions', 'payment_method_configuration'),
};
const confirmation = {
  confirmation_token: text,
  mandate_data: ignored,
  return_url: text,
  use_stripe_sdk: flag,
};

export const setupCreateFields = {
  ...shared,
  ...terms,
  ...confirmation,
  automatic_payment_methods: object({
    allow_redirects: choice('always', 'never'),
    enabled: required(flag),
  }),
  confirm: flag,
  usage: choice('off_session', 'on_session'),
  ...every(notSimulated, 'on_behalf_of', 'single_use'),
};
export const setupUpdateFields = { ...shared, ...terms };
export const setupConfirmFields = { ...shared, ...confirmation };
export const setupCancelFields = {
  cancellation_reason: choice('abandoned', 'duplicate', 'requested_by_customer'),
  expand: list(text),
};
export const setupListFields = {
  ...listFields,
  attach_to_self: notSimulated,
  created: createdParameter,
  customer: text,
  customer_account: notSimulated,
  payment_method: text,
};
export const setupAttemptListFields = {
  ...listFields,
  created: createdParameter,
  setup_intent: required(text),
};

type ConfirmGiven = FieldsOf<typeof setupConfirmFields>;

export function createSetup(call: Call<FieldsOf<typeof setupCreateFields>>): Answer {
  const { transaction, parameters, version } = call;
  refuseMissingCustomer(call, parameters.customer);
  const id = transaction.newId('seti');
  const { allowed, types } = allowedTypes(version, parameters);
  const isAutomatic = allowed === null && parameters.payment_method_types === undefined;
  const isConfirmed = parameters.confirm === true;
  const { method } = isConfirmed ? { method: null } : chooseMethod(call, { setup_intent: id });
  const customer = parameters.customer ?? null;
  if (method !== null) refuseForeignMethod(call, method, customer, 'SetupIntent');
  const created = openSetup(transaction, {
    id,
    allowed_payment_method_types: allowed,
    automatic_payment_methods: isAutomatic
      ? {
          allow_redirects: parameters.automatic_payment_methods?.allow_redirects ?? 'always',
          enabled: parameters.automatic_payment_methods?.enabled ?? true,
        }
      : null,
    customer,
    description: parameters.description ?? null,
    metadata: mergeMetadata({}, parameters.metadata),
    payment_method: method?.id ?? null,
    payment_method_options: {
      card: {
        mandate_options: null,
        network: null,
        request_three_d_secure:
          parameters.payment_method_options?.card?.request_three_d_secure ?? 'automatic',
      },
    },
    payment_method_types: types,
    status: method === null ? 'requires_payment_method' : 'requires_confirmation',
    usage: parameters.usage ?? 'off_session',
  });
  return isConfirmed ? confirm(call, created) : answerObject(setupIntents, id);
}

/** Puts a new SetupIntent on record, by a call of the API or by a Checkout Session. */
export function openSetup(
  transaction: Transaction,
  terms: Partial<SetupIntent> & Pick<SetupIntent, 'customer' | 'description' | 'metadata'>,
): SetupIntent {
  const id = terms.id ?? transaction.newId('seti');
  const created: SetupIntent = {
    id,
    object: 'setup_intent',
    ...setupIntentConstants,
    allowed_payment_method_types: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: transaction.newSecret(id),
    created: transaction.nowSeconds,
    last_setup_error: null,
    latest_attempt: null,
    next_action: null,
    payment_method: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    status: 'requires_payment_method',
    usage: 'off_session',
    ...terms,
  };
  transaction.put(setupIntents, created);
  transaction.emit('setup_intent.created', setupIntents, id);
  return created;
}

export function updateSetup(call: Call<FieldsOf<typeof setupUpdateFields>>): Answer {
  const { transaction, parameters, path } = call;
  const intent = transaction.require(setupIntents, path[0] ?? '');
  const onlyWords = Object.keys(parameters).every((name) =>
    ['metadata', 'description', 'expand'].includes(name),
  );
  if (!onlyWords) refuseUnlessConfirmable(intent);
  refuseMissingCustomer(call, parameters.customer);
  const customer = parameters.customer ?? intent.customer;
  const { method } = chooseMethod(call, { setup_intent: intent.id });
  if (method !== null) refuseForeignMethod(call, method, customer, 'SetupIntent');
  transaction.put(setupIntents, {
    ...intent,
    ...defined({
      allowed_payment_method_types: parameters.allowed_payment_method_types,
      description: parameters.description,
    }),
    ...(method === null
      ? {}
      : { payment_method: method.id, next_action: null, status: 'requires_confirmation' as const }),
    customer,
    metadata: mergeMetadata(intent.metadata, parameters.metadata),
  });
  return answerObject(setupIntents, intent.id);
}

export function confirmSetup(call: Call<ConfirmGiven>): Answer {
  return confirm(call, call.transaction.require(setupIntents, call.path[0] ?? ''));
}

function confirm(call: Call<ConfirmGiven>, before: SetupIntent): Answer {
  const { transaction, parameters, baseUrl } = call;
  refuseUnlessConfirmable(before);
  const chosen = chooseMethod(call, { setup_intent: before.id });
  const method = chosen.method ?? heldMethod(call, before);
  refuseForeignMethod(call, method, before.customer, 'SetupIntent');
  const intent: SetupIntent = {
    ...before,
    next_action: null,
    payment_method: method.id,
    status: 'requires_confirmation',
  };
  const returnUrl = parameters.return_url ?? chosen.token?.return_url ?? null;
  return attemptSetup({ transaction, intent, method, isAuthenticated: false, returnUrl, baseUrl });
}

export function cancelSetup(call: Call<FieldsOf<typeof setupCancelFields>>): Answer {
  const { transaction, parameters, path } = call;
  const intent = transaction.require(setupIntents, path[0] ?? '');
  refuseUnlessCancelable(intent);
  transaction.put(setupIntents, {
    ...intent,
    cancellation_reason: parameters.cancellation_reason ?? null,
    next_action: null,
    status: 'canceled',
  });
  transaction.emit('setup_intent.canceled', setupIntents, intent.id);
  return answerObject(setupIntents, intent.id);
}

export function retrieveSetup(call: Call<unknown>): Answer {
  const id = call.path[0] ?? '';
  return answerObject(setupIntents, call.transaction.require(setupIntents, id).id);
}

export function listSetups(call: Call<FieldsOf<typeof setupListFields>>): Answer {
  const { customer, payment_method: method } = call.parameters;
  return listAnswer(call, '/v1/setup_intents', setupIntents, [
    customer === undefined ? undefined : `customer=${customer}`,
    method === undefined ? undefined : `payment_method=${method}`,
  ]);
}

export function listSetupAttempts(call: Call<FieldsOf<typeof setupAttemptListFields>>): Answer {
  const key = `setup_intent=${call.parameters.setup_intent}`;
  return listAnswer(call, '/v1/setup_attempts', setupAttempts, [key]);
}

function heldMethod(call: Call<unknown>, intent: SetupIntent): PaymentMethod {
  if (intent.payment_method === null) {
    throw unexpectedState(
      intent,
      "You cannot confirm this SetupIntent because it's missing a payment method. You can either " +
        'update the SetupIntent with a payment method and then confirm it again, or confirm it ' +
        'again directly with a payment method or ConfirmationToken.',
    );
  }
  return call.transaction.refer(paymentMethods, intent.payment_method, 'payment_method');
}

function refuseMissingCustomer(call: Call<unknown>, id: string | undefined): void {
  if (id === undefined) return;
  const customer = call.transaction.refer(customers, id, 'customer');
  if (customer.deleted === true) throw missing('customer', id, 'customer');
}
