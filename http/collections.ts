import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import {
  agingAges,
  agingAnswer,
  collectionAnswer,
  dueInvoiceAnswer,
} from '../domain/collection-answer.ts';
import {
  isRetrySchedule,
  mustBeRetrySchedule,
  type CollectionAction,
} from '../domain/collection-changes.ts';
import { accountOfId } from '../domain/ids.ts';
import { SolventError } from '../domain/failures.ts';
import { listDueInvoices, readAging, type DuePlace } from '../ledger/aging.ts';
import { readCollectionStory } from '../ledger/collection-story.ts';
import { actorOf } from './access.ts';
import { allow } from './authentication.ts';
import { agingSchema, collectionSchema, dueInvoiceSchema } from './collection-resource.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { accountOfInvoice, invoiceParams } from './invoices.ts';
import { listQuery, listSchema } from './lists.ts';
import { problemAnswer } from './problems.ts';
import { instantInput } from './statement-ranges.ts';
import { idempotencyHeader, jsonAnswer, jsonBody, refuseInvalid, textInput } from './validation.ts';

const tags = ['Collections'];

/** The cursor of a list of invoices. */
const placePattern = /^(\d{1,15})\.(inv_\w+)$/;

const reason = textInput(500).openapi({
  description: 'For operators and the audit log: no name or mail address.',
});

/** What is owed by invoices, and what operators do about one (R50). */
export function collectionRoutes(dependencies: HttpDependencies): Api {
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  addLists(routes, dependencies);
  addStory(routes, dependencies);
  for (const verb of verbs) addVerb(routes, verb, dependencies);
  return routes;
}

function addLists(routes: Api, dependencies: HttpDependencies): void {
  const { ledger, nowMs } = dependencies;
  const middleware = allow('collections.read', dependencies);
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/aging',
      tags,
      middleware,
      summary: 'See what is owed by invoices, by age',
      description: 'Of all accounts, for each currency; all buckets are what the books say.',
      responses: {
        200: jsonAnswer('One for each currency.', z.object({ data: z.array(agingSchema) })),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const aging = await readAging(ledger, { nowMs: nowMs() });
      return context.json({ data: aging.map(agingAnswer) }, 200);
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/collections',
      tags,
      middleware,
      summary: 'List invoices that are still to be paid, the oldest first',
      request: {
        query: listQuery(placePattern).extend({
          age: z
            .enum(agingAges, { error: `must be one of ${agingAges.join(', ')}` })
            .optional()
            .openapi({ description: 'Only those of this age.' }),
        }),
      },
      responses: {
        200: jsonAnswer('One page of invoices.', listSchema(dueInvoiceSchema)),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { age, cursor = '', limit } = context.req.valid('query');
      const bucket = age === undefined ? null : agingAges.indexOf(age);
      const query = { bucket, after: placeOf(cursor), nowMs: nowMs(), limit: limit + 1 };
      const rows = await listDueInvoices(ledger, query);
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      const nextCursor = last === undefined ? null : `${last.dueAtMs}.${last.invoiceId}`;
      return context.json({ data: page.map(dueInvoiceAnswer), nextCursor }, 200);
    },
  );
}

/** Null where there is none: then the list begins at its begin. */
function placeOf(cursor: string): DuePlace | null {
  const [, dueAt = '', invoiceId = ''] = placePattern.exec(cursor) ?? [];
  const accountId = accountOfId(invoiceId);
  return accountId === undefined ? null : { accountId, invoiceId, dueAtMs: Number(dueAt) };
}

function addStory(routes: Api, dependencies: HttpDependencies): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/v1/invoices/{invoiceId}/collection',
      tags,
      summary: 'See what is done about an unpaid invoice, and what was done',
      middleware: allow('collections.read', dependencies),
      request: { params: invoiceParams },
      responses: { 200: jsonAnswer('Its collection.', collectionSchema), ...problemAnswer },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      const accountId = accountOfInvoice(invoiceId, context.var.caller);
      return context.json(await showCollection({ accountId, invoiceId }, dependencies), 200);
    },
  );
}

async function showCollection(
  name: { accountId: string; invoiceId: string },
  { ledger, policies, nowMs }: HttpDependencies,
) {
  const asked = { ...name, nowMs: nowMs() };
  return collectionAnswer(await readCollectionStory(ledger, asked, await policies.read()));
}

interface Verb {
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly shape: z.ZodRawShape;
  /** What was sent has the verb's own shape by then. */
  readonly actionOf: (sent: Readonly<Record<string, unknown>>) => CollectionAction;
}

const days = z
  .array(z.int({ error: mustBeRetrySchedule }), { error: mustBeRetrySchedule })
  .refine(isRetrySchedule, { error: mustBeRetrySchedule })
  .nullable()
  .openapi({ example: [1, 3, 7, 14], description: 'Null: those of the policy again.' });

const verbs: readonly Verb[] = [
  {
    path: 'pause',
    summary: 'Charge nothing by itself until somebody resumes it',
    description:
      'Neither the due date nor the end of service comes nearer. The customer can still pay.',
    shape: { reason },
    actionOf: ({ reason: why }) => ({ kind: 'pause', reason: String(why) }),
  },
  {
    path: 'resume',
    summary: 'End an operator’s pause, or a promise, now',
    description: 'A dispute, or a difference in the books, ends by itself.',
    shape: {},
    actionOf: () => ({ kind: 'resume' }),
  },
  {
    path: 'promise',
    summary: 'Pause until the customer promised to have paid',
    description: 'At most 90 days ahead.',
    shape: { until: instantInput, reason },
    actionOf: (sent) => ({
      kind: 'promise',
      untilMs: Number(sent['until']),
      reason: String(sent['reason']),
    }),
  },
  {
    path: 'retry',
    summary: 'Charge the default card now, beside the schedule',
    description:
      'As soon as bank and card network allow it: the answer’s `next` tells when that is (R49).',
    shape: {},
    actionOf: () => ({ kind: 'retry_now' }),
  },
  {
    path: 'schedule',
    summary: 'Give the account other days for retries than the policy’s',
    description: 'For all its invoices: days after the first charge.',
    shape: { retryAfterDays: days },
    actionOf: (sent) => ({
      kind: 'schedule',
      retryAfterDays: sent['retryAfterDays'] as readonly number[] | null,
    }),
  },
  {
    path: 'write-off',
    summary: 'Collect it no longer: it becomes uncollectible',
    description: 'It is still owed, refuses service, and may still be paid (R50).',
    shape: { reason },
    actionOf: ({ reason: why }) => ({ kind: 'write_off', reason: String(why) }),
  },
  {
    path: 'forgive',
    summary: 'Let the customer owe it no longer; there is no way back',
    description: 'Nothing is due of it any more, and nothing was paid.',
    shape: { reason },
    actionOf: ({ reason: why }) => ({ kind: 'forgive', reason: String(why) }),
  },
];

function addVerb(routes: Api, verb: Verb, dependencies: HttpDependencies): void {
  const { path, summary, description, shape, actionOf } = verb;
  routes.openapi(
    createRoute({
      method: 'post',
      path: `/v1/invoices/{invoiceId}/collection/${path}`,
      tags,
      summary,
      description,
      middleware: allow('collections.operate', dependencies),
      request: { headers: idempotencyHeader, params: invoiceParams, body: jsonBody(shape) },
      responses: {
        200: jsonAnswer('The collection, as it is then.', collectionSchema),
        ...problemAnswer,
      },
    }),
    async (context) => {
      const { invoiceId } = context.req.valid('param');
      const { caller } = context.var;
      const accountId = accountOfInvoice(invoiceId, caller);
      // Also where there is no such invoice: a workflow is not started for one.
      const { number } = await showCollection({ accountId, invoiceId }, dependencies);
      const outcome = await dependencies.client.collections.operate({
        invoiceId,
        number,
        actor: actorOf(caller),
        action: actionOf(context.req.valid('json')),
        idempotencyKey: context.req.valid('header')['idempotency-key'],
      });
      if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
      return context.json(await showCollection({ accountId, invoiceId }, dependencies), 200);
    },
  );
}
