import { dateText, monthText } from '../domain/date-words.ts';
import { subtract, sum, ZERO } from '../domain/money.ts';
import {
  dateOf,
  documentLink,
  moneyIn,
  type Content,
  type NoticeContext,
  type NoticeOf,
} from './content.ts';

/** The mail that tells of a new invoice: what it asks for, when, and what else paid (R38, R42). */
export function invoiceIssued(notice: NoticeOf<'invoice_issued'>, context: NoticeContext): Content {
  const { number, credits, net, tax, carriedForward } = notice;
  const month = monthText(notice.period);
  const show = moneyIn(context);
  const amount = sum(net, tax);
  const replaces =
    notice.replaces === null
      ? []
      : [
          `It takes the place of invoice ${notice.replaces}, which is void: nothing is to be paid on it.`,
        ];
  const paragraphs = [
    `Invoice ${number} for your usage in ${month} is ready.`,
    ...(notice.isFinal === true ? ['It is the last one: your account was closed.'] : []),
    ...replaces,
    amount === ZERO ? 'There is nothing to pay.' : chargeWords(show(amount), notice),
    ...(credits === ZERO ? [] : [`Credits you bought before paid ${show(credits)}.`]),
    ...(carriedForward === ZERO
      ? []
      : notice.isFinal === true
        ? [`${show(carriedForward)} is too little to charge and is not asked for.`]
        : [`${show(carriedForward)} is too little to charge and counts as the next month’s.`]),
  ];
  return {
    subject:
      amount === ZERO
        ? `Invoice ${number} for ${month}: nothing to pay`
        : `Invoice ${number} for ${month}: ${show(amount)}`,
    heading: `Your invoice for ${month}`,
    paragraphs: [paragraphs.join(' ')],
    facts: [
      { label: 'Month', value: month },
      ...(credits === ZERO ? [] : [{ label: 'Paid by credits', value: show(credits) }]),
      { label: 'Usage to pay', value: show(net) },
      { label: 'Tax', value: show(tax) },
      { label: 'Amount', value: show(amount), strong: true },
      ...(amount === ZERO ? [] : [{ label: 'Due on', value: dateText(notice.chargeAtMs) }]),
    ],
    references: [dateOf(context), { label: 'Invoice', value: number }],
    link: { words: 'See your invoice', url: context.billingPageUrl },
    ...documentLink('Invoice as PDF', context),
  };
}

/** Who has no card on file is not told that it will be charged. */
function chargeWords(amount: string, notice: NoticeOf<'invoice_issued'>): string {
  const day = dateText(notice.chargeAtMs);
  if (notice.hasCard === true) return `${amount} will be charged to your card on ${day}.`;
  const due = `${amount} is due on ${day}.`;
  return notice.hasCard === undefined
    ? due
    : `${due} There is no card on file to charge: please add one before then.`;
}

/** The mail that tells of a credit note: what it takes back, of which invoice, and why (R43). */
export function creditNoteIssued(
  notice: NoticeOf<'credit_note_issued'>,
  context: NoticeContext,
): Content {
  const { number, invoiceNumber, net, tax, fromDue, due, reason } = notice;
  const show = moneyIn(context);
  const amount = sum(net, tax);
  const paidPart = subtract(amount, fromDue);
  return {
    subject: `Credit note ${number}: ${show(amount)} of invoice ${invoiceNumber} taken back`,
    heading: `${show(amount)} of invoice ${invoiceNumber} is taken back`,
    paragraphs: [
      `Credit note ${number} takes back ${show(amount)} of invoice ${invoiceNumber}: ${reason}`,
      [
        ...(fromDue === ZERO ? [] : [`${show(fromDue)} of it is taken off what is due.`]),
        ...(paidPart === ZERO ? [] : [`${show(paidPart)} of it was paid, and goes back to you.`]),
        due === ZERO
          ? 'Nothing more is to be paid on this invoice.'
          : `${show(due)} of the invoice is still to be paid.`,
      ].join(' '),
    ],
    facts: [
      { label: 'Credited, without tax', value: show(net) },
      { label: 'Tax', value: show(tax) },
      { label: 'Credited', value: show(amount), strong: true },
      ...(fromDue === ZERO ? [] : [{ label: 'Taken off what is due', value: show(fromDue) }]),
      ...(paidPart === ZERO ? [] : [{ label: 'Goes back to you', value: show(paidPart) }]),
      { label: 'Still to be paid', value: show(due) },
    ],
    references: [
      dateOf(context),
      { label: 'Credit note', value: number },
      { label: 'Invoice', value: invoiceNumber },
    ],
    link: { words: 'See the invoice', url: context.billingPageUrl },
    ...documentLink('Credit note as PDF', context),
  };
}
