import { currency as currencyOf, type CurrencyCode } from '../domain/currencies.ts';
import type { DocumentTax } from '../domain/documents.ts';
import { formatMoney, subtract, ZERO, type Micros } from '../domain/money.ts';
import type { Period } from '../domain/period.ts';

/** Names of our own: those of the runtime's locale data change with its version. */
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

/** "3 December 2026", in UTC. */
export function dateText(instantMs: number): string {
  const date = new Date(instantMs);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** "November 2026". */
export function monthText(period: Period): string {
  return `${months[Number(period.slice(5, 7)) - 1] ?? ''} ${period.slice(0, 4)}`;
}

/** Writes amounts of a currency: "$25.00", "−$0.0018". */
export function moneyIn(code: CurrencyCode): (amount: Micros) => string {
  const money = currencyOf(code);
  return (amount) => formatMoney(amount, money).replace('-', '−');
}

export function negative(amount: Micros): Micros {
  return subtract(ZERO, amount);
}

/** "Sales tax (10.25 %)", or "Tax" where there is neither name nor rate. */
export function taxText({ name, partsPerMillion }: DocumentTax): string {
  const label = name ?? 'Tax';
  if (partsPerMillion === null || partsPerMillion === 0) return label;
  const percent = String(partsPerMillion / 10_000);
  return `${label} (${percent} %)`;
}
