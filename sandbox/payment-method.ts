import { fingerprintOf, type TestCard } from './cards.ts';
import type { IssuerCard } from './issuer.ts';
import { billingDetailsOf, type BillingDetails, type Metadata } from './shapes.ts';
import { table } from './store.ts';

export interface Wallet {
  dynamic_last4: string | null;
  type: string;
  apple_pay?: Record<string, never>;
  google_pay?: Record<string, never>;
}

export interface CardChecks {
  address_line1_check: string | null;
  address_postal_code_check: string | null;
  cvc_check: string | null;
}

export interface CardDetails {
  brand: string;
  checks: CardChecks;
  country: string;
  display_brand: string;
  exp_month: number;
  exp_year: number;
  fingerprint: string;
  funding: string;
  generated_from: null;
  last4: string;
  networks: { available: string[]; preferred: string | null };
  regulated_status: string;
  three_d_secure_usage: { supported: boolean };
  wallet: Wallet | null;
}

export interface PaymentMethod {
  id: string;
  object: 'payment_method';
  allow_redisplay: string;
  billing_details: BillingDetails;
  card: CardDetails;
  created: number;
  customer: string | null;
  customer_account: null;
  livemode: false;
  metadata: Metadata;
  type: 'card';
}

export const paymentMethods = table<PaymentMethod>('payment_method', (method) =>
  method.customer === null ? [] : [`customer=${method.customer}`],
);

/** What the sandbox plays the issuer with; never shown by the API. */
export const issuerCards = table<IssuerCard & { isSpent: boolean }>('issuer_card');

/** Where a brand's name on the card differs from its short name. */
const displayBrands: Record<string, string> = { amex: 'american_express', diners: 'diners_club' };

export function newPaymentMethod(id: string, created: number, card: TestCard): PaymentMethod {
  return {
    id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: billingDetailsOf(undefined),
    card: cardDetailsOf(card, created),
    created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  };
}

export function cardDetailsOf(card: TestCard, nowSeconds: number): CardDetails {
  const last4 = card.number.slice(-4);
  const expiry = card.expiresOn === null ? null : new Date((card.expiresOn - 1) * 1000);
  return {
    brand: card.brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: null },
    country: card.country,
    display_brand: displayBrands[card.brand] ?? card.brand,
    exp_month: expiry === null ? 12 : expiry.getUTCMonth() + 1,
    exp_year: expiry?.getUTCFullYear() ?? new Date(nowSeconds * 1000).getUTCFullYear() + 3,
    fingerprint: fingerprintOf(card.number),
    funding: card.funding,
    generated_from: null,
    last4,
    networks: { available: [card.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: card.brand !== 'link' },
    wallet: card.wallet === null ? null : walletOf(card.wallet, last4),
  };
}

function walletOf(type: 'apple_pay' | 'google_pay', last4: string): Wallet {
  return { dynamic_last4: last4, type, [type]: {} };
}
