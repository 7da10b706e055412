import type {
  countedCreditAnswer,
  creditNoteAnswer,
  invoiceAnswer,
  invoiceLineAnswer,
  invoicePreviewAnswer,
} from '../domain/invoice-answer.ts';
import { facts, table } from './words.ts';

type Invoice = ReturnType<typeof invoiceAnswer>;
type Line = ReturnType<typeof invoiceLineAnswer>;
type CreditNote = ReturnType<typeof creditNoteAnswer>;
type Preview = ReturnType<typeof invoicePreviewAnswer>;

interface WholeInvoice extends Invoice {
  readonly lines: readonly Line[];
  readonly credits: readonly ReturnType<typeof countedCreditAnswer>[];
  readonly creditNotes: readonly CreditNote[];
  readonly replacedBy: string | null;
}

export function invoiceTable(invoices: readonly Invoice[]): string {
  if (invoices.length === 0) return 'no invoices yet';
  return table(
    ['NUMBER', 'MONTH', 'STATE', 'AMOUNT', 'DUE', 'BY', 'INVOICE'],
    invoices.map((invoice) => [
      ...[
        invoice.number,
        invoice.period ?? '',
        stateWords(invoice),
        moneyOf(invoice.amount, invoice),
      ],
      ...[invoice.due, lastDay(invoice.dueAt), invoice.id],
    ]),
  );
}

export function invoiceWords(invoice: WholeInvoice): string {
  const { number, lines, creditNotes, howToPay } = invoice;
  const head = facts([
    ['State', stateWords(invoice)],
    ['Id', invoice.id],
    ['Account', invoice.accountId],
    ['Month', invoice.period],
    ['Up to', invoice.cutoff],
    ['Issued', invoice.issuedAt],
    ['Replaces', invoice.replaces],
    ['Replaced by', invoice.replacedBy],
  ]);
  const sums = facts([
    ...sumRows(invoice),
    ['Still due', `${moneyOf(invoice.due, invoice)}, by ${lastDay(invoice.dueAt)}`],
    ['Paid', isZero(invoice.paid) ? null : moneyOf(invoice.paid, invoice)],
    ['Credited', isZero(invoice.credited) ? null : moneyOf(invoice.credited, invoice)],
  ]);
  const notes = creditNotes.map((note) => `credit note ${note.number}: ${note.reason}`);
  return [`${number}\n${head}`, lineTable(lines, invoice.currency), sums, ...notes, ...howToPay]
    .filter((part) => part !== '')
    .join('\n\n');
}

export function previewWords(preview: Preview): string {
  const { period, lines, currency, amount, chargeAt } = preview;
  const end = isZero(amount)
    ? 'Nothing would be charged.'
    : `It would be charged on ${chargeAt.slice(0, 10)}. Nothing of this is final.`;
  return [
    `the invoice of ${period}, as it would be now`,
    lines.length === 0 ? 'nothing used yet' : lineTable(lines, currency),
    facts(sumRows(preview)),
    end,
  ].join('\n\n');
}

export function creditNoteWords(note: CreditNote): string {
  const rows = facts([
    ['Invoice', note.invoice],
    ['Amount', `${moneyOf(note.amount, note)}, tax of ${note.tax} in it`],
    ['Off what is due', moneyOf(note.fromDue, note)],
    ['Goes back', isZero(note.refundDue) ? null : moneyOf(note.refundDue, note)],
    ['Reason', note.reason],
    ['Id', note.id],
  ]);
  return `${note.number}\n${rows}`;
}

type Summed = Pick<
  Preview,
  'broughtForward' | 'net' | 'tax' | 'amount' | 'carriedForward' | 'carriedTo' | 'currency'
> & { readonly credits: readonly { readonly paidAt: string; readonly amount: string }[] };

function sumRows(summed: Summed): [string, string | null][] {
  const { broughtForward, credits, net, tax, amount, carriedForward, carriedTo } = summed;
  const paid = credits.map((one) => one.amount).join(' + ');
  const carried = `${carriedForward}, ${carriedTo === null ? 'never asked for' : `to ${carriedTo}`}`;
  return [
    ['Brought forward', isZero(broughtForward) ? null : broughtForward],
    ['Credits paid', paid === '' ? null : paid],
    ['Carried forward', isZero(carriedForward) ? null : carried],
    ['To pay, no tax', net],
    [tax.name ?? 'Tax', tax.amount],
    ['Amount', moneyOf(amount, summed)],
  ];
}

function lineTable(lines: readonly Line[], currency: string): string {
  if (lines.length === 0) return '';
  return table(
    ['MODEL', 'METER', 'USED IN', 'QUANTITY', 'PRICE', `COST (${currency.toUpperCase()})`].concat([
      ...['FREE', 'PURCHASED', 'TO PAY', 'NOT CHARGED'],
    ]),
    lines.map((line) => [
      ...[line.model ?? '', line.meter ?? '', line.usagePeriod, line.quantity ?? ''],
      line.price === null ? '' : `${line.price.amount} per ${line.price.per}`,
      ...[line.cost, line.free, line.purchased, line.unbilled, line.writtenOff],
    ]),
  );
}

function stateWords({ state, pastDue }: Invoice): string {
  return pastDue ? `${state}, past due` : state;
}

function moneyOf(amount: string, { currency }: { readonly currency: string }): string {
  return `${amount} ${currency.toUpperCase()}`;
}

function isZero(amount: string): boolean {
  return Number(amount) === 0;
}

/** The due date is the instant that the last day ends. */
function lastDay(dueAt: string): string {
  return new Date(Date.parse(dueAt) - 1).toISOString().slice(0, 10);
}
