import { Agent, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import type { Change } from './journal.ts';
import type { Randomness } from './randomness.ts';
import type { Store } from './store.ts';
import { signatureHeader } from './webhook-signature.ts';
import { webhookEndpoints, webhookSecrets, type WebhookEndpoint } from './webhook-endpoint.ts';

/** How webhooks misbehave, until changed. Fractions are from 0 to 1, drawn from the seed. */
export interface WebhookBehaviour {
  /** Nothing is sent; what happens meanwhile waits. */
  isPaused: boolean;
  delayMs: number;
  /** How many are never sent. */
  lostFraction: number;
  /** How many are sent twice. */
  doubledFraction: number;
  /** That many are gathered (for at most a second) and sent in random order; 0 = as they come. */
  shuffledCount: number;
  /** How many are followed by one that says the opposite. */
  contradictedFraction: number;
  /** Signs with a secret that is no longer valid. */
  usesOldSecret: boolean;
  /** The first retry's delay; each later one waits three times as long, at most a minute. */
  retryBaseMs: number;
}

export const faultlessWebhooks: WebhookBehaviour = {
  isPaused: false,
  delayMs: 0,
  lostFraction: 0,
  doubledFraction: 0,
  shuffledCount: 0,
  contradictedFraction: 0,
  usesOldSecret: false,
  retryBaseMs: 250,
};

/** One event on its way to one endpoint. */
export interface Delivery {
  id: string;
  eventId: string;
  endpointId: string;
  attempts: number;
  /** The last answer's status, or why there was none; null before the first attempt. */
  lastResult: string | null;
  isLost: boolean;
}

const deliveries = 'delivery';
const mostRetryDelayMs = 60_000;
const mostAttempts = 16;
const mostAtOnce = 8;
const answerTimeoutMs = 10_000;
const gatheringMs = 1_000;
const oldSecret = 'whsec_retired0000000000000000000000';

/**
 * Sends stored events to the endpoints that want them, with retries, at least once: a delivery is
 * on disk with its event before it starts and leaves the disk when it was answered 2xx.
 */
export class Webhooks {
  behaviour: WebhookBehaviour = { ...faultlessWebhooks };
  readonly #store: Store;
  readonly #chance: Randomness;
  readonly #pending = new Map<string, Delivery>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: mostAtOnce });
  readonly #secureAgent = new SecureAgent({ keepAlive: true, maxSockets: mostAtOnce });
  #queue: Delivery[] = [];
  #gathered: Delivery[] = [];
  #running = 0;
  #finished: string[] = [];
  #isClosed = false;
  #waiters: (() => void)[] = [];

  constructor(store: Store, chance: Randomness) {
    this.#store = store;
    this.#chance = chance;
  }

  /** Takes up what an earlier run left undelivered. */
  resume(): void {
    for (const id of this.#store.ids(deliveries)) {
      const [eventId = '', endpointId = ''] = id.split('.');
      if (this.#store.has(deliveries, id)) this.#take(newDelivery(id, eventId, endpointId));
    }
  }

  /** The endpoints that want an event of this type. */
  endpointsFor(type: string): string[] {
    return this.#endpoints()
      .filter(({ status }) => status === 'enabled')
      .filter(({ enabled_events: wanted }) => wanted.includes('*') || wanted.includes(type))
      .map(({ id }) => id);
  }

  /** The change that puts a delivery on disk; `start` it once that is committed. */
  planned(eventId: string, endpointId: string, created: number): Change {
    const id = `${eventId}.${endpointId}`;
    const indexKeys = [`event=${eventId}`];
    return { table: deliveries, id, created, indexKeys, text: JSON.stringify({ id }) };
  }

  start(eventId: string, endpointId: string): void {
    const delivery = newDelivery(`${eventId}.${endpointId}`, eventId, endpointId);
    if (this.#chance.fraction() < this.behaviour.lostFraction) {
      this.#pending.set(delivery.id, { ...delivery, isLost: true });
      return;
    }
    this.#take(delivery);
    if (this.#chance.fraction() < this.behaviour.doubledFraction) this.#schedule(delivery, 0);
  }

  /** Sends an event once more, delivered or not, to every endpoint that wants it. */
  resend(eventId: string, type: string): void {
    for (const endpointId of this.endpointsFor(type)) {
      this.#take(newDelivery(`${eventId}.${endpointId}`, eventId, endpointId));
    }
  }

  behave(change: Partial<WebhookBehaviour>): WebhookBehaviour {
    this.behaviour = { ...this.behaviour, ...change };
    this.#pump();
    return this.behaviour;
  }

  pending(): Delivery[] {
    return [...this.#pending.values()];
  }

  pendingFor(eventId: string): number {
    return this.#store.ids(deliveries, `event=${eventId}`).length;
  }

  /** Whether an event will still be sent, to any endpoint, without being told to. */
  isOnItsWay(eventId: string): boolean {
    return this.#store.ids(deliveries, `event=${eventId}`).some((id) => {
      const delivery = this.#pending.get(id);
      return delivery !== undefined && !delivery.isLost && delivery.attempts < mostAttempts;
    });
  }

  /** The changes that forget an event's deliveries, lost ones and those given up. */
  abandoning(eventId: string): Change[] {
    return this.#store.ids(deliveries, `event=${eventId}`).map((id) => {
      this.#pending.delete(id);
      return { table: deliveries, id, created: 0, indexKeys: [], text: undefined };
    });
  }

  /** Resolves when nothing is on its way (what is lost or paused is not). */
  async settled(): Promise<void> {
    const isQuiet = () =>
      this.#running === 0 &&
      this.#timers.size === 0 &&
      this.#gathered.length === 0 &&
      (this.#queue.length === 0 || this.behaviour.isPaused);
    while (!this.#isClosed && !isQuiet()) await this.#change();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#agent.destroy();
    this.#secureAgent.destroy();
    this.#settleFinished();
    this.#wake();
  }

  #endpoints(): WebhookEndpoint[] {
    return this.#store
      .ids(webhookEndpoints.name)
      .map((id) => this.#store.text(webhookEndpoints.name, id))
      .filter((text) => text !== undefined)
      .map((text) => JSON.parse(text) as WebhookEndpoint);
  }

  #take(delivery: Delivery): void {
    this.#pending.set(delivery.id, delivery);
    const { delayMs, shuffledCount } = this.behaviour;
    if (shuffledCount > 1) this.#gather(delivery, shuffledCount);
    else this.#schedule(delivery, delayMs);
  }

  #gather(delivery: Delivery, count: number): void {
    this.#gathered.push(delivery);
    const release = () => {
      const released = this.#chance.shuffle(this.#gathered);
      this.#gathered = [];
      for (const one of released) this.#schedule(one, this.behaviour.delayMs);
    };
    if (this.#gathered.length >= count) release();
    else if (this.#gathered.length === 1) this.#after(gatheringMs, release);
  }

  #schedule(delivery: Delivery, delayMs: number): void {
    const enqueue = () => {
      this.#queue.push(delivery);
      this.#pump();
    };
    if (delayMs === 0) enqueue();
    else this.#after(delayMs, enqueue);
  }

  #after(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
      this.#wake();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }

  #pump(): void {
    while (!this.#isClosed && !this.behaviour.isPaused && this.#running < mostAtOnce) {
      const delivery = this.#queue.shift();
      if (delivery === undefined) break;
      this.#running += 1;
      this.#send(delivery, (result) => {
        this.#running -= 1;
        if (!this.#isClosed) this.#conclude(delivery, result);
        this.#pump();
        this.#wake();
      });
    }
  }

  #conclude(delivery: Delivery, result: string): void {
    delivery.attempts += 1;
    delivery.lastResult = result;
    if (/^2\d\d$/.test(result) || result === 'no endpoint') {
      this.#pending.delete(delivery.id);
      this.#finished.push(delivery.id);
      if (this.#finished.length === 1)
        setImmediate(() => {
          this.#settleFinished();
        });
    } else if (delivery.attempts < mostAttempts) {
      const delayMs = this.behaviour.retryBaseMs * 3 ** (delivery.attempts - 1);
      this.#schedule(delivery, Math.min(delayMs, mostRetryDelayMs));
    }
  }

  /** Takes the delivered ones off the disk, several at once. */
  #settleFinished(): void {
    const changes = this.#finished
      .filter((id) => this.#store.has(deliveries, id))
      .map((id) => ({ table: deliveries, id, created: 0, indexKeys: [], text: undefined }));
    this.#finished = [];
    this.#store.commit(changes);
  }

  #send({ eventId, endpointId }: Delivery, done: (result: string) => void): void {
    const payload = this.#store.text('event', eventId);
    const endpointText = this.#store.text(webhookEndpoints.name, endpointId);
    const secretText = this.#store.text(webhookSecrets.name, endpointId);
    if (payload === undefined || endpointText === undefined || secretText === undefined) {
      done('no endpoint');
      return;
    }
    const { url } = JSON.parse(endpointText) as WebhookEndpoint;
    const { secret } = JSON.parse(secretText) as { secret: string };
    // The receiver holds the signature's time against its own clock, so this is wall-clock time.
    const timeSeconds = Math.floor(Date.now() / 1000);
    const signer = this.behaviour.usesOldSecret ? oldSecret : secret;
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(payload),
      'stripe-signature': signatureHeader(payload, signer, timeSeconds),
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    };
    const isSecure = url.startsWith('https:');
    const options = { method: 'POST', headers, timeout: answerTimeoutMs };
    const request = isSecure
      ? httpsRequest(url, { ...options, agent: this.#secureAgent })
      : httpRequest(url, { ...options, agent: this.#agent });
    let isDone = false;
    const finish = (result: string) => {
      if (isDone) return;
      isDone = true;
      done(result);
    };
    request.on('response', (response) => {
      response.resume();
      response.on('close', () => {
        finish(String(response.statusCode));
      });
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error) => {
      finish(error.message);
    });
    request.end(payload);
  }

  /** Resolves when something was sent or came due. */
  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}

function newDelivery(id: string, eventId: string, endpointId: string): Delivery {
  return { id, eventId, endpointId, attempts: 0, lastResult: null, isLost: false };
}
