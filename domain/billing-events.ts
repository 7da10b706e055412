import type { LotPart } from './account.ts';
import type { Quantity } from './meter.ts';
import type { Micros } from './money.ts';
import type { Period } from './period.ts';
import type { DeclineExplanation } from './declines.ts';
import type { Refusal } from './failures.ts';

/**
 * What can happen to an account's money: plain facts, decided under the account's lock, stored for
 * ever, each mapped to its transfers by `bookkeeping.ts`.
 */
export type BillingEvent =
  | OpeningBalance
  | CreditsGranted
  | PurchaseOpened
  | PackPurchased
  | PurchaseClosed
  | PaymentUnapplied
  | RefundPaid
  | UsageCharged
  | CreditsExpired;

/** An existing customer brought in: credits left elsewhere, usage still to be invoiced, debts. */
export interface OpeningBalance {
  readonly kind: 'opening_balance';
  readonly purchased: Micros;
  readonly unbilled: readonly UnbilledPart[];
  /** Invoices issued elsewhere and still to be paid. */
  readonly invoices: readonly InvoicePart[];
}

/** Free credits (R24): a promotion or a goodwill credit, with its scope and expiry if any. */
export interface CreditsGranted {
  readonly kind: 'credits_granted';
  readonly amount: Micros;
  readonly scope: readonly string[] | null;
  readonly expiresAtMs: number | null;
  readonly reason: string;
}

/** A purchase was asked for and admitted. No money has moved. */
export interface PurchaseOpened {
  readonly kind: 'purchase_opened';
  readonly purchaseId: string;
  readonly credits: Micros;
  readonly tax: Micros;
}

/** A confirmed payment became credits, which first pay this month's unbilled usage (R3, R22). */
export interface PackPurchased {
  readonly kind: 'pack_purchased';
  readonly purchaseId: string;
  readonly chargeId: string;
  readonly credits: Micros;
  readonly tax: Micros;
  readonly receiptNumber: string;
  /** When the money was captured, to the second (R40). */
  readonly capturedAtMs: number;
  /** Usage these credits paid at once, oldest month first. */
  readonly paidUnbilled: readonly UnbilledPart[];
  /** When what remains of them ends; absent: never (R1, R2). */
  readonly expiresAtMs?: number;
}

/** A purchase ended without credits and without money. */
export interface PurchaseClosed {
  readonly kind: 'purchase_closed';
  readonly purchaseId: string;
  readonly ending: PurchaseEnding;
}

export type PurchaseEnding =
  | { readonly status: 'refused'; readonly refusal: Refusal }
  | { readonly status: 'declined'; readonly decline: DeclineExplanation }
  | { readonly status: 'canceled'; readonly refusal: Refusal };

/** Captured money that may not become credits: it is owed back at once. */
export interface PaymentUnapplied {
  readonly kind: 'payment_unapplied';
  readonly purchaseId: string;
  readonly chargeId: string;
  /** All that was captured, tax included. */
  readonly amount: Micros;
  readonly refusal: Refusal;
}

/** Money owed back has left for the customer's card. */
export interface RefundPaid {
  readonly kind: 'refund_paid';
  readonly purchaseId: string;
  readonly refundId: string;
  readonly amount: Micros;
}

/** Usage was charged, at its list price, to what the account had (R21, R27). */
export interface UsageCharged {
  readonly kind: 'usage_charged';
  /** The hold it settles; null: usage that was reported by itself. */
  readonly holdId: string | null;
  readonly charges: readonly UsageCharge[];
}

/** What was used of one model, and what paid it; the parts add up to the cost. */
export interface UsageCharge {
  readonly model: string | null;
  readonly cost: Micros;
  readonly free: readonly LotPart[];
  readonly purchased: readonly LotPart[];
  /** What is owed for it, in the month it was recorded; null: nothing. */
  readonly unbilled: UnbilledPart | null;
  /** What nothing was left for: charged to nobody (R21). */
  readonly writtenOff: Micros;
  /** What it was charged for, adding up to the cost; absent where a hold was settled by its cost. */
  readonly lines?: readonly UsageLine[];
}

/** What was used at one price in one month, and what it adds to the charge of that month (R69). */
export interface UsageLine {
  readonly priceId: number;
  /** The month the usage happened in, however late it was told. */
  readonly period: Period;
  readonly quantity: Quantity;
  readonly amount: Micros;
}

/** Free credits whose time was over; what a running request held of them is not in it (R28). */
export interface CreditsExpired {
  readonly kind: 'credits_expired';
  readonly lotKind: 'free' | 'purchased';
  readonly lotId: number;
  readonly amount: Micros;
}

export interface InvoicePart {
  readonly invoiceId: string;
  readonly number: string;
  readonly amount: Micros;
  readonly dueAtMs: number;
}

export interface UnbilledPart {
  readonly period: Period;
  readonly amount: Micros;
}
