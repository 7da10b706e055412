import type { AccountId } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { deferralAlarmMs } from '../domain/invoice-deferral.ts';
import type { Micros } from '../domain/money.ts';
import type { Period } from '../domain/period.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { invoicePartitions } from './invoice-walk.ts';

export type InvoiceRunState = 'running' | 'canceled' | 'done';

/** A range of accounts of a run, and how far it has come. */
export interface InvoiceRunPart {
  readonly part: number;
  readonly after: AccountId | null;
  readonly until: AccountId | null;
  /** The last account that was looked at; null: none yet. */
  readonly lastAccountId: AccountId | null;
  /** In the range when the run began. */
  readonly accounts: number;
  readonly walked: number;
  readonly isDone: boolean;
}

const partColumns = `part, after_account as "after", until_account as "until",
  last_account as "lastAccountId", accounts, walked, is_done as "isDone"`;

/**
 * Opens a month's run, in so many parts. One that was canceled, or whose process died, goes on
 * where it stood; one that was done begins anew, and finds every invoice there (B8).
 */
export async function beginInvoiceRun(
  ledger: Ledger,
  { period, parts, nowMs }: { period: Period; parts: number; nowMs: number },
): Promise<InvoiceRunPart[]> {
  const ranges = await invoicePartitions(ledger, parts);
  return ledger.transaction(async (session) => {
    session.write(
      `insert into invoice_runs (period, state, started_at) values ($1, 'running', $2)
       on conflict (period) do nothing`,
      [period, instant(nowMs)],
    );
    const [run] = await session.read<{ state: InvoiceRunState }>(
      'select state from invoice_runs where period = $1 for update',
      [period],
    );
    const stored = await readParts(session, period);
    if (run?.state !== 'done' && stored.length > 0) {
      reopen(session, period);
      return stored;
    }
    session.write(
      `update invoice_runs set state = 'running', started_at = $2, ended_at = null
       where period = $1`,
      [period, instant(nowMs)],
    );
    session.write('delete from invoice_run_parts where period = $1', [period]);
    session.write('delete from invoice_failures where period = $1', [period]);
    writeParts(session, period, ranges);
    return readParts(session, period);
  });
}

function reopen(session: Session, period: Period): void {
  session.write(
    `update invoice_runs set state = 'running', ended_at = null
     where period = $1 and state <> 'running'`,
    [period],
  );
}

function writeParts(
  session: Session,
  period: Period,
  ranges: readonly { after: AccountId | null; until: AccountId | null }[],
): void {
  const rows = ranges.map((range, part) => ({ ...range, part }));
  session.write(
    `insert into invoice_run_parts (period, part, after_account, until_account, accounts)
     select $1, part, after_account, until_account, (
       select count(*) from accounts a
       where (after_account is null or a.account_id > after_account)
         and (until_account is null or a.account_id <= until_account)
     )
     from unnest($2::integer[], $3::uuid[], $4::uuid[])
       as r (part, after_account, until_account)`,
    [
      period,
      ...columnsOf(
        rows,
        ({ part }) => part,
        ({ after }) => after && uuidOf(after),
        ({ until }) => until && uuidOf(until),
      ),
    ],
  );
}

function readParts(from: Session, period: Period): Promise<InvoiceRunPart[]> {
  return from.read(`select ${partColumns} from invoice_run_parts where period = $1 order by part`, [
    period,
  ]);
}

/** Undefined where the run has no such part. */
export async function readInvoiceRunPart(
  ledger: Ledger,
  { period, part }: { readonly period: Period; readonly part: number },
): Promise<InvoiceRunPart | undefined> {
  const [row] = await ledger.run<InvoiceRunPart>(
    `select ${partColumns} from invoice_run_parts where period = $1 and part = $2`,
    [period, part],
  );
  return row;
}

/**
 * Records that a page was worked off, behind `from`. False where the part stands elsewhere: another
 * process is at it, whose pages are as good as these.
 */
export async function recordInvoicePage(
  ledger: Ledger,
  page: {
    readonly period: Period;
    readonly part: number;
    readonly from: AccountId | null;
    /** Null on the last page. */
    readonly to: AccountId | null;
    readonly walked: number;
  },
): Promise<boolean> {
  const { period, part, from, to, walked } = page;
  const updated = await ledger.run(
    `update invoice_run_parts set last_account = coalesce($4, last_account),
       walked = walked + $5, is_done = $4::uuid is null
     where period = $1 and part = $2 and last_account is not distinct from $3::uuid
       and not is_done
     returning part`,
    [period, part, from && uuidOf(from), to && uuidOf(to), walked],
  );
  return updated.length > 0;
}

/** Keeps which accounts' invoices the ledger forbade. */
export async function recordInvoiceFailures(
  ledger: Ledger,
  failures: {
    readonly period: Period;
    readonly failed: readonly { readonly accountId: AccountId; readonly reason: string }[];
    readonly nowMs: number;
  },
): Promise<void> {
  const { period, failed, nowMs } = failures;
  if (failed.length === 0) return;
  await ledger.run(
    `insert into invoice_failures (account_id, period, reason, failed_at)
     select account_id, $1, reason, $2
     from unnest($3::uuid[], $4::text[]) as r (account_id, reason)
     on conflict (account_id, period) do update
       set reason = excluded.reason, failed_at = excluded.failed_at`,
    [
      ...[period, instant(nowMs)],
      ...columnsOf(
        failed,
        ({ accountId }) => uuidOf(accountId),
        ({ reason }) => reason,
      ),
    ],
  );
}

export async function endInvoiceRun(
  ledger: Ledger,
  end: {
    readonly period: Period;
    readonly state: Exclude<InvoiceRunState, 'running'>;
    readonly nowMs: number;
  },
): Promise<void> {
  await ledger.run(
    `update invoice_runs set state = $2, ended_at = $3 where period = $1 and state = 'running'`,
    [end.period, end.state, instant(end.nowMs)],
  );
}

/** How many accounts wait for a payment to become known (R40), and how many the ledger refused. */
export interface InvoicesLeft {
  readonly waiting: number;
  /** Of these, those that wait longer than 24 hours in their own time: an operator's. */
  readonly overdue: number;
  readonly failed: number;
}

/** `accountId`: of this account only; null: of all. */
export async function countInvoicesLeft(
  ledger: Ledger,
  asked: {
    readonly period: Period;
    readonly accountId: AccountId | null;
    readonly nowMs: number;
  },
): Promise<InvoicesLeft> {
  const { period, accountId, nowMs } = asked;
  const [left] = await ledger.run<InvoicesLeft>(
    `select count(*) as waiting,
       count(*) filter (where d.since + $3 * interval '1 millisecond'
         <= $4::timestamptz + a.test_clock_offset_ms * interval '1 millisecond') as overdue,
       (select count(*) from invoice_failures f
        where f.period = $1 and ($2::uuid is null or f.account_id = $2)
          and not exists (
            select from invoices i
            where i.account_id = f.account_id and i.period = f.period and i.state <> 'void'
          )) as failed
     from invoice_deferrals d join accounts a using (account_id)
     where d.period = $1 and d.resolved_at is null and ($2::uuid is null or d.account_id = $2)`,
    [period, accountId && uuidOf(accountId), deferralAlarmMs, instant(nowMs)],
  );
  return left ?? { waiting: 0, overdue: 0, failed: 0 };
}

/** How a month's run stands. */
export interface InvoiceRunProgress extends InvoicesLeft {
  readonly period: Period;
  readonly state: InvoiceRunState;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** When the run began. */
  readonly accounts: number;
  readonly walked: number;
  /** Every account was looked at; some may wait. */
  readonly isWalked: boolean;
}

/** Undefined where the month was never run. */
export async function readInvoiceRun(
  ledger: Ledger,
  { period, nowMs }: { readonly period: Period; readonly nowMs: number },
): Promise<InvoiceRunProgress | undefined> {
  const [run] = await ledger.run<Omit<InvoiceRunProgress, keyof InvoicesLeft>>(
    `select period, state, started_at as "startedAtMs", ended_at as "endedAtMs",
       coalesce(sum(accounts), 0)::bigint as accounts,
       coalesce(sum(walked), 0)::bigint as walked,
       coalesce(bool_and(is_done), false) as "isWalked"
     from invoice_runs left join invoice_run_parts using (period)
     where period = $1 group by period`,
    [period],
  );
  if (run === undefined) return undefined;
  const left = await countInvoicesLeft(ledger, { period, accountId: null, nowMs });
  return { ...run, ...left };
}

/** What the invoices of a month come to, void ones left out. */
export interface InvoicesOfMonth {
  readonly currency: CurrencyCode;
  readonly invoices: number;
  /** Those that ask for something. */
  readonly owing: number;
  /** Tax included. */
  readonly amount: Micros;
  /** Open ones whose collection waits for their charge day. */
  readonly toCollect: number;
  /** Those whose collection has begun, whatever became of them. */
  readonly collectionsBegun: number;
}

export function readInvoicesOfMonth(
  ledger: Ledger,
  { period }: { readonly period: Period },
): Promise<InvoicesOfMonth[]> {
  return ledger.run(
    `select a.currency, count(*) as invoices, count(*) filter (where i.amount > 0) as owing,
       sum(i.amount)::bigint as amount,
       count(c.invoice_id) filter (where i.state = 'open' and c.started_at is null) as "toCollect",
       count(c.started_at) as "collectionsBegun"
     from invoices i join accounts a using (account_id)
       left join collections c on c.account_id = i.account_id and c.invoice_id = i.invoice_id
     where i.period = $1 and i.state <> 'void'
     group by a.currency order by a.currency`,
    [period],
  );
}

/** The months that were ever run, newest first. */
export async function listInvoiceRuns(
  ledger: Ledger,
  { before, limit }: { readonly before: Period | null; readonly limit: number },
): Promise<Period[]> {
  const rows = await ledger.run<{ period: Period }>(
    `select period from invoice_runs where $1::text is null or period < $1
     order by period desc limit $2`,
    [before, limit],
  );
  return rows.map(({ period }) => period);
}
