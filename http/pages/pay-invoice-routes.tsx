import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { currency as currencyOf, type CurrencyCode } from '../../domain/currencies.ts';
import type { DeclineExplanation } from '../../domain/declines.ts';
import { failure, type Refusal } from '../../domain/failures.ts';
import {
  isPayable,
  paymentOutcomeOf,
  type InvoicePaymentOutcome,
} from '../../domain/invoice-payments.ts';
import type { Invoice } from '../../domain/invoices.ts';
import { formatMoney, type Micros } from '../../domain/money.ts';
import {
  useAuthenticationLink,
  type InvoiceLink,
  type LinkState,
} from '../../ledger/authentication-links.ts';
import { readInvoice } from '../../ledger/invoice-documents.ts';
import { askForInvoiceLink } from '../../ledger/invoice-links.ts';
import { readInvoicePayments } from '../../ledger/invoice-payment-rows.ts';
import { listCards } from '../../ledger/payment-methods.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { GoToBank, InvoiceEnded, NotPaid, PayInvoice, StaleInvoiceLink } from './pay-invoice.tsx';
import { NewLinkSent, StillPending } from './pay.tsx';
import { showPay } from './pay-show.ts';

/** Lets the holder of a used link see how its payment ended, when the bank sends them back. */
const cookieName = 'solvent_pay';
const cookieSeconds = 3_600;
const lookWaitMs = 5_000;

/** A link that pays an invoice, with what its pages need. */
export interface OpenedInvoiceLink extends InvoiceLink {
  readonly token: string;
  readonly accountId: string;
  readonly currency: CurrencyCode;
  /** The account's own time. */
  readonly nowMs: number;
}

/** Shows what is due and asks first: programs that open links before people do use none up. */
export async function showInvoiceLink(
  context: Context,
  link: OpenedInvoiceLink,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { invoice, state, token, nowMs, accountId } = link;
  if (!isPayable(invoice)) return ended(context, invoice, dependencies);
  if (state !== 'good') return stale(context, link, state, dependencies);
  const cards = await listCards(dependencies.ledger, { accountId });
  const card = cards.find(({ isDefault }) => isDefault) ?? null;
  const shown = { invoice, money: moneyIn(link), card, nowMs };
  return showPay(context, <PayInvoice {...shown} action={`/pay/${token}`} />, dependencies);
}

/** Charges the card that the page named; the link is used up by it, however it ends. */
export async function payByLink(
  context: Context,
  link: OpenedInvoiceLink,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { ledger, client, settings } = dependencies;
  const { invoice, state, token, nowMs, accountId } = link;
  const { invoiceId, number } = invoice;
  if (!isPayable(invoice)) return ended(context, invoice, dependencies);
  if (state !== 'good') return stale(context, link, state, dependencies);
  const field = (await context.req.parseBody())['paymentMethod'];
  const cards = await listCards(ledger, { accountId });
  const card = cards.find(({ paymentMethodId }) => paymentMethodId === field);
  // Its card left the file since: the page tells what there is now.
  if (card === undefined) return showInvoiceLink(context, link, dependencies);
  // Throws where Temporal does not answer: then the link is not used up.
  await client.collections.status(invoiceId);
  if (!(await useAuthenticationLink(ledger, { token, nowMs }))) {
    return stale(context, link, 'used', dependencies);
  }
  setCookie(context, cookieName, token, {
    path: `/billing/invoices/${invoiceId}`,
    httpOnly: true,
    sameSite: 'Lax',
    secure: settings.publicUrl.startsWith('https:'),
    maxAge: cookieSeconds,
  });
  const outcome = await client.collections.pay({
    ...{ invoiceId, number, idempotencyKey: `pay-link:${token}`, origin: 'customer', amount: null },
    paymentMethod: card.paymentMethodId,
    waitMs: settings.firstOutcomeWaitMs,
  });
  return showOutcome(context, link, outcome, dependencies);
}

/** Has a new link mailed; whoever asks sees nothing of it. */
export async function renewInvoiceLink(
  context: Context,
  { invoice, accountId }: OpenedInvoiceLink,
  dependencies: HttpDependencies,
): Promise<Response> {
  if (!isPayable(invoice)) return ended(context, invoice, dependencies);
  const { ledger, nowMs } = dependencies;
  await askForInvoiceLink(ledger, { accountId, invoiceId: invoice.invoiceId, nowMs: nowMs() });
  return showPay(context, <NewLinkSent to="the address that gets the invoices" />, dependencies);
}

/** The token of the link that was used in this browser; undefined where none was. */
export function usedLinkToken(context: Context): string | undefined {
  return getCookie(context, cookieName);
}

/** The bank sent the customer back: the payment is looked at, and its end is shown. */
export async function comeBackToInvoice(
  context: Context,
  link: OpenedInvoiceLink,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { ledger, client } = dependencies;
  const { accountId } = link;
  const { invoiceId } = link.invoice;
  if (context.req.param('invoiceId') !== invoiceId) throw failure('portal_session_expired');
  if (isPayable(link.invoice)) await client.collections.confirm(invoiceId, lookWaitMs);
  // Stripe adds its own parameters to the address, a client secret among them: drop them.
  if (Object.keys(context.req.query()).length > 0) {
    return context.redirect(`/billing/invoices/${invoiceId}`, 303);
  }
  const name = { accountId, invoiceId };
  const invoice = (await readInvoice(ledger, name)) ?? link.invoice;
  const payments = await ledger.snapshot((session) => readInvoicePayments(session, [name]));
  const last = payments.at(-1);
  const outcome = last && paymentOutcomeOf(last);
  const now = { ...link, invoice };
  if (!isPayable(invoice) || outcome === undefined) return ended(context, invoice, dependencies);
  return showOutcome(context, now, outcome, dependencies);
}

async function showOutcome(
  context: Context,
  link: OpenedInvoiceLink,
  outcome: InvoicePaymentOutcome,
  dependencies: HttpDependencies,
): Promise<Response> {
  const { invoiceId } = link.invoice;
  switch (outcome.status) {
    case 'succeeded': {
      const name = { accountId: link.accountId, invoiceId };
      const invoice = (await readInvoice(dependencies.ledger, name)) ?? link.invoice;
      return ended(context, invoice, dependencies);
    }
    case 'requires_action': {
      const { actionUrl } = outcome;
      if (actionUrl === null) break;
      context.header('refresh', `0; url=${actionUrl}`);
      return showPay(context, <GoToBank actionUrl={actionUrl} />, dependencies);
    }
    case 'declined':
      return notPaid(context, link, outcome.decline, dependencies);
    case 'refused':
    case 'canceled':
      return notPaid(context, link, outcome.refusal, dependencies);
    case 'pending':
  }
  const page = <StillPending address={`/billing/invoices/${invoiceId}`} />;
  return showPay(context, page, dependencies);
}

function notPaid(
  context: Context,
  link: OpenedInvoiceLink,
  why: DeclineExplanation | Refusal,
  dependencies: HttpDependencies,
) {
  const shown = { invoice: link.invoice, money: moneyIn(link), renewal: renewalOf(link) };
  return showPay(context, <NotPaid {...shown} why={why} />, dependencies, 402);
}

function ended(context: Context, invoice: Invoice, dependencies: HttpDependencies) {
  return showPay(context, <InvoiceEnded invoice={invoice} />, dependencies);
}

function stale(
  context: Context,
  link: OpenedInvoiceLink,
  state: Exclude<LinkState, 'good'>,
  dependencies: HttpDependencies,
) {
  const shown = { invoice: link.invoice, money: moneyIn(link), renewal: renewalOf(link) };
  return showPay(context, <StaleInvoiceLink {...shown} state={state} />, dependencies, 410);
}

function renewalOf({ token }: OpenedInvoiceLink): string {
  return `/pay/${token}/renewals`;
}

function moneyIn({ currency }: OpenedInvoiceLink): (amount: Micros) => string {
  return (amount) => formatMoney(amount, currencyOf(currency));
}
