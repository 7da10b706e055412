import { InvalidArgumentError } from 'commander';
import { isRetrySchedule, mustBeRetrySchedule } from '../domain/collection-changes.ts';
import { isTimeZoneName } from '../domain/daytime.ts';
import { accountOfId, isAccountId } from '../domain/ids.ts';
import { parseDecimal, type Micros } from '../domain/money.ts';

/**
 * Reads what stands on the command line. Each throws InvalidArgumentError, which commander prints
 * with the name of the argument.
 */

export function accountId(text: string): string {
  if (isAccountId(text)) return text;
  throw new InvalidArgumentError('An account id is "acct_" and 26 characters.');
}

export function isPurchaseId(text: string): boolean {
  return accountOfId(text) !== undefined && text.startsWith('pur_');
}

export function purchaseId(text: string): string {
  if (isPurchaseId(text)) return text;
  throw new InvalidArgumentError('A purchase id is "pur_", 26 characters, "_" and 16 more.');
}

export function endpointId(text: string): string {
  if (accountOfId(text) !== undefined && text.startsWith('whe_')) return text;
  throw new InvalidArgumentError('An endpoint id is "whe_", 26 characters, "_" and 16 more.');
}

export function invoiceName(text: string): string {
  const isId = text.startsWith('inv_') && accountOfId(text) !== undefined;
  if (isId || /^[a-z]{1,8}-\d{1,15}$/i.test(text)) return text;
  throw new InvalidArgumentError('An invoice is named by its id, inv_…, or its number, INV-….');
}

/** What a customer is asked to confirm or to pay. */
export function linkTarget(text: string): string {
  return text.startsWith('pur_') ? purchaseId(text) : invoiceName(text);
}

const invoiceWords = 'its id, inv_…, or its number, INV-…';
export const invoiceArgument = ['<invoice>', invoiceWords, invoiceName] as const;

export function paymentMethodId(text: string): string {
  if (/^pm_\w{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('A card is named by Stripe, as in "pm_card_visa".');
}

export function paymentIntentId(text: string): string {
  if (/^pi_\w{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('A payment is named by Stripe, as in "pi_3PqX…".');
}

/** An amount in whole units of the account's currency: "25" or "25.00". */
export function amount(text: string): Micros {
  const value = parseDecimal(text);
  if (value !== undefined && !text.includes('-')) return value;
  throw new InvalidArgumentError(
    'Write it in whole units of the account’s currency with at most six decimals and no sign or ' +
      'separator, for example 25 or 25.00.',
  );
}

/** The same of money that moves. */
export function amountAboveZero(text: string): Micros {
  const value = amount(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It is to be above zero.');
}

/** The same, or "none". */
export function amountOrNone(text: string): Micros | 'none' {
  return text === 'none' ? text : amount(text);
}

/** "20,5", or "none" for an empty list: up to five amounts above zero. */
export function amountList(text: string): readonly Micros[] {
  const values = text === 'none' ? [] : text.split(',').map(amount);
  if (values.length <= 5 && values.every((value) => value > 0)) return values;
  throw new InvalidArgumentError('Up to five amounts above zero are possible.');
}

export function holdId(text: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text;
  throw new InvalidArgumentError('A hold’s id is 1 to 255 characters without spaces.');
}

export function modelName(text: string): string {
  if (text.length >= 1 && text.length <= 200) return text;
  throw new InvalidArgumentError('A model or service is named by 1 to 200 characters.');
}

export function reason(text: string): string {
  const words = text.trim();
  if (words.length >= 1 && words.length <= 500) return words;
  throw new InvalidArgumentError('A reason is 1 to 500 characters.');
}

/** "Europe/Berlin", or "none": UTC. */
export function timeZone(text: string): string {
  if (text === 'none' || isTimeZoneName(text)) return text;
  throw new InvalidArgumentError(
    'Name a time zone as IANA does, for example Europe/Berlin; none is UTC.',
  );
}

/** "1,3,7,14", or "none". */
export function retryDays(text: string): readonly number[] | null {
  if (text === 'none') return null;
  const days = text.split(',').map((part) => (/^\d{1,2}$/.test(part) ? Number(part) : Number.NaN));
  if (isRetrySchedule(days)) return days;
  throw new InvalidArgumentError(`Days ${mustBeRetrySchedule}, as 1,3,7,14; or none.`);
}

export function idempotencyKey(text: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text;
  throw new InvalidArgumentError('A key is 1 to 255 characters without spaces.');
}

export function currencyCode(text: string): string {
  if (/^[a-z]{3}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('A currency is three letters of ISO 4217, for example usd.');
}

export function country(text: string): string {
  if (/^[A-Z]{2}$/.test(text)) return text;
  throw new InvalidArgumentError('A country is two capitals of ISO 3166, for example US.');
}

export function region(text: string): string {
  if (/^[A-Z0-9]{1,3}$/.test(text)) return text;
  throw new InvalidArgumentError('A region is of ISO 3166-2 without its country, for example WA.');
}

export function email(text: string): string {
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return text;
  throw new InvalidArgumentError('A mail address is needed, for example ada@example.com.');
}

export function accountName(text: string): string {
  const name = text.trim();
  if (name.length >= 1 && name.length <= 200) return name;
  throw new InvalidArgumentError('A name is 1 to 200 characters.');
}

export function webAddress(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('An address begins with http:// or https://.');
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** "90s", "15m", "25h", "3d" or "2w" in milliseconds. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const found = Object.entries(unitMs).find(([name]) => name === unit);
  if (found !== undefined && Number(count) > 0) return Number(count) * found[1];
  throw new InvalidArgumentError('Write it as 90s, 15m, 25h, 3d or 2w.');
}

/** Makes a reader of whole numbers between two bounds, both included. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

/** "2026-12-01" (its first instant, UTC) or "2026-12-01T09:00:00Z" in milliseconds since 1970. */
export function instantMs(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.exec(text);
  const value = match === null ? Number.NaN : Date.parse(text);
  // JavaScript takes the 31st of any month, as a day of the next.
  if (!Number.isNaN(value) && new Date(value).toISOString().startsWith(match?.[1] ?? '')) {
    return value;
  }
  throw new InvalidArgumentError(
    'Write a day or an instant in UTC, as 2026-12-01 or 2026-12-01T09:00:00Z.',
  );
}
