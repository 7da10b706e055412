import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { failure } from '../domain/failures.ts';
import type { UsageAnswer } from '../domain/usage.ts';
import { readUsageEvent } from '../domain/usage-report.ts';
import { usageKeyOf } from '../ledger/usage-key.ts';
import type { ReportedEvent, UsageReport } from '../ledger/usage.ts';
import type { Caller } from './access.ts';
import { decimal } from './amounts.ts';
import { allow } from './authentication.ts';
import type { Api, ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { problemAnswer } from './problems.ts';
import {
  mostEvents,
  usageEventSchema,
  usageReportSchema,
  type UsageReportResource,
  type UsageResult,
} from './usage-resource.ts';
import { jsonAnswer, refuseInvalid } from './validation.ts';

/** Its body limit is its own: a thousand events are more than other calls may send. */
export const usagePath = '/v1/usage';
export const usageBodyLimitBytes = 10_000_000;

const batchSchema = z.array(usageEventSchema).min(1).max(mostEvents);

const reporting = createRoute({
  method: 'post',
  path: usagePath,
  tags: ['Usage'],
  summary: 'Report usage: one event, or up to 1,000',
  description:
    'CloudEvents 1.0 in JSON. Each event is charged once by its id and source, at the price of ' +
    'its time, and answered for itself: a bad one keeps none of the others out. The same id with ' +
    'another time, model or quantity is a conflict and never a second charge. Usage may be told ' +
    'up to 92 days late. Where there was no answer, send the same again.',
  request: {
    body: {
      required: true,
      content: {
        'application/cloudevents+json': { schema: usageEventSchema },
        'application/cloudevents-batch+json': { schema: batchSchema },
        'application/json': { schema: z.union([usageEventSchema, batchSchema]) },
      },
    },
  },
  responses: {
    200: jsonAnswer('What became of each event.', usageReportSchema),
    ...problemAnswer,
  },
});

/** What was used, told by gateways (R66). */
export function usageRoutes(dependencies: HttpDependencies): Api {
  const { usage, policies, nowMs } = dependencies;
  const routes: Api = new OpenAPIHono<ApiEnvironment>({ defaultHook: refuseInvalid });
  // Events are read by hand: checking a thousand by their schema takes longer than charging them.
  routes.openAPIRegistry.registerPath({ ...reporting });
  routes.post(usagePath, allow('usage.report', dependencies), async (context) => {
    const read = readAll(await readEvents(context), context.var.caller);
    const events = read.flatMap((one) => (one.status === 'read' ? [one.event] : []));
    const report =
      events.length === 0
        ? { answers: [], charged: [] }
        : await usage.report({ events, policies: await policies.read(), nowMs: nowMs() });
    return context.json(resourceOf(read, report), 200);
  });
  return routes;
}

/** The list of events, whichever way it was sent. Throws body_malformed, invalid_request. */
async function readEvents(context: Context<ApiEnvironment>): Promise<readonly unknown[]> {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/(json|cloudevents(-batch)?\+json)$/.test(type)) {
    const allowed = 'application/cloudevents+json, application/cloudevents-batch+json';
    throw failure('body_malformed', `Send it as Content-Type: ${allowed} or application/json.`);
  }
  const body = parseJson(await context.req.text());
  const isBatch = Array.isArray(body);
  if (isBatch !== (type === 'application/cloudevents-batch+json') && type !== 'application/json') {
    const what = isBatch ? 'one event, and not a list' : 'a list of events';
    throw failure('body_malformed', `With Content-Type: ${type} it is ${what}.`);
  }
  if (!isBatch) return [body];
  if (body.length >= 1 && body.length <= mostEvents) return body as unknown[];
  throw failure(
    'invalid_request',
    `A list has 1 to ${mostEvents} events; this has ${body.length}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw failure('body_malformed', `${(error as Error).message}.`);
  }
}

type ReadEvent =
  | { readonly status: 'read'; readonly id: string; readonly event: ReportedEvent }
  | { readonly status: 'refused'; readonly result: UsageResult };

function readAll(events: readonly unknown[], caller: Caller): ReadEvent[] {
  return events.map((json, index) => {
    const read = readUsageEvent(json);
    if (read.status === 'refused') {
      const reason = `events[${index}]: ${read.message}`;
      const refused = { id: read.id, status: 'rejected', code: 'invalid_request', reason } as const;
      return { status: 'refused', result: refused };
    }
    const { id, source, ...told } = read.usage;
    if (caller.accountId !== null && caller.accountId !== told.accountId) {
      // As for an account that does not exist: a key says nothing about others.
      const { code, message } = failure('account_not_found');
      return { status: 'refused', result: { id, status: 'rejected', code, reason: message } };
    }
    return { status: 'read', id, event: { ...told, usageKey: usageKeyOf({ id, source }) } };
  });
}

function resourceOf(read: readonly ReadEvent[], report: UsageReport): UsageReportResource {
  const answers = report.answers.values();
  const results = read.map((one) => {
    if (one.status === 'refused') return one.result;
    const answer = answers.next().value;
    if (answer === undefined) throw new Error('an event was reported and not answered');
    return resultOf(one.id, answer);
  });
  const accounts = report.charged.map(({ account: { accountId, currency }, ...amounts }) => {
    const charged = decimal(amounts.charged, currency);
    const writtenOff = decimal(amounts.writtenOff, currency);
    return { account: accountId, currency, charged, writtenOff };
  });
  return { results, accounts };
}

function resultOf(id: string, answer: UsageAnswer): UsageResult {
  switch (answer.status) {
    case 'accepted':
      return { id, status: 'accepted', ...(answer.hold !== null && { hold: answer.hold }) };
    case 'duplicate':
      return { id, status: 'duplicate' };
    case 'conflict':
    case 'rejected': {
      const { code, message } = answer.refusal;
      return { id, status: answer.status, code, reason: message };
    }
  }
}
