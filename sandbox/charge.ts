import type { CardDetails, PaymentMethod } from './payment-method.ts';
import type { Decline, IssuerCard } from './issuer.ts';
import type { BillingDetails, Metadata, Shipping } from './shapes.ts';
import { table } from './store.ts';

export interface Charge {
  id: string;
  object: 'charge';
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  balance_transaction: string | null;
  billing_details: BillingDetails;
  captured: boolean;
  created: number;
  currency: string;
  customer: string | null;
  description: string | null;
  disputed: boolean;
  failure_code: string | null;
  failure_message: string | null;
  metadata: Metadata;
  outcome: Outcome;
  paid: boolean;
  payment_intent: string;
  payment_method: string;
  payment_method_details: { card: ChargedCard; type: 'card' };
  receipt_email: string | null;
  receipt_url: string | null;
  refunded: boolean;
  shipping: Shipping | null;
  status: 'succeeded' | 'pending' | 'failed';
}

interface Outcome {
  advice_code: string | null;
  network_advice_code: string | null;
  network_decline_code: string | null;
  network_status: string;
  reason: string | null;
  risk_level: string;
  risk_score: number;
  seller_message: string;
  type: string;
}

interface ChargedCard extends Omit<
  CardDetails,
  'display_brand' | 'generated_from' | 'networks' | 'three_d_secure_usage'
> {
  network: string;
  three_d_secure: object | null;
  stored_credential_usage?: string;
}

export const charges = table<Charge>('charge', (charge) => [
  `payment_intent=${charge.payment_intent}`,
  `payment_method=${charge.payment_method}`,
  ...(charge.customer === null ? [] : [`customer=${charge.customer}`]),
]);

const constants = {
  application: null,
  application_fee: null,
  application_fee_amount: null,
  calculated_statement_descriptor: 'SANDBOX',
  failure_balance_transaction: null,
  fraud_details: {},
  livemode: false,
  on_behalf_of: null,
  receipt_number: null,
  review: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  transfer_data: null,
  transfer_group: null,
} as const;

export interface ChargeTerms {
  id: string;
  created: number;
  amount: number;
  currency: string;
  customer: string | null;
  description: string | null;
  metadata: Metadata;
  paymentIntent: string;
  receiptEmail: string | null;
  shipping: Shipping | null;
  isCapturedLater: boolean;
  isAuthenticated: boolean;
  storedCredentialUsage: string | null;
  baseUrl: string;
}

/** A charge as the network left it: paid, pending (no verdict yet) or refused. */
export function newCharge(
  terms: ChargeTerms,
  method: PaymentMethod,
  card: IssuerCard,
  result: { status: Charge['status']; decline?: Decline },
): Charge {
  const isPaid = result.status === 'succeeded';
  const isCaptured = result.status !== 'failed' && !terms.isCapturedLater;
  return {
    id: terms.id,
    object: 'charge',
    amount: terms.amount,
    amount_captured: isPaid && isCaptured ? terms.amount : 0,
    amount_refunded: 0,
    ...constants,
    balance_transaction: null,
    billing_details: method.billing_details,
    captured: isPaid && isCaptured,
    created: terms.created,
    currency: terms.currency,
    customer: terms.customer,
    description: terms.description,
    disputed: false,
    failure_code: result.decline?.code ?? null,
    failure_message: result.decline?.message ?? null,
    metadata: terms.metadata,
    outcome: outcomeOf(card, result.decline),
    paid: isPaid,
    payment_intent: terms.paymentIntent,
    payment_method: method.id,
    payment_method_details: { card: chargedCard(terms, method, card, isPaid), type: 'card' },
    receipt_email: terms.receiptEmail,
    receipt_url: isPaid ? `${terms.baseUrl}/receipts/${terms.id}` : null,
    refunded: false,
    shipping: terms.shipping,
    status: result.status,
  };
}

function chargedCard(
  terms: ChargeTerms,
  { card: details }: PaymentMethod,
  card: IssuerCard,
  isPaid: boolean,
): ChargedCard {
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4 } = details;
  const neverShown = {
    amount_authorized: isPaid ? terms.amount : null,
    authorization_code: isPaid ? '123456' : null,
    electronic_commerce_indicator: null,
    extended_authorization: { status: 'disabled' },
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    mandate: null,
    multicapture: { status: 'unavailable' },
    network_token: { used: false },
    network_transaction_id: isPaid ? terms.id.slice(-15) : null,
    overcapture: { maximum_amount_capturable: terms.amount, status: 'unavailable' },
    transaction_link_id: null,
  };
  return {
    brand,
    country,
    exp_month,
    exp_year,
    fingerprint,
    funding,
    last4,
    ...neverShown,
    checks: {
      address_line1_check: card.addressCheck,
      address_postal_code_check: card.addressCheck,
      cvc_check: card.cvcCheck === 'fail' ? 'fail' : details.checks.cvc_check,
    },
    network: brand,
    regulated_status: details.regulated_status,
    wallet: details.wallet,
    three_d_secure: terms.isAuthenticated ? authenticated : null,
    ...(terms.storedCredentialUsage === null
      ? {}
      : { stored_credential_usage: terms.storedCredentialUsage }),
  };
}

const authenticated = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  transaction_id: null,
  version: '2.2.0',
} as const;

function outcomeOf(card: IssuerCard, decline: Decline | undefined): Outcome {
  const risk = {
    risk_level: card.riskLevel,
    risk_score: { normal: 20, elevated: 70, highest: 95 }[card.riskLevel],
  };
  if (decline === undefined) {
    return {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: card.riskLevel === 'elevated' ? 'elevated_risk_level' : null,
      ...risk,
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  }
  if (decline.isBlocked) {
    return {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      ...risk,
      seller_message: 'Stripe blocked this payment as too risky.',
      type: 'blocked',
    };
  }
  return {
    advice_code: decline.adviceCode,
    network_advice_code: decline.networkAdviceCode,
    network_decline_code: decline.networkDeclineCode,
    network_status: 'declined_by_network',
    reason: decline.declineCode ?? decline.code,
    ...risk,
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  };
}
