import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { keyDigest } from '../client/ids.ts';
import {
  listWebhookDeliveries,
  pingWebhookEndpoint,
  replayWebhook,
} from '../ledger/webhook-log.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { listQuery, listSchema } from './lists.ts';
import { problemAnswer } from './problems.ts';
import { idempotencyHeader, jsonAnswer, refuseInvalid } from './validation.ts';
import { endpointParameter, ownedEndpoint } from './webhook-endpoint-access.ts';
import { webhookDeliveryResource, webhookDeliverySchema } from './webhook-resource.ts';

const tags = ['Webhooks'];
const path = '/v1/webhook-endpoints/{endpointId}';

const logQuery = listQuery().extend({
  state: z
    .enum(['waiting', 'delivered', 'failed'], {
      error: 'must be waiting, delivered or failed',
    })
    .optional(),
});

const sent = z.object({
  messageId: z.string().openapi({ description: 'Its `webhook-id`.' }),
});

/** What was sent to an endpoint, and sending it again. */
export function webhookDeliveryRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addList(routes, dependencies);
  addReplay(routes, dependencies);
  addPing(routes, dependencies);
  return routes;
}

function addList(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}/deliveries`,
      tags,
      summary: 'List messages to an endpoint, newest first',
      description: 'With the attempts at each. Kept for 30 days.',
      middleware: allow('webhook_endpoints.read', dependencies),
      request: { params: endpointParameter, query: logQuery },
      responses: {
        200: jsonAnswer('One page of deliveries.', listSchema(webhookDeliverySchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { endpointId } = context.req.valid('param');
      await ownedEndpoint(ledger, context.var.caller, endpointId, 'read');
      const { cursor = null, limit, state = null } = context.req.valid('query');
      const page = await listWebhookDeliveries(ledger, { endpointId, cursor, limit, state });
      const data = page.deliveries.map(webhookDeliveryResource);
      return context.json({ data, nextCursor: page.nextCursor }, 200);
    },
  );
}

function addReplay(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: `${path}/deliveries/{messageId}/replay`,
      tags,
      summary: 'Send a message again',
      description: 'The same body under the same `webhook-id`, whether or not it was delivered.',
      middleware: allow('webhook_endpoints.write', dependencies),
      request: {
        params: endpointParameter.extend({
          messageId: z.string().openapi({ param: { name: 'messageId', in: 'path' } }),
        }),
        headers: idempotencyHeader,
      },
      responses: { 202: jsonAnswer('It is sent as soon as can be.', sent), ...problemAnswer },
    }),
    async (context) => {
      const { endpointId, messageId } = context.req.valid('param');
      await ownedEndpoint(ledger, context.var.caller, endpointId, 'write');
      const callId = keyDigest(context.req.valid('header')['idempotency-key']);
      await replayWebhook(ledger, { endpointId, messageId, callId });
      return context.json({ messageId }, 202);
    },
  );
}

function addPing(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: `${path}/test`,
      tags,
      summary: 'Send a message of type ping',
      middleware: allow('webhook_endpoints.write', dependencies),
      request: { params: endpointParameter, headers: idempotencyHeader },
      responses: { 202: jsonAnswer('It is sent as soon as can be.', sent), ...problemAnswer },
    }),
    async (context) => {
      const { endpointId } = context.req.valid('param');
      await ownedEndpoint(ledger, context.var.caller, endpointId, 'write');
      const callId = keyDigest(context.req.valid('header')['idempotency-key']);
      const ping = { endpointId, callId, nowMs: nowMs() };
      return context.json(await pingWebhookEndpoint(ledger, ping), 202);
    },
  );
}
