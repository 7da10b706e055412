import { csvLine } from './csv.ts';
import type { CurrencyCode } from './currencies.ts';
import type { LotStatement } from './lot-statement.ts';
import type { PriceEntry } from './price.ts';
import { decimal, instant } from './answer-values.ts';
import { entryAnswer, lotAnswer, quantityAnswer } from './statement-answer.ts';
import { statementBooks, type StatementBalances, type StatementEntry } from './statement.ts';
import type { RecordedUsage } from './usage.ts';
import type { DayUsage, LotUsage, ModelUsage } from './usage-summary.ts';

/** The columns of exports, and their lines: amounts are decimal strings without separators. */

const bookColumns = statementBooks.map((book) =>
  book.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);

export const statementHeader = csvLine([
  ...['entry', 'at', 'kind', 'description', 'currency'],
  ...bookColumns.map((column) => `${column}_change`),
  ...bookColumns,
  'movements',
]);

/** The first and the last line: what there was before all entries, and after them. */
export function balanceLine(
  kind: 'opening' | 'closing',
  balances: StatementBalances,
  code: CurrencyCode,
): string {
  const words = kind === 'opening' ? 'Opening balance' : 'Closing balance';
  return csvLine([
    ...['', '', kind, words, code],
    ...statementBooks.map(() => ''),
    ...statementBooks.map((book) => decimal(balances[book], code)),
    '',
  ]);
}

/** One entry, in the columns of {@link statementHeader}. */
export function entryLine(entry: StatementEntry, code: CurrencyCode): string {
  const { id, at, kind, description, change, balances, movements } = entryAnswer(entry, code);
  return csvLine([
    ...[String(id), at, kind, description, code],
    ...statementBooks.map((book) => change[book]),
    ...statementBooks.map((book) => balances[book]),
    movements.map((moved) => `${moved.description}: ${moved.amount}`).join('; '),
  ]);
}

export const lotHeader = csvLine([
  ...['lot', 'kind', 'source', 'acquired_at', 'currency', 'amount', 'used', 'expired'],
  ...['withdrawn', 'remaining', 'held', 'scope', 'expires_at', 'frozen_at'],
]);

/** One lot, in the columns of {@link lotHeader}. */
export function lotLine(lot: LotStatement, code: CurrencyCode): string {
  const { id, kind, source, acquiredAt, scope, expiresAt, frozenAt, ...amounts } = lotAnswer(
    lot,
    code,
  );
  const { amount, used, expired, withdrawn, remaining, held } = amounts;
  return csvLine([
    ...[String(id), kind, source, acquiredAt, code, amount, used, expired, withdrawn, remaining],
    ...[held, scope?.join(' ') ?? '', expiresAt ?? '', frozenAt ?? ''],
  ]);
}

const sumColumns = ['currency', 'cost', 'free', 'purchased', 'unbilled', 'written_off'];

export const dayHeader = csvLine(['day', 'model', ...sumColumns]);
export const modelHeader = csvLine(['model', ...sumColumns]);
export const lotUsageHeader = csvLine(['pot', 'lot', 'month', 'currency', 'amount']);

export function dayLine(row: DayUsage, code: CurrencyCode): string {
  return csvLine([row.day, ...modelCells(row, code)]);
}

export function modelLine(row: ModelUsage, code: CurrencyCode): string {
  return csvLine(modelCells(row, code));
}

function modelCells(row: ModelUsage, code: CurrencyCode): string[] {
  const { model, cost, free, purchased, unbilled, writtenOff } = row;
  const amounts = [cost, free, purchased, unbilled, writtenOff];
  return [model, code, ...amounts.map((amount) => decimal(amount, code))];
}

export function lotUsageLine(row: LotUsage, code: CurrencyCode): string {
  const { pot, lotId, period, amount } = row;
  return csvLine([pot, lotId?.toString() ?? '', period ?? '', code, decimal(amount, code)]);
}

export const debitUsageHeader = csvLine([
  ...['usage_id', 'time', 'model', 'meter', 'quantity'],
  ...['price', 'currency', 'amount', 'per'],
]);

/** One line for each meter of an event: what it cost is told of all usage at a price together. */
export function debitUsageLines(
  { usageKey, occurredAtMs, quantities }: RecordedUsage,
  prices: ReadonlyMap<number, PriceEntry>,
  code: CurrencyCode,
): string {
  return quantities
    .map((one) => {
      const { model, meter, quantity, price } = quantityAnswer(one, prices);
      const { id, amount, per } = price;
      const cost = [String(id), code, amount ?? '', per === null ? '' : String(per)];
      return csvLine([usageKey, instant(occurredAtMs), model, meter, quantity, ...cost]);
    })
    .join('');
}
