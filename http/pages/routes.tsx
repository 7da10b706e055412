import { Hono } from 'hono';
import type { Context } from 'hono';
import { failures } from '../../domain/failures.ts';
import type { InvoicePayment } from '../../domain/invoice-payments.ts';
import { periodOf } from '../../domain/period.ts';
import type { Ledger } from '../../ledger/database.ts';
import { listInvoicePayments } from '../../ledger/invoice-payment-lists.ts';
import { listPurchases } from '../../ledger/purchases.ts';
import { readUnchargedUsage } from '../../ledger/uncharged-usage.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { statusOfFailure } from '../failures.ts';
import { solventErrorOf } from '../thrown.ts';
import { readAccountView, type AccountView } from './account-view.ts';
import { looksOnReturn } from './bank-return.ts';
import { buyRoutes } from './buy-routes.tsx';
import { cardRoutes } from './card-routes.tsx';
import { contentSecurityPolicy } from './content-security.ts';
import { FailurePage } from './failure-page.tsx';
import { invoicePaymentPageRoutes } from './invoice-payment-routes.tsx';
import { invoicePageRoutes } from './invoice-routes.tsx';
import { askedBy, mayPass, NotAnswered } from './not-answered.tsx';
import { Overview } from './overview.tsx';
import { payRoutes } from './pay-routes.tsx';
import { receiptPageRoutes } from './receipt-routes.ts';
import { needsSession, openSession, type PageEnvironment } from './session.ts';
import { settingsRoutes } from './settings-routes.tsx';
import { show } from './show.tsx';
import { statementPageRoutes } from './statement-routes.tsx';
import { toPayShown } from './to-pay.tsx';

const latestCount = 5;

/** The billing pages, behind a portal session. */
export function pageRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const { ledger, settings } = dependencies;
  const routes = new Hono<PageEnvironment>();
  const policy = contentSecurityPolicy(settings);
  for (const path of ['/portal/*', '/billing/*']) {
    routes.use(path, async (context, next) => {
      await next();
      context.header('content-security-policy', policy);
      context.header('cache-control', 'no-store');
    });
  }

  routes.get('/portal/:token', async (context) => {
    await openSession(context.req.param('token'), context, dependencies);
    return context.redirect('/billing', 303);
  });

  routes.route('/', payRoutes(dependencies));
  routes.use('/billing/*', looksOnReturn(dependencies));
  routes.use('/billing/*', needsSession(dependencies));

  routes.get('/billing', async (context) => {
    const { accountId } = context.var.session;
    const asked = context.req.query('model')?.trim() ?? '';
    const model = asked === '' ? null : asked.slice(0, 200);
    const [view, { purchases }] = await Promise.all([
      readAccountView(accountId, dependencies, model),
      listPurchases(ledger, { accountId, cursor: null, limit: latestCount }),
    ]);
    const [lastPayments, uncharged] = await Promise.all([
      readLastPayments(view, ledger),
      readUnchargedUsage(ledger, { accountId, period: periodOf(view.nowMs) }),
    ]);
    return show(
      context,
      { title: 'Overview', section: 'overview', view },
      dependencies,
      <Overview view={view} latest={purchases} lastPayments={lastPayments} uncharged={uncharged} />,
    );
  });

  routes.route('/', statementPageRoutes(dependencies));
  routes.route('/', buyRoutes(dependencies));
  routes.route('/', receiptPageRoutes(dependencies));
  routes.route('/', invoicePageRoutes(dependencies));
  routes.route('/', invoicePaymentPageRoutes(dependencies));
  routes.route('/', cardRoutes(dependencies));
  routes.route('/', settingsRoutes(dependencies));
  routes.onError((error, context) => showFailure(error, context, dependencies));
  return routes;
}

/** How the last charge of each open invoice ended; those that were never charged are missing. */
async function readLastPayments(
  { account: { accountId }, openInvoices }: AccountView,
  ledger: Ledger,
): Promise<ReadonlyMap<string, InvoicePayment>> {
  const payments = await Promise.all(
    openInvoices
      .slice(0, toPayShown)
      .map(({ invoiceId }) =>
        listInvoicePayments(ledger, { accountId, invoiceId, before: null, limit: 1 }),
      ),
  );
  return new Map(payments.flat().map((payment) => [payment.invoiceId, payment]));
}

/** A failure as a page: what happened, and what to do. */
async function showFailure(
  error: Error,
  context: Context<PageEnvironment>,
  { log }: HttpDependencies,
): Promise<Response> {
  const found = solventErrorOf(error);
  const { code } = found;
  if (failures[code].whoCanAct !== 'customer') log.error({ err: error }, 'page failed');
  if (mayPass(code)) {
    const page = <NotAnswered brand="Billing" asked={await askedBy(context)} home="/billing" />;
    return context.html(page, statusOfFailure[code]);
  }
  const isExpired = code === 'portal_session_expired';
  return context.html(
    <FailurePage
      brand="Billing"
      failure={found}
      {...(isExpired && { title: 'Please open this page again' })}
    >
      {!isExpired && (
        <p>
          <a href="/billing">To the overview</a>
        </p>
      )}
    </FailurePage>,
    statusOfFailure[code],
  );
}
