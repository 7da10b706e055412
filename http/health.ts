import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { failure } from '../domain/failures.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import { jsonAnswer, refuseInvalid } from './validation.ts';

/** For load balancers: 200 while the ledger answers, 503 while it does not. */
export function healthRoutes({ ledger, log }: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      tags: ['System'],
      summary: 'Whether this process can serve',
      security: [],
      responses: {
        200: jsonAnswer('It can.', z.object({ status: z.literal('ok') })),
        ...problemAnswer,
      },
    }),
    async (context) => {
      try {
        await ledger.run('select 1');
      } catch (error) {
        log.warn({ err: error }, 'the ledger does not answer');
        throw failure('temporarily_unavailable', 'The ledger does not answer.');
      }
      return context.json({ status: 'ok' as const }, 200);
    },
  );
  return routes;
}
