import { decimal } from '../domain/answer-values.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import {
  balancesAnswer,
  type dayUsageAnswer,
  type debitsAnswer,
  type lotAnswer,
  type lotUsageAnswer,
  type modelUsageAnswer,
} from '../domain/statement-answer.ts';
import type { StatementBalances, StatementBook } from '../domain/statement.ts';
import type { StatementPage } from '../ledger/statement.ts';
import { table, utcTime } from './words.ts';

const shownBooks: readonly StatementBook[] = ['purchased', 'free', 'unbilled', 'invoiced'];

/** Oldest first, from the opening to the closing balance. */
export function statementWords(statement: StatementPage, code: CurrencyCode): string {
  const { entries, opening, closing, nextCursor } = statement;
  const balances = (row: StatementBalances) => {
    const told = balancesAnswer(row, code);
    return shownBooks.map((book) => told[book]);
  };
  const rows = entries.map(({ eventId, occurredAtMs, words, change, after }) => [
    ...[String(eventId), utcTime(occurredAtMs), words, changeWords(change, code)],
    ...balances(after),
  ]);
  const header = ['ENTRY', 'WHEN', 'WHAT', `CHANGE (${code.toUpperCase()})`];
  return table(
    [...header, 'PURCHASED', 'FREE', 'UNBILLED', 'INVOICED'],
    [
      ...(nextCursor === null ? [['', '', 'Opening balance', '', ...balances(opening)]] : []),
      ...rows,
      ['', '', 'Closing balance', '', ...balances(closing)],
    ],
  );
}

/** "-1.25 free, +3.00 unbilled". */
function changeWords(change: StatementBalances, code: CurrencyCode): string {
  const words: Record<StatementBook, string> = {
    purchased: 'purchased',
    free: 'free',
    unbilled: 'unbilled',
    invoiced: 'invoiced',
    invoicedTax: 'invoiced tax',
    refundsDue: 'to be returned',
  };
  return Object.entries(words)
    .flatMap(([name, word]) => {
      const amount = change[name as StatementBook];
      if (amount === 0) return [];
      return [`${amount > 0 ? '+' : ''}${decimal(amount, code)} ${word}`];
    })
    .join(', ');
}

type Debits = ReturnType<typeof debitsAnswer>;

export function lotTable(lots: readonly ReturnType<typeof lotAnswer>[], code: CurrencyCode) {
  if (lots.length === 0) return 'no credits yet';
  return table(
    ['LOT', 'KIND', 'SOURCE', `AMOUNT (${code.toUpperCase()})`].concat([
      'USED',
      'EXPIRED',
      'WITHDRAWN',
      'REMAINING',
      'HELD',
    ]),
    lots.map((lot) => [
      ...[String(lot.id), lot.kind, lot.source, lot.amount, lot.used, lot.expired],
      ...[lot.withdrawn, lot.remaining, lot.held],
    ]),
  );
}

export function dayTable(
  rows: readonly ReturnType<typeof dayUsageAnswer>[],
  total: Debits,
  code: CurrencyCode,
): string {
  const sums = rows.map(({ day, ...row }) => [day, row.model ?? '', ...sumCells(row)]);
  return table(['DAY', 'MODEL', ...sumHeader(code)], [...sums, ['', 'debited', ...debits(total)]]);
}

export function modelTable(
  rows: readonly ReturnType<typeof modelUsageAnswer>[],
  total: Debits,
  code: CurrencyCode,
): string {
  const sums = rows.map((row) => [row.model ?? '', ...sumCells(row)]);
  return table(['MODEL', ...sumHeader(code)], [...sums, ['debited', ...debits(total)]]);
}

export function lotUsageTable(
  rows: readonly ReturnType<typeof lotUsageAnswer>[],
  total: Debits,
  code: CurrencyCode,
): string {
  const cells = rows.map(({ pot, lot, month, amount }) => {
    return [pot, lot === null ? '' : String(lot), month ?? '', amount];
  });
  const header = ['PAID BY', 'LOT', 'MONTH', `AMOUNT (${code.toUpperCase()})`];
  return table(header, [...cells, ['debited', '', '', total.debited]]);
}

function sumHeader(code: CurrencyCode): string[] {
  return [`COST (${code.toUpperCase()})`, 'FREE', 'PURCHASED', 'UNBILLED', 'WRITTEN OFF'];
}

function sumCells(row: Omit<ReturnType<typeof modelUsageAnswer>, 'model'>): string[] {
  return [row.cost, row.free, row.purchased, row.unbilled, row.writtenOff];
}

function debits({ debited, free, purchased, unbilled }: Debits): string[] {
  return [debited, free, purchased, unbilled];
}
