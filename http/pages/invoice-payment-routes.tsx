import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { failure, SolventError } from '../../domain/failures.ts';
import { accountOfId } from '../../domain/ids.ts';
import {
  amountToCharge,
  isPayable,
  isPaymentFinal,
  type InvoicePayment,
  type InvoicePaymentOutcome,
} from '../../domain/invoice-payments.ts';
import type { Invoice } from '../../domain/invoices.ts';
import { parseDecimal, type Micros } from '../../domain/money.ts';
import { readInvoice } from '../../ledger/invoice-documents.ts';
import { readInvoicePayment } from '../../ledger/invoice-payment-rows.ts';
import { isKnown, readPaymentUrl } from '../action-url.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readAccountView } from './account-view.ts';
import { InvoicePaymentPage } from './invoice-payment.tsx';
import { Message } from './layout.tsx';
import { InvoicePaymentForm } from './invoice-payment-form.tsx';
import { chosenCard } from './pay-with.tsx';
import { readForm, type PageContext, type PageEnvironment } from './session.ts';
import { show } from './show.tsx';

/** A page answers soon and then watches: the spinner says more than a browser that loads. */
const firstOutcomeWaitMs = 2_000;
const lookWaitMs = 5_000;

/** Paying an invoice: choose, watch, outcome. */
export function invoicePaymentPageRoutes(dependencies: HttpDependencies): Hono<PageEnvironment> {
  const routes = new Hono<PageEnvironment>();
  routes.get('/billing/invoices/:invoiceId/pay', async (context) => {
    const invoice = await ownInvoice(context, dependencies);
    return isPayable(invoice)
      ? showForm(context, invoice, dependencies, null)
      : context.redirect(`/billing/invoices/${invoice.invoiceId}`, 303);
  });
  routes.post('/billing/invoices/:invoiceId/payments', (context) => pay(context, dependencies));
  routes.get('/billing/invoices/:invoiceId/payments/:paymentId', (context) =>
    showPayment(context, dependencies),
  );
  routes.get('/billing/invoices/:invoiceId/payments/:paymentId/state', async (context) => {
    const { invoiceId } = await ownInvoice(context, dependencies);
    const payment = await ownPayment(context, invoiceId, dependencies);
    return context.json({ state: payment?.state ?? 'pending' });
  });
  return routes;
}

interface Refused {
  readonly typed: string;
  readonly message: string;
}

async function showForm(
  context: PageContext,
  invoice: Invoice,
  dependencies: HttpDependencies,
  refused: Refused | null,
) {
  const { settings } = dependencies;
  const view = await readAccountView(context.var.session.accountId, dependencies);
  const title = `Pay invoice ${invoice.number}`;
  return show(
    context,
    { title, section: 'invoices', view, takesCard: true, status: refused === null ? 200 : 422 },
    dependencies,
    <InvoicePaymentForm
      view={view}
      invoice={invoice}
      entry={settings.cardEntry}
      csrf={context.var.session.csrf}
      idempotencyKey={`page-${randomUUID()}`}
      returnUrl={`${settings.publicUrl}/billing/invoices/${invoice.invoiceId}`}
      refused={refused}
    />,
  );
}

async function pay(context: PageContext, dependencies: HttpDependencies): Promise<Response> {
  const { client, settings } = dependencies;
  const invoice = await ownInvoice(context, dependencies);
  const { invoiceId, number } = invoice;
  const field = await readForm(context);
  const idempotencyKey = field('idempotencyKey');
  const card = chosenCard(field);
  if (idempotencyKey === undefined || card === undefined) {
    throw failure('invalid_request', 'Please choose the amount and a card again.');
  }
  const typed = field('share') === 'part' ? (field('part')?.trim() ?? '') : null;
  const amount = await partOf(context, invoice, typed, dependencies);
  if (amount !== null && typeof amount !== 'number') {
    return showForm(context, invoice, dependencies, amount);
  }
  const path = `/billing/invoices/${invoiceId}/payments`;
  const paymentId = client.collections.paymentIdFor({ invoiceId, idempotencyKey });
  try {
    const outcome = await client.collections.pay({
      ...{ invoiceId, number, idempotencyKey, origin: 'customer', amount, paymentMethod: card },
      returnUrl: `${settings.publicUrl}${path}/${paymentId}`,
      waitMs: firstOutcomeWaitMs,
    });
    const stored = await readInvoicePayment(dependencies.ledger, {
      ...{ accountId: context.var.session.accountId, paymentId: outcome.paymentId },
    });
    if (stored === undefined && 'refusal' in outcome) {
      return await showRefused(context, invoice, outcome, dependencies);
    }
    return context.redirect(`${path}/${outcome.paymentId}`, 303);
  } catch (error) {
    if (!(error instanceof SolventError && error.code === 'idempotency_key_reused')) throw error;
    // The form was sent before, with other details: how that ended is shown, and nothing is charged.
    return context.redirect(`${path}/${paymentId}`, 303);
  }
}

/** Null: all of it. */
async function partOf(
  context: PageContext,
  invoice: Invoice,
  typed: string | null,
  dependencies: HttpDependencies,
): Promise<Micros | null | Refused> {
  if (typed === null) return null;
  const view = await readAccountView(context.var.session.accountId, dependencies);
  const { symbol } = view.money;
  const asked = parseDecimal(typed.startsWith(symbol) ? typed.slice(symbol.length) : typed);
  if (asked === undefined || asked === 0) {
    return { typed, message: 'Please write an amount such as 25.00.' };
  }
  // What stopped being due meanwhile is told by the payment's own answer.
  if (!isPayable(invoice)) return asked;
  const amount = amountToCharge(invoice, asked, view.money);
  return typeof amount === 'number' ? amount : { typed, message: amount.message };
}

/** It was refused before there was anything to look at later. */
async function showRefused(
  context: PageContext,
  invoice: Invoice,
  { refusal }: Extract<InvoicePaymentOutcome, { refusal: unknown }>,
  dependencies: HttpDependencies,
) {
  const view = await readAccountView(context.var.session.accountId, dependencies);
  return show(
    context,
    { title: `Invoice ${invoice.number}`, section: 'invoices', view, status: 422 },
    dependencies,
    <div class="stack narrow">
      <h1>Nothing was charged</h1>
      <Message tone="bad" title={refusal.message}>
        <p>
          <a href={`/billing/invoices/${invoice.invoiceId}`}>To invoice {invoice.number}</a>
        </p>
      </Message>
    </div>,
  );
}

/** Shows a payment; where the customer comes back from the bank, has it looked at first. */
async function showPayment(
  context: PageContext,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { client } = dependencies;
  const before = await ownInvoice(context, dependencies);
  const { invoiceId } = before;
  const paymentId = context.req.param('paymentId') ?? '';
  if (Object.keys(context.req.query()).length > 0) {
    // Stripe adds its own parameters to the address, a client secret among them: look, drop them.
    await client.collections.confirm(invoiceId, lookWaitMs);
    return context.redirect(`/billing/invoices/${invoiceId}/payments/${paymentId}`, 303);
  }
  const payment = await ownPayment(context, invoiceId, dependencies);
  const [view, invoice] = await Promise.all([
    readAccountView(context.var.session.accountId, dependencies),
    ownInvoice(context, dependencies),
  ]);
  const isPending = payment === undefined || !isPaymentFinal(payment.state);
  return show(
    context,
    { title: `Payment of ${invoice.number}`, section: 'invoices', view, isPending },
    dependencies,
    <InvoicePaymentPage
      view={view}
      invoice={invoice}
      payment={payment}
      paymentId={paymentId}
      actionUrl={payment === undefined ? null : await readPaymentUrl(payment, dependencies)}
    />,
  );
}

/** Throws invoice_not_found for any that is not the session's own. */
async function ownInvoice(
  context: PageContext,
  { ledger }: Pick<HttpDependencies, 'ledger'>,
): Promise<Invoice> {
  const invoiceId = context.req.param('invoiceId') ?? '';
  const { accountId } = context.var.session;
  const isOwn = accountOfId(invoiceId) === accountId;
  const invoice = isOwn ? await readInvoice(ledger, { accountId, invoiceId }) : undefined;
  if (invoice === undefined) throw failure('invoice_not_found');
  return invoice;
}

/**
 * A payment of the invoice; undefined where it has no row yet. Throws invoice_payment_not_found where
 * its workflow does not know it, either.
 */
async function ownPayment(
  context: PageContext,
  invoiceId: string,
  { ledger, client }: HttpDependencies,
): Promise<InvoicePayment | undefined> {
  const { accountId } = context.var.session;
  const paymentId = context.req.param('paymentId') ?? '';
  const stored = await readInvoicePayment(ledger, { accountId, paymentId });
  if (stored !== undefined && stored.invoiceId !== invoiceId) {
    throw failure('invoice_payment_not_found');
  }
  if (stored === undefined && !(await isKnown(() => client.collections.status(invoiceId)))) {
    throw failure('invoice_payment_not_found');
  }
  return stored;
}
