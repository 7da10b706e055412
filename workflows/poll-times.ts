import { minuteMs } from '../domain/durations.ts';

/** Webhooks get lost: every five minutes in the first hour, then hourly, the object is read. */
export function lookEveryMs(waitedMs: number): number {
  return waitedMs < 60 * minuteMs ? 5 * minuteMs : 60 * minuteMs;
}

/** As long again as it has waited, between a second and a minute; rarely once an operator knows. */
export function pollAfterMs(waitedMs: number, alarmMs: number): number {
  if (waitedMs >= alarmMs) return 15 * minuteMs;
  return Math.min(Math.max(waitedMs, 1_000), minuteMs);
}
