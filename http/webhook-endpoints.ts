import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { keyDigest } from '../client/ids.ts';
import { webhookEndpointIdFor } from '../domain/ids.ts';
import { refuseWebhookUrl } from '../domain/webhook-endpoint.ts';
import { SolventError } from '../domain/failures.ts';
import * as endpoints from '../ledger/webhook-endpoints.ts';
import { actorOf } from './access.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import {
  accountIdInput,
  booleanInput,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
} from './validation.ts';
import { endpointParameter, ownedEndpoint, ownerFor } from './webhook-endpoint-access.ts';
import {
  endpointWithSecretSchema,
  typesInput,
  webhookEndpointResource,
  webhookEndpointSchema,
} from './webhook-resource.ts';

const tags = ['Webhooks'];
const path = '/v1/webhook-endpoints/{endpointId}';

const urlInput = z.string({ error: 'must be an address that begins with https://' }).openapi({
  example: 'https://app.example.com/hooks/solvent',
  description: 'https on the public internet; in test mode also this machine.',
});

const creation = jsonBody({
  accountId: accountIdInput.optional().openapi({
    description: 'Absent: the key’s own account; for an operator’s key, all accounts.',
  }),
  url: urlInput,
  types: typesInput.optional(),
});

const change = jsonBody({
  url: urlInput.optional(),
  types: typesInput.optional(),
  enabled: booleanInput.optional().openapi({
    description: 'False gives up what waits; true begins with what happens from then on.',
  }),
});

/** Where signed messages are sent: register, list, change, remove, new secret (R63). */
export function webhookEndpointRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addRegistration(routes, dependencies);
  addList(routes, dependencies);
  addReading(routes, dependencies);
  addChange(routes, dependencies);
  addRemoval(routes, dependencies);
  addRotation(routes, dependencies);
  return routes;
}

function addRegistration(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/webhook-endpoints',
      tags,
      summary: 'Register a webhook endpoint',
      description: 'Messages are signed as Standard Webhooks says. The secret is told this once.',
      middleware: allow('webhook_endpoints.write', dependencies),
      request: { headers: idempotencyHeader, body: creation },
      responses: {
        201: jsonAnswer('The endpoint and its secret.', endpointWithSecretSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { caller } = context.var;
      const { accountId: named = null, url, types = null } = context.req.valid('json');
      const accountId = ownerFor(caller, named, 'write');
      assertAllowed(url, dependencies);
      const key = keyDigest(context.req.valid('header')['idempotency-key']);
      const made = await endpoints.createWebhookEndpoint(ledger, {
        accountId,
        url,
        types,
        actor: actorOf(caller),
        nowMs: nowMs(),
        endpointId: webhookEndpointIdFor(accountId, key),
      });
      return context.json(withSecret(made), 201);
    },
  );
}

function addList(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/webhook-endpoints',
      tags,
      summary: 'List webhook endpoints',
      middleware: allow('webhook_endpoints.read', dependencies),
      request: {
        query: z.strictObject({
          accountId: accountIdInput.optional().openapi({
            description: 'Absent: the key’s own account; for an operator’s key, the operator’s.',
          }),
        }),
      },
      responses: {
        200: jsonAnswer(
          'The endpoints, oldest first.',
          z.object({ data: z.array(webhookEndpointSchema) }),
        ),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId: named = null } = context.req.valid('query');
      const accountId = ownerFor(context.var.caller, named, 'read');
      const found = await endpoints.listWebhookEndpoints(ledger, { accountId });
      return context.json({ data: found.map(webhookEndpointResource) }, 200);
    },
  );
}

function addReading(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  routes.openapi(
    createRoute({
      method: 'get',
      path,
      tags,
      summary: 'Show a webhook endpoint',
      middleware: allow('webhook_endpoints.read', dependencies),
      request: { params: endpointParameter },
      responses: { 200: jsonAnswer('The endpoint.', webhookEndpointSchema), ...problemAnswer },
    }),
    async (context) => {
      const { endpointId } = context.req.valid('param');
      const endpoint = await ownedEndpoint(ledger, context.var.caller, endpointId, 'read');
      return context.json(webhookEndpointResource(endpoint), 200);
    },
  );
}

function addChange(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'patch',
      path,
      tags,
      summary: 'Change, disable or enable a webhook endpoint',
      middleware: allow('webhook_endpoints.write', dependencies),
      request: { params: endpointParameter, body: change },
      responses: { 200: jsonAnswer('The endpoint.', webhookEndpointSchema), ...problemAnswer },
    }),
    async (context) => {
      const { caller } = context.var;
      const { endpointId } = context.req.valid('param');
      const wanted = context.req.valid('json');
      await ownedEndpoint(ledger, caller, endpointId, 'write');
      if (wanted.url !== undefined) assertAllowed(wanted.url, dependencies);
      const asked = { endpointId, actor: actorOf(caller), nowMs: nowMs() };
      const endpoint = await endpoints.updateWebhookEndpoint(ledger, { ...asked, ...wanted });
      return context.json(webhookEndpointResource(endpoint), 200);
    },
  );
}

function addRemoval(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'delete',
      path,
      tags,
      summary: 'Remove a webhook endpoint',
      middleware: allow('webhook_endpoints.write', dependencies),
      request: { params: endpointParameter },
      responses: { 204: { description: 'Nothing more is sent to it.' }, ...problemAnswer },
    }),
    async (context) => {
      const { caller } = context.var;
      const { endpointId } = context.req.valid('param');
      await ownedEndpoint(ledger, caller, endpointId, 'write');
      const asked = { endpointId, actor: actorOf(caller), nowMs: nowMs() };
      await endpoints.removeWebhookEndpoint(ledger, asked);
      return context.body(null, 204);
    },
  );
}

function addRotation(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: `${path}/rotate-secret`,
      tags,
      summary: 'Make a new secret',
      description: 'For 24 hours messages carry signatures of both, then of the new one alone.',
      middleware: allow('webhook_endpoints.write', dependencies),
      request: { params: endpointParameter, headers: idempotencyHeader },
      responses: {
        200: jsonAnswer('The endpoint and its new secret.', endpointWithSecretSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { caller } = context.var;
      const { endpointId } = context.req.valid('param');
      await ownedEndpoint(ledger, caller, endpointId, 'write');
      const rotationId = keyDigest(context.req.valid('header')['idempotency-key']);
      const asked = { endpointId, rotationId, actor: actorOf(caller), nowMs: nowMs() };
      return context.json(withSecret(await endpoints.rotateWebhookSecret(ledger, asked)), 200);
    },
  );
}

function withSecret({ endpoint, secret }: endpoints.EndpointWithSecret) {
  return { ...webhookEndpointResource(endpoint), secret };
}

/** Throws webhook_url_not_allowed. */
function assertAllowed(url: string, { settings }: HttpDependencies): void {
  const { loopbackWebhooksAllowed: loopbackAllowed } = settings;
  const refused = refuseWebhookUrl(url, { loopbackAllowed });
  if (refused !== null) throw new SolventError(refused);
}
