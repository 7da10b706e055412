import { createdParameter, listFields } from './lists.ts';
import {
  choice,
  clearableText,
  every,
  flag,
  ignored,
  integer,
  list,
  metadata,
  notSimulated,
  object,
  oneOf,
  required,
  text,
} from './parameters.ts';
import { paymentMethodDataFields } from './payment-method-endpoints.ts';
import { shippingParameter } from './shapes.ts';

const credentialUsage = choice('installment', 'recurring', 'unscheduled');
const cardOptions = object({
  request_three_d_secure: choice('any', 'automatic', 'challenge'),
  setup_credential_usage: credentialUsage,
  stored_credential_usage: credentialUsage,
  ...every(ignored, 'cvc_token', 'moto', 'network', 'require_cvc_recollection'),
  ...every(
    notSimulated,
    'capture_method',
    'installments',
    'mandate_options',
    'request_extended_authorization',
    'request_incremental_authorization',
    'request_multicapture',
    'request_overcapture',
    'setup_future_usage',
    'statement_descriptor_suffix_kana',
    'statement_descriptor_suffix_kanji',
    'three_d_secure',
  ),
});

/** What creating, updating and confirming have in common. */
export const sharedFields = {
  allowed_payment_method_types: list(text),
  capture_method: choice('automatic', 'automatic_async', 'manual'),
  expand: list(text),
  payment_method: text,
  payment_method_data: object(paymentMethodDataFields),
  payment_method_options: object({ card: cardOptions, link: ignored }),
  payment_method_types: list(text),
  receipt_email: clearableText,
  setup_future_usage: oneOf(choice('off_session', 'on_session'), clearableText),
  shipping: shippingParameter,
  ...every(ignored, 'payment_details', 'radar_options'),
  ...every(notSimulated, 'amount_details', 'excluded_payment_method_types', 'hooks'),
};

/** What confirming takes, and creating with `confirm`. */
export const confirmationFields = {
  confirmation_token: text,
  error_on_requires_action: flag,
  mandate: notSimulated,
  mandate_data: ignored,
  off_session: oneOf(flag, choice('one_off', 'recurring')),
  return_url: text,
  use_stripe_sdk: flag,
};

const terms = {
  customer: text,
  description: clearableText,
  metadata,
  statement_descriptor: clearableText,
  statement_descriptor_suffix: clearableText,
  ...every(
    notSimulated,
    'application_fee_amount',
    'customer_account',
    'payment_method_configuration',
    'transfer_data',
    'transfer_group',
  ),
};

export const paymentCreateFields = {
  ...sharedFields,
  ...confirmationFields,
  ...terms,
  amount: required(integer({ minimum: 1 })),
  automatic_payment_methods: object({
    allow_redirects: choice('always', 'never'),
    enabled: required(flag),
  }),
  confirm: flag,
  confirmation_method: choice('automatic', 'manual'),
  currency: required(text),
  on_behalf_of: notSimulated,
};
export const paymentUpdateFields = {
  ...sharedFields,
  ...terms,
  amount: integer({ minimum: 1 }),
  currency: text,
};
export const paymentConfirmFields = {
  ...sharedFields,
  ...confirmationFields,
  amount_to_confirm: integer({ minimum: 1 }),
};
export const paymentCancelFields = {
  cancellation_reason: choice('duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'),
  expand: list(text),
};
export const paymentCaptureFields = {
  amount_to_capture: integer({ minimum: 1 }),
  expand: list(text),
  metadata,
  ...every(ignored, 'final_capture', 'payment_details'),
  ...every(ignored, 'statement_descriptor', 'statement_descriptor_suffix'),
  ...every(notSimulated, 'amount_details', 'application_fee_amount', 'hooks', 'transfer_data'),
};
export const paymentListFields = {
  ...listFields,
  created: createdParameter,
  customer: text,
  customer_account: notSimulated,
};
