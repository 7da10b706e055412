import type { CurrencyCode } from './currencies.ts';
import type { InvoiceCredit } from './billing-events.ts';
import { netOf, quantityText, type KnownCredit, type PostedLine } from './invoice-document.ts';
import type { CreditNote } from './invoice-corrections.ts';
import type { Reckoning } from './invoice-reckoning.ts';
import type { Invoice } from './invoices.ts';
import { subtract, sum, type Micros } from './money.ts';
import { howToPayNow, type PlanMoment } from './payment-plan.ts';
import { decimal, instant } from './answer-values.ts';
import { isPastDue } from './still-due.ts';
import type { Tax } from './tax.ts';

/** What programs are told of invoices: amounts as decimal strings, instants in ISO 8601. */

export function invoiceAnswer(
  invoice: Invoice,
  { accountId, currency: code }: { readonly accountId: string; readonly currency: CurrencyCode },
  moment: PlanMoment,
) {
  const { invoiceId, number, kind, state, period, cutoffMs, carriedTo, replaces } = invoice;
  const { issuedAtMs, chargeAtMs, dueAtMs, voidedAtMs } = invoice;
  const amount = (value: Micros) => decimal(value, code);
  return {
    id: invoiceId,
    number,
    accountId,
    kind,
    state,
    currency: code as string,
    pastDue: isPastDue(invoice, moment),
    period: period as string | null,
    cutoff: instant(cutoffMs),
    broughtForward: amount(invoice.broughtForward),
    net: amount(netOf(invoice)),
    tax: taxAnswer(invoice.tax, code),
    amount: amount(invoice.amount),
    due: amount(invoice.due),
    paid: amount(invoice.paid),
    credited: amount(sum(invoice.creditNotes.net, invoice.creditNotes.tax)),
    carriedForward: amount(invoice.carriedForward),
    carriedTo: carriedTo as string | null,
    issuedAt: instant(issuedAtMs),
    chargeAt: instant(chargeAtMs),
    dueAt: instant(dueAtMs),
    howToPay: howToPayOf(invoice, moment),
    replaces,
    voidedAt: instant(voidedAtMs),
  };
}

/** One that was written off can still be paid. */
function howToPayOf({ invoiceId }: Invoice, moment: PlanMoment): string[] {
  const open = moment.openInvoices.find((one) => one.invoiceId === invoiceId);
  return open === undefined || open.due === 0 ? [] : howToPayNow(open, moment);
}

export function taxAnswer({ amount, name, place, partsPerMillion }: Tax, code: CurrencyCode) {
  return { amount: decimal(amount, code), name, place, partsPerMillion };
}

export function invoiceLineAnswer(line: PostedLine, code: CurrencyCode) {
  const { model, price, usagePeriod, quantity, cost, free, purchased, unbilled } = line;
  const rate = price?.rate ?? null;
  return {
    model: model === '' ? null : model,
    meter: (price?.meter ?? null) as string | null,
    usagePeriod: usagePeriod as string,
    quantity: price === null ? null : quantityText(quantity, price.meter).replaceAll(',', ''),
    price:
      rate === null
        ? null
        : {
            id: line.priceId,
            amount: rate.amount,
            per: rate.per,
            tiers: rate.tiers.map(({ from, amount }) => ({ from, amount })),
          },
    cost: decimal(cost, code),
    free: decimal(free, code),
    purchased: decimal(purchased, code),
    unbilled: decimal(unbilled, code),
    writtenOff: decimal(line.writtenOff, code),
  };
}

/** Credits that paid the month's usage after it was used (R39), by lot. */
export function countedCreditAnswer(
  credit: KnownCredit & InvoiceCredit & { readonly source: 'pack' | 'invoice' },
  code: CurrencyCode,
) {
  const { lotId, period, source, acquiredAtMs, receiptNumber, amount } = credit;
  return {
    lot: lotId,
    usagePeriod: period as string,
    paidAt: paidAtWords[source],
    boughtAt: instant(acquiredAtMs),
    receipt: receiptNumber,
    amount: decimal(amount, code),
  };
}

const paidAtWords = { pack: 'purchase', invoice: 'invoice' } as const;

export function creditNoteAnswer(note: CreditNote, accountId: string, code: CurrencyCode) {
  const { creditNoteId, number, invoiceId, net, tax, fromDue, reason, issuedAtMs } = note;
  const amount = sum(net, tax);
  return {
    id: creditNoteId,
    number,
    accountId,
    invoice: invoiceId,
    currency: code as string,
    net: decimal(net, code),
    tax: decimal(tax, code),
    amount: decimal(amount, code),
    fromDue: decimal(fromDue, code),
    refundDue: decimal(subtract(amount, fromDue), code),
    reason,
    issuedAt: instant(issuedAtMs),
  };
}

/** What the account's next invoice would be (R63). */
export interface PreviewFacts extends Reckoning {
  readonly account: { readonly accountId: string; readonly currency: CurrencyCode };
  readonly period: string;
  readonly cutoffMs: number;
  readonly lines: readonly PostedLine[];
}

export function invoicePreviewAnswer(preview: PreviewFacts) {
  const { account, period, cutoffMs, broughtForward, packCredits, credits, carriedTo } = preview;
  const { currency: code, accountId } = account;
  const total = (parts: readonly { readonly amount: Micros }[]) =>
    decimal(sum(...parts.map(({ amount }) => amount)), code);
  const lot = ({ lotId, period: month, amount }: InvoiceCredit) => {
    return { lot: lotId, usagePeriod: month as string, amount: decimal(amount, code) };
  };
  return {
    accountId,
    currency: code as string,
    period,
    cutoff: instant(cutoffMs),
    lines: preview.lines.map((line) => invoiceLineAnswer(line, code)),
    broughtForward: decimal(broughtForward, code),
    credits: [
      ...packCredits.map((part) => ({ ...lot(part), paidAt: paidAtWords.pack })),
      ...credits.map((part) => ({ ...lot(part), paidAt: paidAtWords.invoice })),
    ],
    net: total(preview.net),
    tax: taxAnswer(preview.tax, code),
    amount: decimal(preview.amount, code),
    carriedForward: total(preview.carried),
    carriedTo: carriedTo as string | null,
    chargeAt: instant(preview.chargeAtMs),
    dueAt: instant(preview.dueAtMs),
  };
}
