import type { Balances } from './account.ts';
import type { BillingEvent, UsageCharge } from './billing-events.ts';
import { changeOf, type AccountBook, type Book, type Transfer } from './bookkeeping.ts';
import { subtract, sum, ZERO, type Micros } from './money.ts';
import type { Period } from './period.ts';

/** What a statement keeps a running balance of. */
export type StatementBalances = Readonly<Record<StatementBook, Micros>>;
export type StatementBook = (typeof statementBooks)[number];

export const statementBooks = [
  ...(['purchased', 'free', 'unbilled', 'invoiced', 'invoicedTax', 'refundsDue'] as const),
] as const satisfies readonly (keyof Balances)[];

const bookOf = {
  purchased: 'purchased',
  free: 'free',
  unbilled: 'unbilled',
  invoiced: 'invoiced',
  invoicedTax: 'invoiced_tax',
  refundsDue: 'refunds_due',
} as const satisfies Record<StatementBook, AccountBook>;

/** A billing event as it was recorded, with what it moved. */
export interface RecordedEntry {
  readonly eventId: number;
  readonly occurredAtMs: number;
  readonly policyVersion: string;
  readonly event: BillingEvent;
  readonly transfers: readonly Transfer[];
}

/** One line of a statement. */
export interface StatementEntry extends RecordedEntry {
  readonly words: string;
  readonly change: StatementBalances;
  /** What there was of each right after it. */
  readonly after: StatementBalances;
}

/** What transfers add to each balance; negative where they take away. */
export function changeBy(transfers: readonly Transfer[]): StatementBalances {
  return eachBook((book) => changeOf(bookOf[book], transfers));
}

export function plus(a: StatementBalances, b: StatementBalances): StatementBalances {
  return eachBook((book) => sum(a[book], b[book]));
}

export function minus(a: StatementBalances, b: StatementBalances): StatementBalances {
  return eachBook((book) => subtract(a[book], b[book]));
}

function eachBook(value: (book: StatementBook) => Micros): StatementBalances {
  const entries = statementBooks.map((book) => [book, value(book)] as const);
  return Object.fromEntries(entries) as Record<StatementBook, Micros>;
}

/** The lines that follow each other from these balances on, oldest first. */
export function entriesFrom(
  opening: StatementBalances,
  recorded: readonly RecordedEntry[],
): StatementEntry[] {
  let balances = opening;
  return recorded.map((row) => {
    const change = changeBy(row.transfers);
    balances = plus(balances, change);
    return { ...row, words: wordsOf(row.event), change, after: balances };
  });
}

/** The lines that lead to these balances, newest first. */
export function entriesUpTo(
  closing: StatementBalances,
  recorded: readonly RecordedEntry[],
): StatementEntry[] {
  let balances = closing;
  return recorded.map((row) => {
    const change = changeBy(row.transfers);
    const after = balances;
    balances = minus(balances, change);
    return { ...row, words: wordsOf(row.event), change, after };
  });
}

/** What happened, in words for the customer. */
function wordsOf(event: BillingEvent): string {
  switch (event.kind) {
    case 'opening_balance':
      return 'Balance brought from elsewhere';
    case 'credits_granted':
      return event.scope === null
        ? 'Free credits given'
        : `Free credits given for ${event.scope.join(', ')}`;
    case 'pack_purchased':
      return `Credits bought, receipt ${event.receiptNumber}`;
    case 'purchase_opened':
      return 'Purchase begun';
    case 'purchase_closed':
      return 'Purchase ended without credits';
    case 'payment_unapplied':
      return 'Payment that goes back to the card';
    case 'refund_paid':
      return 'Payment returned to the card';
    case 'usage_charged':
      return usageWords(event.charges);
    case 'credits_expired':
      return event.lotKind === 'free' ? 'Free credits expired' : 'Purchased credits expired';
    case 'usage_corrected':
      return 'Usage corrected';
    case 'invoice_issued':
      return `Invoice for ${event.period}`;
    case 'unbilled_carried':
      return `Usage of ${event.period} carried forward`;
    case 'invoice_voided':
      return 'Invoice taken back';
    case 'credit_noted':
      return 'Credit note';
    case 'invoice_paid':
      return 'Invoice paid by card';
    case 'debt_written_off':
      return 'Invoice written off, still to be paid';
    case 'debt_forgiven':
      return 'Invoice forgiven';
  }
}

function usageWords(charges: readonly UsageCharge[]): string {
  const models = charges.flatMap(({ model }) => model ?? []);
  if (models.length === 0) return 'Usage';
  return models.length <= 2
    ? `Usage of ${models.join(' and ')}`
    : `Usage of ${models.length} models`;
}

/** A transfer as a customer reads it. */
export interface Movement {
  readonly words: string;
  readonly amount: Micros;
  readonly lotId: number | null;
  readonly period: Period | null;
  readonly invoiceId: string | null;
}

/** The transfers of an entry in words: what moved, of which lot, month or invoice; each once. */
export function movementsOf({ event, transfers }: RecordedEntry): Movement[] {
  const movements = new Map<string, Movement>();
  for (const transfer of transfers) {
    const { amount, lotId, period, invoiceId } = transfer;
    const words = transferWords(transfer, event.kind);
    const before = movements.get(words)?.amount ?? ZERO;
    movements.set(words, { words, amount: sum(before, amount), lotId, period, invoiceId });
  }
  return [...movements.values()];
}

function transferWords(transfer: Transfer, kind: BillingEvent['kind']): string {
  const { debitBook, creditBook, lotId, period, invoiceId } = transfer;
  const about = [
    ...(lotId === null ? [] : [`lot ${lotId}`]),
    ...(period === null ? [] : [`month ${period}`]),
    ...(invoiceId === null ? [] : [invoiceId]),
  ];
  const words = pairWords(debitBook, creditBook, kind);
  return about.length === 0 ? words : `${words} (${about.join(', ')})`;
}

const wordsOfPair: Partial<Record<`${Book} ${Book}`, string>> = {
  'processor purchased': 'Credits paid by card',
  'processor tax': 'Tax paid by card',
  'processor refunds_due': 'Paid by card, to be returned',
  'refunds_due processor': 'Returned to the card',
  'promotions free': 'Free credits given',
  'free promotions': 'Free credits used',
  'purchased revenue': 'Purchased credits used',
  'purchased unbilled': 'Purchased credits paid usage',
  'unbilled revenue': 'Usage to be invoiced',
  'opening purchased': 'Credits brought from elsewhere',
  'unbilled opening': 'Usage brought from elsewhere, to be invoiced',
  'invoiced unbilled': 'Asked for by invoice',
  'invoiced_tax tax': 'Tax asked for by invoice',
  'rounding unbilled': 'Carried forward from the month',
  'unbilled rounding': 'Carried forward to the month',
  'revenue invoiced': 'Taken off the invoice',
  'tax invoiced_tax': 'Tax taken off the invoice',
  'revenue refunds_due': 'Paid before, to be returned',
  'tax refunds_due': 'Tax paid before, to be returned',
  'processor invoiced': 'Invoice paid by card',
  'processor invoiced_tax': 'Tax of the invoice paid by card',
  'bad_debt invoiced': 'Forgiven',
  'bad_debt invoiced_tax': 'Tax forgiven',
  'allowance invoiced': 'Forgiven',
  'allowance invoiced_tax': 'Tax forgiven',
  'bad_debt allowance': 'No longer expected',
  'allowance bad_debt': 'Settled after all',
  'invoiced opening': 'Open invoice brought from elsewhere',
};

function pairWords(debit: Book, credit: Book, kind: BillingEvent['kind']): string {
  if (kind === 'credits_expired') return 'Credits expired';
  if (kind === 'usage_corrected') return 'Usage given back';
  if (kind === 'invoice_voided') return 'Taken back with the invoice';
  return wordsOfPair[`${debit} ${credit}`] ?? `From ${debit} to ${credit}`.replaceAll('_', ' ');
}
