import type { CurrencyCode } from './currencies.ts';
import { subtract, sum, ZERO, type Micros } from './money.ts';
import type { Period } from './period.ts';

/**
 * Plain models of what is printed. `documents/` turns one into a PDF or CSV, the same bytes each
 * time, so all that is shown stands in it, also instants and words. Amounts are micro-units.
 */

/** Who sells: from the settings. */
export interface Seller {
  readonly name: string;
  readonly addressLines: readonly string[];
  readonly taxId: string | null;
  readonly email: string | null;
}

/** To whom it is made out, as it was then. */
export interface Customer {
  readonly accountId: string;
  /** Null where the name was erased. */
  readonly name: string | null;
  readonly addressLines: readonly string[];
  /** ISO 3166, two capitals: Chinese characters are drawn in the forms of that country. */
  readonly country: string | null;
  readonly taxId: string | null;
  readonly purchaseOrder: string | null;
}

interface DocumentHead {
  readonly seller: Seller;
  readonly customer: Customer;
  readonly currency: CurrencyCode;
  readonly number: string;
  readonly issuedAtMs: number;
}

/** Tax, shown apart (R45). */
export interface DocumentTax {
  readonly amount: Micros;
  /** "Sales tax"; null where no rate applies, or where the name was not kept. */
  readonly name: string | null;
  /** Null where the rate was not kept. */
  readonly partsPerMillion: number | null;
}

/** What was used of one model by one meter, and which pot paid (R42). */
export interface UsageLine {
  readonly model: string;
  /** "input tokens"; null where the cost was told as an amount. */
  readonly meter: string | null;
  /** The month it was used in: another than the invoice's for late usage (R43). */
  readonly usagePeriod: Period;
  /** "1,200,000"; null where the cost was told as an amount. */
  readonly quantity: string | null;
  /** "0.18 per 1,000,000 input tokens", the currency left out; null as above. */
  readonly price: string | null;
  /** Below zero where a correction takes back more than was used. */
  readonly cost: Micros;
  readonly free: Micros;
  readonly purchased: Micros;
  /** Used beyond what credits paid at that moment. */
  readonly unbilled: Micros;
  /** Not charged, by R21. */
  readonly writtenOff: Micros;
}

/** Purchased credits that paid usage of the month after it was used. */
export interface AppliedCredits {
  /** "R-000003", or null for credits without a receipt. */
  readonly receiptNumber: string | null;
  readonly boughtAtMs: number;
  readonly amount: Micros;
}

export interface InvoiceDocument extends DocumentHead {
  readonly period: Period;
  /** Usage before it, credits bought before it; exclusive (R39). */
  readonly cutoffMs: number;
  /** The last instant it may be paid in time. */
  readonly dueAtMs: number;
  readonly lines: readonly UsageLine[];
  /** Unbilled usage of before that counts here. */
  readonly broughtForward: Micros;
  readonly credits: readonly AppliedCredits[];
  readonly carriedForward: Micros;
  /** The month it counts in; null: it is never asked for. */
  readonly carriedTo: Period | null;
  /** What is due, without tax. */
  readonly net: Micros;
  readonly tax: DocumentTax;
  /** The customer accounts for the tax: an EU reverse charge, for example. */
  readonly reverseCharge: boolean;
  /** Sentences: "We charge your card on 3 December 2026." Never that credits can pay it (R47). */
  readonly howToPay: readonly string[];
  /** The account's last one: it was closed (R70). */
  readonly isFinal: boolean;
  /** The number of the void invoice that it stands for. */
  readonly replacesNumber: string | null;
  readonly voidedAtMs: number | null;
}

/** The receipt of one purchase of credits (R22, R42). */
export interface ReceiptDocument extends DocumentHead {
  readonly purchaseId: string;
  readonly credits: Micros;
  readonly tax: DocumentTax;
  /** "Visa ending in 4242"; null where it is not known. */
  readonly paidWith: string | null;
  /** Of the credits: what paid the month's usage at once (R22). */
  readonly paidUnbilled: Micros;
  /** Null: the credits never expire (R1). */
  readonly expireAtMs: number | null;
  readonly refunds: readonly Refunded[];
}

/** Money that went back to the card, tax included. */
export interface Refunded {
  readonly refundedAtMs: number;
  readonly amount: Micros;
}

export interface CreditNoteDocument extends DocumentHead {
  readonly invoiceNumber: string;
  readonly invoiceIssuedAtMs: number;
  readonly reason: string;
  readonly net: Micros;
  readonly tax: DocumentTax;
  /** What of it was still to be paid; the rest was paid, and goes back. */
  readonly fromDue: Micros;
  readonly reverseCharge: boolean;
}

/** What an invoice's lines add up to. */
export interface UsageTotals {
  readonly cost: Micros;
  readonly free: Micros;
  readonly purchased: Micros;
  readonly unbilled: Micros;
  readonly writtenOff: Micros;
}

/** Adds an invoice's lines up; throws RangeError where a sum leaves the exact integers. */
export function usageTotalsOf(lines: readonly UsageLine[]): UsageTotals {
  const totals = { cost: ZERO, free: ZERO, purchased: ZERO, unbilled: ZERO, writtenOff: ZERO };
  for (const line of lines) {
    totals.cost = sum(totals.cost, line.cost);
    totals.free = sum(totals.free, line.free);
    totals.purchased = sum(totals.purchased, line.purchased);
    totals.unbilled = sum(totals.unbilled, line.unbilled);
    totals.writtenOff = sum(totals.writtenOff, line.writtenOff);
  }
  return totals;
}

/**
 * A document that does not add up is never printed: throws RangeError with both sides. What is used
 * and not paid, with what was brought forward, less credits, is what is due or carried forward.
 */
export function assertAddsUp(invoice: InvoiceDocument): void {
  const totals = usageTotalsOf(invoice.lines);
  const { cost, free, purchased, unbilled, writtenOff } = totals;
  const parts = sum(free, purchased, unbilled, writtenOff);
  if (parts !== cost) throw mismatch(invoice, 'usage', cost, parts);
  const toPay = subtract(
    sum(unbilled, invoice.broughtForward),
    sum(...invoice.credits.map(({ amount }) => amount)),
  );
  const asked = sum(invoice.net, invoice.carriedForward);
  if (toPay !== asked) throw mismatch(invoice, 'what is due or carried', asked, toPay);
}

function mismatch({ number }: InvoiceDocument, what: string, shown: number, counted: number) {
  return new RangeError(`${what} of invoice ${number} is ${shown}, its lines make ${counted}`);
}
