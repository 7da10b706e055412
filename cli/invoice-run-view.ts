import type { WaitingInvoice } from '../ledger/invoice-deferrals.ts';
import type { InvoiceRunProgress, InvoicesOfMonth } from '../ledger/invoice-runs.ts';
import { decimal, instant } from '../domain/answer-values.ts';
import type { Json } from './json.ts';
import { facts, money, table, utcTime } from './words.ts';

/** How a month's run is shown. */
interface ShownRun {
  readonly stand: InvoiceRunProgress;
  readonly made: readonly InvoicesOfMonth[];
  readonly waiting: readonly WaitingInvoice[];
  readonly workflowId: string;
}

const barWidth = 30;

/** "[##########--------------------]  33 %  1,650 of 5,000 accounts". */
export function bar({ accounts, walked, isWalked }: InvoiceRunProgress): string {
  const share = isWalked || accounts === 0 ? Number(isWalked) : Math.min(1, walked / accounts);
  const full = Math.floor(share * barWidth);
  const drawn = '#'.repeat(full) + '-'.repeat(barWidth - full);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${drawn}] ${percent} %  ${count(walked)} of ${count(accounts)} accounts`;
}

export function runWords({ stand, made, waiting, workflowId }: ShownRun): string {
  const { period, state, startedAtMs, endedAtMs, overdue, failed } = stand;
  const toCollect = made.reduce((sum, row) => sum + row.toCollect, 0);
  const begun = begunOf(made);
  const rows = facts([
    ['Begun', utcTime(startedAtMs)],
    ['Ended', endedAtMs === null ? 'not yet' : utcTime(endedAtMs)],
    ['Waiting', waitingWords(stand)],
    [
      'Needs review',
      overdue === 0
        ? null
        : `${count(overdue)} wait for longer than 24 hours: look at Stripe (R40)`,
    ],
    ['Refused', failed === 0 ? null : `${count(failed)} by the ledger: an error of ours`],
    ['Collections', `${count(begun)} begun, ${count(toCollect)} wait for their charge day`],
    ['Workflow', workflowId],
  ]);
  const totals = table(
    ['CURRENCY', 'INVOICES', 'ASKING FOR MONEY', 'AMOUNT'],
    made.map((row) => [
      ...[row.currency.toUpperCase(), count(row.invoices), count(row.owing)],
      money(row.amount, row.currency),
    ]),
  );
  const parts = [`Invoices of ${period}: ${state}`, bar(stand), rows, totals];
  return [...parts, ...(waiting.length === 0 ? [] : [waitingTable(waiting)])].join('\n');
}

function begunOf(made: readonly InvoicesOfMonth[]): number {
  return made.reduce((sum, row) => sum + row.collectionsBegun, 0);
}

function waitingWords({ waiting }: InvoiceRunProgress): string {
  return waiting === 0 ? 'nobody' : `${count(waiting)} accounts, for a payment to become known`;
}

function waitingTable(waiting: readonly WaitingInvoice[]): string {
  return table(
    ['WAITS', 'SINCE', 'FOR'],
    waiting.map(({ accountId, sinceMs, purchases, reason }) => [
      ...[accountId, utcTime(sinceMs)],
      purchases.map(({ purchaseId, todo }) => `${purchaseId} (${todo})`).join(', ') || reason,
    ]),
  );
}

export function runJson({ stand, made, waiting, workflowId }: ShownRun): Json {
  const { period, state, startedAtMs, endedAtMs, accounts, walked } = stand;
  return {
    period,
    state,
    workflowId,
    accounts,
    accountsLookedAt: walked,
    startedAt: instant(startedAtMs),
    endedAt: instant(endedAtMs),
    waiting: stand.waiting,
    overdue: stand.overdue,
    failed: stand.failed,
    collectionsStarted: begunOf(made),
    invoices: made.map((row) => ({
      currency: row.currency,
      invoices: row.invoices,
      owing: row.owing,
      amount: decimal(row.amount, row.currency),
      toCollect: row.toCollect,
    })),
    waitingAccounts: waiting.map(({ accountId, sinceMs, purchases, reason }) => ({
      accountId,
      reason,
      since: instant(sinceMs),
      purchases: purchases.map(({ purchaseId, todo }) => ({ purchaseId, todo })),
    })),
  };
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}
