import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { advanceAccountClock, mostAdvanceMs, type MovedClock } from '../client/test-clock.ts';
import { instant } from '../domain/answer-values.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { advanceTestClock } from '../ledger/account-settings.ts';
import { readAccount } from '../ledger/accounts.ts';
import { actorOf } from './access.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import {
  accountIdParameter,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
} from './validation.ts';

const mustBeInstant = 'must be an instant of ISO 8601 in UTC, such as "2026-12-01T00:00:00Z"';

const clockSchema = z
  .object({
    accountId: z.string(),
    now: z.iso.datetime().openapi({ description: 'The account’s own time.' }),
    workflowsTold: z.int().openapi({ description: 'Open workflows that reckon their waits anew.' }),
  })
  .openapi('AccountClock');

/** Playing time: what would take days is seen at once, on test accounts. */
export function accountClockRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/accounts/{accountId}/clock/advance',
      tags: ['System'],
      summary: 'Move a test account’s time on',
      description:
        'In test mode only. Reminders, expiries and looks that fall into the time between happen ' +
        'now. Time never goes back: a `to` that has passed already changes nothing, so a repeat ' +
        'is harmless.',
      middleware: allow('clock.advance', dependencies),
      request: {
        headers: idempotencyHeader,
        params: z.object({ accountId: accountIdParameter }),
        body: jsonBody({
          to: z.iso
            .datetime({ error: mustBeInstant })
            .openapi({ description: 'The account’s time to be, at most 400 days ahead of now.' }),
        }),
      },
      responses: { 200: jsonAnswer('The clock as it is now.', clockSchema), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const toMs = Date.parse(context.req.valid('json').to);
      const actor = actorOf(context.var.caller);
      const { nowMs, workflowsTold } = await advance(accountId, toMs, actor, dependencies);
      return context.json({ accountId, now: instant(nowMs), workflowsTold }, 200);
    },
  );
  return routes;
}

/** Throws test_clock_unavailable, account_not_found, invalid_request. */
async function advance(
  accountId: string,
  toMs: number,
  actor: string,
  { ledger, client, nowMs: clock, processorClock }: HttpDependencies,
): Promise<MovedClock> {
  if (processorClock === null) throw failure('test_clock_unavailable');
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const clockMs = clock();
  const nowMs = accountNowMs(facts.account, clockMs);
  if (toMs - nowMs > mostAdvanceMs) {
    throw failure('invalid_request', 'to must be at most 400 days ahead of the account’s time.');
  }
  return advanceAccountClock({
    account: facts.account,
    toMs,
    clockMs,
    client,
    processor: processorClock,
    record: (offsetMs) => advanceTestClock(ledger, { accountId, offsetMs, actor, nowMs }),
  });
}
