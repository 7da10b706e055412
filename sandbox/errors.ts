/** An error as Stripe's body has it. `code` and `param` are absent where Stripe leaves them out. */
export interface ErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  code?: string;
  message: string;
  param?: string;
  doc_url?: string;
  decline_code?: string;
  advice_code?: string;
  network_decline_code?: string;
  network_advice_code?: string;
  charge?: string;
  payment_intent?: object;
  setup_intent?: object;
  payment_method?: object;
  request_log_url?: string;
}

interface ErrorKind {
  status: number;
  type: ErrorBody['type'];
  code?: string;
}

/** Every error that the sandbox answers, apart from declines (issuer.ts): status, type and code. */
export const errorKinds = {
  unauthorized: { status: 401, type: 'invalid_request_error' },
  versionUnknown: { status: 400, type: 'invalid_request_error' },
  urlUnknown: { status: 404, type: 'invalid_request_error' },
  resourceMissing: { status: 404, type: 'invalid_request_error', code: 'resource_missing' },
  /** An id in a parameter rather than in the address. */
  referenceMissing: { status: 400, type: 'invalid_request_error', code: 'resource_missing' },
  parameterUnknown: { status: 400, type: 'invalid_request_error', code: 'parameter_unknown' },
  parameterMissing: { status: 400, type: 'invalid_request_error', code: 'parameter_missing' },
  parameterInvalid: { status: 400, type: 'invalid_request_error' },
  parameterEmpty: { status: 400, type: 'invalid_request_error', code: 'parameter_invalid_empty' },
  integerInvalid: { status: 400, type: 'invalid_request_error', code: 'parameter_invalid_integer' },
  amountTooSmall: { status: 400, type: 'invalid_request_error', code: 'amount_too_small' },
  amountTooLarge: { status: 400, type: 'invalid_request_error', code: 'amount_too_large' },
  methodTypesRemoved: {
    status: 400,
    type: 'invalid_request_error',
    code: 'payment_method_types_no_longer_supported',
  },
  paymentIntentState: {
    status: 400,
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
  },
  setupIntentState: {
    status: 400,
    type: 'invalid_request_error',
    code: 'setup_intent_unexpected_state',
  },
  paymentMethodState: {
    status: 400,
    type: 'invalid_request_error',
    code: 'payment_method_unexpected_state',
  },
  alreadyRefunded: {
    status: 400,
    type: 'invalid_request_error',
    code: 'charge_already_refunded',
  },
  invalidRequest: { status: 400, type: 'invalid_request_error' },
  /** Stripe knows it and the sandbox does not: said loudly instead of being ignored. */
  notSimulated: { status: 400, type: 'invalid_request_error', code: 'sandbox_not_simulated' },
  idempotencyReuse: { status: 400, type: 'idempotency_error' },
  idempotencyInUse: {
    status: 409,
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
  },
  idempotencyKeyLength: { status: 400, type: 'idempotency_error' },
  rateLimit: { status: 429, type: 'invalid_request_error', code: 'rate_limit' },
  internal: { status: 500, type: 'api_error' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorName = keyof typeof errorKinds;

/**
 * A refused call. Thrown before or while an endpoint runs; nothing it did is kept. (A declined
 * payment is not this: it is an answer, and what it did is kept.)
 */
export class Refusal extends Error {
  readonly kind: ErrorName;
  readonly param: string | undefined;
  readonly related: Partial<ErrorBody>;

  constructor(kind: ErrorName, message: string, param?: string, related: Partial<ErrorBody> = {}) {
    super(message);
    this.kind = kind;
    this.param = param;
    this.related = related;
  }

  get status(): number {
    return errorKinds[this.kind].status;
  }

  body(): ErrorBody {
    const { type, code }: ErrorKind = errorKinds[this.kind];
    return {
      ...(code === undefined ? {} : { code, doc_url: documentationUrl(code) }),
      message: this.message,
      ...(this.param === undefined ? {} : { param: this.param }),
      ...this.related,
      type,
    };
  }
}

export function documentationUrl(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`;
}

/** `missing('customer', 'cus_1')` as Stripe words it. */
export function missing(kind: string, id: string, param = 'id', inAddress = false): Refusal {
  const noun = kind.replaceAll('_', ' ');
  const name = nounNames[kind] ?? noun;
  return new Refusal(
    inAddress ? 'resourceMissing' : 'referenceMissing',
    `No such ${name}: '${id}'`,
    param,
  );
}

/** Where Stripe's word in "No such …" is not the object's name in lower case. */
const nounNames: Record<string, string> = {
  payment_intent: 'payment_intent',
  setup_intent: 'setupintent',
  payment_method: 'PaymentMethod',
  confirmation_token: 'confirmation token',
  balance_transaction: 'balance transaction',
  'checkout.session': 'checkout.session',
  webhook_endpoint: 'webhook endpoint',
};
