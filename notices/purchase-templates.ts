import { failures } from '../domain/failures.ts';
import { subtract, sum, ZERO, type Micros } from '../domain/money.ts';
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

/** Mails about a purchase of credits: its receipt, and every other way that it can end. */

/** The receipt: what was charged, tax apart (R45), and where the credits went (R22). */
export function purchaseSucceeded(
  {
    purchaseId,
    receiptNumber,
    credits,
    tax,
    paidUnbilled,
    ...pack
  }: NoticeOf<'purchase_succeeded'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  const added = subtract(credits, paidUnbilled);
  const use =
    paidUnbilled === ZERO
      ? `${show(credits)} of credits were added to your balance.`
      : `${show(paidUnbilled)} of the credits paid for your usage so far this month, and ` +
        `${show(added)} were added to your balance.`;
  const end =
    pack.expiresAtMs === undefined
      ? 'Purchased credits do not expire.'
      : `What is left of them expires on ${utcTime(pack.expiresAtMs)}.`;
  return {
    subject: `Receipt ${receiptNumber}: ${show(credits)} of credits`,
    heading: `Thank you: you bought ${show(credits)} of credits`,
    paragraphs: [`${use} ${end}`],
    facts: [
      { label: 'Credits', value: show(credits) },
      { label: 'Tax', value: show(tax) },
      { label: 'Charged to your card', value: show(sum(credits, tax)), strong: true },
      { label: 'Paid this month’s usage', value: show(paidUnbilled) },
      { label: 'Added to your balance', value: show(added) },
      { label: 'Receipt', value: receiptNumber },
    ],
    references: [dateOf(context), purchase(purchaseId)],
    link: { words: 'See your balance', url: context.billingPageUrl },
    ...documentLink('Receipt as PDF', context),
  };
}

export function purchaseDeclined(
  { purchaseId, credits, decline }: NoticeOf<'purchase_declined'>,
  context: NoticeContext,
): Content {
  return {
    subject: `Your card was declined: ${moneyIn(context)(credits)} of credits were not bought`,
    heading: 'Your card was declined',
    paragraphs: [
      `You asked for ${moneyIn(context)(credits)} of credits. ${decline.reason} ` +
        'Nothing was charged, and your balance is unchanged.',
      `What to do: ${decline.whatToDo}`,
      whoCanFixIt[decline.whoCanFix],
    ],
    facts: nothingCharged(credits, context),
    references: [dateOf(context), purchase(purchaseId), codeOf(decline)],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

export function purchaseRefused(
  { purchaseId, credits, refusal }: NoticeOf<'purchase_refused'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `Your purchase of ${show(credits)} of credits was not made`,
    heading: 'Your purchase was not made',
    paragraphs: [
      `You asked for ${show(credits)} of credits.`,
      reasonOf(refusal),
      failures[refusal.code].whoCanAct === 'customer'
        ? 'Who can fix it: you can, on your billing page. Your balance is unchanged.'
        : 'Who can fix it: we have to. Please answer this mail. Your balance is unchanged.',
    ],
    facts: nothingCharged(credits, context),
    references: [dateOf(context), purchase(purchaseId), codeOf(refusal)],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

/** Sent when the bank first asks, and again as a reminder at 24 h and 72 h (R13). */
export function authenticationNeeded(
  { purchaseId, credits, reminder }: NoticeOf<'authentication_needed'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  const asks = 'Your bank asks you to confirm that it is you who pays';
  return {
    subject:
      reminder === 0
        ? `Please confirm your purchase of ${show(credits)} of credits`
        : `Reminder: your purchase of ${show(credits)} of credits waits for you`,
    heading: reminder === 0 ? 'Your bank asks for a confirmation' : 'Your bank still waits for you',
    paragraphs: [
      `You asked for ${show(credits)} of credits. ${asks}. Until then nothing is charged and no ` +
        'credits are added.',
      'What to do: open the page below and follow your bank’s steps; the link works once. If you ' +
        'no longer want the ' +
        'credits, do nothing: the purchase is then canceled.',
      'Who can fix it: only you and your bank can.',
    ],
    facts: nothingCharged(credits, context),
    references: [dateOf(context), purchase(purchaseId)],
    link: { words: 'Confirm the payment', url: context.billingPageUrl },
  };
}

/** The customer asked for another link: the older ones are dead from now on (R13). */
export function authenticationRenewed(
  { purchaseId, credits }: NoticeOf<'authentication_renewed'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `Your new link: confirm your purchase of ${show(credits)} of credits`,
    heading: 'Here is your new link',
    paragraphs: [
      `Your bank still asks you to confirm your purchase of ${show(credits)} of credits. Until ` +
        'then nothing is charged and no credits are added.',
      'What to do: open the page below and follow your bank’s steps. The link works once; links ' +
        'in older mails no longer work.',
      'Did you not ask for it? Then do nothing: the purchase is canceled by itself.',
    ],
    facts: nothingCharged(credits, context),
    references: [dateOf(context), purchase(purchaseId)],
    link: { words: 'Confirm the payment', url: context.billingPageUrl },
  };
}

/** Captured money that may not become credits goes back whole (R10). */
export function paymentReturned(
  { purchaseId, amount, refusal }: NoticeOf<'payment_returned'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `We are returning ${show(amount)} to your card`,
    heading: `We are returning ${show(amount)} to your card`,
    paragraphs: [
      `Your card was charged ${show(amount)}, but the payment could not become credits. ` +
        reasonOf(refusal),
      'We are sending all of it back to the same card. Banks usually show it after 5 to 10 ' +
        'working days. You need not do anything for that.',
    ],
    facts: [
      { label: 'Charged to your card', value: show(amount) },
      { label: 'Returned to your card', value: show(amount), strong: true },
      { label: 'Added to your balance', value: show(ZERO) },
    ],
    references: [dateOf(context), purchase(purchaseId)],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

function nothingCharged(credits: Micros, context: NoticeContext): readonly Fact[] {
  const show = moneyIn(context);
  return [
    { label: 'Credits asked for', value: show(credits) },
    { label: 'Charged to your card', value: show(ZERO), strong: true },
  ];
}

function purchase(purchaseId: string): Fact {
  return { label: 'Purchase', value: purchaseId };
}
