import { dateText } from '../domain/date-words.ts';
import type { CreditNoteDocument } from '../domain/documents.ts';
import { subtract, sum, ZERO } from '../domain/money.ts';
import { reverseChargeText } from './invoice-pdf.ts';
import { headline, openLetter, sums, type Fact, type Sum } from './letterhead.ts';
import { styles } from './styles.ts';
import { moneyIn, taxText } from './words.ts';

/** A credit note as a PDF: what corrects an issued invoice, which is never edited (R43). */
export async function creditNotePdf(note: CreditNoteDocument): Promise<Uint8Array> {
  const { number, issuedAtMs, seller, customer, net, tax, invoiceNumber } = note;
  const show = moneyIn(note.currency);
  const facts = factsOf(note);
  const letter = { kind: 'Credit note', number, issuedAtMs, seller, customer, facts };
  const paper = await openLetter(letter, note);
  const total = sum(net, tax.amount);
  headline(paper, `${show(total)} credited on ${dateText(issuedAtMs)}`, [
    `It corrects invoice ${invoiceNumber} of ${dateText(note.invoiceIssuedAtMs)}.`,
    note.reason,
  ]);
  sums(paper, sumsOf(note));
  if (note.reverseCharge) {
    paper.y += 14;
    paper.paragraph(reverseChargeText, styles.soft);
  }
  return paper.end();
}

function factsOf({ number, issuedAtMs, customer, ...note }: CreditNoteDocument): Fact[] {
  return [
    ['Credit note', number],
    ['Issued', dateText(issuedAtMs)],
    ['For invoice', note.invoiceNumber],
    ['Currency', note.currency.toUpperCase()],
    ...(customer.purchaseOrder === null
      ? []
      : [['PO number', customer.purchaseOrder] satisfies Fact]),
    ['Account', customer.accountId],
  ];
}

/** The unpaid part lowers what is due, the paid part goes back. */
function sumsOf({ net, tax, fromDue, currency }: CreditNoteDocument): Sum[] {
  const show = moneyIn(currency);
  const total = sum(net, tax.amount);
  const paidPart = subtract(total, fromDue);
  return [
    { label: 'Credited', amount: show(net) },
    { label: taxText(tax), amount: show(tax.amount) },
    { label: 'Total credited', amount: show(total), kind: 'total' },
    ...(fromDue === ZERO ? [] : [{ label: 'Taken off what is due', amount: show(fromDue) }]),
    ...(paidPart === ZERO ? [] : [{ label: 'Paid already, goes back', amount: show(paidPart) }]),
  ];
}
