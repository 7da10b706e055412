import { maximumChargeMinorUnits, type Currency } from './currencies.ts';

declare const microsBrand: unique symbol;

/**
 * An amount in millionths of a currency's major unit (micro-dollars, micro-yen): an integer that
 * JavaScript holds exactly. Only {@link micros} makes one, so a float can never become money.
 */
export type Micros = number & { readonly [microsBrand]: true };

/** Micro-units in one major unit of any currency. */
export const MICROS_PER_UNIT = 1_000_000;

/** Checks that `value` is an exact integer and returns it as money. Throws RangeError otherwise. */
export function micros(value: number): Micros {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not an exact amount: ${value}`);
  return (value === 0 ? 0 : value) as Micros; // -0 would print as "-0"
}

export const ZERO = micros(0);

/** Adds amounts exactly; throws RangeError when the sum leaves the safe integers. */
export function sum(...amounts: readonly Micros[]): Micros {
  let total = 0;
  for (const amount of amounts) total += amount;
  return micros(total);
}

/** What these parts come to: of lots, of months, or of anything else. */
export function totalOf(parts: readonly { readonly amount: Micros }[]): Micros {
  let total = ZERO;
  for (const { amount } of parts) total = sum(total, amount);
  return total;
}

/** Subtracts exactly; may go below zero. Throws RangeError as {@link sum} does. */
export function subtract(from: Micros, amount: Micros): Micros {
  return micros(from - amount);
}

export function smaller(a: Micros, b: Micros): Micros {
  return a < b ? a : b;
}

export function larger(a: Micros, b: Micros): Micros {
  return a > b ? a : b;
}

/** Micro-units in one minor unit: 10,000 for dollars and cents, 1,000,000 for yen. */
export function microsPerMinorUnit(currency: Currency): number {
  return 10 ** (6 - currency.minorUnitDigits);
}

/** Whether Stripe takes so much with one charge; a smaller or larger amount it refuses. */
export function isChargeable(amount: Micros, currency: Currency): boolean {
  return (
    amount >= fromMinorUnits(currency.minimumChargeMinorUnits, currency) &&
    amount <= fromMinorUnits(maximumChargeMinorUnits, currency)
  );
}

/** True where a card can be charged exactly this amount. */
export function dividesIntoMinorUnits(amount: Micros, currency: Currency): boolean {
  return amount % microsPerMinorUnit(currency) === 0;
}

/**
 * The amount in the minor units Stripe counts in (cents; whole yen for JPY, which has no decimals).
 * Throws RangeError when it does not divide exactly: money is never rounded on its way to a card.
 */
export function toMinorUnits(amount: Micros, currency: Currency): number {
  if (!dividesIntoMinorUnits(amount, currency)) {
    throw new RangeError(`${amount} micro-units are no whole minor units of ${currency.code}`);
  }
  return amount / microsPerMinorUnit(currency);
}

/** The inverse of {@link toMinorUnits}. */
export function fromMinorUnits(minorUnits: number, currency: Currency): Micros {
  return micros(minorUnits * microsPerMinorUnit(currency));
}

/**
 * `amount x partsPerMillion / 1,000,000`, rounded half to even to a whole minor unit. The one
 * rounding for rates on an amount that a card will be charged (tax).
 */
export function shareInMinorUnits(
  amount: Micros,
  partsPerMillion: number,
  currency: Currency,
): Micros {
  const unit = BigInt(microsPerMinorUnit(currency));
  const numerator = BigInt(amount) * BigInt(partsPerMillion);
  const units = divideHalfEven(numerator, 1_000_000n * unit);
  return micros(Number(units * unit));
}

/** Integer division rounded to the nearest, ties to the even quotient. `divisor` is above zero. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  const twice = 2n * (remainder < 0n ? -remainder : remainder);
  const away = dividend < 0n ? -1n : 1n;
  if (twice > divisor || (twice === divisor && quotient % 2n !== 0n)) return quotient + away;
  return quotient;
}

/**
 * Reads a decimal amount such as "25", "25.00" or "0.000001" in major units.
 * Returns undefined where the text is no such number, or is finer than a micro-unit.
 */
export function parseDecimal(text: string): Micros | undefined {
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  const value = Number(whole) * MICROS_PER_UNIT + Number(fraction.padEnd(6, '0'));
  return Number.isSafeInteger(value) ? micros(sign === '-' ? -value : value) : undefined;
}

/** Writes an amount in major units: at least the currency's usual decimals, never rounded. */
export function formatDecimal(amount: Micros, currency: Currency): string {
  const sign = amount < 0 ? '-' : '';
  const size = Math.abs(amount);
  const whole = Math.trunc(size / MICROS_PER_UNIT);
  const fraction = String(size % MICROS_PER_UNIT).padStart(6, '0');
  const shown = fraction.replace(/0+$/, '').padEnd(currency.minorUnitDigits, '0');
  return `${sign}${whole}${shown === '' ? '' : `.${shown}`}`;
}

/** The amount as people read it: "$25.00", "¥500", "$0.0018". */
export function formatMoney(amount: Micros, currency: Currency): string {
  const text = formatDecimal(amount, currency);
  const sign = text.startsWith('-') ? '-' : '';
  const [whole = '', fraction] = text.slice(sign.length).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${currency.symbol}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}
