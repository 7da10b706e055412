import { Hono } from 'hono';
import { accountNowMs } from '../../domain/account-time.ts';
import { failure } from '../../domain/failures.ts';
import { dayMs } from '../../domain/durations.ts';
import { daysFromTo } from '../../domain/usage-summary.ts';
import { usageChart } from '../../domain/usage-chart.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { readDebitUsage } from '../../ledger/debit-usage.ts';
import { listPurchases } from '../../ledger/purchases.ts';
import {
  exportDebitUsage,
  exportLots,
  exportStatement,
  exportUsage,
} from '../../ledger/statement-exports.ts';
import { readStatement, readStatementSpan } from '../../ledger/statement.ts';
import { readUsageByDay } from '../../ledger/usage-summary.ts';
import { csvResponse } from '../csv.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readAccountView } from './account-view.ts';
import { History } from './history.tsx';
import type { PageEnvironment } from './session.ts';
import { show } from './show.tsx';
import { chartRanges, Statement } from './statement.tsx';

const pageSize = 20;
const latestCount = 5;
const usualDays = 30;

/** What happened to the account, for its customer: page and exports. */
export function statementPageRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const { ledger } = dependencies;
  const routes = new Hono<PageEnvironment>();

  routes.get('/billing/history', async (context) => {
    const { accountId } = context.var.session;
    const cursor = context.req.query('cursor') ?? null;
    const view = await readAccountView(accountId, dependencies);
    const days = daysAsked(context.req.query('days'));
    const usage = { accountId, ...lastDays(days, view.nowMs) };
    const range = { accountId, fromMs: null, toMs: null };
    const [statement, { rows }, { purchases }] = await Promise.all([
      readStatement(ledger, range, { order: 'newest_first', cursor, limit: pageSize }),
      readUsageByDay(ledger, usage),
      listPurchases(ledger, { accountId, cursor: null, limit: latestCount }),
    ]);
    if (statement === undefined) throw failure('account_not_found');
    return show(
      context,
      { title: 'History', section: 'history', view },
      dependencies,
      <Statement
        view={view}
        entries={statement.entries}
        nextCursor={statement.nextCursor}
        isFirstPage={cursor === null}
        chart={usageChart(rows, daysFromTo(usage.fromMs, view.nowMs))}
        latest={purchases}
      />,
    );
  });

  routes.get('/billing/purchases', async (context) => {
    const { accountId } = context.var.session;
    const cursor = context.req.query('cursor') ?? null;
    const [view, page] = await Promise.all([
      readAccountView(accountId, dependencies),
      listPurchases(ledger, { accountId, cursor, limit: pageSize }),
    ]);
    return show(
      context,
      { title: 'Purchases', section: 'history', view },
      dependencies,
      <History {...page} view={view} isFirstPage={cursor === null} />,
    );
  });

  routes.get('/billing/statement.csv', async (context) => {
    const { accountId } = context.var.session;
    const span = await readStatementSpan(ledger, { accountId, fromMs: null, toMs: null });
    if (span === undefined) throw failure('account_not_found');
    return csvResponse('statement.csv', exportStatement(ledger, span));
  });

  routes.get('/billing/statement/lots.csv', async (context) => {
    const { accountId } = context.var.session;
    const { nowMs } = await accountOf(accountId, dependencies);
    return csvResponse('lots.csv', exportLots(ledger, { accountId, atMs: nowMs }));
  });

  routes.get('/billing/usage.csv', async (context) => {
    const { accountId } = context.var.session;
    const { account, nowMs } = await accountOf(accountId, dependencies);
    const range = { accountId, ...lastDays(daysAsked(context.req.query('days')), nowMs) };
    return csvResponse('usage.csv', exportUsage(ledger, range, 'day', account.currency));
  });

  routes.get('/billing/statement/:eventId{\\d{1,9}}/usage.csv', async (context) => {
    const { accountId } = context.var.session;
    const debit = { accountId, eventId: Number(context.req.param('eventId')) };
    if ((await readDebitUsage(ledger, { ...debit, cursor: null, limit: 1 })) === undefined) {
      throw failure('resource_not_found');
    }
    return csvResponse(`usage-${debit.eventId}.csv`, exportDebitUsage(ledger, debit));
  });

  return routes;
}

async function accountOf(accountId: string, { ledger, nowMs }: HttpDependencies) {
  const state = await readAccount(ledger, { accountId });
  if (state === undefined) throw failure('account_not_found');
  return { account: state.account, nowMs: accountNowMs(state.account, nowMs()) };
}

function daysAsked(text: string | undefined): number {
  return chartRanges.find((days) => String(days) === text) ?? usualDays;
}

/** Whole days, today the last of them. */
function lastDays(days: number, nowMs: number): { fromMs: number; toMs: number } {
  const today = Math.floor(nowMs / dayMs) * dayMs;
  return { fromMs: today - (days - 1) * dayMs, toMs: today + dayMs };
}
