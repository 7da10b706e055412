import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { randomUUID } from 'node:crypto';
import { amountInput } from '../../http/amounts.ts';
import { findApiKey } from '../../ledger/api-keys.ts';
import type { Ledger } from '../../ledger/database.ts';
import type { HoldDesk } from '../../ledger/holds.ts';
import { createLane } from '../../ledger/lane.ts';
import type { Policies } from '../../ledger/policies.ts';

export function createBenchApp(d: { ledger: Ledger; holds: HoldDesk; policies: Policies }) {
  const app = new OpenAPIHono<{ Variables: { requestId: string } }>();
  app.use(async (context, next) => {
    context.set('requestId', `req_${randomUUID()}`);
    await next();
    context.header('x-request-id', context.var.requestId);
  });
  app.use(secureHeaders());
  app.use(bodyLimit({ maxSize: 1_000_000 }));
  const keys = createLane<string, unknown>({
    width: 1,
    maxItems: 1000,
    run: async (secrets) => {
      const found = new Map();
      for (const secret of new Set(secrets))
        found.set(secret, await findApiKey(d.ledger, { secret }));
      return secrets.map((secret) => found.get(secret) ?? null);
    },
  });
  app.use('/v1/*', async (context, next) => {
    const secret = /^Bearer (sk_\w{16,200})$/.exec(context.req.header('authorization') ?? '')?.[1];
    if ((await keys(secret ?? '')) === null) return context.json({ error: 'key' }, 401);
    await next();
    return undefined;
  });
  const body = <S extends z.ZodRawShape>(shape: S) => ({
    body: { required: true, content: { 'application/json': { schema: z.strictObject(shape) } } },
  });
  const place = createRoute({
    ...{ method: 'post', path: '/v1/holds' },
    request: body({
      ...{ account: z.string(), id: z.string().min(1).max(255), cost: amountInput },
      ...{ model: z.string().optional(), ttlSeconds: z.number().int().optional() },
    }),
    responses: { 201: { description: 'x' } },
  } as const);
  app.openapi(place, async (context) => {
    const asked = context.req.valid('json');
    const answer = await d.holds.place({
      ...{ accountId: asked.account, holdId: asked.id, cost: asked.cost },
      ...{ model: asked.model ?? null, ttlMs: null },
      ...{ policies: await d.policies.read(), nowMs: Date.now() },
    });
    if (answer.status === 'refused' || answer.status === 'failed') return context.json(answer, 402);
    const { hold } = answer;
    return context.json({ status: answer.status, id: hold.holdId, cost: hold.cost }, 201);
  });
  const settle = createRoute({
    ...{ method: 'post', path: '/v1/holds/{id}/settle' },
    request: {
      params: z.object({ id: z.string() }),
      ...body({ account: z.string(), cost: amountInput }),
    },
    responses: { 200: { description: 'x' } },
  } as const);
  app.openapi(settle, async (context) => {
    const asked = context.req.valid('json');
    const answer = await d.holds.settle({
      ...{ accountId: asked.account, holdId: context.req.valid('param').id, cost: asked.cost },
      ...{ policies: await d.policies.read(), nowMs: Date.now() },
    });
    if (answer.status === 'failed') return context.json(answer, 402);
    return context.json({ status: answer.status, charge: answer.charge }, 200);
  });
  return app;
}
