import type { Metadata, Shipping } from './shapes.ts';
import { table } from './store.ts';

export interface CheckoutSession {
  id: string;
  object: 'checkout.session';
  allowed_payment_method_types: string[] | null;
  amount_subtotal: number | null;
  amount_total: number | null;
  cancel_url: string | null;
  client_reference_id: string | null;
  created: number;
  currency: string | null;
  customer: string | null;
  customer_creation: string | null;
  customer_details: object | null;
  customer_email: string | null;
  expires_at: number;
  line_items?: never;
  metadata: Metadata;
  mode: 'payment' | 'setup';
  payment_intent: string | null;
  payment_method_options: {
    card?: { request_three_d_secure: string; restrictions?: CardRestrictions };
  };
  payment_method_types: string[];
  payment_status: 'no_payment_required' | 'paid' | 'unpaid';
  setup_intent: string | null;
  status: 'complete' | 'expired' | 'open';
  success_url: string | null;
  total_details: { amount_discount: number; amount_shipping: number; amount_tax: number } | null;
  url: string | null;
}

export interface CardRestrictions {
  brands_blocked?: string[];
  funding_types_blocked?: string[];
}

export const checkoutSessions = table<CheckoutSession>('checkout.session', (session) => [
  ...(session.customer === null ? [] : [`customer=${session.customer}`]),
  ...(session.payment_intent === null ? [] : [`intent=${session.payment_intent}`]),
  ...(session.setup_intent === null ? [] : [`intent=${session.setup_intent}`]),
]);

export interface LineItem {
  id: string;
  object: 'item';
  amount_subtotal: number;
  amount_total: number;
  currency: string;
  description: string;
  price: object;
  quantity: number;
}

/** What a session will make of itself when the customer pays; kept beside it, not shown. */
export interface SessionPlan {
  id: string;
  items: LineItem[];
  payment: {
    capture_method: 'automatic' | 'automatic_async' | 'manual' | null;
    description: string | null;
    metadata: Metadata;
    receipt_email: string | null;
    setup_future_usage: string | null;
    shipping: Shipping | null;
  };
}

export const sessionPlans = table<SessionPlan>('session_plan');

/** What Stripe shows on every session and the sandbox never changes. */
export const sessionConstants = {
  adaptive_pricing: null,
  after_expiration: null,
  allow_promotion_codes: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  billing_address_collection: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: {
    after_submit: null,
    shipping_address: null,
    submit: null,
    terms_of_service_acceptance: null,
  },
  customer_account: null,
  discounts: [],
  integration_identifier: null,
  invoice: null,
  invoice_creation: null,
  livemode: false,
  locale: null,
  managed_payments: null,
  origin_context: null,
  payment_link: null,
  payment_method_collection: null,
  payment_method_configuration_details: null,
  permissions: null,
  recovered_from: null,
  saved_payment_method_options: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  submit_type: null,
  subscription: null,
  ui_mode: 'hosted_page',
  wallet_options: null,
} as const;
