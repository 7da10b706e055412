import { dateText } from '../domain/date-words.ts';
import type { ReceiptDocument } from '../domain/documents.ts';
import { subtract, sum } from '../domain/money.ts';
import { headline, openLetter, sums, type Fact, type Sum } from './letterhead.ts';
import { moneyIn, negative, taxText } from './words.ts';

/** The receipt of a purchase as a PDF: the same bytes for the same model (R42). */
export async function receiptPdf(receipt: ReceiptDocument): Promise<Uint8Array> {
  const { number, issuedAtMs, seller, customer, credits, tax, expireAtMs } = receipt;
  const show = moneyIn(receipt.currency);
  const letter = { kind: 'Receipt', number, issuedAtMs, seller, customer, facts: factsOf(receipt) };
  const paper = await openLetter(letter, receipt);
  const paid = `${show(sum(credits, tax.amount))} paid on ${dateText(issuedAtMs)}`;
  const end =
    expireAtMs === null
      ? 'Purchased credits do not expire.'
      : `What is left of the credits expires on ${dateText(expireAtMs)}.`;
  headline(paper, paid, [`You bought ${show(credits)} of credits. ${end}`]);
  sums(paper, paymentOf(receipt), 'What you paid');
  paper.y += 16;
  sums(paper, useOf(receipt), 'What became of the credits');
  return paper.end();
}

function factsOf({ number, issuedAtMs, customer, ...receipt }: ReceiptDocument): Fact[] {
  return [
    ['Receipt', number],
    ['Paid on', dateText(issuedAtMs)],
    ...(receipt.paidWith === null ? [] : [['Paid with', receipt.paidWith] satisfies Fact]),
    ...(customer.purchaseOrder === null
      ? []
      : [['PO number', customer.purchaseOrder] satisfies Fact]),
    ['Currency', receipt.currency.toUpperCase()],
    ['Purchase', receipt.purchaseId],
    ['Account', customer.accountId],
  ];
}

/** What was charged, tax apart (R45), and what went back. */
function paymentOf({ credits, tax, refunds, currency }: ReceiptDocument): Sum[] {
  const show = moneyIn(currency);
  const charged = sum(credits, tax.amount);
  const left = subtract(charged, sum(...refunds.map(({ amount }) => amount)));
  return [
    { label: 'Purchased credits', amount: show(credits) },
    { label: taxText(tax), amount: show(tax.amount) },
    { label: 'Charged to your card', amount: show(charged), kind: 'total' },
    ...refunds.map(({ refundedAtMs, amount }): Sum => {
      const label = `Returned to your card on ${dateText(refundedAtMs)}`;
      return { label, amount: show(negative(amount)) };
    }),
    ...(refunds.length === 0
      ? []
      : [{ label: 'Paid after returns', amount: show(left), kind: 'total' } satisfies Sum]),
  ];
}

/** Both uses, also where one is nothing (R22). */
function useOf({ credits, paidUnbilled, currency }: ReceiptDocument): Sum[] {
  const show = moneyIn(currency);
  return [
    {
      label: 'Paid usage that nothing had paid yet',
      amount: show(paidUnbilled),
    },
    { label: 'Added to your balance', amount: show(subtract(credits, paidUnbilled)) },
  ];
}
