import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { failure } from '../domain/failures.ts';
import { markWebhookRelayed, storeWebhookEvent } from '../ledger/webhook-events.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import { jsonAnswer, refuseInvalid } from './validation.ts';

/**
 * Stripe's webhooks. One is verified, stored once by its event id, and passed on as "look now": it
 * never carries state. Where passing on fails it stays stored as unrelayed, for the sweep.
 */
export function webhookRoutes(dependencies: HttpDependencies): Api {
  const { ledger, verifyWebhook, nowMs, afterAnswer } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/webhooks/stripe',
      tags: ['System'],
      summary: 'Takes Stripe’s signed events',
      security: [],
      request: { headers: z.object({ 'stripe-signature': z.string().optional() }) },
      responses: {
        200: jsonAnswer('Stored, now or before.', z.object({ received: z.literal(true) })),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const signature = context.req.valid('header')['stripe-signature'] ?? '';
      const event = verifyWebhook(await context.req.text(), signature);
      if (event === undefined) throw failure('webhook_signature_invalid');
      const { objectId, workflowId } = event;
      if (objectId !== null) {
        const stored = await storeWebhookEvent(ledger, { ...event, objectId, nowMs: nowMs() });
        if (stored.isNew && workflowId !== null) {
          afterAnswer.run(relay({ ...event, workflowId }, dependencies));
        }
      }
      return context.json({ received: true as const }, 200);
    },
  );
  return routes;
}

interface RelayedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly workflowId: string;
}

/** Stripe waits for our answer, not for Temporal's: this goes on after it. Never rejects. */
async function relay(
  { eventId, type, workflowId }: RelayedEvent,
  { ledger, client, log, nowMs }: HttpDependencies,
): Promise<void> {
  try {
    await client.relayProcessorEvent({ type, workflowId });
    await markWebhookRelayed(ledger, { eventId, nowMs: nowMs() });
  } catch (error) {
    log.warn({ err: error, eventId, type }, 'webhook stays unrelayed');
  }
}
