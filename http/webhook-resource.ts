import { z } from '@hono/zod-openapi';
import { instant } from '../domain/answer-values.ts';
import { webhookTypes } from '../domain/webhook-messages.ts';
import type { WebhookEndpoint } from '../domain/webhook-endpoint.ts';
import { houseId } from '../ledger/account-id.ts';
import type { WebhookDelivery } from '../ledger/webhook-log.ts';

export const webhookEndpointSchema = z
  .object({
    id: z.string().openapi({ example: 'whe_01jdq3k7x5fzb8h2m4n6p8r0t2_0123456789abcdef' }),
    accountId: z
      .string()
      .nullable()
      .openapi({ description: 'Null: the operator’s, told of all accounts.' }),
    url: z.string(),
    types: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'Null: all types, also those still to come.' }),
    enabled: z.boolean(),
    disabledAt: z.iso.datetime().nullable(),
    disabledReason: z
      .enum(['gone', 'failing', 'asked'])
      .nullable()
      .openapi({ description: '`gone`: it answered 410; `failing`: it took nothing for 5 days.' }),
    createdAt: z.iso.datetime(),
  })
  .openapi('WebhookEndpoint');

export const endpointWithSecretSchema = webhookEndpointSchema
  .extend({
    secret: z
      .string()
      .nullable()
      .openapi({
        example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        description:
          'What messages are signed with, told here and never again. Null on a repeat that comes ' +
          'after the next rotation.',
      }),
  })
  .openapi('WebhookEndpointWithSecret');

export const webhookDeliverySchema = z
  .object({
    messageId: z.string().openapi({ description: 'The `webhook-id` of every attempt.' }),
    type: z.string(),
    accountId: z.string().nullable(),
    occurredAt: z.iso.datetime(),
    state: z.enum(['waiting', 'delivered', 'failed']).openapi({
      description: '`failed`: given up, after three days or with its endpoint. Replay sends it.',
    }),
    attempts: z.int().openapi({ description: 'All that were made; the newest are listed.' }),
    nextAttemptAt: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'Null where it does not wait, or is due at once.' }),
    deliveredAt: z.iso.datetime().nullable(),
    log: z.array(
      z.object({
        attempt: z.int(),
        attemptedAt: z.iso.datetime(),
        durationMs: z.int(),
        status: z.int().nullable().openapi({ description: 'Null where no answer came.' }),
        error: z.string().nullable().openapi({ example: 'timeout' }),
        answer: z
          .string()
          .nullable()
          .openapi({ description: 'The first 200 characters of the answer’s body.' }),
      }),
    ),
  })
  .openapi('WebhookDelivery');

export const typesInput = z
  .array(z.enum(webhookTypes, { error: `must be of ${webhookTypes.join(', ')}` }))
  .min(1, { error: 'must name a type; null means all' })
  .max(webhookTypes.length, { error: 'names a type more than once' })
  .nullable()
  .openapi({ description: 'What to be told of; null or absent: everything.' });

export function webhookEndpointResource(endpoint: WebhookEndpoint) {
  const { endpointId, accountId, url, types, createdAtMs, disabledAtMs } = endpoint;
  return {
    id: endpointId,
    accountId: accountId === houseId ? null : accountId,
    url,
    types: types === null ? null : [...types],
    enabled: disabledAtMs === null,
    disabledAt: instant(disabledAtMs),
    disabledReason: endpoint.disabledReason,
    createdAt: instant(createdAtMs),
  };
}

export function webhookDeliveryResource(delivery: WebhookDelivery) {
  const { messageId, type, accountId, occurredAtMs, state, deliveredAtMs } = delivery;
  const { nextAttemptAtMs, attemptsEver } = delivery;
  return {
    messageId,
    type,
    state,
    attempts: attemptsEver,
    accountId: accountId === houseId ? null : accountId,
    occurredAt: instant(occurredAtMs),
    nextAttemptAt: instant(nextAttemptAtMs),
    deliveredAt: instant(deliveredAtMs),
    log: delivery.attempts.map(({ attemptedAtMs, ...attempt }) => ({
      ...attempt,
      attemptedAt: instant(attemptedAtMs),
    })),
  };
}
