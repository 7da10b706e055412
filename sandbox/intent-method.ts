import type { Call } from './answers.ts';
import { redeem, type ConfirmationToken } from './confirmation-token.ts';
import { Refusal } from './errors.ts';
import type { FieldsOf } from './parameters.ts';
import type { PaymentMethod } from './payment-method.ts';
import { createOfData, type paymentMethodDataFields } from './payment-method-endpoints.ts';
import { refuseSpent, resolvePaymentMethod } from './payment-method-use.ts';
import { refusesPaymentMethodTypes, type ApiVersion } from './versions.ts';

export interface MethodParameters {
  payment_method?: string | undefined;
  payment_method_data?: FieldsOf<typeof paymentMethodDataFields> | undefined;
  confirmation_token?: string | undefined;
}

export interface ChosenMethod {
  method: PaymentMethod | null;
  token: ConfirmationToken | null;
}

/** The method that an intent's call names: an id or token, full data, or a ConfirmationToken. */
export function chooseMethod(
  call: Call<MethodParameters>,
  usedBy: { payment_intent: string } | { setup_intent: string },
): ChosenMethod {
  const { transaction, parameters } = call;
  const {
    payment_method: given,
    payment_method_data: data,
    confirmation_token: token,
  } = parameters;
  if (token !== undefined) {
    if (given !== undefined || data !== undefined) {
      const message =
        'You cannot provide `confirmation_token` together with `payment_method` or ' +
        '`payment_method_data`.';
      throw new Refusal('invalidRequest', message, 'confirmation_token');
    }
    return redeem(transaction, token, usedBy);
  }
  if (data !== undefined) {
    return { method: createOfData(call, data, 'payment_method_data.'), token: null };
  }
  if (given === undefined) return { method: null, token: null };
  return { method: resolvePaymentMethod(transaction, given, 'payment_method'), token: null };
}

/** A method belongs to one customer: it can be used for that customer's intents only. */
export function refuseForeignMethod(
  call: Pick<Call<unknown>, 'transaction'>,
  method: PaymentMethod,
  customer: string | null,
  kind: 'PaymentIntent' | 'SetupIntent',
): void {
  refuseSpent(call.transaction, method);
  if (method.customer === null || method.customer === customer) return;
  const message =
    customer === null
      ? 'The provided PaymentMethod belongs to a Customer. Please include the Customer in the ' +
        `\`customer\` parameter on the ${kind}.`
      : `The customer does not have a payment method with the ID ${method.id}. The payment method ` +
        'must be attached to the customer.';
  throw new Refusal('invalidRequest', message, 'payment_method');
}

/** The allowed types of an intent; only cards are simulated. */
export function allowedTypes(
  version: ApiVersion,
  given: {
    allowed_payment_method_types?: string[] | undefined;
    payment_method_types?: string[] | undefined;
  },
): { allowed: string[] | null; types: string[] } {
  if (given.payment_method_types !== undefined && refusesPaymentMethodTypes(version)) {
    throw new Refusal(
      'methodTypesRemoved',
      'The `payment_method_types` parameter is no longer supported. Use ' +
        '`allowed_payment_method_types` instead.',
      'payment_method_types',
    );
  }
  const allowed = given.allowed_payment_method_types ?? null;
  const types = allowed ?? given.payment_method_types ?? ['card'];
  if (!types.includes('card')) {
    const message = `The sandbox simulates cards only, not ${types.join(', ')}`;
    throw new Refusal('notSimulated', message, 'allowed_payment_method_types');
  }
  return { allowed, types };
}
