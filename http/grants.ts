import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { keyDigest } from '../client/ids.ts';
import { instant } from '../domain/answer-values.ts';
import { failure } from '../domain/failures.ts';
import { grantStates, type Grant } from '../domain/grants.ts';
import { accountOfId, grantIdFor, isAccountId } from '../domain/ids.ts';
import { readAccount } from '../ledger/accounts.ts';
import {
  approveGrant,
  listGrants,
  rejectGrant,
  requestGrant,
  type GrantOutcome,
} from '../ledger/grants.ts';
import { actorOf, assertMaySee, type Caller } from './access.ts';
import { amountInput, amountOutput, decimal } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { listQuery, listSchema } from './lists.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import {
  accountIdInput,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  storableText,
  textInput,
} from './validation.ts';

const mustBeInstant = 'must be an instant of ISO 8601 in UTC, such as "2026-12-01T00:00:00Z"';
const mustBeScope = 'must be a list of 1 to 20 names of models or services';

const creation = jsonBody({
  accountId: accountIdInput,
  amount: amountInput,
  scope: z
    .array(
      z
        .string()
        .min(1, mustBeScope)
        .max(200, mustBeScope)
        .refine(...storableText),
      { error: mustBeScope },
    )
    .min(1, mustBeScope)
    .max(20, mustBeScope)
    .nullable()
    .default(null)
    .openapi({ description: 'What they are good for; null: anything (R28).' }),
  expiresAt: z.iso
    .datetime({ error: mustBeInstant })
    .nullable()
    .default(null)
    .openapi({ description: 'When what is left of them ends; null: never.' }),
  reason: textInput(500).openapi({
    description: 'For operators and the audit log; never shown to the customer.',
  }),
});

const grantSchema = z
  .object({
    id: z.string().openapi({ example: 'grant_01jdq3k7x5fzb8h2m4n6p8r0t2_0123456789abcdef' }),
    accountId: z.string(),
    state: z.enum(grantStates),
    currency: z.string(),
    amount: amountOutput,
    scope: z.array(z.string()).nullable(),
    expiresAt: z.iso.datetime().nullable(),
    reason: z.string(),
    requestedBy: z.string().openapi({ example: 'api_key:key_0123456789abcdef' }),
    requestedAt: z.iso.datetime(),
    decidedBy: z.string().nullable().openapi({ description: 'The second person, if any.' }),
    decidedAt: z.iso.datetime().nullable(),
  })
  .openapi('Grant');

const decisionRequest = {
  headers: idempotencyHeader,
  params: z.object({
    grantId: z.string().openapi({ param: { name: 'grantId', in: 'path' } }),
  }),
};

/** Free credits that operators give, and the second person that larger ones need (R64). */
export function grantRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addRequest(routes, dependencies);
  addList(routes, dependencies);
  addDecisions(routes, dependencies);
  return routes;
}

function addRequest(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/grants',
      tags: ['Grants'],
      summary: 'Give free credits',
      description:
        'Above the policy’s limit, counting what the same key gave the account within 24 hours, ' +
        'the grant waits (202) until another operator’s key approves it.',
      middleware: allow('grants.write', dependencies),
      request: { headers: idempotencyHeader, body: creation },
      responses: {
        201: jsonAnswer('The credits are posted, or were decided on before.', grantSchema),
        202: jsonAnswer('It waits for a second person.', grantSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { caller } = context.var;
      const { accountId, expiresAt, ...terms } = context.req.valid('json');
      if (!isAccountId(accountId)) throw failure('account_not_found');
      assertMaySee(caller, accountId);
      const key = context.req.valid('header')['idempotency-key'];
      const request = {
        accountId,
        ...terms,
        actor: actorOf(caller),
        nowMs: nowMs(),
        grantId: grantIdFor(accountId, keyDigest(key)),
        expiresAtMs: expiresAt === null ? null : Date.parse(expiresAt),
      };
      const outcome = await requestGrant(ledger, request, await policies.read());
      const grant = await shown(outcome, accountId, dependencies);
      return context.json(grant, grant.state === 'awaiting_second_person' ? 202 : 201);
    },
  );
}

function addList(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/grants',
      tags: ['Grants'],
      summary: 'List grants, newest first',
      middleware: allow('grants.read', dependencies),
      request: {
        query: listQuery().extend({
          state: z
            .enum(grantStates, { error: `must be one of ${grantStates.join(', ')}` })
            .optional(),
        }),
      },
      responses: {
        200: jsonAnswer('One page of grants.', listSchema(grantSchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { cursor = null, limit, state = null } = context.req.valid('query');
      const { accountId } = context.var.caller;
      const page = await listGrants(ledger, { state, accountId, cursor, limit });
      return context.json(
        { data: page.grants.map(grantResource), nextCursor: page.nextCursor },
        200,
      );
    },
  );
}

function addDecisions(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
  for (const verb of ['approve', 'reject'] as const) {
    routes.openapi(decisionRoute(verb, dependencies), async (context) => {
      const { grantId } = context.req.valid('param');
      const accountId = visibleAccountOf(grantId, context.var.caller);
      const decision = { grantId, actor: actorOf(context.var.caller), nowMs: nowMs() };
      const outcome =
        verb === 'approve'
          ? await approveGrant(ledger, decision, await policies.read())
          : await rejectGrant(ledger, decision);
      return context.json(await shown(outcome, accountId, dependencies), 200);
    });
  }
}

function decisionRoute(verb: 'approve' | 'reject', dependencies: HttpDependencies) {
  const words = {
    approve: 'Approve a grant that somebody else asked for: its credits are posted',
    reject: 'Turn a grant down, or take one’s own back',
  };
  return createRoute({
    method: 'post',
    path: `/v1/grants/{grantId}/${verb}`,
    tags: ['Grants'],
    summary: words[verb],
    middleware: allow('grants.write', dependencies),
    request: decisionRequest,
    responses: { 200: jsonAnswer('The grant as it is now.', grantSchema), ...problemAnswer },
  });
}

/** Throws grant_not_found where it is no grant's id, or of an account this key does not see. */
function visibleAccountOf(grantId: string, caller: Caller): string {
  const accountId = accountOfId(grantId);
  const isVisible = caller.accountId === null || caller.accountId === accountId;
  if (accountId === undefined || !isVisible) throw failure('grant_not_found');
  return accountId;
}

/** Throws a problem where it was refused. */
async function shown(
  outcome: GrantOutcome,
  accountId: string,
  { ledger }: HttpDependencies,
): Promise<z.infer<typeof grantSchema>> {
  if (outcome.status === 'recorded') return grantResource(outcome.grant);
  const currencyCode = (await readAccount(ledger, { accountId }))?.account.currency;
  throw new ProblemError(outcome.refusal, currencyCode === undefined ? {} : { currencyCode });
}

function grantResource(grant: Grant): z.infer<typeof grantSchema> {
  const { grantId, accountId, state, currency, scope, reason, requestedBy, decidedBy } = grant;
  return {
    id: grantId,
    accountId,
    state,
    currency,
    amount: decimal(grant.amount, currency),
    scope: scope === null ? null : [...scope],
    expiresAt: instant(grant.expiresAtMs),
    reason,
    requestedBy,
    requestedAt: instant(grant.requestedAtMs),
    decidedBy,
    decidedAt: instant(grant.decidedAtMs),
  };
}
