import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { instant } from '../domain/answer-values.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { listPolicies } from '../ledger/policies.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import { jsonAnswer, refuseInvalid } from './validation.ts';

const policiesSchema = z
  .object({
    inForce: z.string().openapi({
      example: 'together-2025-11',
      description: 'The version in force by the clock; an account’s own time may differ.',
    }),
    data: z.array(
      z.object({
        version: z.string(),
        effectiveAt: z.iso.datetime().nullable().openapi({
          description: 'From when on; null for the first one, which has no beginning.',
        }),
        actor: z.string().openapi({ description: 'Who put it in force.' }),
        recordedAt: z.iso.datetime(),
      }),
    ),
  })
  .openapi('Policies');

/** Which policy is in force when (R68); they are changed from the command line. */
export function policyRoutes(dependencies: HttpDependencies): Api {
  const { ledger, policies, nowMs } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/policies',
      tags: ['Policies'],
      summary: 'See which policy is in force, and from when on others are',
      description:
        'In the order in which they were recorded: of two that begin at the same instant, the ' +
        'later one counts.',
      middleware: allow('policies.read', dependencies),
      responses: { 200: jsonAnswer('All activations.', policiesSchema), ...problemAnswer },
    }),
    async (context) => {
      const inForce = policyAt(await policies.read(), nowMs()).version;
      const { activations } = await listPolicies(ledger);
      const data = activations.map(({ version, effectiveAtMs, actor, recordedAtMs }) => {
        const effectiveAt = instant(effectiveAtMs);
        return { version, effectiveAt, actor, recordedAt: instant(recordedAtMs) };
      });
      return context.json({ inForce, data }, 200);
    },
  );
  return routes;
}
