import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { previewPurchase, type PurchasePreview } from '../domain/purchase.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listPurchases } from '../ledger/purchases.ts';
import { amountInput, amountOutput, currencyInput, decimal } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { listQuery, listSchema } from './lists.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import { purchaseResource, purchaseSchema } from './purchase-resource.ts';
import { showStillDue, stillDueSchema } from './still-due.ts';
import { accountIdParameter, jsonAnswer, jsonBody, refuseInvalid } from './validation.ts';

const pathParameters = z.object({ accountId: accountIdParameter });

const previewSchema = z
  .object({
    currency: z.string(),
    credits: amountOutput,
    tax: z.object({
      amount: amountOutput,
      name: z.string().nullable().openapi({ example: 'Sales tax (Washington)' }),
      place: z.string().nullable().openapi({ example: 'US-WA' }),
      partsPerMillion: z.int().openapi({ example: 65_000 }),
    }),
    total: amountOutput.openapi({ description: 'What the card will be charged.' }),
    paysUnbilled: amountOutput.openapi({ description: 'Pays this month’s usage (R22).' }),
    addsToBalance: amountOutput.openapi({ description: 'Is added to the balance (R22).' }),
    stillDue: stillDueSchema,
  })
  .openapi('PurchasePreview');

/** An account's purchases: what one would cost, and those made. */
export function accountPurchaseRoutes(dependencies: HttpDependencies): Api {
  const { ledger, settings } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}/purchases',
      tags: ['Purchases'],
      summary: 'List purchases, newest first',
      middleware: allow('purchases.read', dependencies),
      request: { params: pathParameters, query: listQuery() },
      responses: {
        200: jsonAnswer('One page of purchases.', listSchema(purchaseSchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      if ((await readAccount(ledger, { accountId })) === undefined) {
        throw failure('account_not_found');
      }
      const { cursor = null, limit } = context.req.valid('query');
      const page = await listPurchases(ledger, { accountId, cursor, limit });
      const data = page.purchases.map((row) => purchaseResource(row, null, settings.publicUrl));
      return context.json({ data, nextCursor: page.nextCursor }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/accounts/{accountId}/purchase-previews',
      tags: ['Purchases'],
      summary: 'See what a purchase would cost and do',
      description: 'Changes nothing, hence takes no Idempotency-Key.',
      middleware: allow('purchases.preview', dependencies),
      request: {
        params: pathParameters,
        body: jsonBody({ amount: amountInput, currency: currencyInput }),
      },
      responses: { 200: jsonAnswer('The exact charge.', previewSchema), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { amount, currency } = context.req.valid('json');
      const asked = { accountId, amount, currency };
      return context.json(await showPreview(asked, dependencies), 200);
    },
  );

  return routes;
}

/** Throws account_not_found, and a problem where the amount cannot be bought. */
async function showPreview(
  asked: { accountId: string; amount: z.output<typeof amountInput>; currency: string },
  dependencies: HttpDependencies,
): Promise<z.infer<typeof previewSchema>> {
  const { ledger, policies, nowMs } = dependencies;
  const { accountId } = asked;
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const { currency } = facts.account;
  const now = accountNowMs(facts.account, nowMs());
  const preview = previewPurchase(facts, asked, policyAt(await policies.read(), now), now);
  if ('code' in preview) throw new ProblemError(preview, { currencyCode: currency });
  const stillDue = await showStillDue(facts.account, dependencies);
  return { ...previewResource(preview, currency), stillDue };
}

function previewResource(preview: PurchasePreview, currency: string) {
  const { credits, tax, total, paysUnbilled, addsToBalance } = preview;
  return {
    currency,
    credits: decimal(credits, currency),
    tax: { ...tax, amount: decimal(tax.amount, currency) },
    total: decimal(total, currency),
    paysUnbilled: decimal(paysUnbilled, currency),
    addsToBalance: decimal(addsToBalance, currency),
  };
}
