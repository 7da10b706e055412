import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { instant } from '../domain/answer-values.ts';
import { decideAccess, leastCost, type AccessFacts } from '../domain/access.ts';
import { accessAnswer } from '../domain/access-answer.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { readAccessFacts } from '../ledger/access.ts';
import { readAccessFactsAt } from '../ledger/access-history.ts';
import { listRefusals } from '../ledger/refusals.ts';
import { accessSchema } from './access-resource.ts';
import { amountInput } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { listQuery, listSchema } from './lists.ts';
import { problemAnswer } from './problems.ts';
import { accountIdParameter, jsonAnswer, nameInput, refuseInvalid } from './validation.ts';

const pathParameters = z.object({ accountId: accountIdParameter });
const mustBeInstant = 'must be an instant in UTC, such as "2026-11-22T19:38:59Z"';

const accessQuery = z.strictObject({
  model: nameInput(200)
    .optional()
    .openapi({ description: 'Model or service; absent: in general.' }),
  cost: amountInput
    .optional()
    .openapi({ description: 'The most the request can cost; absent: the least there is.' }),
  at: z.iso
    .datetime({ error: mustBeInstant })
    .optional()
    .openapi({ description: 'A past instant of the account’s own time; absent: now.' }),
});

const refusalSchema = z
  .object({ code: z.string(), minute: z.iso.datetime(), count: z.int() })
  .openapi('RefusalCount');

/** May a request run, and if not, why? The same decision that a hold would get (R53, R54). */
export function accessRoutes(dependencies: HttpDependencies): Api {
  const { ledger } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}/access',
      tags: ['Access'],
      summary: 'Say whether a request may run, why not, and what would make it pass',
      middleware: allow('access.read', dependencies),
      request: { params: pathParameters, query: accessQuery },
      responses: { 200: jsonAnswer('The decision.', accessSchema), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { model = null, cost = leastCost, at } = context.req.valid('query');
      const { facts, atMs } = await factsFor(accountId, at, dependencies);
      const policy = policyAt(await dependencies.policies.read(), atMs);
      const decision = decideAccess(facts, { cost, model }, policy, atMs);
      return context.json(accessAnswer(decision, facts.account, policy), 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}/refusals',
      tags: ['Access'],
      summary: 'List how often requests were refused, by minute and reason, newest first',
      description: 'What was refused in the last two seconds may be missing.',
      middleware: allow('refusals.read', dependencies),
      request: { params: pathParameters, query: listQuery(/^\d{1,15}_\w{1,40}$/) },
      responses: { 200: jsonAnswer('One page.', listSchema(refusalSchema)), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { cursor = null, limit } = context.req.valid('query');
      if ((await readAccessFacts(ledger, accountId)) === undefined) {
        throw failure('account_not_found');
      }
      const page = await listRefusals(ledger, { accountId, cursor, limit });
      const data = page.refusals.map(({ code, minuteMs, refusals }) => {
        return { code, minute: instant(minuteMs), count: refusals };
      });
      return context.json({ data, nextCursor: page.nextCursor }, 200);
    },
  );

  return routes;
}

/** @throws SolventError account_not_found; invalid_request for an instant that is yet to come. */
async function factsFor(
  accountId: string,
  at: string | undefined,
  { ledger, nowMs }: HttpDependencies,
): Promise<{ readonly facts: AccessFacts; readonly atMs: number }> {
  const facts = await readAccessFacts(ledger, accountId);
  if (facts === undefined) throw failure('account_not_found');
  const now = accountNowMs(facts.account, nowMs());
  if (at === undefined) return { facts, atMs: now };
  const atMs = Date.parse(at);
  if (atMs > now) throw failure('invalid_request', 'at must not be in the future.');
  const past = await readAccessFactsAt(ledger, accountId, atMs);
  if (past === undefined) throw failure('account_not_found', 'It was made later.');
  return { facts: past, atMs };
}
