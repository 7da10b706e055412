import { failures } from '../domain/failures.ts';
import { ZERO } from '../domain/money.ts';
import {
  codeOf,
  dateOf,
  documentLink,
  moneyIn,
  reasonOf,
  utcTime,
  whoCanFixIt,
  type Content,
  type NoticeContext,
  type NoticeOf,
} from './content.ts';
import type { Fact } from './layout.ts';

/** Mails about an invoice that is to be paid: what `domain/collection-notices.ts` finds to tell. */

/** Said wherever somebody might think that buying credits helps (R47, R48). */
const creditsDoNotPay = 'Credits do not pay an invoice, neither those you have nor new ones.';
const linkWorksOnce = 'The link works once; links in older mails no longer work.';
const whoeverPays = 'Who can fix it: you can, with the link below or on your billing page.';

/** What was charged, what is left, and what goes back (R52). */
export function invoicePaid(
  { number, paymentId, amount, due, excess }: NoticeOf<'invoice_paid'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  const isPart = due !== ZERO;
  const left = isPart
    ? `${show(due)} of the invoice is still to be paid.`
    : 'Nothing more is to be paid on this invoice.';
  const goesBack =
    `That is ${show(excess)} more than was due: we owe it to you and return it to your card. ` +
    'It does not become credits.';
  return {
    subject: isPart
      ? `Payment received: ${show(amount)} of invoice ${number}, ${show(due)} left`
      : `Payment received: invoice ${number}, ${show(amount)}`,
    heading: isPart ? `Thank you: a part of invoice ${number} is paid` : `Thank you for paying`,
    paragraphs: [
      `Your card was charged ${show(amount)} for invoice ${number}. ${left}`,
      ...(excess === ZERO ? [] : [goesBack]),
    ],
    facts: [
      { label: 'Invoice', value: number },
      { label: 'Charged to your card', value: show(amount), strong: true },
      { label: 'Still to be paid', value: show(due) },
      ...(excess === ZERO ? [] : [{ label: 'Goes back to you', value: show(excess) }]),
    ],
    references: referencesOf(context, paymentId),
    link: { words: 'See the invoice', url: context.billingPageUrl },
    ...documentLink('Invoice as PDF', context),
  };
}

export function invoicePaymentDeclined(
  { number, paymentId, amount, decline, nextChargeAtMs }: NoticeOf<'invoice_payment_declined'>,
  context: NoticeContext,
): Content {
  const asked = moneyIn(context)(amount);
  const next =
    nextChargeAtMs === null
      ? 'This card is not charged again by itself. A new card that you put on file is.'
      : `Your card is charged again on ${utcTime(nextChargeAtMs)}. You need not wait for it.`;
  return {
    subject: `Your card was declined: invoice ${number} is not paid`,
    heading: 'Your card was declined',
    paragraphs: [
      `We tried to charge ${asked} for invoice ${number}. ${decline.reason} Nothing was charged.`,
      `What to do: ${decline.whatToDo}`,
      `${next} ${creditsDoNotPay}`,
      `${whoCanFixIt[decline.whoCanFix]} ${linkWorksOnce}`,
    ],
    facts: [
      ...nothingCharged(number, asked, moneyIn(context)(ZERO)),
      ...(nextChargeAtMs === null
        ? []
        : [{ label: 'Charged again on', value: utcTime(nextChargeAtMs) }]),
    ],
    references: [...referencesOf(context, paymentId), codeOf(decline)],
    link: payLink(context),
  };
}

/** The card was looked at and not charged: it is prepaid, expired, or not there any more (R10). */
export function invoiceCardRefused(
  { number, paymentId, amount, refusal }: NoticeOf<'invoice_card_refused'>,
  context: NoticeContext,
): Content {
  const asked = moneyIn(context)(amount);
  const isTheirs = failures[refusal.code].whoCanAct === 'customer';
  return {
    subject: `Your card cannot pay invoice ${number}`,
    heading: 'Your card cannot be charged',
    paragraphs: [
      `${asked} is to be paid for invoice ${number}. ${reasonOf(refusal)} The card was not charged.`,
      'What to do: put a standard credit or debit card on file, and it is charged by itself. Or ' +
        `pay with the link below. ${creditsDoNotPay}`,
      isTheirs
        ? `${whoeverPays} ${linkWorksOnce}`
        : `Who can fix it: we have to. Please answer this mail. ${linkWorksOnce}`,
    ],
    facts: nothingCharged(number, asked, moneyIn(context)(ZERO)),
    references: [...referencesOf(context, paymentId), codeOf(refusal)],
    link: payLink(context),
  };
}

export function invoiceCardNeeded(
  { number, due }: NoticeOf<'invoice_card_needed'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `Invoice ${number} waits for a card: ${show(due)}`,
    heading: 'There is no card that we could charge',
    paragraphs: [
      `${show(due)} is due for invoice ${number}, and there is no card on file that has not ` +
        'expired. Nothing was charged.',
      'What to do: put a credit or debit card on file, and it is charged by itself. Or pay with ' +
        'the link below. Prepaid cards are not supported.',
      'While an invoice stays unpaid, your service can be stopped, however many credits you ' +
        `have. ${creditsDoNotPay}`,
      `${whoeverPays} ${linkWorksOnce}`,
    ],
    facts: toBePaid(number, show(due)),
    references: referencesOf(context),
    link: payLink(context),
  };
}

/** Sent when the bank first asks, and again as reminders (R13). */
export function invoiceAuthenticationNeeded(
  { number, paymentId, amount, reminder }: NoticeOf<'invoice_authentication_needed'>,
  context: NoticeContext,
): Content {
  const asked = moneyIn(context)(amount);
  const isFirst = reminder === 0;
  return {
    subject: isFirst
      ? `Please confirm your payment of invoice ${number}`
      : `Reminder: your payment of invoice ${number} waits for you`,
    heading: isFirst ? 'Your bank asks for a confirmation' : 'Your bank still waits for you',
    paragraphs: [
      `${asked} is to be paid for invoice ${number}. Your bank asks you to confirm that it is ` +
        'you who pays. Until then nothing is charged.',
      `What to do: open the page below and follow your bank’s steps. ${linkWorksOnce}`,
      'If nobody confirms, the invoice stays unpaid, and your service can be stopped. ' +
        creditsDoNotPay,
      'Who can fix it: only you and your bank can. Or pay with another card.',
    ],
    facts: nothingCharged(number, asked, moneyIn(context)(ZERO)),
    references: referencesOf(context, paymentId),
    link: { words: 'Confirm the payment', url: context.billingPageUrl },
  };
}

/** Less is due than what the bank was asked for: that payment was called off (R13, R52). */
export function invoiceDueChanged(
  { number, paymentId, amount, due }: NoticeOf<'invoice_due_changed'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `Please pay ${show(due)}: the amount due of invoice ${number} changed`,
    heading: 'Less is to be paid now',
    paragraphs: [
      `Your bank was asked to confirm a payment of ${show(amount)} for invoice ${number}. Only ` +
        `${show(due)} is due of it now, so we called that payment off. Nothing was charged.`,
      `What to do: open the page below and pay what is due. ${linkWorksOnce} Should your bank’s ` +
        'page still be open, close it.',
      `${whoeverPays} ${creditsDoNotPay}`,
    ],
    facts: toBePaid(number, show(due)),
    references: referencesOf(context, paymentId),
    link: payLink(context),
  };
}

/** Somebody who holds an older link asked for another one: the older ones are dead now (R13). */
export function invoiceLinkRenewed(
  { number, due }: NoticeOf<'invoice_link_renewed'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `Your new link: pay invoice ${number}`,
    heading: 'Here is your new link',
    paragraphs: [
      `${show(due)} is still to be paid for invoice ${number}.`,
      `What to do: open the page below and pay by card. ${linkWorksOnce}`,
      'Did you not ask for it? Then nobody has paid with it: it leads to a page that asks first.',
    ],
    facts: toBePaid(number, show(due)),
    references: referencesOf(context),
    link: payLink(context),
  };
}

/** Says by when, and that credits are no way out (R48, R50). */
export function invoicePastDue(
  { number, due, graceEndsAtMs }: NoticeOf<'invoice_past_due'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  const end = utcTime(graceEndsAtMs);
  return {
    subject: `Past due: ${show(due)} for invoice ${number}`,
    heading: `Invoice ${number} is past due`,
    paragraphs: [
      `${show(due)} was to be paid for invoice ${number}, and is not. Your service goes on for now.`,
      `What to do: pay by card, with the link below or on your billing page, before ${end}. ` +
        'Otherwise service stops then, even if you have credits left.',
      `${creditsDoNotPay} Buying credits leaves the past-due amount as it is.`,
      `${whoeverPays} ${linkWorksOnce}`,
    ],
    facts: [...toBePaid(number, show(due)), { label: 'Service stops on', value: end }],
    references: referencesOf(context),
    link: payLink(context),
  };
}

/** Credits stay untouched and visible (R52). */
export function serviceSuspended(
  { number, due }: NoticeOf<'service_suspended'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `Service stopped: invoice ${number} is not paid`,
    heading: 'Your service is stopped',
    paragraphs: [
      `${show(due)} for invoice ${number} is past due, and the days to pay it are over. Your ` +
        'requests are refused from now on.',
      'Your credits are untouched: you see them on your billing page, and use them again as soon ' +
        `as the invoice is paid. ${creditsDoNotPay}`,
      'What to do: pay by card, with the link below or on your billing page. Service comes back ' +
        'at once when nothing is past due any more.',
      `${whoeverPays} ${linkWorksOnce}`,
    ],
    facts: toBePaid(number, show(due)),
    references: referencesOf(context),
    link: payLink(context),
  };
}

/** Only what was refused for the invoice comes back: a limit may still stand in the way (R51). */
export function serviceRestored(
  { number, paymentId }: NoticeOf<'service_restored'>,
  context: NoticeContext,
): Content {
  const settled = paymentId === null ? 'no longer asked for' : 'paid';
  return {
    subject: `Service restored: invoice ${number} is ${settled}`,
    heading: 'Your service is back',
    paragraphs: [
      `Invoice ${number} is ${settled}, and nothing is past due any more. Your requests are no longer ` +
        'refused for it. You need not do anything.',
      'Your credits were not touched while service was stopped, and can be used again.',
    ],
    facts: [{ label: 'Invoice', value: number }],
    references: referencesOf(context, ...(paymentId === null ? [] : [paymentId])),
    link: { words: 'See your balance', url: context.billingPageUrl },
  };
}

function payLink({ billingPageUrl: url }: NoticeContext) {
  return { words: 'Pay the invoice', url };
}

function toBePaid(number: string, due: string): readonly Fact[] {
  return [
    { label: 'Invoice', value: number },
    { label: 'To be paid', value: due, strong: true },
  ];
}

function nothingCharged(number: string, asked: string, zero: string): readonly Fact[] {
  return [
    { label: 'Invoice', value: number },
    { label: 'To be paid', value: asked },
    { label: 'Charged to your card', value: zero, strong: true },
  ];
}

function referencesOf(context: NoticeContext, paymentId?: string): readonly Fact[] {
  const date = dateOf(context);
  return paymentId === undefined ? [date] : [date, { label: 'Payment', value: paymentId }];
}
