import { sum, ZERO } from '../domain/money.ts';
import {
  dateOf,
  moneyIn,
  utcDay,
  type Content,
  type NoticeContext,
  type NoticeOf,
} from './content.ts';

/** The mail that tells of a new invoice: what it asks for, when, and what else paid (R38, R42). */
export function invoiceIssued(notice: NoticeOf<'invoice_issued'>, context: NoticeContext): Content {
  const { number, period, credits, net, tax, carriedForward } = notice;
  const show = moneyIn(context);
  const amount = sum(net, tax);
  const replaces =
    notice.replaces === null
      ? []
      : [
          `It takes the place of invoice ${notice.replaces}, which is void: nothing is to be paid on it.`,
        ];
  const paragraphs = [
    `Invoice ${number} for your usage in ${period} is ready.`,
    ...replaces,
    amount === ZERO
      ? 'There is nothing to pay.'
      : `${show(amount)} will be charged to your card on ${utcDay(notice.chargeAtMs)}.`,
    ...(credits === ZERO ? [] : [`Credits you bought before paid ${show(credits)}.`]),
    ...(carriedForward === ZERO
      ? []
      : [`${show(carriedForward)} is too little to charge and counts as the next month’s.`]),
  ];
  return {
    subject:
      amount === ZERO
        ? `Invoice ${number} for ${period}: nothing to pay`
        : `Invoice ${number} for ${period}: ${show(amount)}`,
    heading: `Your invoice for ${period}`,
    paragraphs: [paragraphs.join(' ')],
    facts: [
      { label: 'Month', value: period },
      { label: 'Paid by credits', value: show(credits) },
      { label: 'Usage to pay', value: show(net) },
      { label: 'Tax', value: show(tax) },
      { label: 'Amount', value: show(amount), strong: true },
      ...(amount === ZERO ? [] : [{ label: 'Due on', value: utcDay(notice.chargeAtMs) }]),
    ],
    references: [dateOf(context), { label: 'Invoice', value: number }],
    link: { words: 'See your invoice', url: context.billingPageUrl },
    ...(context.documentUrl === undefined
      ? {}
      : { furtherLink: { words: 'Invoice as PDF', url: context.documentUrl } }),
  };
}
