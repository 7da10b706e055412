import type { OpenInvoice } from './account.ts';
import { dayMs } from './durations.ts';
import { dueTimes, pauseAt } from './collection-times.ts';
import { dateText, timeText } from './date-words.ts';
import { creditsPayLater, creditsPayNone, hasCardOn, type CardOnFile } from './invoice-document.ts';
import type { Policy } from './policy.ts';
import { isPastDue, type DueMoment } from './still-due.ts';

/** What an unpaid invoice's plan is told by. */
export interface PlanMoment extends DueMoment, CardOnFile {}

/** What is charged by itself next for an invoice that is to be paid. */
export type PaymentPlan =
  /** Nothing, until a pause is over; null: until somebody ends it (R50). */
  | { readonly plan: 'paused'; readonly untilMs: number | null }
  | { readonly plan: 'charge'; readonly atMs: number; readonly isFirst: boolean }
  | { readonly plan: 'charging' }
  /** There is nothing on file to charge; null: it was to be charged before. */
  | { readonly plan: 'no_card'; readonly atMs: number | null }
  | { readonly plan: 'none' };

/** Follows from what was decided last, and recorded: the step of its collection (R49). */
export function paymentPlanOf(invoice: OpenInvoice, moment: PlanMoment): PaymentPlan {
  const { pauses, chargeAtMs, nextChargeAtMs } = invoice;
  const { nowMs } = moment;
  const pause = pauseAt(pauses, nowMs);
  if (pause !== null) return { plan: 'paused', untilMs: pause.untilMs };
  if (nextChargeAtMs === null) return { plan: 'none' };
  const isComing = nextChargeAtMs > nowMs;
  if (!hasCardOn(moment, Math.max(nextChargeAtMs, nowMs))) {
    return { plan: 'no_card', atMs: isComing ? nextChargeAtMs : null };
  }
  const isFirst = nextChargeAtMs === chargeAtMs;
  return isComing ? { plan: 'charge', atMs: nextChargeAtMs, isFirst } : { plan: 'charging' };
}

/** The plan in one sentence for the customer; null where nothing is planned. */
export function planWords(plan: PaymentPlan): string | null {
  switch (plan.plan) {
    case 'paused':
      return plan.untilMs === null
        ? 'Nothing is charged by itself for now.'
        : `Nothing is charged by itself until ${timeText(plan.untilMs)}.`;
    case 'charge': {
      const when = plan.isFirst ? dateText(plan.atMs) : timeText(plan.atMs);
      return `Your card on file is charged on ${when}.`;
    }
    case 'charging':
      return 'Your card on file is being charged.';
    case 'no_card':
      return plan.atMs === null
        ? 'There is no card on file to charge.'
        : `There is no card on file to charge on ${dateText(plan.atMs)}.`;
    case 'none':
      return null;
  }
}

/** How an invoice that is to be paid is paid, as of now, in sentences (R47, R48, R50). */
export function howToPayNow(invoice: OpenInvoice, moment: PlanMoment): string[] {
  const plan = paymentPlanOf(invoice, moment);
  const words = planWords(plan);
  const pay = 'Please pay it by card.';
  if (isPastDue(invoice, moment)) {
    const day = lastDayToPay(invoice, moment.policy);
    const isComing = plan.plan === 'charge' || plan.plan === 'charging';
    return [
      `${day === null ? 'It is past due.' : `It was to be paid by ${day}.`} ${pay}`,
      ...(isComing && words !== null ? [words] : []),
      creditsPayNone,
    ];
  }
  return [
    words === null ? `It is not charged by itself. ${pay}` : `${words} ${advice(plan)}`,
    creditsPayLater,
  ];
}

function advice(plan: PaymentPlan): string {
  switch (plan.plan) {
    case 'charge':
      return plan.isFirst
        ? 'You need not do anything.'
        : 'You need not wait for it: you can pay it before.';
    case 'no_card':
      return plan.atMs === null
        ? 'Please add one, or pay it by another card.'
        : 'Please add one before then.';
    case 'charging':
      return 'You need not do anything.';
    case 'paused':
    case 'none':
      return 'You can pay it by card at any time.';
  }
}

/** By when it can be paid in time; null: a pause without an end came before. */
export function lastDayToPay(invoice: OpenInvoice, policy: Policy): string | null {
  const { pastDueAtMs } = dueTimes(invoice, policy);
  if (pastDueAtMs === null) return null;
  return pastDueAtMs % dayMs === 0 ? dateText(pastDueAtMs - 1) : timeText(pastDueAtMs);
}

/** Since when it is past due; null: a pause without an end came before. */
export function pastDueSince(invoice: OpenInvoice, policy: Policy): string | null {
  const { pastDueAtMs } = dueTimes(invoice, policy);
  if (pastDueAtMs === null) return null;
  return pastDueAtMs % dayMs === 0 ? dateText(pastDueAtMs) : timeText(pastDueAtMs);
}
