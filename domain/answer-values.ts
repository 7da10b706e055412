import { currency, type CurrencyCode } from './currencies.ts';
import { formatDecimal, type Micros } from './money.ts';

/** How answers to programs, webhook messages and exports write amounts and times. */

/** "25.00": in major units of the currency, never rounded. */
export function decimal(amount: Micros, code: CurrencyCode): string {
  return formatDecimal(amount, currency(code));
}

/** "2026-11-22T19:38:59.000Z": ISO 8601 in UTC. */
export function instant(instantMs: number): string;
export function instant(instantMs: number | null): string | null;
export function instant(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}
