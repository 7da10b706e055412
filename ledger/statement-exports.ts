import type { AccountId } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import {
  balanceLine,
  dayHeader,
  dayLine,
  debitUsageHeader,
  debitUsageLines,
  entryLine,
  lotHeader,
  lotLine,
  lotUsageHeader,
  lotUsageLine,
  modelHeader,
  modelLine,
  statementHeader,
} from '../domain/statement-csv.ts';
import type { Ledger } from './database.ts';
import { readDebitUsage } from './debit-usage.ts';
import { readLotStatement } from './lot-statement.ts';
import { streamStatement, type StatementSpan } from './statement.ts';
import {
  readUsageByDay,
  readUsageByLot,
  readUsageByModel,
  type UsageRange,
} from './usage-summary.ts';

/**
 * Exports as CSV, in pieces of many lines: however long an export is, only one piece of it is in
 * memory. An account that does not exist gives the header alone.
 */
export type CsvPieces = AsyncGenerator<string, void>;

/** A statement from its opening to its closing balance; a file without the latter is cut short. */
export async function* exportStatement(ledger: Ledger, span: StatementSpan): CsvPieces {
  const { currency, opening, closing } = span;
  yield statementHeader + balanceLine('opening', opening, currency);
  for await (const entries of streamStatement(ledger, span)) {
    yield entries.map((entry) => entryLine(entry, currency)).join('');
  }
  yield balanceLine('closing', closing, currency);
}

const pageSize = 500;

export async function* exportLots(
  ledger: Ledger,
  asked: { readonly accountId: AccountId; readonly atMs: number },
): CsvPieces {
  yield lotHeader;
  let cursor: string | null = null;
  do {
    const page = await readLotStatement(ledger, { ...asked, cursor, limit: pageSize });
    if (page === undefined) return;
    yield page.lots.map((lot) => lotLine(lot, page.currency)).join('');
    cursor = page.nextCursor;
  } while (cursor !== null);
}

export type UsageGrouping = 'day' | 'model' | 'lot';

export async function* exportUsage(
  ledger: Ledger,
  range: UsageRange,
  by: UsageGrouping,
  code: CurrencyCode,
): CsvPieces {
  switch (by) {
    case 'day': {
      const { rows } = await readUsageByDay(ledger, range);
      yield dayHeader + rows.map((row) => dayLine(row, code)).join('');
      return;
    }
    case 'model': {
      const { rows } = await readUsageByModel(ledger, range);
      yield modelHeader + rows.map((row) => modelLine(row, code)).join('');
      return;
    }
    case 'lot': {
      const { rows } = await readUsageByLot(ledger, range);
      yield lotUsageHeader + rows.map((row) => lotUsageLine(row, code)).join('');
    }
  }
}

/** The usage events behind a debit. */
export async function* exportDebitUsage(
  ledger: Ledger,
  asked: { readonly accountId: AccountId; readonly eventId: number },
): CsvPieces {
  yield debitUsageHeader;
  let cursor: string | null = null;
  do {
    const page = await readDebitUsage(ledger, { ...asked, cursor, limit: pageSize });
    if (page === undefined) return;
    const { usage, prices, currency } = page;
    yield usage.map((row) => debitUsageLines(row, prices, currency)).join('');
    cursor = page.nextCursor;
  } while (cursor !== null);
}
