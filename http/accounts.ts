import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { accountIdFor } from '../client/ids.ts';
import { createAccount, readAccount } from '../ledger/accounts.ts';
import { setOwnBalanceLimit } from '../ledger/account-settings.ts';
import { listCards } from '../ledger/payment-methods.ts';
import { actorOf } from './access.ts';
import { accountResource, accountSchema, type AccountResource } from './account-resource.ts';
import { amountInput, currencyInput } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import {
  accountIdParameter,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
} from './validation.ts';

const pathParameters = z.object({ accountId: accountIdParameter });
const mustBeName = 'must be a text of 1 to 200 characters';
const mustBeCountry = 'must be a country of ISO 3166 in capitals, such as "US"';
const mustBeRegion = 'must be a region of ISO 3166-2 without its country, such as "WA"';

const creation = jsonBody({
  currency: currencyInput,
  name: z.string({ error: mustBeName }).trim().min(1, mustBeName).max(200, mustBeName),
  email: z
    .email({ error: 'must be a mail address' })
    .openapi({ description: 'Where receipts and notices go.' }),
  country: z
    .string({ error: mustBeCountry })
    .regex(/^[A-Z]{2}$/, { error: mustBeCountry })
    .optional()
    .openapi({ example: 'US', description: 'Where the customer is taxed (R45).' }),
  region: z
    .string({ error: mustBeRegion })
    .regex(/^[A-Z0-9]{1,3}$/, { error: mustBeRegion })
    .optional()
    .openapi({ example: 'WA' }),
});

const settings = jsonBody({
  ownBalanceLimit: amountInput.nullable().openapi({
    description:
      'The most the account may owe by the customer’s own wish, from "0.00" up to the ceiling ' +
      '(R18); null: as much as the ceiling allows.',
  }),
});

/** Accounts: make one, look at it, change its own limit. */
export function accountRoutes(dependencies: HttpDependencies): Api {
  const { ledger, policies, nowMs } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/accounts',
      tags: ['Accounts'],
      summary: 'Create an account',
      middleware: allow('accounts.create', dependencies),
      request: { headers: idempotencyHeader, body: creation },
      responses: { 201: jsonAnswer('The account.', accountSchema), ...problemAnswer },
    }),
    async (context) => {
      if (context.var.caller.accountId !== null) {
        throw failure('permission_denied', 'This key is confined to one account.');
      }
      const idempotencyKey = context.req.valid('header')['idempotency-key'];
      const accountId = accountIdFor(idempotencyKey, context.var.caller.keyId);
      const { country = null, region = null, ...asked } = context.req.valid('json');
      await createAccount(
        ledger,
        {
          ...asked,
          accountId,
          taxCountry: country,
          taxRegion: region,
          actor: actorOf(context.var.caller),
          nowMs: nowMs(),
        },
        await policies.read(),
      );
      const account = await showAccount(accountId, dependencies);
      return context.json(account, 201, { location: account.links.self });
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}',
      tags: ['Accounts'],
      summary: 'Read an account: pots apart, owed, limit, tier, card',
      middleware: allow('accounts.read', dependencies),
      request: { params: pathParameters },
      responses: { 200: jsonAnswer('The account.', accountSchema), ...problemAnswer },
    }),
    async (context) =>
      context.json(await showAccount(context.req.valid('param').accountId, dependencies), 200),
  );

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/v1/accounts/{accountId}',
      tags: ['Accounts'],
      summary: 'Change the account’s own balance limit',
      middleware: allow('accounts.update', dependencies),
      request: { params: pathParameters, body: settings },
      responses: { 200: jsonAnswer('The account.', accountSchema), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { ownBalanceLimit } = context.req.valid('json');
      const actor = actorOf(context.var.caller);
      const facts = await readAccount(ledger, { accountId });
      if (facts === undefined) throw failure('account_not_found');
      const now = accountNowMs(facts.account, nowMs());
      const outcome = await setOwnBalanceLimit(
        ledger,
        { accountId, ownBalanceLimit, actor, nowMs: now },
        await policies.read(),
      );
      const account = await showAccount(accountId, dependencies);
      if (outcome.status === 'refused') {
        throw new ProblemError(outcome.refusal, { currencyCode: account.currency });
      }
      return context.json(account, 200);
    },
  );

  return routes;
}

/** Throws account_not_found. */
async function showAccount(
  accountId: string,
  { ledger, policies, settings: { publicUrl }, nowMs }: HttpDependencies,
): Promise<AccountResource> {
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const cards = await listCards(ledger, { accountId });
  const now = accountNowMs(facts.account, nowMs());
  const policy = policyAt(await policies.read(), now);
  return accountResource({ ...facts, cards }, policy, now, publicUrl);
}
