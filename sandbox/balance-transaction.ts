import type { Charge } from './charge.ts';
import { table } from './store.ts';

export interface BalanceTransaction {
  id: string;
  object: 'balance_transaction';
  amount: number;
  available_on: number;
  balance_type: 'payments';
  created: number;
  currency: string;
  description: string | null;
  exchange_rate: null;
  fee: number;
  fee_details: {
    amount: number;
    application: null;
    currency: string;
    description: string;
    type: 'stripe_fee';
  }[];
  net: number;
  reporting_category: string;
  source: string;
  status: 'available' | 'pending';
  type: string;
}

export const balanceTransactions = table<BalanceTransaction>('balance_transaction', (entry) => [
  `source=${entry.source}`,
  `type=${entry.type}`,
]);

const secondsPerDay = 86_400;
const settlementDays = 2;

/** Stripe's standard price for a card: 2.9 % and 30 minor units, half a unit up. */
function feeOf(amount: number): number {
  return Math.floor((amount * 29 + 500) / 1000) + 30;
}

/** What a captured charge brings: its amount less the fee, available two days later. */
export function balanceTransactionOf(
  id: string,
  charge: Charge,
  nowSeconds: number,
): BalanceTransaction {
  const amount = charge.amount_captured;
  const fee = feeOf(amount);
  return {
    id,
    object: 'balance_transaction',
    amount,
    available_on: nowSeconds + settlementDays * secondsPerDay,
    balance_type: 'payments',
    created: nowSeconds,
    currency: charge.currency,
    description: charge.description,
    exchange_rate: null,
    fee,
    fee_details: [
      {
        amount: fee,
        application: null,
        currency: charge.currency,
        description: 'Stripe processing fees',
        type: 'stripe_fee',
      },
    ],
    net: amount - fee,
    reporting_category: 'charge',
    source: charge.id,
    status: 'pending',
    type: 'charge',
  };
}

/** What a refund takes: Stripe keeps its fee for the charge. */
export function refundTransactionOf(
  id: string,
  refund: string,
  charge: Charge,
  amount: number,
  nowSeconds: number,
): BalanceTransaction {
  return {
    id,
    object: 'balance_transaction',
    amount: -amount,
    available_on: nowSeconds,
    balance_type: 'payments',
    created: nowSeconds,
    currency: charge.currency,
    description: `REFUND FOR CHARGE (${charge.description ?? ''})`,
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: -amount,
    reporting_category: 'refund',
    source: refund,
    status: 'available',
    type: 'refund',
  };
}
