import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { readAccount } from '../ledger/accounts.ts';
import { closeAccount, removeAdminHold, setAdminHold } from '../ledger/account-settings.ts';
import { actorOf, type Caller } from './access.ts';
import { accountSchema } from './account-resource.ts';
import { showAccount } from './account-shown.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import {
  accountIdParameter,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  storableText,
} from './validation.ts';

const pathParameters = z.object({ accountId: accountIdParameter });
const mustBeReason = 'must be a text of 1 to 500 characters';
const accountAnswer = { 200: jsonAnswer('The account.', accountSchema), ...problemAnswer };

/** What operators alone do to an account: keep it from use, let it go, close it. */
export function accountOperationRoutes(dependencies: HttpDependencies): Api {
  const { ledger } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  const operators = allow('accounts.operate', dependencies);

  routes.openapi(
    createRoute({
      method: 'put',
      path: '/v1/accounts/{accountId}/admin-hold',
      tags: ['Accounts'],
      summary: 'Keep the account from use until it is taken back (R54)',
      description: 'The reason is for operators; the customer is never told it.',
      middleware: operators,
      request: {
        params: pathParameters,
        body: jsonBody({
          reason: z
            .string({ error: mustBeReason })
            .trim()
            .min(1, { error: mustBeReason })
            .max(500, { error: mustBeReason })
            .refine(...storableText),
        }),
      },
      responses: accountAnswer,
    }),
    async (context) => {
      const { reason } = context.req.valid('json');
      const asked = await askedOf(context.req.valid('param'), context.var.caller, dependencies);
      await setAdminHold(ledger, { ...asked, reason });
      return context.json(await showAccount(asked.accountId, dependencies), 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/accounts/{accountId}/admin-hold',
      tags: ['Accounts'],
      summary: 'Let the account be used again',
      middleware: operators,
      request: { params: pathParameters },
      responses: accountAnswer,
    }),
    async (context) => {
      const asked = await askedOf(context.req.valid('param'), context.var.caller, dependencies);
      await removeAdminHold(ledger, asked);
      return context.json(await showAccount(asked.accountId, dependencies), 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/accounts/{accountId}/close',
      tags: ['Accounts'],
      summary: 'Close the account for purchases and use; there is no way back',
      middleware: operators,
      request: { params: pathParameters, headers: idempotencyHeader },
      responses: accountAnswer,
    }),
    async (context) => {
      const asked = await askedOf(context.req.valid('param'), context.var.caller, dependencies);
      await closeAccount(ledger, asked);
      return context.json(await showAccount(asked.accountId, dependencies), 200);
    },
  );

  return routes;
}

/** Who asks, and the account's own time. Throws account_not_found. */
async function askedOf(
  { accountId }: { accountId: string },
  caller: Caller,
  { ledger, nowMs }: HttpDependencies,
) {
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  return { accountId, actor: actorOf(caller), nowMs: accountNowMs(facts.account, nowMs()) };
}
