import { failures } from '../domain/failures.ts';
import { subtract, sum, ZERO, type Micros } from '../domain/money.ts';
import type { Notice } from '../domain/notices.ts';
import * as balance from './balance-templates.ts';
import * as collection from './collection-templates.ts';
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
import { creditNoteIssued, invoiceIssued } from './invoice-templates.ts';
import { layOut, type Fact, type RenderedNotice } from './layout.ts';

export type { NoticeContext } from './content.ts';

/** Writes one notice: subject, text part, HTML part. Pure: the same notice reads the same again. */
export function renderNotice(notice: Notice, context: NoticeContext): RenderedNotice {
  return layOut({ accountName: context.accountName, ...contentOf(notice, context) });
}

function contentOf(notice: Notice, context: NoticeContext): Content {
  switch (notice.kind) {
    case 'purchase_succeeded':
      return purchaseSucceeded(notice, context);
    case 'purchase_declined':
      return purchaseDeclined(notice, context);
    case 'purchase_refused':
      return purchaseRefused(notice, context);
    case 'authentication_needed':
      return authenticationNeeded(notice, context);
    case 'authentication_renewed':
      return authenticationRenewed(notice, context);
    case 'payment_returned':
      return paymentReturned(notice, context);
    case 'credits_expiry_announced':
      return creditsExpiryAnnounced(notice, context);
    case 'webhook_endpoint_disabled':
      return webhookEndpointDisabled(notice, context);
    case 'credits_granted':
      return balance.creditsGranted(notice, context);
    case 'credits_expiring':
      return balance.creditsExpiring(notice, context);
    case 'low_balance':
      return balance.lowBalance(notice, context);
    case 'free_credits_used_up':
      return balance.freeCreditsUsedUp(notice, context);
    case 'balance_limit_share_reached':
      return balance.balanceLimitShareReached(notice, context);
    case 'balance_limit_lowered':
      return balance.balanceLimitLowered(notice, context);
    case 'tier_reached':
      return balance.tierReached(notice, context);
    case 'invoice_issued':
      return invoiceIssued(notice, context);
    case 'credit_note_issued':
      return creditNoteIssued(notice, context);
    case 'invoice_paid':
      return collection.invoicePaid(notice, context);
    case 'invoice_payment_declined':
      return collection.invoicePaymentDeclined(notice, context);
    case 'invoice_card_refused':
      return collection.invoiceCardRefused(notice, context);
    case 'invoice_card_needed':
      return collection.invoiceCardNeeded(notice, context);
    case 'invoice_authentication_needed':
      return collection.invoiceAuthenticationNeeded(notice, context);
    case 'invoice_link_renewed':
      return collection.invoiceLinkRenewed(notice, context);
    case 'invoice_past_due':
      return collection.invoicePastDue(notice, context);
    case 'service_suspended':
      return collection.serviceSuspended(notice, context);
    case 'service_restored':
      return collection.serviceRestored(notice, context);
  }
}

/** The receipt: what was charged, tax apart (R45), and where the credits went (R22). */
function purchaseSucceeded(
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

function purchaseDeclined(
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

function purchaseRefused(
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
function authenticationNeeded(
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
function authenticationRenewed(
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
function paymentReturned(
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

/** Its address is not shown: addresses of webhooks often hold a secret. */
function webhookEndpointDisabled(
  { endpointId, reason }: NoticeOf<'webhook_endpoint_disabled'>,
  context: NoticeContext,
): Content {
  return {
    subject: 'A webhook endpoint of yours was disabled',
    heading: 'A webhook endpoint of yours was disabled',
    paragraphs: [
      reason === 'gone'
        ? 'It answered that it does not want messages any more (410 Gone).'
        : 'It did not take any message for five days.',
      'Nothing more is sent to it. Who can fix it: you can. Enable the endpoint again, then ' +
        'replay the messages it missed.',
    ],
    facts: [],
    references: [dateOf(context), { label: 'Endpoint', value: endpointId }],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

/** Credits that the customer has already keep no expiry (R1, R2). */
function creditsExpiryAnnounced(
  { version, effectiveAtMs, expireAfterMs }: NoticeOf<'credits_expiry_announced'>,
  context: NoticeContext,
): Content {
  const from = utcTime(effectiveAtMs);
  const days = Math.floor(expireAfterMs / dayMs);
  const life = days === 1 ? '1 day' : `${days} days`;
  return {
    subject: `Credits bought from ${from.slice(0, 10)} on will expire after ${life}`,
    heading: 'Credits bought later will expire',
    paragraphs: [
      `Credits that you buy from ${from} on expire ${life} after you bought them.`,
      'Credits that you have, and all that you buy before then, never expire. You need not do ' +
        'anything.',
    ],
    facts: [
      { label: 'Applies to credits bought from', value: from },
      { label: 'They expire after', value: life, strong: true },
      { label: 'Credits bought before', value: 'never expire' },
    ],
    references: [dateOf(context), { label: 'Policy', value: version }],
    link: { words: 'See your balance', url: context.billingPageUrl },
  };
}

const dayMs = 86_400_000;

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
