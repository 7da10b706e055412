import { Option, type Command } from 'commander';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import {
  balancesAnswer,
  dayUsageAnswer,
  debitsAnswer,
  entryAnswer,
  lotAnswer,
  lotUsageAnswer,
  modelUsageAnswer,
} from '../domain/statement-answer.ts';
import { dayMs } from '../domain/durations.ts';
import { readLotStatement } from '../ledger/lot-statement.ts';
import {
  exportLots,
  exportStatement,
  exportUsage,
  type CsvPieces,
  type UsageGrouping,
} from '../ledger/statement-exports.ts';
import { readStatement, readStatementSpan } from '../ledger/statement.ts';
import { readUsageByDay, readUsageByLot, readUsageByModel } from '../ledger/usage-summary.ts';
import { accountState } from './account-state.ts';
import { accountId, instantMs, wholeNumber } from './arguments.ts';
import type { Session } from './session.ts';
import { dayTable, lotTable, lotUsageTable, modelTable, statementWords } from './statement-view.ts';

const groupings = ['entry', 'lots', 'day', 'model', 'lot'] as const;

interface StatementOptions {
  by: (typeof groupings)[number];
  from?: number;
  to?: number;
  at?: number;
  csv?: true;
  limit: number;
}

export function addStatementVerb(statement: Command, session: Session): void {
  statement
    .argument('<account>', 'account id', accountId)
    .addOption(
      new Option('--by <what>', 'each entry, all lots, or usage by day, model or paying lot')
        .choices(groupings)
        .default('entry'),
    )
    .option('--from <date>', 'from this day or instant on, in UTC', instantMs)
    .option('--to <date>', 'before this day or instant', instantMs)
    .option('--at <date>', 'as of the end of this instant', instantMs)
    .option('--csv', 'print all of it as CSV')
    .option(
      '--limit <count>',
      'how many entries or lots, without --csv',
      wholeNumber(1, 10_000),
      50,
    )
    .action((id: string, options: StatementOptions) => tell(id, options, session));
}

async function tell(id: string, options: StatementOptions, session: Session): Promise<void> {
  const { account } = await accountState(session, id);
  const { by, from, to, at } = options;
  if (to !== undefined && at !== undefined) {
    throw failure('invalid_request', 'Give --to or --at, not both.');
  }
  const nowMs = accountNowMs(account, session.nowMs());
  const toMs = at === undefined ? (to ?? null) : at + 1;
  if (from !== undefined && toMs !== null && from > toMs) {
    throw failure('invalid_request', '--from must not be after --to.');
  }
  const asked = { accountId: id, currency: account.currency, limit: options.limit, session };
  const pieces = options.csv === true;
  switch (by) {
    case 'entry':
      return tellEntries({ ...asked, fromMs: from ?? null, toMs }, pieces);
    case 'lots':
      return tellLots({ ...asked, atMs: toMs === null ? nowMs : toMs - 1 }, pieces);
    case 'day':
    case 'model':
    case 'lot': {
      const range = { fromMs: from ?? nowMs - 30 * dayMs, toMs: toMs ?? nowMs + 1 };
      return tellUsage({ ...asked, ...range }, by, pieces);
    }
  }
}

interface Asked {
  readonly accountId: string;
  readonly currency: Parameters<typeof entryAnswer>[1];
  readonly limit: number;
  readonly session: Session;
}

async function tellEntries(
  { session, currency, limit, ...range }: Asked & { fromMs: number | null; toMs: number | null },
  asCsv: boolean,
): Promise<void> {
  const ledger = await session.ledger();
  if (asCsv) {
    const span = await readStatementSpan(ledger, range);
    if (span === undefined) throw failure('account_not_found');
    return printCsv(exportStatement(ledger, span), session);
  }
  const page = { order: 'newest_first', cursor: null, limit } as const;
  const statement = await readStatement(ledger, range, page);
  if (statement === undefined) throw failure('account_not_found');
  const { opening, closing, nextCursor } = statement;
  const shown = { ...statement, entries: statement.entries.toReversed() };
  session.print(
    {
      account: range.accountId,
      currency,
      opening: balancesAnswer(opening, currency),
      closing: balancesAnswer(closing, currency),
      data: shown.entries.map((entry) => entryAnswer(entry, currency)),
      nextCursor,
    },
    () => statementWords(shown, currency),
  );
  if (nextCursor !== null) session.remark('There are earlier ones: --limit, --from, or --csv.');
}

async function tellLots(
  { session, currency, limit, accountId: id, atMs }: Asked & { atMs: number },
  asCsv: boolean,
): Promise<void> {
  const ledger = await session.ledger();
  if (asCsv) return printCsv(exportLots(ledger, { accountId: id, atMs }), session);
  const page = await readLotStatement(ledger, { accountId: id, atMs, cursor: null, limit });
  if (page === undefined) throw failure('account_not_found');
  const data = page.lots.map((lot) => lotAnswer(lot, currency));
  session.print({ account: id, currency, data, nextCursor: page.nextCursor }, () =>
    lotTable(data, currency),
  );
  if (page.nextCursor !== null) session.remark('There are more: --limit, or --csv.');
}

async function tellUsage(
  { session, currency, ...range }: Asked & { fromMs: number; toMs: number },
  by: UsageGrouping,
  asCsv: boolean,
): Promise<void> {
  const ledger = await session.ledger();
  if (asCsv) return printCsv(exportUsage(ledger, range, by, currency), session);
  const head = { account: range.accountId, currency, by };
  switch (by) {
    case 'day': {
      const { rows, total } = await readUsageByDay(ledger, range);
      const data = rows.map((row) => dayUsageAnswer(row, currency));
      const told = debitsAnswer(total, currency);
      session.print({ ...head, total: told, data }, () => dayTable(data, told, currency));
      return;
    }
    case 'model': {
      const { rows, total } = await readUsageByModel(ledger, range);
      const data = rows.map((row) => modelUsageAnswer(row, currency));
      const told = debitsAnswer(total, currency);
      session.print({ ...head, total: told, data }, () => modelTable(data, told, currency));
      return;
    }
    case 'lot': {
      const { rows, total } = await readUsageByLot(ledger, range);
      const data = rows.map((row) => lotUsageAnswer(row, currency));
      const told = debitsAnswer(total, currency);
      session.print({ ...head, total: told, data }, () => lotUsageTable(data, told, currency));
      return;
    }
  }
}

async function printCsv(pieces: CsvPieces, session: Session): Promise<void> {
  for await (const piece of pieces) session.write(piece);
}
