import type { Answer } from './answers.ts';
import { refuseWithoutKey } from './authorization.ts';
import type { Clock } from './clock.ts';
import { contradictionOf } from './contradictions.ts';
import { documentationUrl, Refusal } from './errors.ts';
import { route, type Endpoint } from './endpoints.ts';
import { eventKeys, eventText, outdatedEvents } from './events.ts';
import type { FaultPlan, PlannedFault } from './faults.ts';
import { IdempotencyKeys, keyedRequest, type KeyedRequest } from './idempotency.ts';
import type { Change } from './journal.ts';
import { readFields } from './parameters.ts';
import type { Randomness } from './randomness.ts';
import { rateLimited, type RateLimits } from './rate-limits.ts';
import { render } from './rendering.ts';
import { idsIn, type RequestLog } from './request-log.ts';
import type { Retention } from './retention.ts';
import type { Store } from './store.ts';
import { Transaction, type Happening } from './transaction.ts';
import { versionOf, type ApiVersion } from './versions.ts';
import type { Webhooks } from './webhooks.ts';
import { decodeForm, type WireForm } from './wire.ts';

export interface ApiRequest {
  method: string;
  path: string;
  query: string;
  body: string;
  authorization: string | undefined;
  idempotencyKey: string | undefined;
  version: string | undefined;
  baseUrl: string;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  text: string;
  /** What is to go wrong in sending it. */
  fault: PlannedFault | undefined;
}

/** The connection is to be reset instead of an answer. */
export type ApiResult = ApiResponse | 'dropped';

/** What a request has become so far: filled in as it passes the gates. */
interface Progress {
  requestId: string;
  request: ApiRequest;
  form: WireForm;
  keyed: KeyedRequest | undefined;
  fault: PlannedFault | undefined;
  isReplay: boolean;
}

interface Parts {
  store: Store;
  clock: Clock;
  chance: Randomness;
  faults: FaultPlan;
  rateLimits: RateLimits;
  webhooks: Webhooks;
  log: RequestLog;
  retention: Retention;
}

const pruningInterval = 1000;

/** The API: from a request to its answer, through every gate in Stripe's order. */
export class Api {
  readonly #parts: Parts;
  readonly #keys: IdempotencyKeys;
  #handled = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#keys = new IdempotencyKeys(parts.store);
  }

  async handle(request: ApiRequest): Promise<ApiResult> {
    const { chance, faults } = this.#parts;
    const progress: Progress = {
      requestId: `req_${chance.letters(14)}`,
      request,
      form: {},
      keyed: undefined,
      fault: undefined,
      isReplay: false,
    };
    let release: (() => void) | undefined;
    try {
      const { endpoint, ids, version } = this.#admit(request, progress);
      if (request.method === 'POST' && request.idempotencyKey !== undefined) {
        progress.keyed = keyedRequest(request.idempotencyKey, request.path, progress.form);
        release = this.#keys.begin(request.idempotencyKey);
      }
      progress.fault = faults.strike(request.method, request.path, progress.form);
      const { fault } = progress;
      if (fault?.kind === 'drop_before') return this.#dropped(progress);
      if (fault?.kind === 'conflict_409') throw conflict(request.idempotencyKey);
      if (fault?.kind === 'rate_limit_429') throw rateLimited();
      if (fault?.kind === 'slow_start') await pause(fault.delayMs);
      const replayed = this.#replay(progress);
      const response = replayed ?? this.#execute(progress, endpoint, ids, version);
      if (fault?.kind === 'slow') await pause(fault.delayMs);
      return fault?.kind === 'drop_after' ? this.#dropped(progress) : response;
    } catch (error) {
      if (error instanceof Refusal) return this.#refused(progress, error);
      process.stderr.write(`sandbox: ${String((error as Error).stack)}\n`);
      const refusal = new Refusal('internal', 'An error occurred in the sandbox; see its output.');
      return this.#refused(progress, refusal);
    } finally {
      release?.();
    }
  }

  /** Runs a change outside any request (the page, the control surface): events and all. */
  perform<T>(action: (transaction: Transaction) => T): T {
    const transaction = this.#transaction({ id: null, idempotencyKey: null });
    const result = action(transaction);
    this.#commit(transaction, []);
    return result;
  }

  /** Forgets what is too old or too many, in memory and on disk. */
  prune(): void {
    const { store, clock, retention } = this.#parts;
    const now = clock.nowSeconds();
    store.commit([...this.#keys.pruning(now), ...outdatedEvents(store, now)]);
    retention.enforceNow();
    store.compactIfOutdated();
  }

  #admit(
    request: ApiRequest,
    progress: Progress,
  ): { endpoint: Endpoint; ids: string[]; version: ApiVersion } {
    refuseWithoutKey(request.authorization);
    const version = versionOf(request.version);
    const found = route(request.method, request.path);
    // Search queries and lists carry their parameters in the address, or in a body all the same.
    const encoded = [request.query, request.body].filter((part) => part !== '').join('&');
    progress.form = decodeForm(encoded);
    if (found === undefined) {
      const { method, path } = request;
      const message =
        `Unrecognized request URL (${method}: ${path}). The sandbox does not simulate it, or it ` +
        'does not exist.';
      throw new Refusal('urlUnknown', message);
    }
    const { rateLimits } = this.#parts;
    rateLimits.count(`${request.method} ${found.endpoint.path}`, Date.now());
    return { ...found, version };
  }

  #replay(progress: Progress): ApiResponse | undefined {
    if (progress.keyed === undefined) return undefined;
    const stored = this.#keys.find(progress.keyed, this.#parts.clock.nowSeconds());
    if (stored === undefined) return undefined;
    progress.isReplay = true;
    const response = this.#respond(progress, stored.status, JSON.stringify(stored.body));
    response.headers['idempotent-replayed'] = 'true';
    response.headers['original-request'] = stored.requestId;
    return response;
  }

  #execute(
    progress: Progress,
    endpoint: Endpoint,
    ids: string[],
    version: ApiVersion,
  ): ApiResponse {
    const { request, fault, requestId } = progress;
    const parameters = readFields(endpoint.fields, progress.form) as { expand?: string[] };
    const key = request.idempotencyKey ?? null;
    const transaction = this.#transaction({ id: requestId, idempotencyKey: key });
    if (fault?.kind === 'error_500') return this.#storedFailure(progress, transaction);
    let answered: { status: number; text: string };
    let kept = transaction;
    try {
      const call = { transaction, parameters, path: ids, version, baseUrl: request.baseUrl };
      const answer: Answer = endpoint.run(call as never);
      answered = render(answer, transaction, parameters.expand ?? [], (id) =>
        this.#parts.webhooks.pendingFor(id),
      );
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // The endpoint began to execute: its refusal is stored under the key, nothing else is kept.
      kept = this.#transaction(transaction.request);
      answered = { status: error.status, text: JSON.stringify({ error: error.body() }) };
    }
    if (fault?.kind === 'error_500_after') return this.#storedFailure(progress, kept);
    this.#commit(kept, this.#storing(progress, answered.status, answered.text));
    return this.#respond(progress, answered.status, answered.text);
  }

  #storedFailure(progress: Progress, transaction: Transaction): ApiResponse {
    const failure = new Refusal(
      'internal',
      'An unknown error occurred. Please try again later or contact support.',
    );
    const text = JSON.stringify({ error: failure.body() });
    this.#commit(transaction, this.#storing(progress, 500, text));
    return this.#respond(progress, 500, text);
  }

  #storing(progress: Progress, status: number, bodyText: string): Change[] {
    const { keyed, requestId } = progress;
    if (keyed === undefined) return [];
    const answer = { status, bodyText, requestId };
    return [this.#keys.storing(keyed, answer, this.#parts.clock.nowSeconds())];
  }

  #transaction(mark: { id: string | null; idempotencyKey: string | null }): Transaction {
    const { store, chance, clock } = this.#parts;
    return new Transaction(store, chance, clock.nowSeconds(), mark);
  }

  /** One write: objects, their events, the events' deliveries and the stored answer. */
  #commit(transaction: Transaction, others: Change[]): void {
    const { store, webhooks } = this.#parts;
    const changes = [...transaction.changes(), ...others];
    const started: [string, string][] = [];
    const created = transaction.nowSeconds;
    for (const happening of this.#withContradictions(transaction.happenings)) {
      const id = transaction.newId('evt');
      const wanting = webhooks.endpointsFor(happening.type);
      const text = eventText(id, happening, created, wanting.length, transaction.request);
      const about = /^\{"id":"([^"]*)"/.exec(happening.objectText)?.[1] ?? '';
      const indexKeys = eventKeys(happening.type, about);
      changes.push({ table: 'event', id, created, indexKeys, text });
      for (const endpointId of wanting) {
        changes.push(webhooks.planned(id, endpointId, created));
        started.push([id, endpointId]);
      }
    }
    store.commit(changes);
    for (const [eventId, endpointId] of started) webhooks.start(eventId, endpointId);
    this.#parts.retention.enforce();
    this.#handled += 1;
    if (this.#handled % pruningInterval === 0) this.prune();
  }

  #withContradictions(happenings: readonly Happening[]): readonly Happening[] {
    const { chance, webhooks } = this.#parts;
    const { contradictedFraction: fraction } = webhooks.behaviour;
    if (fraction === 0) return happenings;
    return happenings.flatMap((happening) => {
      const opposite = chance.fraction() < fraction ? contradictionOf(happening) : undefined;
      return opposite === undefined ? [happening] : [happening, opposite];
    });
  }

  #refused(progress: Progress, refusal: Refusal): ApiResponse {
    const body = refusal.body();
    const response = this.#respond(progress, refusal.status, JSON.stringify({ error: body }));
    if (refusal.kind === 'rateLimit') {
      response.headers['stripe-rate-limited-reason'] = 'global-rate';
    }
    return response;
  }

  #respond(progress: Progress, status: number, text: string): ApiResponse {
    const { request, requestId, fault } = progress;
    this.#note(progress, status, text);
    return {
      status,
      headers: {
        'content-type': 'application/json',
        'request-id': requestId,
        'stripe-version': request.version ?? versionOf(undefined),
        ...(request.idempotencyKey === undefined
          ? {}
          : { 'idempotency-key': encodeURI(request.idempotencyKey) }),
        ...(fault?.shouldRetry === undefined
          ? {}
          : { 'stripe-should-retry': String(fault.shouldRetry) }),
      },
      text,
      fault,
    };
  }

  #dropped(progress: Progress): 'dropped' {
    this.#note(progress, 0, '');
    return 'dropped';
  }

  #note(progress: Progress, status: number, text: string): void {
    const { request, form, requestId, fault, isReplay } = progress;
    const objects = idsIn(`${request.path} ${JSON.stringify(form)} ${text.slice(0, 60)}`);
    this.#parts.log.add({
      id: requestId,
      timeMs: this.#parts.clock.nowMs(),
      method: request.method,
      path: request.path,
      parameters: form,
      version: request.version ?? null,
      idempotencyKey: request.idempotencyKey ?? null,
      status,
      error: status >= 400 ? errorOf(text) : null,
      fault: fault?.kind ?? null,
      isReplay,
      objects,
    });
  }
}

function conflict(key: string | undefined): Refusal {
  const message =
    'There is currently another in-progress request using this Idempotent Key (that probably ' +
    `means you submitted twice, and the other request is still going through): ${key ?? ''}. ` +
    'Please try again later.';
  return new Refusal('idempotencyInUse', message, undefined, {
    doc_url: documentationUrl('idempotency_key_in_use'),
  });
}

function errorOf(text: string): string | null {
  const { error } = JSON.parse(text) as {
    error?: { code?: string; decline_code?: string; type?: string };
  };
  return error?.decline_code ?? error?.code ?? error?.type ?? null;
}

async function pause(delayMs = 1_000): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
}
