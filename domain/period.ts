declare const periodBrand: unique symbol;

/** A calendar month in UTC, "2026-11": half-open, from its first instant to the next month's. */
export type Period = string & { readonly [periodBrand]: true };

/** Reads "2026-11". Throws RangeError for anything else. */
export function period(text: string): Period {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new RangeError(`not a month: ${text}`);
  return text as Period;
}

/** The month asked for last: most instants fall in the same, and there are thousands of them. */
let last = { fromMs: 0, untilMs: 0, period: '' as Period };

/** The month an instant (milliseconds since 1970, UTC) falls in. */
export function periodOf(instantMs: number): Period {
  if (!(instantMs >= last.fromMs && instantMs < last.untilMs)) {
    const date = new Date(instantMs);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const [fromMs, untilMs] = [Date.UTC(year, month), Date.UTC(year, month + 1)];
    last = { fromMs, untilMs, period: date.toISOString().slice(0, 7) as Period };
  }
  return last.period;
}

/** The month after. */
export function nextPeriod(month: Period): Period {
  return periodOf(cutoffMsOf(month));
}

/** For sorting months, earliest first. */
export function comparePeriods(a: Period, b: Period): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function laterPeriod(a: Period, b: Period): Period {
  return a > b ? a : b;
}

/** The month's cut-off: its end, exclusive, 00:00:00 UTC on the 1st of the next (R39). */
export function cutoffMsOf(month: Period): number {
  const year = Number(month.slice(0, 4));
  const monthNumber = Number(month.slice(5, 7));
  return Date.UTC(year, monthNumber, 1); // Date.UTC counts months from 0, so this is the next one
}

/** The last month that was over at an instant. */
export function lastClosedPeriod(instantMs: number): Period {
  const day = new Date(instantMs);
  return periodOf(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1) - 1);
}
