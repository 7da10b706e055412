import { Refusal, type ErrorBody } from './errors.ts';
import type { NextAction } from './payment-intent.ts';
import type { Metadata } from './shapes.ts';
import { table } from './store.ts';

export type SetupIntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'canceled'
  | 'succeeded';

export interface SetupIntent {
  id: string;
  object: 'setup_intent';
  allowed_payment_method_types: string[] | null;
  automatic_payment_methods: { allow_redirects: string; enabled: boolean } | null;
  cancellation_reason: string | null;
  client_secret: string;
  created: number;
  customer: string | null;
  description: string | null;
  last_setup_error: ErrorBody | null;
  latest_attempt: string | null;
  metadata: Metadata;
  next_action: NextAction | null;
  payment_method: string | null;
  payment_method_options: {
    card: { mandate_options: null; network: null; request_three_d_secure: string };
  };
  payment_method_types: string[];
  status: SetupIntentStatus;
  usage: 'off_session' | 'on_session';
}

export const setupIntents = table<SetupIntent>('setup_intent', (intent) => [
  ...(intent.customer === null ? [] : [`customer=${intent.customer}`]),
  ...(intent.payment_method === null ? [] : [`payment_method=${intent.payment_method}`]),
]);

/** What Stripe shows on every SetupIntent and the sandbox never changes. */
export const setupIntentConstants = {
  application: null,
  customer_account: null,
  excluded_payment_method_types: null,
  flow_directions: null,
  livemode: false,
  mandate: null,
  managed_payments: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  single_use_mandate: null,
} as const;

/** One try to set a method up. */
export interface SetupAttempt {
  id: string;
  object: 'setup_attempt';
  application: null;
  created: number;
  customer: string | null;
  customer_account: null;
  flow_directions: null;
  livemode: false;
  on_behalf_of: null;
  payment_method: string;
  payment_method_details: { card: object; type: 'card' };
  setup_error: ErrorBody | null;
  setup_intent: string;
  status: 'requires_action' | 'succeeded' | 'failed' | 'abandoned';
  usage: string;
}

export const setupAttempts = table<SetupAttempt>('setup_attempt', (attempt) => [
  `setup_intent=${attempt.setup_intent}`,
]);

const cancelableStatuses: readonly SetupIntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

export function refuseUnlessCancelable(intent: SetupIntent): void {
  if (cancelableStatuses.includes(intent.status)) return;
  throw unexpectedState(
    intent,
    `You cannot cancel this SetupIntent because it has a status of ${intent.status}. Only a ` +
      `SetupIntent with one of the following statuses may be canceled: ` +
      `${cancelableStatuses.join(', ')}.`,
  );
}

export function refuseUnlessConfirmable(intent: SetupIntent): void {
  if (cancelableStatuses.includes(intent.status)) return;
  const words =
    intent.status === 'succeeded'
      ? 'it has already succeeded'
      : `it has a status of ${intent.status}`;
  throw unexpectedState(intent, `You cannot confirm this SetupIntent because ${words}.`);
}

export function unexpectedState(intent: SetupIntent, message: string): Refusal {
  return new Refusal('setupIntentState', message, undefined, { setup_intent: intent });
}
