import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { decimal, instant } from '../domain/answer-values.ts';
import { failure } from '../domain/failures.ts';
import {
  dayUsageAnswer,
  debitsAnswer,
  lotUsageAnswer,
  modelUsageAnswer,
  quantityAnswer,
} from '../domain/statement-answer.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { readDebitUsage, type DebitUsage } from '../ledger/debit-usage.ts';
import { exportDebitUsage, exportUsage, type UsageGrouping } from '../ledger/statement-exports.ts';
import {
  readUsageByDay,
  readUsageByLot,
  readUsageByModel,
  type UsageRange,
} from '../ledger/usage-summary.ts';
import { allow } from './authentication.ts';
import { csvContent, csvResponse, wantsCsv } from './csv.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { listQuery } from './lists.ts';
import { problemAnswer } from './problems.ts';
import { accountAndNow, instantInput, usageRange } from './statement-ranges.ts';
import { debitUsageSchema, usageSummarySchema } from './statement-resource.ts';
import { accountIdParameter, refuseInvalid } from './validation.ts';

/** The cursor of a list of usage. */
const usageKey = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const params = z.object({ accountId: accountIdParameter });
const debitParams = params.extend({
  eventId: z
    .string()
    .regex(/^\d{1,9}$/, { error: 'must be the id of a statement’s entry' })
    .transform(Number)
    .openapi({ param: { name: 'eventId', in: 'path' }, type: 'integer' }),
});
const tags = ['Statements'];
const path = '/v1/accounts/{accountId}/usage';
const debitPath = '/v1/accounts/{accountId}/statement/{eventId}/usage';

const summaryQuery = z.strictObject({
  by: z.enum(['day', 'model', 'lot'], { error: 'must be day, model or lot' }).default('day'),
  from: instantInput.optional().openapi({ description: 'Absent: 30 days, up to `to`.' }),
  to: instantInput.optional().openapi({ description: 'Exclusive; absent: until now.' }),
});

/** What usage cost, and the usage behind each debit (R63, R66). */
export function statementUsageRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addSummary(routes, dependencies);
  addDebit(routes, dependencies);
  addExports(routes, dependencies);
  return routes;
}

function addSummary(routes: Api, dependencies: HttpDependencies): void {
  const middleware = allow('statement.read', dependencies);
  routes.openapi(
    createRoute({
      method: 'get',
      path,
      tags,
      middleware,
      summary: 'Sum up what usage cost, by day and model, by model, or by what paid it',
      description:
        'The rows add up to the debits exactly. A day is the one a charge was recorded on, in ' +
        'UTC. With `Accept: text/csv` the same rows as CSV.',
      request: { params, query: summaryQuery },
      responses: {
        200: {
          description: 'All rows.',
          content: { 'application/json': { schema: usageSummarySchema }, ...csvContent },
        },
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const query = context.req.valid('query');
      if (wantsCsv(context)) return usageCsv(accountId, query, dependencies);
      const { range, by, currency } = await askedOf(accountId, query, dependencies);
      const { total, data } = await rowsOf(range, by, currency, dependencies);
      const span = { from: instant(range.fromMs), to: instant(range.toMs) };
      const head = { account: accountId, currency: currency as string, ...span, by };
      return context.json({ ...head, total: debitsAnswer(total, currency), data }, 200);
    },
  );
}

function addDebit(routes: Api, dependencies: HttpDependencies): void {
  const middleware = allow('statement.read', dependencies);
  routes.openapi(
    createRoute({
      method: 'get',
      path: debitPath,
      tags,
      middleware,
      summary: 'List the usage behind a debit',
      description:
        'The quantities of all events add up to those of `lines`. With `Accept: text/csv` all of them.',
      request: { params: debitParams, query: listQuery(usageKey) },
      responses: {
        200: {
          description: 'One page.',
          content: { 'application/json': { schema: debitUsageSchema }, ...csvContent },
        },
        ...problemAnswer,
      },
    }),
    async (context) => {
      const debit = context.req.valid('param');
      const { cursor = null, limit } = context.req.valid('query');
      if (wantsCsv(context)) return debitCsv(debit, dependencies);
      const found = await debitUsage(debit, { cursor, limit }, dependencies);
      return context.json(debitUsageAnswer(debit.accountId, found), 200);
    },
  );
}

function addExports(routes: Api, dependencies: HttpDependencies): void {
  const middleware = allow('statement.read', dependencies);
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}.csv`,
      tags,
      middleware,
      summary: 'Export what usage cost as CSV',
      request: { params, query: summaryQuery },
      responses: { 200: { description: 'All rows.', content: csvContent }, ...problemAnswer },
    }),
    (context) => {
      const { accountId } = context.req.valid('param');
      return usageCsv(accountId, context.req.valid('query'), dependencies);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${debitPath}.csv`,
      tags,
      middleware,
      summary: 'Export the usage behind a debit as CSV',
      request: { params: debitParams },
      responses: { 200: { description: 'All of it.', content: csvContent }, ...problemAnswer },
    }),
    (context) => debitCsv(context.req.valid('param'), dependencies),
  );
}

type SummaryQuery = z.output<typeof summaryQuery>;

async function askedOf(accountId: string, query: SummaryQuery, dependencies: HttpDependencies) {
  const { account, nowMs } = await accountAndNow(accountId, dependencies);
  const range: UsageRange = { accountId, ...usageRange(query, nowMs) };
  return { range, by: query.by, currency: account.currency };
}

async function usageCsv(accountId: string, query: SummaryQuery, dependencies: HttpDependencies) {
  const { range, by, currency } = await askedOf(accountId, query, dependencies);
  const rows = exportUsage(dependencies.ledger, range, by, currency);
  return csvResponse(`usage-by-${by}.csv`, rows);
}

async function rowsOf(
  range: UsageRange,
  by: UsageGrouping,
  code: CurrencyCode,
  { ledger }: HttpDependencies,
) {
  switch (by) {
    case 'day': {
      const { rows, total } = await readUsageByDay(ledger, range);
      return { total, data: rows.map((row) => dayUsageAnswer(row, code)) };
    }
    case 'model': {
      const { rows, total } = await readUsageByModel(ledger, range);
      return { total, data: rows.map((row) => modelUsageAnswer(row, code)) };
    }
    case 'lot': {
      const { rows, total } = await readUsageByLot(ledger, range);
      return { total, data: rows.map((row) => lotUsageAnswer(row, code)) };
    }
  }
}

type Debit = z.output<typeof debitParams>;

async function debitCsv(debit: Debit, dependencies: HttpDependencies) {
  await debitUsage(debit, { cursor: null, limit: 1 }, dependencies);
  return csvResponse(`usage-${debit.eventId}.csv`, exportDebitUsage(dependencies.ledger, debit));
}

/** Throws account_not_found, and resource_not_found where the entry charged no usage. */
async function debitUsage(
  debit: Debit,
  page: { readonly cursor: string | null; readonly limit: number },
  dependencies: HttpDependencies,
): Promise<DebitUsage> {
  await accountAndNow(debit.accountId, dependencies);
  const found = await readDebitUsage(dependencies.ledger, { ...debit, ...page });
  if (found === undefined) {
    throw failure('resource_not_found', 'The account has no charge of usage of that id.');
  }
  return found;
}

function debitUsageAnswer(accountId: string, debit: DebitUsage) {
  const { currency, entry, lines, usage, prices, nextCursor } = debit;
  const { event } = entry;
  return {
    account: accountId,
    currency: currency as string,
    entry: entry.eventId,
    at: instant(entry.occurredAtMs),
    hold: event.kind === 'usage_charged' ? event.holdId : null,
    lines: lines.map((line) => {
      const { period, amount } = line;
      const what = quantityAnswer(line, prices);
      return { ...what, month: period, amount: decimal(amount, currency) };
    }),
    data: usage.map(({ usageKey, occurredAtMs, quantities }) => {
      const used = quantities.map((one) => quantityAnswer(one, prices));
      return { id: usageKey, time: instant(occurredAtMs), usage: used };
    }),
    nextCursor,
  };
}
