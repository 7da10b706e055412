import { Hono } from 'hono';
import { failure } from '../../domain/failures.ts';
import { accountOfId, isAccountId } from '../../domain/ids.ts';
import { isStorableText } from '../../domain/storable-text.ts';
import { removeAdminHold, setAdminHold } from '../../ledger/account-settings.ts';
import { listHolds } from '../../ledger/hold-lists.ts';
import { listInvoices } from '../../ledger/invoice-documents.ts';
import { listPurchases } from '../../ledger/purchases.ts';
import { readProfile } from '../../ledger/profiles.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { invoicePdfFile } from '../invoice-files.ts';
import { readAccountView } from '../pages/account-view.ts';
import { readForm } from '../pages/session.ts';
import { AccountPage } from './account.tsx';
import type { OperatorContext, OperatorEnvironment } from './session.ts';
import { attempt, show, type FormError } from './show.tsx';

const rowsShown = 12;
const longestReason = 500;

/** One account with all that an operator is asked about, and the hold that keeps it from use. */
export function accountPageRoutes(dependencies: HttpDependencies): Hono<OperatorEnvironment> {
  const { ledger } = dependencies;
  const routes = new Hono<OperatorEnvironment>();

  routes.get('/operator/accounts/:accountId', (context) =>
    showAccount(context, context.req.param('accountId'), dependencies),
  );

  routes.post('/operator/accounts/:accountId/hold', async (context) => {
    const { accountId, ...asked } = await askedOf(context, dependencies);
    const reason = (await readForm(context))('reason')?.trim() ?? '';
    const error = await attempt(async () => {
      if (reason === '' || reason.length > longestReason || !isStorableText(reason)) {
        throw failure('invalid_request', `Write a reason of 1 to ${longestReason} characters.`);
      }
      await setAdminHold(ledger, { ...asked, accountId, reason });
    });
    if (error !== undefined) return showAccount(context, accountId, dependencies, error, reason);
    return context.redirect(`/operator/accounts/${accountId}?done=hold`, 303);
  });

  routes.post('/operator/accounts/:accountId/unhold', async (context) => {
    const asked = await askedOf(context, dependencies);
    await readForm(context);
    await removeAdminHold(ledger, asked);
    return context.redirect(`/operator/accounts/${asked.accountId}?done=unhold`, 303);
  });

  routes.get('/operator/invoices/:invoiceId/invoice.pdf', (context) => {
    const invoiceId = context.req.param('invoiceId');
    if (accountOfId(invoiceId) === undefined) throw failure('invoice_not_found');
    return invoicePdfFile(invoiceId, dependencies);
  });

  return routes;
}

/** Who asks, and the account's own time. Throws account_not_found. */
async function askedOf(context: OperatorContext, dependencies: HttpDependencies) {
  const accountId = existing(context.req.param('accountId') ?? '');
  const { nowMs } = await readAccountView(accountId, dependencies);
  return { accountId, actor: context.var.session.actor, nowMs };
}

function existing(accountId: string): string {
  if (!isAccountId(accountId)) throw failure('account_not_found');
  return accountId;
}

async function showAccount(
  context: OperatorContext,
  asked: string,
  dependencies: HttpDependencies,
  error?: FormError,
  reason?: string,
): Promise<Response> {
  const accountId = existing(asked);
  const { ledger, settings } = dependencies;
  const model = context.req.query('model')?.trim().slice(0, 200) ?? '';
  const [view, profile, { holds }, { invoices }, { purchases }] = await Promise.all([
    readAccountView(accountId, dependencies, model === '' ? null : model),
    readProfile(ledger, { accountId }),
    listHolds(ledger, { accountId, state: 'open', before: null, limit: rowsShown }),
    listInvoices(ledger, { accountId, before: null, limit: rowsShown }),
    listPurchases(ledger, { accountId, cursor: null, limit: rowsShown }),
  ]);
  return show(
    context,
    { title: view.name, section: 'overview', ...(error && { status: error.status }) },
    dependencies,
    <AccountPage
      view={view}
      email={profile?.email ?? null}
      holds={holds}
      invoices={invoices}
      purchases={purchases}
      csrf={context.var.session.csrf}
      temporalUi={settings.temporalUi}
      done={context.req.query('done')}
      error={error?.message ?? null}
      reason={reason}
    />,
  );
}
