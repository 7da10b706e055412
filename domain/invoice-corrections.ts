import type {
  CreditNoted,
  InvoiceIssued,
  InvoiceVoided,
  UsageCorrected,
} from './billing-events.ts';
import { transfersOf } from './bookkeeping.ts';
import { currency as currencyOf, type Currency, type CurrencyCode } from './currencies.ts';
import { refusal, type Refusal } from './failures.ts';
import { lastPostingPeriod, type InvoiceFacts, type UninvoicedUsage } from './invoice-reckoning.ts';
import type { Invoice } from './invoices.ts';
import { lotsAfter, unbilledAfter } from './lots.ts';
import {
  dividesIntoMinorUnits,
  formatMoney,
  fromMinorUnits,
  larger,
  shareInMinorUnits,
  smaller,
  subtract,
  sum,
  ZERO,
  type Micros,
} from './money.ts';
import type { UsagePosting } from './usage-postings.ts';

/** A correction of an issued invoice, which itself never changes (R43). */
export interface CreditNote {
  readonly creditNoteId: string;
  /** "CN-000007"; empty until it is recorded (R46). */
  readonly number: string;
  readonly invoiceId: string;
  readonly net: Micros;
  readonly tax: Micros;
  /** What of it was still to be paid; the rest was paid, and is owed back. */
  readonly fromDue: Micros;
  readonly reason: string;
  readonly issuedEventId: number;
  readonly issuedAtMs: number;
}

/**
 * Takes an invoice back for one that stands for it. One that anything was paid of, or credited on,
 * is never voided: it gets a credit note (B10).
 */
export function decideVoid(
  invoice: Invoice,
  issued: InvoiceIssued,
  { replacedBy, reason }: Pick<InvoiceVoided, 'replacedBy' | 'reason'>,
): InvoiceVoided | Refusal {
  const { state, paid, creditNotes, invoiceId } = invoice;
  if (state === 'void' || state === 'uncollectible' || state === 'forgiven') {
    return refusal('invoice_not_open');
  }
  const credited = creditNotes.net;
  if (paid > 0 || credited > 0) return refusal('invoice_paid', undefined, { paid, credited });
  const { credits, net, tax } = issued;
  return { kind: 'invoice_voided', invoiceId, replacedBy, reason, credits, net, tax };
}

/** What the invoice that stands for a void one is decided from. */
export function factsAfterVoid(facts: InvoiceFacts, voided: InvoiceVoided): InvoiceFacts {
  const { balances } = facts;
  const transfers = transfersOf(voided, balances.version + 1);
  return {
    ...facts,
    balances: { ...balances, version: balances.version + 1 },
    unbilledPeriods: unbilledAfter(facts.unbilledPeriods, transfers),
    lots: lotsAfter(facts.lots, transfers),
  };
}

/** The same once usage of the invoice's month was taken back; what is posted later is not on it. */
export function factsAfterCorrection(
  facts: InvoiceFacts,
  event: UsageCorrected,
  invoice: Pick<InvoiceIssued, 'invoiceKind' | 'period'>,
): InvoiceFacts {
  const { balances, usage } = facts;
  const until = lastPostingPeriod({ kind: invoice.invoiceKind, period: invoice.period });
  const postings = event.postings.filter(({ postingPeriod }) => postingPeriod <= until);
  const transfers = transfersOf(event, balances.version + 1);
  const added = (name: keyof UsagePosting & keyof UninvoicedUsage) =>
    sum(usage[name], ...postings.map((posting) => posting[name]));
  return {
    ...facts,
    balances: { ...balances, version: balances.version + 1 },
    unbilledPeriods: unbilledAfter(facts.unbilledPeriods, transfers),
    lots: lotsAfter(facts.lots, transfers),
    usage: {
      lines: usage.lines,
      cost: added('cost'),
      free: added('free'),
      purchased: added('purchased'),
      unbilled: added('unbilled'),
      writtenOff: added('writtenOff'),
    },
  };
}

export interface CreditNoteRequest {
  readonly creditNoteId: string;
  /** Without tax, which follows from it. */
  readonly net: Micros;
  readonly reason: string;
}

/**
 * Takes a part of an invoice back, with its share of the tax: of what is due first; what was paid
 * of it is owed back. All credit notes together never exceed the invoice (B10). What it leaves due is
 * nothing, or enough to be charged: a few cents that no card can pay would stop service for ever (B9).
 */
export function decideCreditNote(
  invoice: Invoice,
  { creditNoteId, net, reason }: CreditNoteRequest,
  code: CurrencyCode,
): CreditNoted | Refusal {
  const money = currencyOf(code);
  const { invoiceId, amount, due, dueTax } = invoice;
  if (invoice.state === 'void' || invoice.state === 'forgiven') return refusal('invoice_not_open');
  if (net <= 0 || !dividesIntoMinorUnits(net, money)) {
    return refusal('amount_not_chargeable', undefined, { asked: net });
  }
  const most = subtract(subtract(amount, invoice.tax.amount), invoice.creditNotes.net);
  if (net > most) return refusal('credit_note_too_large', undefined, { asked: net, most });
  const tax = taxOfCreditNote(invoice, net, money);
  const fromDue = smaller(sum(net, tax), due);
  const minimum = fromMinorUnits(money.minimumChargeMinorUnits, money);
  const left = subtract(due, fromDue);
  if (left > 0 && left < minimum && due >= minimum) {
    const least = formatMoney(minimum, money);
    const detail = `It would leave ${formatMoney(left, money)}. Take all of it back, or leave at least ${least}.`;
    return refusal('credit_note_leaves_too_little', detail, { asked: net, left, minimum });
  }
  return {
    kind: 'credit_noted',
    creditNoteId,
    invoiceId,
    reason,
    net,
    tax,
    due: splitOf(fromDue, tax, { due, dueTax }),
    ...(invoice.state === 'uncollectible' ? { writtenOff: true } : {}),
  };
}

/** What is due, all of it or as the credit note splits it, as far as there is that much of each. */
function splitOf(
  fromDue: Micros,
  tax: Micros,
  { due, dueTax }: Pick<Invoice, 'due' | 'dueTax'>,
): CreditNoted['due'] {
  const leastTax = larger(ZERO, subtract(fromDue, subtract(due, dueTax)));
  const share = larger(leastTax, smaller(tax, dueTax));
  return { net: subtract(fromDue, share), tax: share };
}

/** What is credited in all, at the invoice's rate, less what went before: never a cent too much (B9). */
function taxOfCreditNote(
  { amount, tax, creditNotes: earlier }: Invoice,
  net: Micros,
  money: Currency,
): Micros {
  const netInAll = sum(net, earlier.net);
  const isWhole = netInAll === subtract(amount, tax.amount);
  const taxInAll = isWhole ? tax.amount : shareInMinorUnits(netInAll, tax.partsPerMillion, money);
  return subtract(taxInAll, earlier.tax);
}

/** An invoice after a credit note; one that nothing is due of any more is paid. */
export function invoiceAfterCreditNote(
  invoice: Invoice,
  { net, tax, due: part }: CreditNoted,
): Invoice {
  const fromDue = sum(part.net, part.tax);
  const due = subtract(invoice.due, fromDue);
  return {
    ...invoice,
    due,
    dueTax: subtract(invoice.dueTax, part.tax),
    credited: sum(invoice.credited, fromDue),
    creditNotes: {
      net: sum(invoice.creditNotes.net, net),
      tax: sum(invoice.creditNotes.tax, tax),
    },
    state: due === 0 ? 'paid' : invoice.state,
  };
}
