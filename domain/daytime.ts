import { dayMs, hourMs } from './durations.ts';

/**
 * The customer's calendar and clock. Days that clocks change on have 23 or 25 hours; all of it is
 * read from the runtime's time zone data (B12).
 */

/** Hours of the local day; `until` is exclusive. */
export interface DaytimeHours {
  readonly from: number;
  readonly until: number;
}

/** A name that may be recorded: one that the runtime knows, and no offset as "+01:00". */
export function isTimeZoneName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text) && isTimeZone(text);
}

/** Whether the runtime knows the name, as "Europe/Berlin"; only such may be recorded. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The first instant, from the given one on, that is within these hours. Null is UTC. */
export function daytimeFrom(
  atMs: number,
  { from, until }: DaytimeHours,
  timeZone: string | null,
): number {
  const clockMs = clockOf(atMs, timeZone);
  const midnightMs = midnightOf(clockMs);
  const hour = (clockMs - midnightMs) / hourMs;
  if (hour >= from && hour < until) return atMs;
  const opensMs = midnightMs + from * hourMs;
  return instantOf(hour < from ? opensMs : opensMs + dayMs, timeZone);
}

/** The first instant of the next day. */
export function nextDayFrom(atMs: number, timeZone: string | null): number {
  return instantOf(midnightOf(clockOf(atMs, timeZone)) + dayMs, timeZone);
}

/** How many midnights lie between; negative where the second is on an earlier day. */
export function daysBetween(fromMs: number, toMs: number, timeZone: string | null): number {
  const midnights = [fromMs, toMs].map((atMs) => midnightOf(clockOf(atMs, timeZone)));
  return ((midnights[1] ?? 0) - (midnights[0] ?? 0)) / dayMs;
}

function midnightOf(clockMs: number): number {
  return Math.floor(clockMs / dayMs) * dayMs;
}

/** What local clocks show at an instant, in milliseconds as if they showed UTC. */
function clockOf(atMs: number, timeZone: string | null): number {
  return timeZone === null ? atMs : atMs + offsetOf(atMs, timeZone);
}

/** The first instant at which local clocks show so much; where they skip it, when they had done so. */
function instantOf(clockMs: number, timeZone: string | null): number {
  if (timeZone === null) return clockMs;
  const before = offsetOf(clockMs - dayMs, timeZone);
  const after = offsetOf(clockMs + dayMs, timeZone);
  const shown = [before, after]
    .filter((offset) => offsetOf(clockMs - offset, timeZone) === offset)
    .map((offset) => clockMs - offset);
  return shown.length > 0 ? Math.min(...shown) : clockMs - before;
}

function offsetOf(atMs: number, timeZone: string): number {
  const secondMs = Math.floor(atMs / 1_000) * 1_000;
  const parts = formatOf(timeZone).formatToParts(secondMs);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const shownMs = Date.UTC(
    ...([part('year'), part('month') - 1, part('day')] as const),
    ...([part('hour'), part('minute'), part('second')] as const),
  );
  return shownMs - secondMs;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Made once for each zone: it takes longer than all that is asked of it. Throws RangeError. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}
