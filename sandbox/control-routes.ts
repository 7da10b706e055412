import type { Controls } from './controls.ts';
import { Refusal } from './errors.ts';
import { faultKinds, type Fault } from './faults.ts';
import { tokens } from './cards.ts';
import type { WebhookBehaviour } from './webhooks.ts';

type Body = Record<string, unknown>;
type Route = (controls: Controls, body: Body, id: string) => unknown;

/** The control surface over HTTP: JSON in, JSON out, below `/_sandbox/`; `*` stands for an id. */
export const controlRoutes: Record<string, Route> = {
  'GET clock': (controls) => ({ now_ms: controls.nowMs() }),
  'POST clock/set': (controls, { time_ms: timeMs }) => {
    controls.setClock(numberOf(timeMs, 'time_ms'));
    return { now_ms: controls.nowMs() };
  },
  'POST clock/advance': (controls, { duration_ms: durationMs }) => {
    controls.advanceClock(numberOf(durationMs, 'duration_ms'));
    return { now_ms: controls.nowMs() };
  },

  'GET faults': (controls) => controls.faults(),
  'POST faults': (controls, body) => controls.planFault(faultOf(body)),
  'DELETE faults': (controls) => {
    controls.clearFaults();
    return { cleared: true };
  },
  'DELETE faults/*': (controls, _body, id) => ({ removed: controls.removeFault(id) }),
  'POST rate-limits': (controls, { on }) => {
    controls.limitRates(on === true);
    return { on: on === true };
  },

  'POST search-lag': (controls, { seconds }) => {
    controls.delaySearch(numberOf(seconds, 'seconds'));
    return { seconds };
  },

  'GET webhooks': (controls) => controls.webhookBehaviour(),
  'POST webhooks': (controls, body) => controls.behaveWebhooks(behaviourOf(controls, body)),
  'GET webhooks/pending': (controls) => controls.pendingWebhooks(),
  'POST events/*/resend': (controls, _body, id) => ({ sent: controls.resendEvent(id) }),

  'GET requests': (controls) => controls.requests(),
  'GET requests/*': (controls, _body, id) => controls.requestsAbout(id),
  'GET objects/*': (controls, _body, kind) => controls.objects(kind),
  'GET tokens': () => tokens(),
  'GET process': (controls) => {
    // There when Node was started with --expose-gc: then the figures are of what is really held.
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      memory_bytes: rss,
      heap_bytes: heapUsed,
      cpu_ms: (user + system) / 1000,
      journal_bytes: controls.journalBytes(),
    };
  },

  'GET waiting': (controls) => controls.waitingIntents(),
  'POST authentications/*/complete': (controls, _body, id) => ({
    return_url: controls.answerAuthentication(id, true),
  }),
  'POST authentications/*/fail': (controls, _body, id) => ({
    return_url: controls.answerAuthentication(id, false),
  }),
  'POST payment-intents/*/settle': (controls, { decline_code: code }, id) => {
    controls.settleProcessing(id, typeof code === 'string' ? code : null);
    return { settled: true };
  },
  'POST cards/*/script': (controls, { steps }, id) => {
    controls.scriptCard(id, listOf(steps, 'steps'));
    return { steps };
  },
  'POST cards/*/expire': (controls, { time_seconds: time }, id) => {
    controls.expireCardOn(id, time === null ? null : numberOf(time, 'time_seconds'));
    return { time_seconds: time };
  },
  'POST cards/*/update': (controls, body, id) =>
    controls.updateCard(id, {
      expMonth: optional(body['exp_month'], numberOf, 'exp_month'),
      expYear: optional(body['exp_year'], numberOf, 'exp_year'),
      last4: optional(body['last4'], textOf, 'last4'),
      funding: optional(body['funding'], textOf, 'funding'),
    }),
};

/** Answers a request below `/_sandbox/`; undefined when there is no such route. */
export function control(
  controls: Controls,
  method: string,
  path: string,
  body: string,
): { status: number; value: unknown } | undefined {
  const segments = path.split('/');
  for (const [name, route] of Object.entries(controlRoutes)) {
    const [routeMethod, pattern = ''] = name.split(' ');
    const parts = pattern.split('/');
    if (routeMethod !== method || parts.length !== segments.length) continue;
    if (!parts.every((part, at) => part === '*' || part === segments[at])) continue;
    const id = decodeURIComponent(segments[parts.indexOf('*')] ?? '');
    try {
      const given: unknown = body === '' ? {} : JSON.parse(body);
      return { status: 200, value: route(controls, given as Body, id) };
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, value: { error: error.body() } };
      if (error instanceof SyntaxError) return { status: 400, value: { error: error.message } };
      throw error;
    }
  }
  return undefined;
}

function faultOf(body: Body): Fault {
  const kind = faultKinds.find((known) => known === body['kind']);
  if (kind === undefined) throw invalid('kind', `one of ${faultKinds.join(', ')}`);
  const shouldRetry = body['should_retry'];
  return {
    kind,
    method: optional(body['method'], textOf, 'method'),
    path: optional(body['path'], textOf, 'path'),
    object: optional(body['object'], textOf, 'object'),
    times: optional(body['times'], numberOf, 'times'),
    probability: optional(body['probability'], numberOf, 'probability'),
    delayMs: optional(body['delay_ms'], numberOf, 'delay_ms'),
    shouldRetry: typeof shouldRetry === 'boolean' ? shouldRetry : undefined,
  };
}

/** Keys as in WebhookBehaviour, each of the kind that it has there. */
function behaviourOf(controls: Controls, body: Body): Partial<WebhookBehaviour> {
  const known = controls.webhookBehaviour() satisfies object as unknown as Body;
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== typeof known[name]) throw invalid(name, `a ${typeof known[name]}`);
  }
  return body;
}

function optional<T>(
  value: unknown,
  read: (value: unknown, name: string) => T,
  name: string,
): T | undefined {
  return value === undefined || value === null ? undefined : read(value, name);
}

function numberOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(name, 'a number');
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw invalid(name, 'a text');
}

function listOf(value: unknown, name: string): string[] {
  if (Array.isArray(value)) return value.map((one) => textOf(one, name));
  throw invalid(name, 'a list of texts');
}

function invalid(name: string, wanted: string): Refusal {
  return new Refusal('parameterInvalid', `${name} must be ${wanted}`, name);
}
