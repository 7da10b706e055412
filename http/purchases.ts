import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { failure, refusal } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';
import { readAccount } from '../ledger/accounts.ts';
import { readPurchase } from '../ledger/purchases.ts';
import { assertMaySee } from './access.ts';
import { readActionUrl } from './action-url.ts';
import { amountInput, currencyInput } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import {
  declineResource,
  purchaseResource,
  shownPurchaseSchema,
  unopenedPurchaseResource,
  type PurchaseResource,
  type ShownPurchase,
} from './purchase-resource.ts';
import { showStillDue } from './still-due.ts';
import {
  accountIdInput,
  booleanInput,
  cardSourceInput,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  webAddressInput,
} from './validation.ts';

const purchaseBody = jsonBody({
  accountId: accountIdInput,
  amount: amountInput.openapi({ description: 'The credits wanted; tax comes on top (R45).' }),
  currency: currencyInput,
  paymentMethod: cardSourceInput.optional().openapi({
    description: 'A card on file, or one just entered; absent: the default card on file.',
  }),
  confirmDuplicate: booleanInput.optional().openapi({
    description: 'True: a second purchase of an amount that is still pending is meant (R5).',
  }),
  returnUrl: webAddressInput.optional().openapi({
    description:
      'Where the bank’s page sends the customer back to; absent: the purchase’s billing page.',
  }),
});

/** Purchases: buy, and look how it stands. */
export function purchaseRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/purchases',
      tags: ['Purchases'],
      summary: 'Buy credits',
      description:
        'Answers the first outcome. While the bank asks the customer to confirm, or the outcome ' +
        'is not known after 10 seconds, the answer is 202 and `url` tells how it goes on. ' +
        'Credits never pay an invoice: `stillDue` says what this leaves unpaid (R48).',
      middleware: allow('purchases.create', dependencies),
      request: { headers: idempotencyHeader, body: purchaseBody },
      responses: {
        201: jsonAnswer('Succeeded: charged and credited, with its receipt.', shownPurchaseSchema),
        202: jsonAnswer(
          'Pending, or waiting for the customer at `actionUrl`.',
          shownPurchaseSchema,
        ),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { caller } = context.var;
      const asked = context.req.valid('json');
      assertMaySee(caller, asked.accountId);
      const resource = await purchase(
        { ...asked, idempotencyKey: context.req.valid('header')['idempotency-key'] },
        dependencies,
      );
      const status = resource.status === 'succeeded' ? 201 : 202;
      return context.json(resource, status, { location: resource.url });
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/purchases/{purchaseId}',
      tags: ['Purchases'],
      summary: 'See how a purchase stands',
      middleware: allow('purchases.read', dependencies),
      request: {
        params: z.object({
          purchaseId: z.string().openapi({ param: { name: 'purchaseId', in: 'path' } }),
        }),
      },
      responses: { 200: jsonAnswer('The purchase.', shownPurchaseSchema), ...problemAnswer },
    }),
    async (context) => {
      const { purchaseId } = context.req.valid('param');
      return context.json(await showPurchase(purchaseId, dependencies), 200);
    },
  );

  return routes;
}

interface PurchaseOrder {
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly amount: z.output<typeof amountInput>;
  readonly currency: string;
  readonly paymentMethod?: string | undefined;
  readonly confirmDuplicate?: boolean | undefined;
  readonly returnUrl?: string | undefined;
}

/** Buys, and shows the purchase. Throws a problem where it was declined or refused. */
async function purchase(
  order: PurchaseOrder,
  dependencies: HttpDependencies,
): Promise<ShownPurchase> {
  const { ledger, client, settings } = dependencies;
  const { accountId, idempotencyKey, amount, currency } = order;
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const outcome = await client.purchase({
    accountId,
    idempotencyKey,
    amount,
    currency,
    paymentMethod: order.paymentMethod ?? null,
    confirmDuplicate: order.confirmDuplicate ?? false,
    ...(order.returnUrl === undefined ? {} : { returnUrl: order.returnUrl }),
    waitMs: settings.firstOutcomeWaitMs,
  });
  const { purchaseId } = outcome;
  const actionUrl = outcome.status === 'requires_action' ? outcome.actionUrl : null;
  const stored = await readPurchase(ledger, { purchaseId });
  const resource =
    stored === undefined
      ? unopenedPurchaseResource(
          { purchaseId, accountId },
          { amount, currency },
          settings.publicUrl,
        )
      : purchaseResource(stored, actionUrl, settings.publicUrl);
  throwWhereItFailed(outcome, resource, facts.account.currency);
  return { ...resource, stillDue: await showStillDue(facts.account, dependencies) };
}

/** A purchase that ended without credits is a problem, which carries the purchase. */
function throwWhereItFailed(
  outcome: PurchaseOutcome,
  purchaseShown: PurchaseResource,
  currencyCode: string,
): void {
  switch (outcome.status) {
    case 'declined': {
      const { decline } = outcome;
      const words = refusal('card_declined', `${decline.reason} ${decline.whatToDo}`);
      throw new ProblemError(words, {
        decline: declineResource(decline),
        purchase: purchaseShown,
      });
    }
    case 'refused':
    case 'canceled':
    case 'returned':
      throw new ProblemError(outcome.refusal, { currencyCode, purchase: purchaseShown });
    case 'succeeded':
    case 'requires_action':
    case 'pending':
      return;
  }
}

/**
 * Reads the purchase; asks its workflow where no row exists yet, or for the bank's link.
 * Throws purchase_not_found.
 */
export async function showPurchase(
  purchaseId: string,
  dependencies: HttpDependencies,
): Promise<ShownPurchase> {
  const accountId = accountOfId(purchaseId);
  if (accountId === undefined) throw failure('purchase_not_found');
  const facts = await readAccount(dependencies.ledger, { accountId });
  if (facts === undefined) throw failure('purchase_not_found');
  const purchase = await readResource({ purchaseId, accountId }, dependencies);
  return { ...purchase, stillDue: await showStillDue(facts.account, dependencies) };
}

async function readResource(
  { purchaseId, accountId }: { purchaseId: string; accountId: string },
  { ledger, client, settings: { publicUrl } }: HttpDependencies,
): Promise<PurchaseResource> {
  const stored = await readPurchase(ledger, { purchaseId });
  if (stored !== undefined && stored.state !== 'requires_action') {
    return purchaseResource(stored, null, publicUrl);
  }
  if (stored !== undefined) {
    return purchaseResource(stored, await readActionUrl(purchaseId, client), publicUrl);
  }
  if ((await client.purchaseStatus(purchaseId)) === undefined) throw failure('purchase_not_found');
  return unopenedPurchaseResource({ purchaseId, accountId }, null, publicUrl);
}
