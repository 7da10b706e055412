import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { instant } from '../domain/answer-values.ts';
import { failure } from '../domain/failures.ts';
import { readAccount } from '../ledger/accounts.ts';
import { createPortalSession } from '../ledger/portal-sessions.ts';
import { assertMaySee } from './access.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import {
  accountIdInput,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  webAddressInput,
} from './validation.ts';

const sessionSchema = z
  .object({
    accountId: z.string(),
    url: z.url().openapi({
      description: 'Send the customer’s browser here. Whoever has this address has the page.',
    }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('PortalSession');

/** Links that open an account's billing page, made by the backend for a customer it knows. */
export function portalSessionRoutes(dependencies: HttpDependencies): Api {
  const { ledger, settings, nowMs } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/portal-sessions',
      tags: ['Billing page'],
      summary: 'Make a link to an account’s billing page',
      description:
        'Good for an hour. A repeat makes another link: only a hash of each is kept, so none can ' +
        'be told a second time.',
      middleware: allow('portal_sessions.create', dependencies),
      request: {
        headers: idempotencyHeader,
        body: jsonBody({
          accountId: accountIdInput,
          returnUrl: webAddressInput.optional().openapi({
            description: 'Where the page’s link “Back to your account” leads.',
          }),
        }),
      },
      responses: { 201: jsonAnswer('The link.', sessionSchema), ...problemAnswer },
    }),
    async (context) => {
      const { accountId, returnUrl = null } = context.req.valid('json');
      assertMaySee(context.var.caller, accountId);
      if ((await readAccount(ledger, { accountId })) === undefined) {
        throw failure('account_not_found');
      }
      const now = nowMs();
      const expiresAtMs = now + settings.portalSessionMs;
      const { token } = await createPortalSession(ledger, {
        accountId,
        returnUrl,
        expiresAtMs,
        nowMs: now,
      });
      const url = `${settings.publicUrl}/portal/${token}`;
      return context.json({ accountId, url, expiresAt: instant(expiresAtMs) }, 201);
    },
  );
  return routes;
}
