import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { failure, SolventError } from '../../domain/failures.ts';
import { accountOfId } from '../../domain/ids.ts';
import { parseDecimal } from '../../domain/money.ts';
import { isFinal, previewPurchase, type Purchase } from '../../domain/purchase.ts';
import { readPurchase } from '../../ledger/purchases.ts';
import { isKnown, readActionUrl } from '../action-url.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readAccountView, type AccountView } from './account-view.ts';
import { ChooseAmount, ConfirmPurchase } from './buy.tsx';
import { ClosedForPurchases } from './closed.tsx';
import { FormUsedBefore, PurchasePage } from './purchase.tsx';
import { chosenCard } from './pay-with.tsx';
import { readForm, type PageContext, type PageEnvironment } from './session.ts';
import { show } from './show.tsx';

/** A page answers soon and then watches: the spinner says more than a browser that loads. */
const firstOutcomeWaitMs = 2_000;
const lookWaitMs = 5_000;

/** Buying: choose, confirm, watch, receipt. */
export function buyRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const routes = new Hono<PageEnvironment>();

  routes.get('/billing/buy', async (context) => {
    const view = await readAccountView(context.var.session.accountId, dependencies);
    return showChoice(context, view, dependencies, null, null);
  });

  routes.get('/billing/buy/confirm', async (context) => {
    const view = await readAccountView(context.var.session.accountId, dependencies);
    return showConfirmation(context, view, dependencies);
  });

  routes.post('/billing/purchases', (context) => buy(context, dependencies));

  routes.get('/billing/purchases/:purchaseId', (context) =>
    showPurchase(context, context.req.param('purchaseId'), dependencies),
  );

  routes.post('/billing/purchases/:purchaseId/authentication-links', async (context) => {
    await readForm(context);
    const purchaseId = context.req.param('purchaseId');
    await readOwn(context, purchaseId, dependencies);
    const wasSent = await dependencies.client.sendAuthenticationLink(purchaseId);
    const address = `/billing/purchases/${purchaseId}`;
    return context.redirect(wasSent ? `${address}/link-sent` : address, 303);
  });

  routes.get('/billing/purchases/:purchaseId/link-sent', (context) =>
    showPurchase(context, context.req.param('purchaseId'), dependencies, true),
  );

  routes.get('/billing/purchases/:purchaseId/state', async (context) => {
    const purchase = await readOwn(context, context.req.param('purchaseId'), dependencies);
    return context.json({ state: purchase?.state ?? 'pending' });
  });

  return routes;
}

function showChoice(
  context: PageContext,
  view: AccountView,
  dependencies: HttpDependencies,
  typed: string | null,
  error: string | null,
) {
  return show(
    context,
    { title: 'Buy credits', section: 'buy', view, status: error === null ? 200 : 422 },
    dependencies,
    view.account.status === 'open' ? (
      <ChooseAmount view={view} typed={typed} error={error} />
    ) : (
      <ClosedForPurchases view={view} />
    ),
  );
}

/** The exact charge; or the choice again, where the amount cannot be bought. */
function showConfirmation(context: PageContext, view: AccountView, dependencies: HttpDependencies) {
  const { settings } = dependencies;
  const own = context.req.query('ownAmount')?.trim() ?? '';
  const typed = own === '' ? (context.req.query('amount') ?? '') : own;
  const amount = parseDecimal(withoutSymbol(typed, view.money.symbol));
  if (amount === undefined) {
    return showChoice(context, view, dependencies, typed, 'Please write an amount such as 25.00.');
  }
  const { account, policy, nowMs } = view;
  const preview = previewPurchase(view, { amount, currency: account.currency }, policy, nowMs);
  if ('code' in preview) {
    return showChoice(context, view, dependencies, typed, preview.message);
  }
  return show(
    context,
    { title: 'Confirm your purchase', section: 'buy', view, takesCard: true },
    dependencies,
    <ConfirmPurchase
      view={view}
      preview={preview}
      entry={settings.cardEntry}
      csrf={context.var.session.csrf}
      idempotencyKey={`page-${randomUUID()}`}
      returnUrl={`${settings.publicUrl}/billing`}
      asksForDuplicate={context.req.query('duplicate') === 'yes'}
    />,
  );
}

/** People write "$25"; a comma could mean thousands or decimals, so it is asked for again. */
function withoutSymbol(text: string, symbol: string): string {
  return text.startsWith(symbol) ? text.slice(symbol.length) : text;
}

async function buy(context: PageContext, dependencies: HttpDependencies): Promise<Response> {
  const { client } = dependencies;
  const { accountId } = context.var.session;
  const field = await readForm(context);
  const idempotencyKey = field('idempotencyKey');
  const amount = parseDecimal(field('amount') ?? '');
  const card = chosenCard(field);
  if (idempotencyKey === undefined || amount === undefined || card === undefined) {
    throw failure('invalid_request', 'Please choose the amount and a card again.');
  }
  const view = await readAccountView(accountId, dependencies);
  try {
    const { purchaseId } = await client.purchase({
      accountId,
      idempotencyKey,
      amount,
      currency: view.account.currency,
      paymentMethod: card,
      confirmDuplicate: field('confirmDuplicate') === 'yes',
      waitMs: firstOutcomeWaitMs,
    });
    return context.redirect(`/billing/purchases/${purchaseId}`, 303);
  } catch (error) {
    if (!(error instanceof SolventError && error.code === 'idempotency_key_reused')) throw error;
    const purchaseId = client.purchaseIdFor({ accountId, idempotencyKey });
    return show(
      context,
      { title: 'Sent before', section: 'buy', view, status: 422 },
      dependencies,
      <FormUsedBefore purchaseId={purchaseId} />,
    );
  }
}

/** Shows a purchase; where the customer comes back from the bank, has it looked at first. */
async function showPurchase(
  context: PageContext,
  purchaseId: string,
  dependencies: HttpDependencies,
  linkWasSent = false,
): Promise<Response> {
  const { client } = dependencies;
  const stored = await readOwn(context, purchaseId, dependencies);
  if (Object.keys(context.req.query()).length > 0) {
    // Stripe adds its own parameters to the address, a client secret among them: look, drop them.
    await client.confirmPurchase(purchaseId, lookWaitMs);
    return context.redirect(`/billing/purchases/${purchaseId}`, 303);
  }
  const view = await readAccountView(context.var.session.accountId, dependencies);
  const isWaiting = stored?.state === 'requires_action';
  const actionUrl = isWaiting ? await readActionUrl(purchaseId, client) : null;
  return show(
    context,
    {
      title: 'Purchase',
      section: null,
      view,
      isPending: stored === undefined || !isFinal(stored.state),
    },
    dependencies,
    <PurchasePage
      view={view}
      purchase={stored}
      purchaseId={purchaseId}
      actionUrl={actionUrl}
      csrf={context.var.session.csrf}
      linkWasSent={linkWasSent}
    />,
  );
}

/** The session's own purchase; undefined where it has no row yet. Throws purchase_not_found. */
async function readOwn(
  context: PageContext,
  purchaseId: string,
  { ledger, client }: HttpDependencies,
): Promise<Purchase | undefined> {
  const { accountId } = context.var.session;
  if (accountOfId(purchaseId) !== accountId) throw failure('purchase_not_found');
  const stored = await readPurchase(ledger, { purchaseId });
  if (stored === undefined && !(await isKnown(() => client.purchaseStatus(purchaseId)))) {
    throw failure('purchase_not_found');
  }
  return stored;
}
