import type { Account } from './account.ts';
import type { InvoiceCredit } from './billing-events.ts';
import { dateText } from './date-words.ts';
import type {
  AppliedCredits,
  CreditNoteDocument,
  Customer,
  InvoiceDocument,
  Seller,
  UsageLine,
} from './documents.ts';
import { failure } from './failures.ts';
import type { CreditNote } from './invoice-corrections.ts';
import type { Invoice } from './invoices.ts';
import { formatQuantity, meters, type Meter, type Quantity } from './meter.ts';
import { subtract, sum } from './money.ts';
import { formatRate, type Rate } from './price.ts';
import { addressLinesOf, type PostalAddress } from './receipt-document.ts';
import type { Tax } from './tax.ts';
import type { UsagePosting } from './usage-postings.ts';

/** Usage of one model and meter at one price, as the ledger keeps it. */
export interface PostedLine extends UsagePosting {
  /** Null where a request's cost was told as an amount: then there is no quantity, either. */
  readonly price: { readonly meter: Meter; readonly rate: Rate | null } | null;
}

/** Credits that were counted, with what a person knows them by. */
export interface KnownCredit extends Pick<InvoiceCredit, 'lotId' | 'amount'> {
  readonly acquiredAtMs: number;
  readonly receiptNumber: string | null;
}

/** To whom a document is made out; null where it was erased. */
export type Party = {
  readonly name: string | null;
  readonly address: PostalAddress | null;
  readonly taxId: string | null;
  readonly purchaseOrder: string | null;
} | null;

/** What an invoice's document is made of: facts of its issue, and that it is void. */
export interface InvoiceDocumentFacts {
  readonly account: Pick<Account, 'accountId' | 'currency'>;
  readonly invoice: Invoice;
  readonly party: Party;
  readonly lines: readonly PostedLine[];
  readonly credits: readonly KnownCredit[];
  /** The number of the void one that it stands for. */
  readonly replacesNumber: string | null;
}

/**
 * An invoice as it is printed (R41, R42): what was paid since is not on it, so that it stays the
 * same. Throws invoice_document_not_available for one that was issued elsewhere.
 */
export function invoiceDocumentOf(facts: InvoiceDocumentFacts, seller: Seller): InvoiceDocument {
  const { account, invoice, party, lines, credits, replacesNumber } = facts;
  const { number, period, cutoffMs, issuedAtMs, dueAtMs, tax, voidedAtMs } = invoice;
  if (period === null || cutoffMs === null) throw failure('invoice_document_not_available');
  return {
    seller,
    customer: customerOf(account.accountId, party),
    currency: account.currency,
    number,
    issuedAtMs,
    period,
    cutoffMs,
    dueAtMs,
    lines: lines.map(usageLineOf),
    broughtForward: invoice.broughtForward,
    credits: appliedCredits(credits),
    carriedForward: invoice.carriedForward,
    carriedTo: invoice.carriedTo,
    net: netOf(invoice),
    tax: documentTax(tax),
    reverseCharge: false,
    howToPay: howToPay(invoice, null),
    isFinal: invoice.kind === 'final',
    replacesNumber,
    voidedAtMs,
  };
}

/** A credit note as it is printed, with the invoice that it corrects (R43). */
export function creditNoteDocumentOf(
  note: CreditNote,
  { account, invoice, party }: Pick<InvoiceDocumentFacts, 'account' | 'invoice' | 'party'>,
  seller: Seller,
): CreditNoteDocument {
  const { number, issuedAtMs, reason, net, fromDue } = note;
  return {
    seller,
    customer: customerOf(account.accountId, party),
    currency: account.currency,
    number,
    issuedAtMs,
    reason,
    net,
    fromDue,
    reverseCharge: false,
    tax: documentTax({ ...invoice.tax, amount: note.tax }),
    invoiceNumber: invoice.number,
    invoiceIssuedAtMs: invoice.issuedAtMs,
  };
}

/** What is asked for, without tax. */
export function netOf({ amount, tax }: Pick<Invoice, 'amount' | 'tax'>) {
  return subtract(amount, tax.amount);
}

/** Said before an invoice is late (R48). */
export const creditsPayLater = 'Credits bought now pay for usage to come, not for this invoice.';

/** Said of one that is late (R47). */
export const creditsPayNone = 'Credits never pay an invoice, neither those you have nor new ones.';

/** Until when a card on file can be charged; null: there is none. */
export interface CardOnFile {
  readonly cardUsableUntilMs: number | null;
}

/**
 * How an invoice is paid, in sentences; none where there is nothing to pay. A charge for it pays it,
 * and nothing else: credits never do (R47). `card`: null where it is not known who reads it when,
 * as in a document that stays the same (R41).
 */
export function howToPay(
  { amount, chargeAtMs }: Pick<Invoice, 'amount' | 'chargeAtMs'>,
  card: CardOnFile | null,
): string[] {
  if (amount === 0 || chargeAtMs === null) return [];
  const day = dateText(chargeAtMs);
  if (card === null) {
    return [
      `The card on file is charged on ${day}. Where there is none, please add one before then.`,
      creditsPayLater,
    ];
  }
  return hasCardOn(card, chargeAtMs)
    ? [`Your card on file is charged on ${day}. You need not do anything.`, creditsPayLater]
    : [
        `There is no card on file to charge on ${day}. Please add one before then.`,
        creditsPayLater,
      ];
}

/** Whether a card on file can be charged at that time. */
export function hasCardOn({ cardUsableUntilMs }: CardOnFile, atMs: number): boolean {
  return cardUsableUntilMs !== null && atMs < cardUsableUntilMs;
}

/** One line of usage in words. */
export function usageLineOf(line: PostedLine): UsageLine {
  const { model, price, usagePeriod, quantity, cost, free, purchased, unbilled } = line;
  return {
    model: model === '' ? 'Requests' : model,
    meter: price === null ? null : meters[price.meter].units,
    usagePeriod,
    quantity: price === null ? null : quantityText(quantity, price.meter),
    price: price?.rate == null ? null : formatRate(price.rate, price.meter),
    cost,
    free,
    purchased,
    unbilled,
    writtenOff: line.writtenOff,
  };
}

/** "1,200,000", "0.25", and "-1,200" where a correction takes back more than was used. */
export function quantityText(used: Quantity, meter: Meter): string {
  const text = formatQuantity(Math.abs(used) as Quantity, meter);
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${used < 0 ? '-' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** Each lot once, whatever months of usage it paid. */
function appliedCredits(credits: readonly KnownCredit[]): AppliedCredits[] {
  const lots = new Map<number, AppliedCredits>();
  for (const { lotId, amount, acquiredAtMs, receiptNumber } of credits) {
    const before = lots.get(lotId);
    lots.set(lotId, {
      receiptNumber,
      boughtAtMs: acquiredAtMs,
      amount: before === undefined ? amount : sum(before.amount, amount),
    });
  }
  return [...lots.values()].toSorted((a, b) => a.boughtAtMs - b.boughtAtMs);
}

function documentTax({ amount, name, partsPerMillion, place }: Tax) {
  return { amount, name, partsPerMillion: place === null ? null : partsPerMillion };
}

function customerOf(accountId: string, party: Party): Customer {
  return {
    accountId,
    name: party?.name ?? null,
    addressLines: party?.address == null ? [] : addressLinesOf(party.address),
    country: party?.address?.country ?? null,
    taxId: party?.taxId ?? null,
    purchaseOrder: party?.purchaseOrder ?? null,
  };
}
