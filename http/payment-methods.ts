import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accountNowMs } from '../domain/account-time.ts';
import { failure, refusal } from '../domain/failures.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listCards } from '../ledger/payment-methods.ts';
import { actorOf } from './access.ts';
import { allow } from './authentication.ts';
import { makeDefault, removeCard } from './card-changes.ts';
import { cardResource, cardSchema } from './card-resource.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import { declineResource } from './purchase-resource.ts';
import {
  accountIdParameter,
  booleanInput,
  cardSourceInput,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  webAddressInput,
} from './validation.ts';

const accountParameters = z.object({ accountId: accountIdParameter });
const cardParameters = accountParameters.extend({
  paymentMethodId: z
    .string()
    .openapi({ param: { name: 'paymentMethodId', in: 'path' }, example: 'pm_1QPz3nEXAMPLE' }),
});

const listed = z.object({ data: z.array(cardSchema) });
const setupSchema = z
  .object({
    id: z.string(),
    status: z.enum(['saved', 'requires_action', 'pending']),
    actionUrl: z.url().nullable().openapi({ description: 'Where the customer confirms (R13).' }),
    card: cardSchema.nullable(),
  })
  .openapi('CardSetup');

type CardSetup = z.infer<typeof setupSchema>;

const addition = jsonBody({
  paymentMethod: cardSourceInput,
  makeDefault: booleanInput.optional().openapi({
    description: 'Whether it becomes the card that is charged. The first card always does.',
  }),
  returnUrl: webAddressInput.optional().openapi({
    description: 'Where the bank’s page sends the customer back to.',
  }),
});

/** Cards on file: list, add, choose the default, remove. */
export function paymentMethodRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addList(routes, dependencies);
  addAddition(routes, dependencies);
  addDefault(routes, dependencies);
  addRemoval(routes, dependencies);
  return routes;
}

function addList(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}/payment-methods',
      tags: ['Cards'],
      summary: 'List the cards on file',
      middleware: allow('payment_methods.read', dependencies),
      request: { params: accountParameters },
      responses: { 200: jsonAnswer('The cards.', listed), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      return context.json({ data: await showCards(accountId, dependencies) }, 200);
    },
  );
}

function addAddition(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/accounts/{accountId}/payment-methods',
      tags: ['Cards'],
      summary: 'Keep a card on file',
      description: 'A prepaid card is refused before anything is charged or kept (R9, R10).',
      middleware: allow('payment_methods.write', dependencies),
      request: { params: accountParameters, headers: idempotencyHeader, body: addition },
      responses: {
        201: jsonAnswer('The card is on file.', setupSchema),
        202: jsonAnswer('Pending, or waiting for the customer at `actionUrl`.', setupSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const setup = await addCard(
        {
          accountId,
          ...context.req.valid('json'),
          actor: actorOf(context.var.caller),
          idempotencyKey: context.req.valid('header')['idempotency-key'],
        },
        dependencies,
      );
      return context.json(setup, setup.status === 'saved' ? 201 : 202);
    },
  );
}

function addDefault(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/accounts/{accountId}/payment-methods/{paymentMethodId}/default',
      tags: ['Cards'],
      summary: 'Charge this card when none is named',
      middleware: allow('payment_methods.write', dependencies),
      request: { params: cardParameters, headers: idempotencyHeader },
      responses: { 200: jsonAnswer('The cards.', listed), ...problemAnswer },
    }),
    async (context) => {
      const card = context.req.valid('param');
      await makeDefault({ ...card, actor: actorOf(context.var.caller) }, dependencies);
      return context.json({ data: await showCards(card.accountId, dependencies) }, 200);
    },
  );
}

function addRemoval(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/accounts/{accountId}/payment-methods/{paymentMethodId}',
      tags: ['Cards'],
      summary: 'Take a card off file',
      middleware: allow('payment_methods.write', dependencies),
      request: { params: cardParameters },
      responses: { 204: { description: 'It is off file.' }, ...problemAnswer },
    }),
    async (context) => {
      const actor = actorOf(context.var.caller);
      await removeCard({ ...context.req.valid('param'), actor }, dependencies);
      return context.body(null, 204);
    },
  );
}

async function showCards(accountId: string, { ledger, nowMs }: HttpDependencies) {
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const now = accountNowMs(facts.account, nowMs());
  const cards = await listCards(ledger, { accountId });
  return cards.map((card) => cardResource(card, now));
}

interface CardAddition {
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly actor: string;
  readonly paymentMethod: string;
  readonly makeDefault?: boolean | undefined;
  readonly returnUrl?: string | undefined;
}

/** Sets a card up. Throws a problem where it was declined or refused. */
async function addCard(asked: CardAddition, dependencies: HttpDependencies): Promise<CardSetup> {
  const { ledger, client, nowMs } = dependencies;
  const { accountId, idempotencyKey, paymentMethod, returnUrl } = asked;
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const outcome = await client.setUpCard({
    accountId,
    idempotencyKey,
    source: paymentMethod,
    makeDefault: asked.makeDefault ?? false,
    actor: asked.actor,
    ...(returnUrl === undefined ? {} : { returnUrl }),
  });
  const id = outcome.setupId;
  switch (outcome.status) {
    case 'saved': {
      const now = accountNowMs(facts.account, nowMs());
      return { id, status: 'saved', actionUrl: null, card: cardResource(outcome.card, now) };
    }
    case 'requires_action':
      return { id, status: 'requires_action', actionUrl: outcome.actionUrl, card: null };
    case 'pending':
      return { id, status: 'pending', actionUrl: null, card: null };
    case 'declined': {
      const { reason, whatToDo } = outcome.decline;
      throw new ProblemError(refusal('card_declined', `${reason} ${whatToDo}`), {
        decline: declineResource(outcome.decline),
      });
    }
    case 'refused':
      throw new ProblemError(outcome.refusal, { currencyCode: facts.account.currency });
  }
}
