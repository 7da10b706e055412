import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { accountIdFor } from '../client/ids.ts';
import { createAccount, readAccount } from '../ledger/accounts.ts';
import { changeSettings, type AccountSettings } from '../ledger/account-settings.ts';
import { actorOf, type Caller } from './access.ts';
import { accountSchema } from './account-resource.ts';
import { showAccount } from './account-shown.ts';
import { amountInput, currencyInput } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import { tellOpenCollections } from './tell-collections.ts';
import {
  accountIdParameter,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  nameInput,
  refuseInvalid,
  textInput,
} from './validation.ts';

const pathParameters = z.object({ accountId: accountIdParameter });
const mustBeCountry = 'must be a country of ISO 3166 in capitals, such as "US"';
const mustBeRegion = 'must be a region of ISO 3166-2 without its country, such as "WA"';

const creation = jsonBody({
  currency: currencyInput,
  name: textInput(200),
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

const mustBeThresholds = 'must be a list of up to 5 amounts above zero, such as ["20.00", "5.00"]';
const mustBeDays = 'must be a whole number from 0 to 365';

const settings = jsonBody({
  ownBalanceLimit: amountInput
    .nullable()
    .optional()
    .openapi({
      description:
        'The most the account may owe by the customer’s own wish, from "0.00" up to the ceiling ' +
        '(R18); null: as much as the ceiling allows.',
    }),
  lowBalanceThresholds: z
    .array(
      amountInput.refine((amount) => amount > 0, { error: mustBeThresholds }),
      { error: mustBeThresholds },
    )
    .max(5, { error: mustBeThresholds })
    .optional()
    .openapi({ description: 'Credits left, at and below which a mail is sent (R61).' }),
  plan: z
    .enum(['build', 'scale', 'enterprise'], { error: 'must be build, scale or enterprise' })
    .optional()
    .openapi({ description: 'Operators only: how it is sold to (R29, R67).' }),
  netDays: z
    .int({ error: mustBeDays })
    .min(0, { error: mustBeDays })
    .max(365, { error: mustBeDays })
    .nullable()
    .optional()
    .openapi({ description: 'Operators only: days a contract leaves to pay an invoice (R67).' }),
  timeZone: nameInput(64).nullable().optional().openapi({
    example: 'Europe/Berlin',
    description: 'As IANA names it: declined cards are charged again by day there; null: UTC.',
  }),
  balanceLimitCeiling: amountInput
    .nullable()
    .optional()
    .openapi({
      description:
        'Operators only: the most the customer may choose to owe, from Build Tier 5 on (R17); ' +
        'null: the policy’s.',
    }),
});

const forOperators = ['plan', 'netDays', 'balanceLimitCeiling'] as const;

/** Accounts: make one, look at it, change its settings. */
export function accountRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addCreation(routes, dependencies);
  addReading(routes, dependencies);
  addChange(routes, dependencies);
  return routes;
}

function addCreation(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
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
}

function addReading(routes: Api, dependencies: HttpDependencies): void {
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
}

function addChange(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/v1/accounts/{accountId}',
      tags: ['Accounts'],
      summary: 'Change settings of the account: all that are named, or none',
      middleware: allow('accounts.update', dependencies),
      request: { params: pathParameters, body: settings },
      responses: { 200: jsonAnswer('The account.', accountSchema), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const asked = withoutAbsent(context.req.valid('json'));
      assertMaySet(asked, context.var.caller);
      const facts = await readAccount(ledger, { accountId });
      if (facts === undefined) throw failure('account_not_found');
      const outcome = await changeSettings(
        ledger,
        {
          accountId,
          settings: asked,
          actor: actorOf(context.var.caller),
          nowMs: accountNowMs(facts.account, nowMs()),
        },
        await policies.read(),
      );
      const account = await showAccount(accountId, dependencies);
      if (outcome.status === 'refused') {
        throw new ProblemError(outcome.refusal, { currencyCode: account.currency });
      }
      if (asked.timeZone !== undefined) await tellOpenCollections(accountId, dependencies);
      return context.json(account, 200);
    },
  );
}

/** Throws permission_denied where somebody else sets what only operators may. */
function assertMaySet(asked: AccountSettings, { role }: Caller): void {
  const refused = forOperators.filter((name) => asked[name] !== undefined);
  if (role === 'operator' || refused.length === 0) return;
  throw failure('permission_denied', `Only operators set ${refused.join(', ')}.`);
}

/** Zod keeps fields that were not sent as undefined. */
function withoutAbsent(given: {
  readonly [Name in keyof AccountSettings]?: AccountSettings[Name] | undefined;
}): AccountSettings {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
