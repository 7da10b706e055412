import { sum, ZERO, type Micros } from './money.ts';
import { dayMs } from './durations.ts';
import type { Period } from './period.ts';

/** What usage cost, and what paid it: the parts add up to the cost. */
export interface UsageSums {
  readonly cost: Micros;
  readonly free: Micros;
  readonly purchased: Micros;
  /** Owed, to be invoiced. */
  readonly unbilled: Micros;
  /** Charged to nobody (R21). */
  readonly writtenOff: Micros;
}

/** What the account was debited: the cost without what was written off. */
export type UsageDebits = Pick<UsageSums, 'free' | 'purchased' | 'unbilled'>;

const names = ['cost', 'free', 'purchased', 'unbilled', 'writtenOff'] as const;

export const NO_USAGE: UsageSums = {
  cost: ZERO,
  free: ZERO,
  purchased: ZERO,
  unbilled: ZERO,
  writtenOff: ZERO,
};

/** Adds sums up, each by its name; nothing where there are no rows. */
export function addSums(rows: readonly UsageSums[]): UsageSums {
  const entries = names.map((name) => [name, sum(...rows.map((row) => row[name]))] as const);
  return Object.fromEntries(entries) as Record<(typeof names)[number], Micros>;
}

/** Of a day of the account's own time (UTC, "2026-11-22") and a model; '' where none was said. */
export interface DayUsage extends UsageSums {
  readonly day: string;
  readonly model: string;
}

export interface ModelUsage extends UsageSums {
  readonly model: string;
}

/** What one lot paid, or what is to be invoiced for one month. */
export interface LotUsage {
  readonly pot: keyof UsageDebits;
  readonly lotId: number | null;
  readonly period: Period | null;
  readonly amount: Micros;
}

/** The days from one instant's to another's, both included, as "2026-11-22". */
export function daysFromTo(firstMs: number, lastMs: number): string[] {
  const days: string[] = [];
  for (let day = Math.floor(firstMs / dayMs); day <= Math.floor(lastMs / dayMs); day += 1) {
    days.push(new Date(day * dayMs).toISOString().slice(0, 10));
  }
  return days;
}
