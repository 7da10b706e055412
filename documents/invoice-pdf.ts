import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises';
import { dateText, monthText } from '../domain/date-words.ts';
import {
  assertAddsUp,
  usageTotalsOf,
  type InvoiceDocument,
  type UsageLine,
} from '../domain/documents.ts';
import { sum, ZERO, type Micros } from '../domain/money.ts';
import { headline, openLetter, sums, type Fact, type Sum } from './letterhead.ts';
import { decimalsOf, page, type Paper } from './paper.ts';
import { styles } from './styles.ts';
import { Table, type Cell } from './table.ts';
import { moneyIn, negative, taxText } from './words.ts';

/**
 * An invoice as a PDF: the same bytes for the same model, on any machine (R41).
 * Throws RangeError where the model does not add up.
 */
export async function invoicePdf(invoice: InvoiceDocument): Promise<Uint8Array> {
  assertAddsUp(invoice);
  const { number, issuedAtMs, seller, customer, currency, net, tax, dueAtMs } = invoice;
  const show = moneyIn(currency);
  const total = sum(net, tax.amount);
  const kind = invoice.isFinal ? 'Final invoice' : 'Invoice';
  const letter = { kind, number, issuedAtMs, seller, customer, facts: factsOf(invoice) };
  const paper = await openLetter(letter, invoice);
  const isVoid = invoice.voidedAtMs !== null;
  const amount = total === ZERO ? 'Nothing to pay' : `${show(total)} due ${dayOf(dueAtMs)}`;
  headline(paper, isVoid ? 'Void' : amount, isVoid ? [voidText] : invoice.howToPay);
  if (invoice.lines.length > 0) await usageTable(paper, invoice);
  paper.y += 12;
  sums(paper, sumsOf(invoice));
  notes(paper, invoice);
  return paper.end();
}

const voidText = 'This invoice was taken back. Nothing is to be paid on it.';

/** The last day: `dueAtMs` is the instant it ends. */
function dayOf(dueAtMs: number): string {
  return dateText(dueAtMs - 1);
}

function factsOf(invoice: InvoiceDocument): Fact[] {
  const { number, issuedAtMs, dueAtMs, customer, replacesNumber, voidedAtMs, net, tax } = invoice;
  const isDue = sum(net, tax.amount) > ZERO && voidedAtMs === null;
  return [
    ['Invoice', number],
    ['Issued', dateText(issuedAtMs)],
    ['For usage in', monthText(invoice.period)],
    ['Up to', `${new Date(invoice.cutoffMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ...(isDue ? [['Due', dayOf(dueAtMs)] satisfies Fact] : []),
    ['Currency', invoice.currency.toUpperCase()],
    ...(customer.purchaseOrder === null
      ? []
      : [['PO number', customer.purchaseOrder] satisfies Fact]),
    ...(replacesNumber === null ? [] : [['Replaces', replacesNumber] satisfies Fact]),
    ...(voidedAtMs === null ? [] : [['Void since', dateText(voidedAtMs)] satisfies Fact]),
    ['Account', customer.accountId],
  ];
}

type NumberOf = (line: UsageLine) => string;

/** Columns of numbers, with how a line's is written. */
function numberColumns(show: (amount: Micros) => string): [string, number, NumberOf][] {
  return [
    ['QUANTITY', 70, (line) => line.quantity ?? ''],
    ['COST', 64, (line) => show(line.cost)],
    ['FREE', 62, (line) => show(line.free)],
    ['PURCHASED', 64, (line) => show(line.purchased)],
    ['TO PAY', 64, (line) => show(line.unbilled)],
  ];
}

/** A server that makes ten thousand rows answers others in between. */
const rowsAtOnce = 20;

async function usageTable(paper: Paper, invoice: InvoiceDocument): Promise<void> {
  const show = moneyIn(invoice.currency);
  paper.paragraph('Usage, and which credits paid it', styles.strong);
  paper.y += 6;
  const numbers = numberColumns(show).map(([heading, width, write]) => {
    const decimals = Math.max(...invoice.lines.map((line) => decimalsOf(write(line))));
    return { heading, width, write, decimals };
  });
  const width = page.right - page.left - numbers.reduce((total, column) => total + column.width, 0);
  const table = new Table(paper, [{ heading: 'USAGE', width }, ...numbers]);
  for (const [index, line] of invoice.lines.entries()) {
    if (index % rowsAtOnce === rowsAtOnce - 1) await turnOfTheEventLoop();
    table.row([
      descriptionOf(line, invoice),
      ...numbers.map(({ write }) => [{ text: write(line), style: styles.small }]),
    ]);
  }
}

function descriptionOf(line: UsageLine, { period, currency }: InvoiceDocument): Cell {
  const { model, meter, price, usagePeriod, writtenOff } = line;
  const show = moneyIn(currency);
  const details = [
    price === null ? meter : `${currency.toUpperCase()} ${price}`,
    usagePeriod === period ? null : `used in ${monthText(usagePeriod)}`,
    writtenOff === ZERO ? null : `${show(writtenOff)} not charged`,
  ].filter((detail) => detail !== null);
  return [
    { text: model, style: styles.smallStrong },
    ...details.map((text) => ({ text, style: styles.smallSoft })),
  ];
}

function sumsOf(invoice: InvoiceDocument): Sum[] {
  const { lines, broughtForward, credits, carriedForward, carriedTo, net, tax } = invoice;
  const show = moneyIn(invoice.currency);
  const usage = usageTotalsOf(lines);
  const less = (label: string, amount: Micros): Sum[] =>
    amount === ZERO ? [] : [{ label, amount: show(negative(amount)) }];
  const bought = credits.map(({ receiptNumber, boughtAtMs, amount }): Sum => {
    const receipt = receiptNumber === null ? '' : `, receipt ${receiptNumber}`;
    const label = `Credits of ${dateText(boughtAtMs)}${receipt}`;
    return { label, amount: show(negative(amount)) };
  });
  const later = carriedTo === null ? 'Not asked for' : `Carried forward to ${monthText(carriedTo)}`;
  return [
    { label: 'Usage', amount: show(usage.cost) },
    ...less('Paid with free credits', usage.free),
    ...less('Paid with purchased credits', usage.purchased),
    ...less('Not charged', usage.writtenOff),
    ...(broughtForward === ZERO
      ? []
      : [{ label: 'Brought forward from before', amount: show(broughtForward) }]),
    ...bought,
    ...less(later, carriedForward),
    { label: 'Subtotal', amount: show(net) },
    { label: taxText(tax), amount: show(tax.amount) },
    { label: 'Total', amount: show(sum(net, tax.amount)), kind: 'total' },
  ];
}

function notes(paper: Paper, invoice: InvoiceDocument): void {
  const { carriedForward, carriedTo, reverseCharge, currency, net, tax } = invoice;
  const show = moneyIn(currency);
  const sentences = [
    ...(carriedForward > ZERO && carriedTo !== null
      ? [
          `${show(carriedForward)} is less than a card can be charged. It counts in ` +
            `${monthText(carriedTo)}, and is shown on that month’s invoice.`,
        ]
      : []),
    ...(reverseCharge ? [reverseChargeText] : []),
    ...(sum(net, tax.amount) > ZERO
      ? []
      : ['This invoice records usage that was paid already. There is nothing to do.']),
  ];
  paper.y += 14;
  for (const sentence of sentences) {
    paper.paragraph(sentence, styles.soft);
    paper.y += 4;
  }
}

/** The words that EU directive 2006/112/EC, article 226 (11a), asks for. */
export const reverseChargeText = 'Reverse charge: the customer accounts for the tax.';
