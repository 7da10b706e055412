import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { meterNames } from '../domain/meter.ts';
import type { RecordedPrice } from '../ledger/price-rows.ts';
import { listPrices } from '../ledger/prices.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { listQuery, listSchema } from './lists.ts';
import { problemAnswer } from './problems.ts';
import { jsonAnswer, refuseInvalid, storableText } from './validation.ts';

const unitPrice = z.string().openapi({ example: '0.18', description: 'Major units, exactly.' });

const priceSchema = z
  .object({
    id: z.int(),
    model: z.string().openapi({ example: 'openai/gpt-oss-20b' }),
    meter: z.enum(meterNames).openapi({ description: 'What is counted.' }),
    currency: z.string().openapi({ example: 'usd' }),
    amount: unitPrice.nullable().openapi({ description: 'Null: not sold.' }),
    per: z.int().nullable().openapi({
      example: 1_000_000,
      description: 'How many units of the meter the amount is for.',
    }),
    tiers: z
      .array(
        z.object({
          from: z.int().openapi({ description: 'Units of the month’s total.' }),
          amount: unitPrice,
        }),
      )
      .openapi({ description: 'Graduated: what units beyond `from` cost, for the same `per`.' }),
    effectiveFrom: z.iso.datetime().openapi({ description: 'Usage from this instant on.' }),
    effectiveUntil: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'Exclusive; null: no later price is recorded.' }),
  })
  .openapi('Price');

const priceQuery = listQuery(/^\d{1,9}$/).extend({
  model: z
    .string()
    .max(200, { error: 'must be a text of at most 200 characters' })
    .refine(...storableText)
    .optional()
    .openapi({ description: 'Only of this model.', example: 'openai/gpt-oss-20b' }),
});

/** What usage costs: the prices that are, were, and will be (R69). */
export function priceRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/prices',
      tags: ['Prices'],
      summary: 'List prices by currency, model, meter and when they take effect',
      description: 'A price is never changed: usage keeps the one of its instant.',
      middleware: allow('prices.read', dependencies),
      request: { query: priceQuery },
      responses: {
        200: jsonAnswer('One page of prices.', listSchema(priceSchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { cursor = null, limit, model = null } = context.req.valid('query');
      const page = await listPrices(dependencies.ledger, { model, cursor, limit });
      return context.json(
        { data: page.prices.map(priceResource), nextCursor: page.nextCursor },
        200,
      );
    },
  );
  return routes;
}

function priceResource(price: RecordedPrice) {
  const { priceId, model, meter, currency, rate, effectiveFromMs, effectiveUntilMs } = price;
  return {
    id: priceId,
    model,
    meter,
    currency,
    amount: rate?.amount ?? null,
    per: rate?.per ?? null,
    tiers: (rate?.tiers ?? []).map(({ from, amount }) => ({ from, amount })),
    effectiveFrom: new Date(effectiveFromMs).toISOString(),
    effectiveUntil: effectiveUntilMs === null ? null : new Date(effectiveUntilMs).toISOString(),
  };
}
