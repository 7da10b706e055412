import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { keyDigest } from '../client/ids.ts';
import { failure, type Refusal } from '../domain/failures.ts';
import { creditNoteIdFor, isAccountId } from '../domain/ids.ts';
import { creditNoteAnswer } from '../domain/invoice-answer.ts';
import { issueCreditNote, replaceInvoice } from '../ledger/invoice-corrections.ts';
import { readPriceBook } from '../ledger/prices.ts';
import { readShownCreditNote } from '../ledger/shown-invoices.ts';
import { correctUsage } from '../ledger/usage-corrections.ts';
import { actorOf, assertMaySee } from './access.ts';
import { amountInput, decimal } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { creditNoteSchema, usageCorrectionSchema, wholeInvoiceSchema } from './invoice-resource.ts';
import { accountOfInvoice, invoiceParams, wholeInvoice } from './invoices.ts';
import { ProblemError, problemAnswer } from './problems.ts';
import { tellCollections } from './tell-collections.ts';
import { accountAndNow } from './statement-ranges.ts';
import {
  accountIdInput,
  idempotencyHeader,
  jsonAnswer,
  jsonBody,
  refuseInvalid,
  textInput,
} from './validation.ts';

const tags = ['Invoices'];
const mustBeEvents = 'must be a list of up to 100 ids of entries that charged usage';

const reasonInput = textInput(500);
const eventIdInput = z
  .int({ error: 'must be the id of a statement entry that charged usage' })
  .positive({ error: 'must be the id of a statement entry that charged usage' });

/** Operators correct: an issued invoice itself is never edited (R43, R46). */
export function invoiceCorrectionRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addVoid(routes, dependencies);
  addCreditNotes(routes, dependencies);
  addUsageCorrections(routes, dependencies);
  return routes;
}

function addVoid(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/invoices/{invoiceId}/void',
      tags,
      summary: 'Void an invoice and issue the one that stands for it',
      description:
        'Both in one transaction, from what is true now: business data, place of taxation, usage. ' +
        'The credits that the void one counted count again, and no others (R39); it keeps its ' +
        'number (R46). One that anything was paid or credited of is refused: `invoice_paid` (B10).',
      middleware: allow('invoices.correct', dependencies),
      request: {
        headers: idempotencyHeader,
        params: invoiceParams,
        body: jsonBody({
          reason: reasonInput.openapi({ description: 'For operators and the audit log.' }),
          corrects: z
            .array(eventIdInput, { error: mustBeEvents })
            .max(100, mustBeEvents)
            .default([])
            .openapi({ description: 'Charges of that month’s usage that are taken back with it.' }),
        }),
      },
      responses: {
        201: jsonAnswer('The invoice that stands for it.', wholeInvoiceSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      const { caller } = context.var;
      const accountId = accountOfInvoice(invoiceId, caller);
      const { reason, corrects } = context.req.valid('json');
      const asked = { accountId, invoiceId, reason, corrects };
      const outcome = await replaceInvoice(
        ledger,
        { ...asked, actor: actorOf(caller), nowMs: nowMs() },
        await policies.read(),
        await readPriceBook(ledger),
      );
      if (outcome.status === 'refused') throw await refused(outcome, accountId, dependencies);
      tellCollections([invoiceId], 'invoice', dependencies);
      return context.json(await wholeInvoice(outcome.invoiceId, dependencies), 201);
    },
  );
}

function addCreditNotes(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/invoices/{invoiceId}/credit-notes',
      tags,
      summary: 'Take a part of an invoice back',
      description:
        'Its tax follows. What is due is lowered first; what was paid of it goes back (R43). All ' +
        'credit notes together never exceed the invoice (B10).',
      middleware: allow('invoices.correct', dependencies),
      request: {
        headers: idempotencyHeader,
        params: invoiceParams,
        body: jsonBody({
          net: amountInput
            .refine((amount) => amount > 0, { error: 'must be above zero' })
            .openapi({ description: 'Without tax.' }),
          reason: reasonInput.openapi({ description: 'For the customer: the document shows it.' }),
        }),
      },
      responses: { 201: jsonAnswer('The credit note.', creditNoteSchema), ...problemAnswer },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      const { caller } = context.var;
      const accountId = accountOfInvoice(invoiceId, caller);
      const digest = keyDigest(context.req.valid('header')['idempotency-key']);
      const creditNoteId = creditNoteIdFor(accountId, digest);
      const outcome = await issueCreditNote(
        ledger,
        {
          accountId,
          invoiceId,
          creditNoteId,
          ...context.req.valid('json'),
          actor: actorOf(caller),
          nowMs: nowMs(),
        },
        await policies.read(),
      );
      if (outcome.status === 'refused') throw await refused(outcome, accountId, dependencies);
      tellCollections([invoiceId], 'invoice', dependencies);
      const { note, account } = await readShownCreditNote(ledger, creditNoteId);
      return context.json(creditNoteAnswer(note, accountId, account.currency), 201);
    },
  );
}

function addUsageCorrections(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, policies, nowMs } = dependencies;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/v1/usage-corrections',
      tags,
      summary: 'Take a charge of usage back',
      description:
        'All of it, once: what paid it gets it again (R43). What was right of it is reported anew, ' +
        'under new ids. What is owed for it on an issued invoice already answers ' +
        '`usage_already_invoiced`: that takes a credit note, or void with `corrects`.',
      middleware: allow('usage.correct', dependencies),
      request: {
        headers: idempotencyHeader,
        body: jsonBody({
          accountId: accountIdInput,
          eventId: eventIdInput.openapi({ description: 'The statement’s entry that charged it.' }),
          reason: reasonInput.openapi({ description: 'For operators and the audit log.' }),
        }),
      },
      responses: {
        201: jsonAnswer('What was given back.', usageCorrectionSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { caller } = context.var;
      const { accountId, eventId, reason } = context.req.valid('json');
      if (!isAccountId(accountId)) throw failure('account_not_found');
      assertMaySee(caller, accountId);
      const outcome = await correctUsage(
        ledger,
        { accountId, eventId, reason, actor: actorOf(caller), nowMs: nowMs() },
        await policies.read(),
        await readPriceBook(ledger),
      );
      if (outcome.status === 'refused') throw await refused(outcome, accountId, dependencies);
      const { currency } = (await accountAndNow(accountId, dependencies)).account;
      const { credits, unbilled } = outcome;
      return context.json(
        {
          accountId,
          eventId,
          currency: currency,
          credits: decimal(credits, currency),
          unbilled: decimal(unbilled, currency),
        },
        201,
      );
    },
  );
}

async function refused(
  { refusal }: { readonly refusal: Refusal },
  accountId: string,
  dependencies: HttpDependencies,
): Promise<ProblemError> {
  const { currency } = (await accountAndNow(accountId, dependencies)).account;
  return new ProblemError(refusal, { currencyCode: currency });
}
