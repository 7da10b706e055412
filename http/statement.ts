import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { instant } from '../domain/answer-values.ts';
import { failure } from '../domain/failures.ts';
import { balancesAnswer, entryAnswer, lotAnswer } from '../domain/statement-answer.ts';
import { readLotStatement } from '../ledger/lot-statement.ts';
import { exportLots, exportStatement } from '../ledger/statement-exports.ts';
import { readStatement, readStatementSpan } from '../ledger/statement.ts';
import { allow } from './authentication.ts';
import { csvContent, csvResponse, wantsCsv } from './csv.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { listQuery } from './lists.ts';
import { problemAnswer } from './problems.ts';
import { accountAndNow, instantInput, statementRange } from './statement-ranges.ts';
import { lotsSchema, statementSchema } from './statement-resource.ts';
import { accountIdParameter, refuseInvalid } from './validation.ts';

const params = z.object({ accountId: accountIdParameter });
const path = '/v1/accounts/{accountId}/statement';
const tags = ['Statements'];

const at = instantInput.optional().openapi({
  description: 'As of the end of this instant of the account’s own time, now or past.',
});
const rangeQuery = z.strictObject({
  from: instantInput.optional().openapi({ description: 'Absent: from the beginning.' }),
  to: instantInput.optional().openapi({ description: 'Exclusive; absent: until now.' }),
  at,
});
const statementQuery = listQuery().extend({
  ...rangeQuery.shape,
  order: z
    .enum(['newest_first', 'oldest_first'], { error: 'must be newest_first or oldest_first' })
    .default('newest_first'),
});
const lotsQuery = listQuery().extend({ at });

/** What happened to an account's money, and what became of each lot of credits (R63, R66). */
export function statementRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addStatement(routes, dependencies);
  addLots(routes, dependencies);
  addExports(routes, dependencies);
  return routes;
}

function addStatement(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  const middleware = allow('statement.read', dependencies);
  routes.openapi(
    createRoute({
      method: 'get',
      path,
      tags,
      middleware,
      summary: 'List what moved money, with the balances after each',
      description:
        'opening + the changes of all entries = closing, exactly. With `Accept: text/csv` the ' +
        'whole statement from `from` to `to`, oldest first.',
      request: { params, query: statementQuery },
      responses: {
        200: {
          description: 'One page.',
          content: { 'application/json': { schema: statementSchema }, ...csvContent },
        },
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { cursor = null, limit, order, ...asked } = context.req.valid('query');
      if (wantsCsv(context)) return statementCsv(accountId, asked, dependencies);
      const { nowMs } = await accountAndNow(accountId, dependencies);
      const range = { accountId, ...statementRange(asked, nowMs) };
      const page = await readStatement(ledger, range, { cursor, limit, order });
      if (page === undefined) throw failure('account_not_found');
      const { currency, entries, nextCursor } = page;
      const body = {
        account: accountId,
        currency: currency as string,
        opening: balancesAnswer(page.opening, currency),
        closing: balancesAnswer(page.closing, currency),
        data: entries.map((entry) => entryAnswer(entry, currency)),
        nextCursor,
      };
      return context.json(body, 200);
    },
  );
}

function addLots(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  const middleware = allow('statement.read', dependencies);
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}/lots`,
      tags,
      middleware,
      summary: 'List lots of credits, and what became of each',
      description: 'In the order they were made. With `Accept: text/csv` all of them.',
      request: { params, query: lotsQuery },
      responses: {
        200: {
          description: 'One page.',
          content: { 'application/json': { schema: lotsSchema }, ...csvContent },
        },
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { cursor = null, limit, ...asked } = context.req.valid('query');
      if (wantsCsv(context)) return lotsCsv(accountId, asked, dependencies);
      const { nowMs } = await accountAndNow(accountId, dependencies);
      statementRange(asked, nowMs);
      const atMs = asked.at ?? nowMs;
      const page = await readLotStatement(ledger, { accountId, atMs, cursor, limit });
      if (page === undefined) throw failure('account_not_found');
      const { currency, lots, nextCursor } = page;
      const data = lots.map((lot) => lotAnswer(lot, currency));
      const head = { account: accountId, currency: currency as string, at: instant(atMs) };
      return context.json({ ...head, data, nextCursor }, 200);
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
      summary: 'Export a statement as CSV',
      request: { params, query: rangeQuery },
      responses: { 200: { description: 'All of it.', content: csvContent }, ...problemAnswer },
    }),
    (context) => {
      const { accountId } = context.req.valid('param');
      return statementCsv(accountId, context.req.valid('query'), dependencies);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}/lots.csv`,
      tags,
      middleware,
      summary: 'Export lots as CSV',
      request: { params, query: z.strictObject({ at }) },
      responses: { 200: { description: 'All of them.', content: csvContent }, ...problemAnswer },
    }),
    (context) => {
      const { accountId } = context.req.valid('param');
      return lotsCsv(accountId, context.req.valid('query'), dependencies);
    },
  );
}

async function statementCsv(
  accountId: string,
  asked: z.output<typeof rangeQuery>,
  dependencies: HttpDependencies,
) {
  const { ledger } = dependencies;
  const { nowMs } = await accountAndNow(accountId, dependencies);
  const range = { accountId, ...statementRange(asked, nowMs) };
  const span = await readStatementSpan(ledger, range);
  if (span === undefined) throw failure('account_not_found');
  return csvResponse('statement.csv', exportStatement(ledger, span));
}

async function lotsCsv(
  accountId: string,
  asked: { readonly at?: number | undefined },
  dependencies: HttpDependencies,
) {
  const { nowMs } = await accountAndNow(accountId, dependencies);
  statementRange(asked, nowMs);
  const atMs = asked.at ?? nowMs;
  return csvResponse('lots.csv', exportLots(dependencies.ledger, { accountId, atMs }));
}
