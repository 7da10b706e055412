import { createHash } from 'node:crypto';
import { Refusal } from './errors.ts';
import type { Change } from './journal.ts';
import type { Store } from './store.ts';
import { canonicalForm, type WireForm } from './wire.ts';

/** Stripe keeps keys at least this long; the sandbox forgets them then, to show who relied on it. */
const lifetimeSeconds = 24 * 3600;
const longestKey = 255;
const tableName = 'idempotency';

/** A stored first answer, given again to each repeat. */
export interface StoredAnswer {
  status: number;
  body: unknown;
  requestId: string;
}

interface StoredKey extends StoredAnswer {
  id: string;
  created: number;
  path: string;
  digest: string;
}

/** One request under an idempotency key. */
export interface KeyedRequest {
  key: string;
  path: string;
  digest: string;
}

export function keyedRequest(key: string, path: string, form: WireForm): KeyedRequest {
  if (key.length > longestKey) {
    const message = `Idempotency keys can be up to ${longestKey} characters long.`;
    throw new Refusal('idempotencyKeyLength', message);
  }
  const digest = createHash('sha256')
    .update(`${path} ${canonicalForm(form)}`)
    .digest('base64');
  return { key, path, digest };
}

/**
 * Idempotency as Stripe has it: the status and body of the first request are stored once its
 * endpoint began to execute, errors included; a repeat with other parameters is refused; a repeat
 * while the first still runs is a conflict.
 */
export class IdempotencyKeys {
  readonly #store: Store;
  readonly #inFlight = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The stored answer, if there is one to give again. */
  find(request: KeyedRequest, nowSeconds: number): StoredAnswer | undefined {
    const text = this.#store.text(tableName, recordId(request.key));
    if (text === undefined) return undefined;
    const stored = JSON.parse(text) as StoredKey;
    if (nowSeconds - stored.created >= lifetimeSeconds) return undefined;
    if (stored.path !== request.path) {
      throw new Refusal(
        'idempotencyReuse',
        'Keys for idempotent requests can only be used for the same endpoint they were first ' +
          `used for ('${request.path}' vs '${stored.path}'). Try using a key other than ` +
          `'${request.key}' if you meant to execute a different request.`,
      );
    }
    if (stored.digest !== request.digest) {
      throw new Refusal(
        'idempotencyReuse',
        'Keys for idempotent requests can only be used with the same parameters they were first ' +
          `used with. Try using a key other than '${request.key}' if you meant to execute a ` +
          'different request.',
      );
    }
    return stored;
  }

  /** Takes the key for a running request; call what is returned when it has been answered. */
  begin(key: string): () => void {
    if (this.#inFlight.has(key)) {
      throw new Refusal(
        'idempotencyInUse',
        'There is currently another in-progress request using this Idempotent Key (that probably ' +
          `means you submitted twice, and the other request is still going through): ${key}. ` +
          'Please try again later.',
      );
    }
    this.#inFlight.add(key);
    return () => this.#inFlight.delete(key);
  }

  /** The change that stores an answer; `bodyText` is JSON. */
  storing(
    { key, path, digest }: KeyedRequest,
    answer: { status: number; bodyText: string; requestId: string },
    nowSeconds: number,
  ): Change {
    const id = recordId(key);
    const head = JSON.stringify({
      id,
      created: nowSeconds,
      path,
      digest,
      status: answer.status,
      requestId: answer.requestId,
    });
    const text = `${head.slice(0, -1)},"body":${answer.bodyText}}`;
    const about = subjectOf(path, answer.bodyText);
    const indexKeys = about === undefined ? [] : [aboutKey(about)];
    return { table: tableName, id, created: nowSeconds, indexKeys, text };
  }

  /** The changes that forget keys older than a day of the sandbox's clock. */
  pruning(nowSeconds: number): Change[] {
    const changes: Change[] = [];
    for (const id of this.#store.ids(tableName)) {
      const created = this.#store.created(tableName, id);
      if (created === undefined) continue;
      if (nowSeconds - created < lifetimeSeconds) break;
      changes.push({ table: tableName, id, created, indexKeys: [], text: undefined });
    }
    return changes;
  }
}

/** The changes that forget the stored answers about an object. */
export function answersAbout(store: Store, objectId: string): Change[] {
  return store
    .ids(tableName, aboutKey(objectId))
    .map((id) => ({ table: tableName, id, created: 0, indexKeys: [], text: undefined }));
}

function aboutKey(objectId: string): string {
  return `about=${objectId}`;
}

const addressed = /^\/v1\/[a-z_/]+\/((?:pi|ch|re|cs_test)_[A-Za-z0-9]+)(?:\/|$)/;
const answered = /^\{"id":"((?:pi|ch|re|cs_test)_[A-Za-z0-9]+)"/;
const declined = /^\{"error":.*"payment_intent":\{"id":"(pi_[A-Za-z0-9]+)"/s;

/** What a payment's request was about: named in the address, answered, or shown with a decline. */
function subjectOf(path: string, bodyText: string): string | undefined {
  const found = addressed.exec(path) ?? answered.exec(bodyText) ?? declined.exec(bodyText);
  return found?.[1];
}

/** Keys are the caller's words; the journal's lines are cut at tabs and line ends. */
function recordId(key: string): string {
  return encodeURIComponent(key);
}
