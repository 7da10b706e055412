import { Hono } from 'hono';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { accountNowMs } from '../../domain/account-time.ts';
import { failure } from '../../domain/failures.ts';
import { isFinal } from '../../domain/purchase.ts';
import { readAccount } from '../../ledger/accounts.ts';
import {
  accountOfLink,
  findAuthenticationLink,
  useAuthenticationLink,
  type PurchaseLink,
} from '../../ledger/authentication-links.ts';
import { readPurchase } from '../../ledger/purchases.ts';
import type { HttpDependencies } from '../dependencies.ts';
import {
  comeBackToInvoice,
  payByLink,
  renewInvoiceLink,
  showInvoiceLink,
  usedLinkToken,
  type OpenedInvoiceLink,
} from './pay-invoice-routes.tsx';
import { showPay } from './pay-show.ts';
import { Ended, GoOn, NewLinkSent, StaleLink, StillPending } from './pay.tsx';
import { hasPortalCookie, type PageEnvironment } from './session.ts';

/** Lets the holder of a used link see how its purchase ended, when the bank sends them back. */
const cookieName = 'solvent_pay';
const cookieSeconds = 3_600;
const lookWaitMs = 5_000;

/**
 * Links mailed to customers (R13): each leads to the bank's page, or pays an invoice, once, and says
 * plainly where it leads nowhere any more. Register these before the pages that need a portal session.
 */
export function payRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const routes = new Hono<PageEnvironment>();
  routes.use('/pay/*', async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
  });
  routes.get('/pay/:token', (context) =>
    open(context, context.req.param('token'), wasClicked(context), dependencies),
  );
  routes.post('/pay/:token', (context) =>
    open(context, context.req.param('token'), true, dependencies),
  );
  routes.post('/pay/:token/renewals', async (context) => {
    const link = await findLink(context.req.param('token'), dependencies);
    if ('invoice' in link) return renewInvoiceLink(context, link, dependencies);
    const { purchase } = link;
    if (isFinal(purchase.state))
      return showPay(context, <Ended purchase={purchase} />, dependencies);
    await dependencies.client.sendAuthenticationLink(purchase.purchaseId);
    return showPay(context, <NewLinkSent to="the mail address of the account" />, dependencies);
  });
  routes.get('/billing/purchases/:purchaseId', async (context, next) => {
    const token = getCookie(context, cookieName);
    if (token === undefined || hasPortalCookie(context)) return next();
    return comeBack(context, token, context.req.param('purchaseId'), dependencies);
  });
  routes.get('/billing/invoices/:invoiceId', async (context, next) => {
    const token = usedLinkToken(context);
    if (token === undefined || hasPortalCookie(context)) return next();
    const link = await findLink(token, dependencies);
    if (!('invoice' in link)) throw failure('portal_session_expired');
    return comeBackToInvoice(context, link, dependencies);
  });
  return routes;
}

/**
 * Mail programs and their guards open links before people do, and would use them up. Browsers say
 * `Sec-Fetch-User` only where a person clicked; without it the page asks for one more click.
 */
function wasClicked(context: Context): boolean {
  return context.req.method === 'GET' && context.req.header('sec-fetch-user') === '?1';
}

async function open(
  context: Context,
  token: string,
  byPerson: boolean,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { client, ledger } = dependencies;
  const link = await findLink(token, dependencies);
  if ('invoice' in link) {
    const act = context.req.method === 'POST' ? payByLink : showInvoiceLink;
    return act(context, link, dependencies);
  }
  const { purchase, state, nowMs } = link;
  const { purchaseId } = purchase;
  if (isFinal(purchase.state)) return showPay(context, <Ended purchase={purchase} />, dependencies);
  const outcome = await client.purchaseStatus(purchaseId);
  if (outcome?.status !== 'requires_action' || outcome.actionUrl === null) {
    return showPay(context, <StillPending address={`/pay/${token}`} />, dependencies);
  }
  const { actionUrl } = outcome;
  const renewal = `/pay/${token}/renewals`;
  const stale = (why: 'used' | 'replaced' | 'expired') =>
    showPay(
      context,
      <StaleLink purchase={purchase} state={why} renewal={renewal} />,
      dependencies,
      410,
    );
  if (state !== 'good') return stale(state);
  if (!byPerson) {
    const page = <GoOn purchase={purchase} action={`/pay/${token}`} />;
    return showPay(context, page, dependencies, 200, actionUrl);
  }
  if (!(await useAuthenticationLink(ledger, { token, nowMs }))) return stale('used');
  setCookie(context, cookieName, token, {
    path: `/billing/purchases/${purchaseId}`,
    httpOnly: true,
    sameSite: 'Lax',
    secure: dependencies.settings.publicUrl.startsWith('https:'),
    maxAge: cookieSeconds,
  });
  return context.redirect(actionUrl, 303);
}

/** The bank sent the customer back: the payment is looked at, and its end is shown. */
async function comeBack(
  context: Context,
  token: string,
  purchaseId: string,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { ledger, client } = dependencies;
  const link = await findLink(token, dependencies);
  if ('invoice' in link || link.purchase.purchaseId !== purchaseId) {
    throw failure('portal_session_expired');
  }
  const address = `/billing/purchases/${purchaseId}`;
  if (!isFinal(link.purchase.state)) await client.confirmPurchase(purchaseId, lookWaitMs);
  // Stripe adds its own parameters to the address, a client secret among them: drop them.
  if (Object.keys(context.req.query()).length > 0) return context.redirect(address, 303);
  const purchase = (await readPurchase(ledger, { purchaseId })) ?? link.purchase;
  const page = isFinal(purchase.state) ? (
    <Ended purchase={purchase} />
  ) : (
    <StillPending address={address} />
  );
  return showPay(context, page, dependencies);
}

type OpenedLink = (PurchaseLink & { readonly nowMs: number }) | OpenedInvoiceLink;

/** Throws authentication_link_unknown. */
async function findLink(
  token: string,
  { ledger, nowMs: clockMs }: HttpDependencies,
): Promise<OpenedLink> {
  const accountId = accountOfLink(token);
  const facts = accountId === undefined ? undefined : await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('authentication_link_unknown');
  const nowMs = accountNowMs(facts.account, clockMs());
  const link = await findAuthenticationLink(ledger, { token, nowMs });
  if (link === undefined) throw failure('authentication_link_unknown');
  const { accountId: owner, currency } = facts.account;
  return 'invoice' in link
    ? { ...link, token, accountId: owner, currency, nowMs }
    : { ...link, nowMs };
}
