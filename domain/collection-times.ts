import type { Policy } from './policy.ts';
import { dayMs } from './durations.ts';

/** Why nothing is charged by itself for a while (R50). */
export type PauseReason = 'operator' | 'promise' | 'dispute' | 'recount';

/** While one lasts, nothing is charged by itself, and neither due date nor grace comes nearer. */
export interface CollectionPause {
  readonly reason: PauseReason;
  readonly fromMs: number;
  /** Exclusive; null: until somebody ends it. */
  readonly untilMs: number | null;
}

/** What an invoice's due times follow from. */
export interface DueFacts {
  /** The begin of the day the card is charged; null where it is not charged by itself. */
  readonly chargeAtMs: number | null;
  /** The end of the day it is to be paid by. */
  readonly dueAtMs: number;
  readonly pauses: readonly CollectionPause[];
  /** When the card is charged by itself the next time, as it was recorded; null: not planned. */
  readonly nextChargeAtMs: number | null;
}

/** Null each: never, as long as a pause lasts that nobody gave an end. */
export interface DueTimes {
  /** From here on it is past due. */
  readonly pastDueAtMs: number | null;
  /** From here on it refuses service. */
  readonly graceEndsAtMs: number | null;
  /** The same, where a charge that is planned before is known by then: what is told beforehand. */
  readonly expectedGraceEndAtMs: number | null;
  /** From here on it is not collected any longer. */
  readonly giveUpAtMs: number | null;
}

/**
 * When an open invoice becomes past due, refuses service and is given up (R50). Only time without a
 * pause counts. Grace lasts a day longer where a planned charge's outcome is known only then.
 */
export function dueTimes(facts: DueFacts, policy: Policy): DueTimes {
  const { chargeAtMs, dueAtMs, pauses, nextChargeAtMs } = facts;
  const startMs = chargeAtMs ?? dueAtMs;
  const untilDueMs = dueAtMs - startMs;
  const graceMs = untilDueMs + policy.graceAfterDueMs;
  const shortestMs = unpausedInstant(startMs, graceMs, pauses);
  const longestMs = unpausedInstant(startMs, graceMs + dayMs, pauses);
  const waitsForCharge =
    nextChargeAtMs !== null && longestMs !== null && nextChargeAtMs < longestMs;
  const isKnownBefore = !waitsForCharge || (shortestMs !== null && nextChargeAtMs < shortestMs);
  return {
    pastDueAtMs: unpausedInstant(startMs, untilDueMs, pauses),
    graceEndsAtMs: waitsForCharge ? longestMs : shortestMs,
    expectedGraceEndAtMs: isKnownBefore ? shortestMs : longestMs,
    giveUpAtMs: unpausedInstant(startMs, policy.collection.uncollectibleAfterMs, pauses),
  };
}

/**
 * When service stops, as it is told: never later than it does, as long as nothing is late. Only a
 * charge whose outcome should be known by now, and is not, makes it the longest grace there is.
 */
export function serviceStopsAtMs(
  { graceEndsAtMs, expectedGraceEndAtMs }: DueTimes,
  nowMs: number,
): number | null {
  return expectedGraceEndAtMs !== null && nowMs < expectedGraceEndAtMs
    ? expectedGraceEndAtMs
    : graceEndsAtMs;
}

/**
 * The first instant, outside every pause, at which so much time without a pause has gone by since the
 * start; null where a pause without an end comes before.
 */
export function unpausedInstant(
  startMs: number,
  durationMs: number,
  pauses: readonly CollectionPause[],
): number | null {
  let atMs = startMs + durationMs;
  let countedFromMs = startMs;
  for (const pause of inOrder(pauses)) {
    if (pause.fromMs > atMs) break;
    const fromMs = Math.max(pause.fromMs, countedFromMs);
    if (pause.untilMs === null) return null;
    if (pause.untilMs <= fromMs) continue;
    atMs += pause.untilMs - fromMs;
    countedFromMs = pause.untilMs;
  }
  return atMs;
}

/** The pause an instant is in, with the end of all that follow without a gap; null outside. */
export function pauseAt(
  pauses: readonly CollectionPause[],
  atMs: number,
): Pick<CollectionPause, 'reason' | 'untilMs'> | null {
  let firstReason: PauseReason | null = null;
  let untilMs = atMs;
  for (const pause of inOrder(pauses)) {
    if (pause.fromMs > untilMs) break;
    const reason: PauseReason = firstReason ?? pause.reason;
    if (pause.untilMs === null) return { reason, untilMs: null };
    if (pause.untilMs <= untilMs) continue;
    firstReason = reason;
    untilMs = pause.untilMs;
  }
  return firstReason && { reason: firstReason, untilMs };
}

function inOrder(pauses: readonly CollectionPause[]): readonly CollectionPause[] {
  return pauses.length < 2 ? pauses : pauses.toSorted((a, b) => a.fromMs - b.fromMs);
}
