import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { instant } from '../domain/answer-values.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { readAccount } from '../ledger/accounts.ts';
import { createAuthenticationLink } from '../ledger/authentication-links.ts';
import { createInvoiceLink } from '../ledger/invoice-links.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import { idempotencyHeader, jsonAnswer, refuseInvalid } from './validation.ts';

const linkSchema = z
  .object({
    purchaseId: z.string(),
    url: z.url().openapi({
      description: 'Leads to the bank’s page, once. Whoever has it may confirm the payment.',
    }),
    expiresAt: z.iso.datetime().openapi({ description: 'By the account’s own time.' }),
  })
  .openapi('AuthenticationLink');

const invoiceLinkSchema = z
  .object({
    invoiceId: z.string(),
    url: z.url().openapi({
      description:
        'Leads to a page that pays what is due with the card on file, once. Whoever has it may pay.',
    }),
    expiresAt: z.iso.datetime().openapi({ description: 'By the account’s own time.' }),
  })
  .openapi('PaymentLink');

/** Links for a customer who is not present: to the bank's page, or to pay an invoice (R13). */
export function authenticationLinkRoutes(dependencies: HttpDependencies): Api {
  const { settings } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/purchases/{purchaseId}/authentication-links',
      tags: ['Purchases'],
      summary: 'Make a new link to the bank’s page',
      description:
        'For a purchase that is `requires_action`; one by mail went out when the bank asked. The ' +
        'new link works once, and older ones are dead. A repeat makes another link: only a hash ' +
        'of each is kept, so none can be told a second time.',
      middleware: allow('authentication_links.create', dependencies),
      request: {
        headers: idempotencyHeader,
        params: z.object({
          purchaseId: z.string().openapi({ param: { name: 'purchaseId', in: 'path' } }),
        }),
      },
      responses: { 201: jsonAnswer('The link.', linkSchema), ...problemAnswer },
    }),
    async (context) => {
      const { purchaseId } = context.req.valid('param');
      const { token, expiresAtMs } = await makeLink(purchaseId, dependencies);
      const url = `${settings.publicUrl}/pay/${token}`;
      return context.json({ purchaseId, url, expiresAt: instant(expiresAtMs) }, 201);
    },
  );
  addInvoiceLinks(routes, dependencies);
  return routes;
}

function addInvoiceLinks(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/invoices/{invoiceId}/payment-links',
      tags: ['Invoices'],
      summary: 'Make a new link that pays an invoice',
      description:
        'For an invoice of which anything is due. The new link works once, and older ones, those ' +
        'in mails too, are dead. A repeat makes another link: only a hash of each is kept.',
      middleware: allow('authentication_links.create', dependencies),
      request: {
        headers: idempotencyHeader,
        params: z.object({
          invoiceId: z.string().openapi({ param: { name: 'invoiceId', in: 'path' } }),
        }),
      },
      responses: { 201: jsonAnswer('The link.', invoiceLinkSchema), ...problemAnswer },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      const { token, expiresAtMs } = await makeInvoiceLink(invoiceId, dependencies);
      const url = `${dependencies.settings.publicUrl}/pay/${token}`;
      return context.json({ invoiceId, url, expiresAt: instant(expiresAtMs) }, 201);
    },
  );
}

/** Throws invoice_not_found, invoice_nothing_due. */
async function makeInvoiceLink(invoiceId: string, { ledger, policies, nowMs }: HttpDependencies) {
  const accountId = accountOfId(invoiceId);
  const facts = accountId === undefined ? undefined : await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('invoice_not_found');
  const { accountId: owner } = facts.account;
  const now = accountNowMs(facts.account, nowMs());
  const { authentication } = policyAt(await policies.read(), now);
  const validMs = authentication.expiresAfterMs;
  const link = await createInvoiceLink(ledger, {
    accountId: owner,
    invoiceId,
    validMs,
    nowMs: now,
  });
  if (link.status === 'not_found') throw failure('invoice_not_found');
  if (link.status === 'nothing_due') throw failure('invoice_nothing_due');
  return link;
}

/** Throws purchase_not_found, authentication_not_awaited. */
async function makeLink(purchaseId: string, { ledger, policies, nowMs }: HttpDependencies) {
  const accountId = accountOfId(purchaseId);
  const facts = accountId === undefined ? undefined : await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('purchase_not_found');
  const now = accountNowMs(facts.account, nowMs());
  const { authentication } = policyAt(await policies.read(), now);
  const link = await createAuthenticationLink(ledger, {
    accountId: facts.account.accountId,
    purchaseId,
    validMs: authentication.expiresAfterMs,
    nowMs: now,
  });
  switch (link.status) {
    case 'made':
      return link;
    case 'not_waiting':
      throw failure('authentication_not_awaited', `It is ${link.state}.`);
    case 'not_found':
      throw failure('purchase_not_found');
  }
}
