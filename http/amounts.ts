import { z } from '@hono/zod-openapi';
import { currency, isCurrencyCode } from '../domain/currencies.ts';
import { formatDecimal, micros, parseDecimal, ZERO, type Micros } from '../domain/money.ts';

const pattern = /^\d{1,10}(\.\d{1,6})?$/;
const allowed = 'must be a decimal string in major units, such as "25.00"';

/** An amount in a request: a decimal string, never a JSON number (floats are not money). */
export const amountInput = z
  .string({ error: allowed })
  .regex(pattern, { error: allowed, abort: true })
  .refine((text) => parseDecimal(text) !== undefined, { error: allowed }) // too large to be exact
  .openapi({ example: '25.00', description: 'A decimal string in major units, such as "25.00".' })
  .transform((text) => parseDecimal(text) ?? ZERO);

/** An amount in an answer, its `currency` beside it. */
export const amountOutput = z
  .string()
  .openapi({ example: '25.00', description: 'Major units, as a decimal string.' });

/** A currency in a request. Whether it is one we keep accounts in is a rule's answer (R69). */
export const currencyInput = z
  .string({ error: 'must be a three-letter currency code in lower case, such as "usd"' })
  .regex(/^[a-z]{3}$/, {
    error: 'must be a three-letter currency code in lower case, such as "usd"',
  })
  .openapi({ example: 'usd', description: 'ISO 4217 in lower case.' });

/**
 * Writes an amount for JSON. A refused purchase may name a currency that we have no row for; its
 * amount is then written with the decimals most currencies have.
 */
export function decimal(amount: Micros, currencyCode: string): string {
  return formatDecimal(amount, currency(isCurrencyCode(currencyCode) ? currencyCode : 'usd'));
}

/** The amounts a refusal compared, as decimal strings. */
export function decimals(
  amounts: Readonly<Record<string, number>>,
  currencyCode: string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [name, decimal(micros(amount), currencyCode)]),
  );
}
