import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { AccountId } from '../domain/account.ts';
import { failure, refusal } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import type { InvoicePaymentOutcome } from '../domain/invoice-payments.ts';
import { readInvoice } from '../ledger/invoice-documents.ts';
import { listInvoicePayments, type PaymentPlace } from '../ledger/invoice-payment-lists.ts';
import { readInvoicePayment } from '../ledger/invoice-payment-rows.ts';
import { amountInput } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { readPaymentUrl } from './action-url.ts';
import {
  invoicePaymentResource,
  invoicePaymentSchema,
  paidInvoiceSchema,
  unopenedPaymentResource,
  withInvoice,
  type InvoicePaymentResource,
  type PaidInvoiceResource,
} from './invoice-payment-resource.ts';
import { accountOfInvoice, invoiceParams } from './invoices.ts';
import { listQuery, listSchema } from './lists.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import { declineResource } from './purchase-resource.ts';
import { accountAndNow } from './statement-ranges.ts';
import {
  cardSourceInput,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  webAddressInput,
} from './validation.ts';

const tags = ['Invoices'];

/** The cursor of a list of payments. */
const placePattern = /^(\d{1,15})\.(ipay_\w{1,80})$/;

const paymentParams = invoiceParams.extend({
  paymentId: z.string().openapi({ param: { name: 'paymentId', in: 'path' } }),
});

const mustBePart = 'must be above zero; leave it out to pay all that is due';
const payBody = jsonBody({
  amount: amountInput
    .refine((amount) => amount > 0, { error: mustBePart })
    .optional()
    .openapi({ description: 'A part of what is due (R52); absent: all of it.' }),
  paymentMethod: cardSourceInput.optional().openapi({
    description: 'A card on file, or one just entered; absent: the default card on file.',
  }),
  returnUrl: webAddressInput.optional().openapi({
    description: 'Where the bank’s page sends the customer back to; absent: the invoice’s page.',
  }),
});

/** Paying an invoice by its own charge (R47), and how its payments stand. */
export function invoicePaymentRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addPay(routes, dependencies);
  addReading(routes, dependencies);
  return routes;
}

function addPay(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/invoices/{invoiceId}/pay',
      tags,
      summary: 'Pay an invoice by card',
      description:
        'Charges a card for this invoice, all that is due or a part: the only way to pay one, ' +
        'credits never do (R47). Whoever asks while another payment waits for its bank joins that ' +
        'one: `id` tells; another amount or card has it called off. Paying the last overdue invoice restores service at once (R51). While the ' +
        'bank asks the customer to confirm, or the outcome is not known after 10 seconds, the ' +
        'answer is 202 and `url` tells how it goes on.',
      middleware: allow('invoices.pay', dependencies),
      request: { headers: idempotencyHeader, params: invoiceParams, body: payBody },
      responses: {
        201: jsonAnswer('Succeeded: charged, and what is left of the invoice.', paidInvoiceSchema),
        202: jsonAnswer('Pending, or waiting for the customer at `actionUrl`.', paidInvoiceSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      const accountId = accountOfInvoice(invoiceId, context.var.caller);
      const order = {
        accountId,
        invoiceId,
        ...context.req.valid('json'),
        idempotencyKey: context.req.valid('header')['idempotency-key'],
      };
      const paid = await pay(order, dependencies);
      const status = paid.status === 'succeeded' ? 201 : 202;
      return context.json(paid, status, { location: paid.url });
    },
  );
}

function addReading(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, settings } = dependencies;
  const middleware = allow('invoices.read', dependencies);
  const path = '/v1/invoices/{invoiceId}/payments';
  routes.openapi(
    createRoute({
      method: 'get',
      path,
      tags,
      middleware,
      summary: 'List an invoice’s payments, newest first',
      description: 'Those that were declined, too, whoever wanted them.',
      request: { params: invoiceParams, query: listQuery(placePattern) },
      responses: {
        200: jsonAnswer('One page of payments.', listSchema(invoicePaymentSchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      const accountId = accountOfInvoice(invoiceId, context.var.caller);
      await mustExist({ accountId, invoiceId }, dependencies);
      const { currency } = (await accountAndNow(accountId, dependencies)).account;
      const { cursor, limit } = context.req.valid('query');
      const before = placeOf(cursor);
      const query = { accountId, invoiceId, before, limit: limit + 1 };
      const rows = await listInvoicePayments(ledger, query);
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      const data = page.map((row) =>
        invoicePaymentResource(row, currency, null, settings.publicUrl),
      );
      const nextCursor = last === undefined ? null : `${last.openedAtMs}.${last.paymentId}`;
      return context.json({ data, nextCursor }, 200);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}/{paymentId}`,
      tags,
      middleware,
      summary: 'See how a payment of an invoice stands',
      request: { params: paymentParams },
      responses: { 200: jsonAnswer('The payment.', paidInvoiceSchema), ...problemAnswer },
    }),
    async (context) => {
      const { invoiceId, paymentId } = context.req.valid('param');
      const accountId = accountOfInvoice(invoiceId, context.var.caller);
      const name = { accountId, invoiceId, paymentId };
      return context.json(await showPayment(name, dependencies), 200);
    },
  );
}

/** Null where there is none: then the list begins at its begin. */
function placeOf(cursor = ''): PaymentPlace | null {
  const [, openedAt, paymentId] = placePattern.exec(cursor) ?? [];
  return openedAt === undefined || paymentId === undefined
    ? null
    : { openedAtMs: Number(openedAt), paymentId };
}

interface PaymentName {
  readonly accountId: AccountId;
  readonly invoiceId: string;
  readonly paymentId: string;
}

interface PaymentOrder extends Omit<PaymentName, 'paymentId'> {
  readonly idempotencyKey: string;
  readonly amount?: z.output<typeof amountInput> | undefined;
  readonly paymentMethod?: string | undefined;
  readonly returnUrl?: string | undefined;
}

/** Pays, and shows the payment. Throws a problem where nothing was charged. */
async function pay(
  order: PaymentOrder,
  dependencies: HttpDependencies,
): Promise<PaidInvoiceResource> {
  const { client, settings } = dependencies;
  const { accountId, invoiceId, idempotencyKey, amount, paymentMethod, returnUrl } = order;
  const { number } = await mustExist(order, dependencies);
  const { currency } = (await accountAndNow(accountId, dependencies)).account;
  const outcome = await client.collections.pay({
    number,
    invoiceId,
    idempotencyKey,
    origin: 'customer',
    amount: amount ?? null,
    paymentMethod: paymentMethod ?? null,
    ...(returnUrl === undefined ? {} : { returnUrl }),
    waitMs: settings.firstOutcomeWaitMs,
  });
  const { paymentId } = outcome;
  const stored = await readInvoicePayment(dependencies.ledger, { accountId, paymentId });
  const actionUrl = outcome.status === 'requires_action' ? outcome.actionUrl : null;
  const payment =
    stored === undefined
      ? unopenedPaymentResource(outcome, currency, settings.publicUrl)
      : invoicePaymentResource(stored, currency, actionUrl, settings.publicUrl);
  throwWhereItFailed(outcome, payment);
  return withInvoice(payment, await mustExist(order, dependencies));
}

/** A payment that charged nothing is a problem, which carries the payment. */
function throwWhereItFailed(outcome: InvoicePaymentOutcome, payment: InvoicePaymentResource) {
  switch (outcome.status) {
    case 'declined': {
      const { decline } = outcome;
      const words = refusal('card_declined', `${decline.reason} ${decline.whatToDo}`);
      throw new ProblemError(words, { decline: declineResource(decline), payment });
    }
    case 'refused':
    case 'canceled':
      throw new ProblemError(outcome.refusal, { currencyCode: payment.currency, payment });
    case 'succeeded':
    case 'requires_action':
    case 'pending':
      return;
  }
}

/**
 * Reads the payment; asks the invoice's workflow where no row exists yet, or for the bank's link.
 * Throws invoice_not_found, invoice_payment_not_found.
 */
async function showPayment(
  name: PaymentName,
  dependencies: HttpDependencies,
): Promise<PaidInvoiceResource> {
  const { ledger, client, settings } = dependencies;
  const invoice = await mustExist(name, dependencies);
  if (accountOfId(name.paymentId) !== name.accountId) throw failure('invoice_payment_not_found');
  const { currency } = (await accountAndNow(name.accountId, dependencies)).account;
  const stored = await readInvoicePayment(ledger, name);
  if (stored !== undefined && stored.invoiceId !== name.invoiceId) {
    throw failure('invoice_payment_not_found');
  }
  if (stored !== undefined) {
    const actionUrl = await readPaymentUrl(stored, dependencies);
    const payment = invoicePaymentResource(stored, currency, actionUrl, settings.publicUrl);
    return withInvoice(payment, invoice);
  }
  const outcome = (await client.collections.status(name.invoiceId))?.payment;
  if (outcome?.paymentId !== name.paymentId) throw failure('invoice_payment_not_found');
  return withInvoice(unopenedPaymentResource(outcome, currency, settings.publicUrl), invoice);
}

/** Throws invoice_not_found. */
async function mustExist(
  { accountId, invoiceId }: Omit<PaymentName, 'paymentId'>,
  { ledger }: HttpDependencies,
) {
  const invoice = await readInvoice(ledger, { accountId, invoiceId });
  if (invoice === undefined) throw failure('invoice_not_found');
  return invoice;
}
