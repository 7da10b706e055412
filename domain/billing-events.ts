import type { LotPart } from './account.ts';
import type { Quantity } from './meter.ts';
import type { Micros } from './money.ts';
import type { Period } from './period.ts';
import type { DeclineExplanation } from './declines.ts';
import type { Refusal } from './failures.ts';
import type { UsagePosting } from './usage-postings.ts';

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
  | UsageCorrected
  | CreditsExpired
  | InvoiceIssued
  | UnbilledCarried
  | InvoiceVoided
  | CreditNoted
  | InvoicePaid
  | DebtWrittenOff
  | DebtForgiven;

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

/** What was used of one model, all invoiced in one month, and what paid it: parts of the cost. */
export interface UsageCharge {
  readonly model: string | null;
  readonly cost: Micros;
  readonly free: readonly LotPart[];
  readonly purchased: readonly LotPart[];
  /** What is owed for it, in the month it is invoiced in; null: nothing. */
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
  /** Tax included. */
  readonly amount: Micros;
  readonly dueAtMs: number;
}

/** Usage that should not have been charged is given back to what paid it; no tax moves (R43). */
export interface UsageCorrected {
  readonly kind: 'usage_corrected';
  /** The billing event that charged it. */
  readonly eventId: number;
  readonly reason: string;
  readonly free: readonly LotPart[];
  readonly purchased: readonly LotPart[];
  readonly unbilled: readonly UnbilledPart[];
  /** What paid it and has ended since: it would have ended anyway. */
  readonly ended: Micros;
  /** What it takes from the running totals: amounts below zero. */
  readonly postings: readonly UsagePosting[];
}

/**
 * A month's usage became an invoice: credits bought before the cut-off paid first (R39), the net is
 * asked for with its tax, and what no card can be charged counts as a later month's (R38).
 */
export interface InvoiceIssued {
  readonly kind: 'invoice_issued';
  readonly invoiceId: string;
  readonly invoiceKind: 'monthly' | 'final';
  readonly period: Period;
  readonly cutoffMs: number;
  readonly credits: readonly InvoiceCredit[];
  readonly net: readonly UnbilledPart[];
  readonly tax: Micros;
  readonly carried: readonly UnbilledPart[];
  /** Null: the account is closed, and what is carried is never asked for. */
  readonly carriedTo: Period | null;
  readonly dueAtMs: number;
}

/** Credits of one lot that paid usage of one month. */
export interface InvoiceCredit extends LotPart {
  readonly period: Period;
}

/** Too little to charge, and nothing new to show: it counts as the next month's (R38). */
export interface UnbilledCarried {
  readonly kind: 'unbilled_carried';
  readonly period: Period;
  readonly cutoffMs: number;
  readonly carried: readonly UnbilledPart[];
  /** Null: the account is closed, and it is never asked for. */
  readonly carriedTo: Period | null;
}

/**
 * An invoice that nothing was paid of is taken back whole, only together with the one that stands
 * for it (B10). What it had carried forward stays where it is.
 */
export interface InvoiceVoided {
  readonly kind: 'invoice_voided';
  readonly invoiceId: string;
  readonly replacedBy: string;
  readonly reason: string;
  readonly credits: readonly InvoiceCredit[];
  readonly net: readonly UnbilledPart[];
  readonly tax: Micros;
}

/** A part of an invoice is taken back: of what is still due first, the rest is owed back (R43). */
export interface CreditNoted {
  readonly kind: 'credit_noted';
  readonly creditNoteId: string;
  readonly invoiceId: string;
  readonly reason: string;
  readonly net: Micros;
  readonly tax: Micros;
  /** What of it was still to be paid, as it stood on the invoice. */
  readonly due: TaxedAmount;
  /** True where what was still to be paid had been written off; absent: it had not. */
  readonly writtenOff?: true;
}

/** A card was charged for an invoice (R47); what came in beyond what is due is owed back. */
export interface InvoicePaid {
  readonly kind: 'invoice_paid';
  readonly invoiceId: string;
  readonly paymentId: string;
  readonly chargeId: string;
  readonly capturedAtMs: number;
  /** What it pays of the invoice. */
  readonly paid: TaxedAmount;
  readonly excess: Micros;
  /** True where the invoice had been written off. */
  readonly writtenOff: boolean;
}

/**
 * Nobody is expected to pay this any more. It stays asked for, counts as owed and keeps refusing
 * service (R50): only what it is worth to us is written down (decision 0015).
 */
export interface DebtWrittenOff {
  readonly kind: 'debt_written_off';
  readonly invoiceId: string;
  readonly amount: TaxedAmount;
  readonly reason: string;
}

/** An operator no longer asks for what is due (R50). */
export interface DebtForgiven {
  readonly kind: 'debt_forgiven';
  readonly invoiceId: string;
  readonly amount: TaxedAmount;
  readonly writtenOff: boolean;
  readonly reason: string;
}

/** An amount and the tax on it, apart. */
export interface TaxedAmount {
  readonly net: Micros;
  readonly tax: Micros;
}

/** A share of what is unbilled of one month. */
export interface UnbilledPart {
  readonly period: Period;
  readonly amount: Micros;
}
