import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { failure } from '../domain/failures.ts';
import { accountOfId } from '../domain/ids.ts';
import {
  countedCreditAnswer,
  creditNoteAnswer,
  invoiceAnswer,
  invoiceLineAnswer,
  invoicePreviewAnswer,
} from '../domain/invoice-answer.ts';
import type { PlanMoment } from '../domain/payment-plan.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { listInvoices } from '../ledger/invoice-documents.ts';
import { previewInvoice } from '../ledger/invoice-preview.ts';
import { readPayable } from '../ledger/open-invoices.ts';
import { readShownCreditNote, readShownInvoice } from '../ledger/shown-invoices.ts';
import type { Caller } from './access.ts';
import { allow } from './authentication.ts';
import { csvContent } from './csv.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { creditNotePdfFile, invoiceLinesFile, invoicePdfFile } from './invoice-files.ts';
import {
  creditNoteSchema,
  invoicePreviewSchema,
  invoiceSchema,
  wholeInvoiceSchema,
} from './invoice-resource.ts';
import { listQuery, listSchema } from './lists.ts';
import { problemAnswer } from './problems.ts';
import { pdfAnswer } from './receipts.ts';
import { accountAndNow } from './statement-ranges.ts';
import { accountIdParameter, jsonAnswer, refuseInvalid } from './validation.ts';

const tags = ['Invoices'];
const accountParams = z.object({ accountId: accountIdParameter });

export const invoiceParams = z.object({
  invoiceId: z.string().openapi({
    param: { name: 'invoiceId', in: 'path' },
    example: 'inv_01jdq3k7x5fzb8h2m4n6p8r0t2_202611',
  }),
});
const creditNoteParams = z.object({
  creditNoteId: z.string().openapi({ param: { name: 'creditNoteId', in: 'path' } }),
});

/** Invoices and credit notes, as they were issued, and what the next one would be. */
export function invoiceRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addLists(routes, dependencies);
  addInvoice(routes, dependencies);
  addCreditNote(routes, dependencies);
  return routes;
}

/** The account of an invoice. Throws invoice_not_found, also where this key does not see it. */
export function accountOfInvoice(invoiceId: string, caller: Caller): string {
  const accountId = visibleAccount(invoiceId, caller);
  if (accountId === undefined || !invoiceId.startsWith('inv_')) throw failure('invoice_not_found');
  return accountId;
}

function accountOfCreditNote(creditNoteId: string, caller: Caller): string {
  const accountId = visibleAccount(creditNoteId, caller);
  if (accountId === undefined) throw failure('credit_note_not_found');
  return accountId;
}

/** A key that is confined to another account learns nothing about what there is. */
function visibleAccount(id: string, { accountId: own }: Caller): string | undefined {
  const accountId = accountOfId(id);
  return own === null || own === accountId ? accountId : undefined;
}

function addLists(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
  const middleware = allow('invoices.read', dependencies);
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}/invoices',
      tags,
      middleware,
      summary: 'List invoices, newest first',
      description: 'Void ones, too: their numbers stay (R46).',
      request: { params: accountParams, query: listQuery() },
      responses: {
        200: jsonAnswer('One page of invoices.', listSchema(invoiceSchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const { cursor = null, limit } = context.req.valid('query');
      const { account, nowMs: accountNowMs } = await accountAndNow(accountId, dependencies);
      const before = cursor === null ? null : Number(cursor);
      const [page, moment] = await Promise.all([
        listInvoices(ledger, { accountId, before, limit }),
        readMoment(accountId, accountNowMs, dependencies),
      ]);
      const data = page.invoices.map((invoice) => invoiceAnswer(invoice, account, moment));
      const nextCursor = page.nextBefore === null ? null : String(page.nextBefore);
      return context.json({ data, nextCursor }, 200);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/accounts/{accountId}/invoice-preview',
      tags,
      middleware,
      summary: 'See the next invoice as it would be now',
      description:
        'What this month’s invoice would be if nothing more happened, or the last month’s until ' +
        'its run (R63): the very decision that makes invoices. Changes nothing.',
      request: { params: accountParams },
      responses: { 200: jsonAnswer('The preview.', invoicePreviewSchema), ...problemAnswer },
    }),
    async (context) => {
      const { accountId } = context.req.valid('param');
      const asked = { accountId, nowMs: nowMs() };
      const preview = await previewInvoice(ledger, asked, await policies.read());
      return context.json(invoicePreviewAnswer(preview), 200);
    },
  );
}

function addInvoice(routes: Api, dependencies: HttpDependencies): void {
  const middleware = allow('invoices.read', dependencies);
  const path = '/v1/invoices/{invoiceId}';
  routes.openapi(
    createRoute({
      method: 'get',
      path,
      tags,
      middleware,
      summary: 'Get an invoice with its lines',
      request: { params: invoiceParams },
      responses: { 200: jsonAnswer('The invoice.', wholeInvoiceSchema), ...problemAnswer },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      accountOfInvoice(invoiceId, context.var.caller);
      return context.json(await wholeInvoice(invoiceId, dependencies), 200);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}/pdf`,
      tags,
      middleware,
      summary: 'Get an invoice as PDF',
      description: 'Made on demand, the same bytes each time (R41).',
      request: { params: invoiceParams },
      responses: { 200: pdfAnswer('The invoice.'), ...problemAnswer },
    }),
    (context) => {
      const { invoiceId } = context.req.valid('param');
      accountOfInvoice(invoiceId, context.var.caller);
      return invoicePdfFile(invoiceId, dependencies);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}/lines.csv`,
      tags,
      middleware,
      summary: 'Get an invoice’s lines as CSV',
      request: { params: invoiceParams },
      responses: { 200: { description: 'All lines.', content: csvContent }, ...problemAnswer },
    }),
    (context) => {
      const { invoiceId } = context.req.valid('param');
      accountOfInvoice(invoiceId, context.var.caller);
      return invoiceLinesFile(invoiceId, dependencies);
    },
  );
}

function addCreditNote(routes: Api, dependencies: HttpDependencies): void {
  const { ledger } = dependencies;
  const middleware = allow('invoices.read', dependencies);
  const path = '/v1/credit-notes/{creditNoteId}';
  routes.openapi(
    createRoute({
      method: 'get',
      path,
      tags,
      middleware,
      summary: 'Get a credit note',
      request: { params: creditNoteParams },
      responses: { 200: jsonAnswer('The credit note.', creditNoteSchema), ...problemAnswer },
    }),
    async (context) => {
      const { creditNoteId } = context.req.valid('param');
      const accountId = accountOfCreditNote(creditNoteId, context.var.caller);
      const { note, account } = await readShownCreditNote(ledger, creditNoteId);
      return context.json(creditNoteAnswer(note, accountId, account.currency), 200);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: `${path}/pdf`,
      tags,
      middleware,
      summary: 'Get a credit note as PDF',
      request: { params: creditNoteParams },
      responses: { 200: pdfAnswer('The credit note.'), ...problemAnswer },
    }),
    (context) => {
      const { creditNoteId } = context.req.valid('param');
      accountOfCreditNote(creditNoteId, context.var.caller);
      return creditNotePdfFile(creditNoteId, dependencies);
    },
  );
}

/** An invoice with all it shows. Throws invoice_not_found. */
export async function wholeInvoice(
  invoiceId: string,
  dependencies: Pick<HttpDependencies, 'ledger' | 'nowMs' | 'policies'>,
): Promise<z.infer<typeof wholeInvoiceSchema>> {
  const shown = await readShownInvoice(dependencies.ledger, invoiceId);
  const { accountId, currency } = shown.account;
  const { nowMs } = await accountAndNow(accountId, dependencies);
  const moment = await readMoment(accountId, nowMs, dependencies);
  return {
    ...invoiceAnswer(shown.invoice, shown.account, moment),
    lines: shown.lines.map((line) => invoiceLineAnswer(line, currency)),
    credits: shown.credits.map((credit) => countedCreditAnswer(credit, currency)),
    creditNotes: shown.creditNotes.map((note) => creditNoteAnswer(note, accountId, currency)),
    replacedBy: shown.replacedBy?.invoiceId ?? null,
  };
}

/** What an account's invoices are told by at its own time `nowMs`. */
async function readMoment(
  accountId: string,
  nowMs: number,
  { ledger, policies }: Pick<HttpDependencies, 'ledger' | 'policies'>,
): Promise<PlanMoment> {
  const [payable, schedule] = await Promise.all([readPayable(ledger, accountId), policies.read()]);
  return { ...payable, nowMs, policy: policyAt(schedule, nowMs) };
}
