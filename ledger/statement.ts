import type { AccountId, Balances } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { Transfer } from '../domain/bookkeeping.ts';
import {
  changeBy,
  entriesFrom,
  entriesUpTo,
  minus,
  statementBooks,
  type RecordedEntry,
  type StatementBalances,
  type StatementEntry,
} from '../domain/statement.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts, readBalances } from './account-rows.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';

/**
 * Which part of an account's life is told: from an instant of its own time (included; null: from
 * its beginning) to another one (excluded; null: until now). Events stand in the order in which
 * they were recorded, which is the one that their balances follow from: where two processes' clocks
 * differ, a part begins and ends at an event, so that it has no gap.
 */
export interface StatementRange {
  readonly accountId: AccountId;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** A range as the events it begins behind and ends with, and what there was at both. */
export interface StatementSpan {
  readonly accountId: AccountId;
  readonly currency: CurrencyCode;
  readonly openingVersion: number;
  readonly closingVersion: number;
  readonly opening: StatementBalances;
  readonly closing: StatementBalances;
}

export interface StatementPage extends StatementSpan {
  /** Those that moved money. */
  readonly entries: readonly StatementEntry[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/**
 * One page of an account's statement: opening + changes of all entries = closing, exactly (R66).
 * Undefined where there is no such account. A cursor that is none gives the first page.
 */
export async function readStatement(
  ledger: Ledger,
  range: StatementRange,
  page: {
    readonly order: 'newest_first' | 'oldest_first';
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<StatementPage | undefined> {
  const uuid = uuidOf(range.accountId);
  return ledger.snapshot(async (session) => {
    const found = await readSpan(session, uuid, range);
    if (found === undefined) return undefined;
    const { span, balances } = found;
    const seen = eventOf(page.cursor);
    const isNewest = page.order === 'newest_first';
    const top = isNewest && seen !== null ? seen - 1 : span.closingVersion;
    const bottom = !isNewest && seen !== null ? seen : span.openingVersion;
    const after = Math.max(bottom, span.openingVersion);
    const upTo = Math.min(top, span.closingVersion);
    const [rows, base] = await Promise.all([
      readRecordedEntries(session, uuid, { after, upTo, limit: page.limit + 1 }, isNewest),
      booksAt(session, uuid, isNewest ? upTo : after, balances),
    ]);
    const shown = rows.slice(0, page.limit);
    const entries = isNewest ? entriesUpTo(base, shown) : entriesFrom(base, shown);
    const last = rows.length > page.limit ? entries.at(-1) : undefined;
    return { ...span, entries, nextCursor: last === undefined ? null : String(last.eventId) };
  });
}

function eventOf(cursor: string | null): number | null {
  return cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
}

const streamedAtOnce = 500;

/** A whole statement, oldest first, a page at a time: nothing is ever removed from within a span. */
export async function* streamStatement(
  ledger: Ledger,
  span: StatementSpan,
): AsyncGenerator<readonly StatementEntry[]> {
  const uuid = uuidOf(span.accountId);
  let balances = span.opening;
  let after = span.openingVersion;
  for (;;) {
    const part = { after, upTo: span.closingVersion, limit: streamedAtOnce };
    const rows = await ledger.snapshot((session) =>
      readRecordedEntries(session, uuid, part, false),
    );
    const entries = entriesFrom(balances, rows);
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries;
    balances = last.after;
    after = last.eventId;
  }
}

/** Undefined where there is no such account. */
export async function readStatementSpan(
  ledger: Ledger,
  range: StatementRange,
): Promise<StatementSpan | undefined> {
  const uuid = uuidOf(range.accountId);
  return ledger.snapshot(async (session) => (await readSpan(session, uuid, range))?.span);
}

async function readSpan(
  session: Session,
  uuid: string,
  { accountId, fromMs, toMs }: StatementRange,
) {
  const [[account], [balances]] = await Promise.all([
    readAccounts(session, [uuid]),
    readBalances(session, [uuid]),
  ]);
  if (account === undefined || balances === undefined) return undefined;
  const [openingVersion, lastVersion] = await Promise.all([
    fromMs === null ? 0 : versionBefore(session, uuid, fromMs),
    toMs === null ? balances.version : versionBefore(session, uuid, toMs),
  ]);
  const closingVersion = Math.max(openingVersion, lastVersion);
  const [opening, closing] = await Promise.all([
    booksAt(session, uuid, openingVersion, balances),
    booksAt(session, uuid, closingVersion, balances),
  ]);
  const { currency } = account;
  const span = { accountId, currency, openingVersion, closingVersion, opening, closing };
  return { span, balances };
}

/** The last event before an instant; 0 where there was none. */
export async function versionBefore(session: Session, uuid: string, atMs: number): Promise<number> {
  const [row] = await session.read<{ version: number }>(
    `select event_id as version from billing_events
     where account_id = $1 and occurred_at < $2 order by event_id desc limit 1`,
    [uuid, instant(atMs)],
  );
  return row?.version ?? 0;
}

/** What there was right after an event: added up from the nearer end of the account's life. */
async function booksAt(
  session: Session,
  uuid: string,
  version: number,
  now: Balances,
): Promise<StatementBalances> {
  const isLate = version * 2 > now.version;
  const rows = await session.read<Pick<Transfer, 'debitBook' | 'creditBook' | 'amount'>>(
    `select debit_book as "debitBook", credit_book as "creditBook", sum(amount)::bigint as amount
     from transfers where account_id = $1 and event_id > $2 and event_id <= $3
     group by debit_book, credit_book`,
    [uuid, isLate ? version : 0, isLate ? now.version : version],
  );
  const change = changeBy(
    rows.map((row) => ({ ...row, lotId: null, period: null, invoiceId: null })),
  );
  return isLate ? minus(booksOf(now), change) : change;
}

function booksOf(balances: Balances): StatementBalances {
  return Object.fromEntries(
    statementBooks.map((book) => [book, balances[book]] as const),
  ) as StatementBalances;
}

interface EntryRow extends Omit<RecordedEntry, 'transfers'> {
  readonly transfers: readonly [
    ...Pair,
    amount: number,
    lotId: number | null,
    period: string | null,
    invoiceId: string | null,
  ][];
}
type Pair = [debitBook: string, creditBook: string];

const entryColumns = `
  e.event_id as "eventId", e.occurred_at as "occurredAtMs", e.policy_version as "policyVersion",
  e.payload -> 'event' as event`;
const transferColumns = `json_build_array(debit_book, credit_book, amount, lot_id, period, invoice_id)`;

/** Events behind one and up to another that moved money, in either order. */
async function readRecordedEntries(
  session: Session,
  uuid: string,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
  isNewestFirst: boolean,
): Promise<RecordedEntry[]> {
  const rows = await session.read<EntryRow>(
    isNewestFirst ? `${entriesSql} desc limit $4` : `${entriesSql} asc limit $4`,
    [uuid, after, upTo, limit],
  );
  return rows.map(({ transfers, ...row }) => ({ ...row, transfers: transfers.map(transferOf) }));
}

const entriesSql = `
  select ${entryColumns}, t.transfers
  from billing_events e cross join lateral (
    select json_agg(${transferColumns} order by seq) as transfers
    from transfers t where t.account_id = e.account_id and t.event_id = e.event_id
  ) t
  where e.account_id = $1 and e.event_id > $2 and e.event_id <= $3 and t.transfers is not null
  order by e.event_id`;

/** One event, whether or not it moved money; undefined where the account has none of that id. */
export async function readEntry(
  session: Session,
  uuid: string,
  eventId: number,
): Promise<RecordedEntry | undefined> {
  const [row] = await session.read<EntryRow>(
    `select ${entryColumns}, coalesce((
       select json_agg(${transferColumns} order by seq) from transfers t
       where t.account_id = e.account_id and t.event_id = e.event_id
     ), '[]') as transfers
     from billing_events e where e.account_id = $1 and e.event_id = $2`,
    [uuid, eventId],
  );
  return row && { ...row, transfers: row.transfers.map(transferOf) };
}

function transferOf(columns: EntryRow['transfers'][number]): Transfer {
  const [debitBook, creditBook, amount, lotId, period, invoiceId] = columns;
  return { debitBook, creditBook, amount, lotId, period, invoiceId } as Transfer;
}
