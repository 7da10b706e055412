import { attemptsOnCard, classOf, isOn, isOurs } from './collection-history.ts';
import { dayMs, hourMs } from './durations.ts';
import { unpausedInstant } from './collection-times.ts';
import type { CardAttempt, CollectionFacts, InvoiceAttempt, WaitReason } from './collection.ts';
import { daysBetween, daytimeFrom, nextDayFrom } from './daytime.ts';
import { readDecline } from './decline-reading.ts';
import type { DeclineClass } from './declines.ts';
import { withinBudgetsFrom } from './network-budgets.ts';
import { methodNameOf, type SavedCard } from './payment-methods.ts';
import type { Policy } from './policy.ts';

/** After the first and the second technical failure of a method; from the third on as planned. */
const technicalRetriesAfterMs: readonly number[] = [hourMs, dayMs];

/** A decline without a reason is retried so often, and with so many days between. */
const weakRetries = 3;
const weakRetryDays = 3;

/** An instant, and what moved it there last. */
export interface PlannedCharge {
  readonly chargeAtMs: number;
  readonly why: WaitReason;
}

/** All that a charge by itself is planned from. */
export interface Planning {
  readonly card: SavedCard;
  readonly facts: CollectionFacts;
  readonly policy: Policy;
  readonly nowMs: number;
}

/**
 * When the card is charged by itself: now, or later. Null where the schedule is used up (R49). The
 * first charge comes to the minute; everything else in the customer's daytime.
 */
export function scheduledCharge(planning: Planning, firstChargeAtMs: number): PlannedCharge | null {
  const { facts, policy, nowMs } = planning;
  const ours = facts.attempts.filter(isOurs);
  const isFirst = ours.length === 0;
  const chargeDay: PlannedCharge = { chargeAtMs: firstChargeAtMs, why: 'charge_day' };
  const planned = isFirst ? onAnotherDay(planning, chargeDay) : nextRetry(planning, ours);
  if (planned === null) return null;
  // What moved it last is said without regard to now: it stays so, however long it waits for the day.
  const begun = planned.chargeAtMs < firstChargeAtMs ? chargeDay : planned;
  const allowed = allowedCharge(planning, begun);
  const ceilingMs = withinCeilingFrom(ours, policy);
  const last: PlannedCharge =
    ceilingMs > allowed.chargeAtMs ? { chargeAtMs: ceilingMs, why: 'budget' } : allowed;
  const atMs = Math.max(last.chargeAtMs, nowMs);
  const isSharp = isFirst && last === chargeDay;
  const { daytimeHours } = policy.collection;
  return {
    why: last.why,
    chargeAtMs: isSharp ? atMs : daytimeFrom(atMs, daytimeHours, facts.timeZone),
  };
}

/** An operator's wish is kept at once, whatever the schedule and the hour, but within the networks' rules. */
export function askedCharge(planning: Planning): PlannedCharge {
  return allowedCharge(planning, { chargeAtMs: planning.nowMs, why: 'retry' });
}

/** The charge, put off until banks and networks allow it; the same object where they do already. */
function allowedCharge({ card, facts }: Planning, planned: PlannedCharge): PlannedCharge {
  const onCard = attemptsOnCard(card, facts);
  const adviceMs = Math.max(
    -Infinity,
    ...onCard.flatMap((attempt) => advisedFromMs(attempt) ?? []),
  );
  const advised: PlannedCharge =
    adviceMs > planned.chargeAtMs ? { chargeAtMs: adviceMs, why: 'advice' } : planned;
  const { currency } = facts;
  const budgetMs = withinBudgetsFrom(
    { brand: card.card.brand, amount: facts.invoice.due, currency, origin: 'scheduled' },
    onCard.map((attempt) => ({ currency, ...attempt })),
    advised.chargeAtMs,
  );
  return budgetMs > advised.chargeAtMs ? { chargeAtMs: budgetMs, why: 'budget' } : advised;
}

/** Null where the bank asked for no time. */
function advisedFromMs(attempt: CardAttempt | InvoiceAttempt): number | null {
  if (attempt.outcome !== 'declined') return null;
  const { waitMs } = readDecline(attempt);
  return waitMs === 0 ? null : attempt.attemptedAtMs + waitMs;
}

/** The first instant at which the policy's ceiling on an invoice's charges leaves room for one. */
function withinCeilingFrom(ours: readonly InvoiceAttempt[], policy: Policy): number {
  const { maximumAttempts, attemptsWithinMs } = policy.collection;
  const oldest = ours[ours.length - maximumAttempts];
  return oldest === undefined ? -Infinity : oldest.attemptedAtMs + attemptsWithinMs;
}

/**
 * What follows our charges so far, the hour of the day apart. A second method starts the schedule
 * anew, at once; a third one has what is left of that.
 */
function nextRetry(planning: Planning, ours: readonly InvoiceAttempt[]): PlannedCharge | null {
  const { card, facts } = planning;
  const own = ours.filter(({ method }) => method === methodNameOf(card));
  const lastMs = ours.at(-1)?.attemptedAtMs ?? -Infinity;
  const firstOfEach = ours.filter(
    ({ method }, index) => ours.findIndex((other) => other.method === method) === index,
  );
  if (own.length === 0 && firstOfEach.length === 1) {
    return onAnotherDay(planning, { chargeAtMs: lastMs, why: 'daytime' });
  }
  const last = own.at(-1);
  const declineClass = last === undefined ? null : classOf(last);
  if (last !== undefined && declineClass === 'technical') {
    const afterMs = technicalRetriesAfterMs[countOf(own, 'technical') - 1];
    if (afterMs !== undefined) {
      const planned: PlannedCharge = { chargeAtMs: last.attemptedAtMs + afterMs, why: 'retry' };
      const isSameAttempt = facts.attempts.findLast((one) => isOn(card, one)) === last;
      // The one exception to one charge a day: the bank itself was never asked.
      return isSameAttempt && afterMs < dayMs ? planned : onAnotherDay(planning, planned);
    }
  }
  if (declineClass === 'soft_weak' && countOf(own, 'soft_weak') > weakRetries) return null;
  const apartMs = declineClass === 'soft_weak' ? weakRetryDays * dayMs : 0;
  const anchorMs = (firstOfEach[1] ?? firstOfEach[0])?.attemptedAtMs ?? -Infinity;
  const slot = nextSlot(planning, { anchorMs, lastMs, apartMs });
  return slot === null ? null : onAnotherDay(planning, { chargeAtMs: slot, why: 'retry' });
}

interface SlotSearch {
  /** The schedule's first charge. */
  readonly anchorMs: number;
  /** Our last one: it used up every slot until then. */
  readonly lastMs: number;
  /** How long after the last one at least. */
  readonly apartMs: number;
}

function nextSlot({ facts, policy }: Planning, { anchorMs, lastMs, apartMs }: SlotSearch) {
  const { retryAfterDays, daytimeHours } = policy.collection;
  for (const days of facts.retryAfterDays ?? retryAfterDays) {
    const slotMs = unpausedInstant(anchorMs, days * dayMs, facts.pauses);
    if (slotMs === null || slotMs <= lastMs) continue;
    const landedMs = daytimeFrom(slotMs, daytimeHours, facts.timeZone);
    // Days are counted by the calendar, so that a night of 23 hours costs no slot.
    const isApart = daysBetween(lastMs, landedMs, facts.timeZone) * dayMs >= apartMs;
    if (isApart) return Math.max(slotMs, lastMs + apartMs);
  }
  return null;
}

/** No card is charged twice on a day of its holder, whoever began the last charge. */
function onAnotherDay({ card, facts }: Planning, planned: PlannedCharge): PlannedCharge {
  const last = facts.attempts.findLast((attempt) => isOn(card, attempt));
  if (last === undefined) return planned;
  const nextDayMs = nextDayFrom(last.attemptedAtMs, facts.timeZone);
  return nextDayMs > planned.chargeAtMs ? { chargeAtMs: nextDayMs, why: 'retry' } : planned;
}

function countOf(attempts: readonly InvoiceAttempt[], declineClass: DeclineClass): number {
  return attempts.filter((attempt) => classOf(attempt) === declineClass).length;
}
