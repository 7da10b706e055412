import { ZERO } from '../domain/money.ts';
import { tierName } from '../domain/tiers.ts';
import {
  dateOf,
  moneyIn,
  utcTime,
  type Content,
  type NoticeContext,
  type NoticeOf,
} from './content.ts';

/** Mails about free credits, balances and limits: what `domain/balance-notices.ts` finds to tell. */

export function creditsGranted(
  { amount, scope, expiresAtMs, endsSoon }: NoticeOf<'credits_granted'>,
  context: NoticeContext,
): Content {
  const given = moneyIn(context)(amount);
  const end =
    expiresAtMs === null
      ? 'They do not expire.'
      : `They expire on ${utcTime(expiresAtMs)}; what is left of them then is gone.` +
        (endsSoon ? ' That is soon, so no other mail will remind you.' : '');
  return {
    subject: `You got ${given} of free credits`,
    heading: `You got ${given} of free credits`,
    paragraphs: [
      `We added ${given} of free credits to your account. You need not pay for them. ${end}`,
      scope === null
        ? 'They are good for all models and services, and are used before credits you bought.'
        : 'They are good for what is named below only; for that they are used before credits ' +
          'you bought. Other requests do not use them.',
    ],
    facts: [
      { label: 'Free credits', value: given, strong: true },
      { label: 'Good for', value: scopeWords(scope) },
      { label: 'Expire on', value: expiresAtMs === null ? 'never' : utcTime(expiresAtMs) },
    ],
    references: [dateOf(context)],
    link: { words: 'See your balance', url: context.billingPageUrl },
  };
}

export function creditsExpiring(
  { lotKind, remaining, scope, expiresAtMs }: NoticeOf<'credits_expiring'>,
  context: NoticeContext,
): Content {
  const left = moneyIn(context)(remaining);
  const kind = lotKind === 'free' ? 'free credits' : 'purchased credits';
  const day = utcTime(expiresAtMs);
  return {
    subject: `${left} of your ${kind} expire on ${day.slice(0, 10)}`,
    heading: `${left} of your ${kind} expire soon`,
    paragraphs: [
      `Of your ${kind}, ${left} expire on ${day}. Use them before; what is left then is gone.`,
      'Your other credits are not touched.',
    ],
    facts: [
      { label: 'Left of them', value: left, strong: true },
      { label: 'Good for', value: scopeWords(scope) },
      { label: 'Expire on', value: day },
    ],
    references: [dateOf(context)],
    link: { words: 'See your balance', url: context.billingPageUrl },
  };
}

export function lowBalance(
  { threshold, remaining }: NoticeOf<'low_balance'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  const left =
    remaining === ZERO ? 'No credits are left' : `${show(remaining)} of credits are left`;
  return {
    subject:
      remaining === ZERO ? 'You have no credits left' : `Low balance: ${show(remaining)} left`,
    heading: left,
    paragraphs: [
      `Your credits fell to ${show(remaining)}. You asked for a mail at ${show(threshold)}.`,
      'What to do: buy credits, so that your requests go on. You can change on your billing page ' +
        'when you get this mail.',
    ],
    facts: [
      { label: 'Credits left, free and purchased', value: show(remaining), strong: true },
      { label: 'You asked for a mail at', value: show(threshold) },
    ],
    references: [dateOf(context)],
    link: { words: 'Buy credits', url: context.billingPageUrl },
  };
}

export function freeCreditsUsedUp(
  { cause, purchased }: NoticeOf<'free_credits_used_up'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  const what =
    cause === 'use' ? 'Your free credits are used up' : 'The last of your free credits expired';
  return {
    subject: what,
    heading: what,
    paragraphs: [
      purchased === ZERO
        ? `${what}, and you have no purchased credits.`
        : `${what}. From now on your requests use the credits you bought.`,
      'What to do: see on your billing page whether your requests can run, and buy credits if you ' +
        'need more.',
    ],
    facts: [
      { label: 'Free credits', value: show(ZERO), strong: true },
      { label: 'Purchased credits', value: show(purchased) },
    ],
    references: [dateOf(context)],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

export function balanceLimitShareReached(
  { percent, owed, limit }: NoticeOf<'balance_limit_share_reached'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  const isReached = percent >= 100;
  return {
    subject: isReached
      ? `You reached your balance limit of ${show(limit)}`
      : `You owe ${show(owed)}: ${percent}% of your balance limit`,
    heading: isReached ? 'You reached your balance limit' : `${percent}% of your balance limit`,
    paragraphs: [
      `You owe ${show(owed)} for usage beyond your credits. The most you may owe is ${show(limit)}.`,
      isReached
        ? 'Requests that no credits can pay are refused from now on.'
        : 'When you owe as much as the limit, requests that no credits can pay are refused.',
      'What to do: buy credits, which first pay this month’s usage. Or raise your limit where it ' +
        'is below the most your account allows.',
    ],
    facts: [
      { label: 'You owe', value: show(owed), strong: true },
      { label: 'Balance limit', value: show(limit) },
    ],
    references: [dateOf(context)],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

/** Sent whoever lowered it: nobody's limit falls under what is owed unsaid (R30). */
export function balanceLimitLowered(
  { owed, limit }: NoticeOf<'balance_limit_lowered'>,
  context: NoticeContext,
): Content {
  const show = moneyIn(context);
  return {
    subject: `Your balance limit is ${show(limit)} now, less than you owe`,
    heading: `Your balance limit is ${show(limit)} now`,
    paragraphs: [
      `The most you may owe was lowered to ${show(limit)}. You owe ${show(owed)} already: that ` +
        'stays as it is, and nothing is charged because of it.',
      'Requests that no credits can pay are refused until you owe less than the limit. Credits ' +
        'you have can be used as before.',
      'What to do: buy credits, which first pay this month’s usage. Or see on your billing page ' +
        'what limit your account allows.',
    ],
    facts: [
      { label: 'Balance limit', value: show(limit), strong: true },
      { label: 'You owe', value: show(owed) },
    ],
    references: [dateOf(context)],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

export function tierReached(
  { tier, limit }: NoticeOf<'tier_reached'>,
  context: NoticeContext,
): Content {
  const name = tierName(tier);
  return {
    subject: `Your account is ${name} now`,
    heading: `Your account is ${name} now`,
    paragraphs: [
      `With what you paid so far your account reached ${name}. Models that need this tier are ` +
        'open to you.',
      limit === ZERO
        ? 'Requests run on credits. To use more than your credits and pay at the month’s end, keep ' +
          'a credit or debit card on file and have a balance limit above zero.'
        : `When your credits are used up, you may owe up to ${moneyIn(context)(limit)}. You can ` +
          'choose a lower limit on your billing page.',
    ],
    facts: [
      { label: 'Tier', value: name, strong: true },
      { label: 'Balance limit', value: moneyIn(context)(limit) },
    ],
    references: [dateOf(context)],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}

function scopeWords(scope: readonly string[] | null): string {
  return scope === null ? 'all models and services' : scope.join(', ');
}

/** Credits that the customer has already keep no expiry (R1, R2). */
export function creditsExpiryAnnounced(
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
