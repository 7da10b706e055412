import { decimal } from '../domain/answer-values.ts';
import { currency, isCurrencyCode } from '../domain/currencies.ts';
import { formatMoney, type Micros } from '../domain/money.ts';

/** How everything is written that people read: amounts with their currency, times in UTC. */

/** "$25.00 USD": a dollar sign alone would not say whose dollars. */
export function money(amount: Micros, code: string): string {
  if (!isCurrencyCode(code)) return `${amount} micro-units of ${code}`;
  return `${formatMoney(amount, currency(code))} ${code.toUpperCase()}`;
}

/** "25.00", as JSON carries amounts; of a row, whose currency is a text to the compiler. */
export function storedDecimal(amount: Micros, code: string): string {
  if (!isCurrencyCode(code)) throw new Error(`the ledger holds no ${code}`);
  return decimal(amount, code);
}

/** "2026-11-22 19:38:59 UTC". */
export function utcTime(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Label and value, one a line, the values in one column; rows without a value are left out. */
export function facts(rows: readonly (readonly [label: string, value: string | null])[]): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  const width = Math.max(0, ...shown.map(([label]) => label.length)) + 2;
  return shown.map(([label, value]) => `  ${label.padEnd(width)}${value}`).join('\n');
}

/** A table with a header, its columns as wide as their longest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
