import { Hono } from 'hono';
import { failure } from '../../domain/failures.ts';
import { accountOfId } from '../../domain/ids.ts';
import { listInvoices } from '../../ledger/invoice-documents.ts';
import { listInvoicePayments } from '../../ledger/invoice-payment-lists.ts';
import { previewInvoice } from '../../ledger/invoice-preview.ts';
import { readShownInvoice } from '../../ledger/shown-invoices.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { creditNotePdfFile, invoiceLinesFile, invoicePdfFile } from '../invoice-files.ts';
import { readAccountView } from './account-view.ts';
import { InvoicePage, Invoices } from './invoices.tsx';
import type { PageContext, PageEnvironment } from './session.ts';
import { show } from './show.tsx';

const pageSize = 24;
const paymentsShown = 20;

/** Invoices, for the customer whose page it is: to read; they are paid by their own charge (R47). */
export function invoicePageRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const { ledger, policies, nowMs } = dependencies;
  const routes = new Hono<PageEnvironment>();

  routes.get('/billing/invoices', async (context) => {
    const { accountId } = context.var.session;
    const asked = context.req.query('before') ?? '';
    const before = /^\d{1,15}$/.test(asked) ? Number(asked) : null;
    const [view, page, preview] = await Promise.all([
      readAccountView(accountId, dependencies),
      listInvoices(ledger, { accountId, before, limit: pageSize }),
      before === null
        ? previewInvoice(ledger, { accountId, nowMs: nowMs() }, await policies.read())
        : null,
    ]);
    const coming = view.account.status === 'open' ? preview : null;
    return show(
      context,
      { title: 'Invoices', section: 'invoices', view },
      dependencies,
      <Invoices view={view} {...page} preview={coming} />,
    );
  });

  routes.get('/billing/invoices/:invoiceId', async (context) => {
    const invoiceId = ownInvoice(context, context.req.param('invoiceId'));
    if (Object.keys(context.req.query()).length > 0) {
      // The bank's page sends people back here, too; Stripe's parameters hold a client secret.
      return context.redirect(`/billing/invoices/${invoiceId}`, 303);
    }
    const { accountId } = context.var.session;
    const [view, shown, payments] = await Promise.all([
      readAccountView(accountId, dependencies),
      readShownInvoice(ledger, invoiceId),
      listInvoicePayments(ledger, { accountId, invoiceId, before: null, limit: paymentsShown }),
    ]);
    return show(
      context,
      { title: `Invoice ${shown.invoice.number}`, section: 'invoices', view },
      dependencies,
      <InvoicePage view={view} shown={shown} payments={payments} />,
    );
  });

  routes.get('/billing/invoices/:invoiceId/invoice.pdf', (context) =>
    invoicePdfFile(ownInvoice(context, context.req.param('invoiceId')), dependencies),
  );

  routes.get('/billing/invoices/:invoiceId/lines.csv', (context) =>
    invoiceLinesFile(ownInvoice(context, context.req.param('invoiceId')), dependencies),
  );

  routes.get('/billing/credit-notes/:creditNoteId/credit-note.pdf', (context) => {
    const creditNoteId = context.req.param('creditNoteId');
    if (!isOwn(context, creditNoteId)) throw failure('credit_note_not_found');
    return creditNotePdfFile(creditNoteId, dependencies);
  });

  return routes;
}

/** Throws invoice_not_found for any that is not the session's own. */
function ownInvoice(context: PageContext, invoiceId: string): string {
  if (!isOwn(context, invoiceId)) throw failure('invoice_not_found');
  return invoiceId;
}

function isOwn(context: PageContext, id: string): boolean {
  return accountOfId(id) === context.var.session.accountId;
}
