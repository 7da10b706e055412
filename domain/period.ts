declare const periodBrand: unique symbol;

/** A calendar month in UTC, "2026-11": half-open, from its first instant to the next month's. */
export type Period = string & { readonly [periodBrand]: true };

/** Reads "2026-11". Throws RangeError for anything else. */
export function period(text: string): Period {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new RangeError(`not a month: ${text}`);
  return text as Period;
}

/** The month an instant (milliseconds since 1970, UTC) falls in. */
export function periodOf(instantMs: number): Period {
  return new Date(instantMs).toISOString().slice(0, 7) as Period;
}

/** The month after. */
export function nextPeriod(month: Period): Period {
  return periodOf(cutoffMsOf(month));
}

/** The month's cut-off: its end, exclusive, 00:00:00 UTC on the 1st of the next (R39). */
export function cutoffMsOf(month: Period): number {
  const year = Number(month.slice(0, 4));
  const monthNumber = Number(month.slice(5, 7));
  return Date.UTC(year, monthNumber, 1); // Date.UTC counts months from 0, so this is the next one
}
