import { Hono } from 'hono';
import { failure } from '../../domain/failures.ts';
import { accountOfId } from '../../domain/ids.ts';
import { recordAudit } from '../../ledger/audit.ts';
import { readFollowedPurchases } from '../../ledger/followed-purchases.ts';
import { parseWorkflowId } from '../../domain/workflow-ids.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readForm } from '../pages/session.ts';
import { Reviews } from './reviews.tsx';
import type { OperatorContext, OperatorEnvironment } from './session.ts';
import { attempt, show, type FormError } from './show.tsx';

/** What waits for a person, and an operator's answer to a payment that stayed unknown. */
export function reviewRoutes(dependencies: HttpDependencies): Hono<OperatorEnvironment> {
  const { client, ledger, nowMs } = dependencies;
  const routes = new Hono<OperatorEnvironment>();

  routes.get('/operator/reviews', (context) => showReviews(context, dependencies));

  routes.post('/operator/reviews/:purchaseId', async (context) => {
    const purchaseId = context.req.param('purchaseId');
    const accountId = accountOfId(purchaseId);
    if (accountId === undefined) throw failure('purchase_not_found');
    const decision = (await readForm(context))('decision');
    const error = await attempt(async () => {
      if (decision !== 'look_again' && decision !== 'call_off') {
        throw failure('invalid_request', 'Choose to look again or to call it off.');
      }
      const { actor } = context.var.session;
      const entry = { actor, action: 'purchase.resolve', detail: { purchaseId, decision } };
      await recordAudit(ledger, { accountId, ...entry, occurredAtMs: nowMs() });
      await client.operations.resolvePurchase(purchaseId, { decision });
    });
    if (error !== undefined) return showReviews(context, dependencies, error);
    return context.redirect(`/operator/reviews?done=${purchaseId}`, 303);
  });

  return routes;
}

async function showReviews(
  context: OperatorContext,
  dependencies: HttpDependencies,
  error?: FormError,
): Promise<Response> {
  const { client, ledger, settings } = dependencies;
  const reviews = await client.operations.listReviews();
  const done = context.req.query('done') ?? '';
  const purchaseIds = [...reviews.map(({ workflowId }) => workflowId), `purchase/${done}`].flatMap(
    (workflowId) => {
      const parsed = parseWorkflowId(workflowId);
      return parsed?.kind === 'purchase' ? [parsed.id] : [];
    },
  );
  const known = await readFollowedPurchases(ledger, { purchaseIds });
  const purchases = new Map(known.map(({ purchase }) => [purchase.purchaseId, purchase]));
  return show(
    context,
    { title: 'Reviews', section: 'reviews', ...(error && { status: error.status }) },
    dependencies,
    <Reviews
      reviews={reviews}
      purchases={purchases}
      resolved={purchases.get(done)}
      csrf={context.var.session.csrf}
      temporalUi={settings.temporalUi}
      error={error?.message ?? null}
    />,
  );
}
