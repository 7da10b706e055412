import { currency as currencyOf, type CurrencyCode } from '../domain/currencies.ts';
import type { DocumentTax } from '../domain/documents.ts';
import { formatMoney, subtract, ZERO, type Micros } from '../domain/money.ts';

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
