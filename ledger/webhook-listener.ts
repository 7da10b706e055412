import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { databaseError } from './errors.ts';
import { webhooksChannel } from './webhook-messages.ts';

export interface WebhookListenerOptions {
  /** postgres://solvent_app@host:5432/database; not through a pooler, which drops LISTEN. */
  readonly url: string;
  /** Told each endpoint that has something to be sent, once that is committed. */
  readonly onEndpoint: (endpointId: string) => void;
  /** Told of connections that break; they are made again. */
  readonly onConnectionError: (error: Error) => void;
}

export interface WebhookListener {
  close(): Promise<void>;
}

/** A number of our own, under which one process at a time listens. */
const listenerLock = 6_300_163;
const lockEveryMs = 5_000;
const reconnectEveryMs = 2_000;

/**
 * Listens for endpoints that have something to be sent. Of all processes that call this, one is
 * told at a time: the lock ends with its connection. What is told while nobody listens is lost;
 * the sweep finds it a minute later.
 */
export function listenForWebhooks(options: WebhookListenerOptions): WebhookListener {
  const closing = new AbortController();
  const running = keepListening(options, closing.signal);
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}

async function keepListening(options: WebhookListenerOptions, closing: AbortSignal) {
  const isOver = () => closing.aborted;
  while (!isOver()) {
    try {
      await listenOnce(options, closing);
    } catch (error) {
      if (isOver()) return;
      options.onConnectionError(databaseError(error));
    }
    await pause(reconnectEveryMs, closing);
  }
}

/** Ends with the connection; throws where it broke. */
async function listenOnce(
  { url, onEndpoint }: WebhookListenerOptions,
  closing: AbortSignal,
): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'solvent webhooks',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  const ended = new Promise<void>((resolve, reject) => {
    client.on('error', reject);
    client.on('end', resolve);
  });
  ended.catch(() => undefined); // Seen by whoever waits below.
  const end = () => void client.end().catch(() => undefined);
  client.on('notification', ({ payload }) => {
    if (payload !== undefined) onEndpoint(payload);
  });
  try {
    closing.addEventListener('abort', end);
    await client.connect();
    while (!(await hasLock(client))) await Promise.race([pause(lockEveryMs, closing), ended]);
    await client.query(`listen ${webhooksChannel}`);
    await ended;
  } finally {
    closing.removeEventListener('abort', end);
    end();
  }
}

async function hasLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    'select pg_try_advisory_lock($1) as held',
    [listenerLock],
  );
  return rows[0]?.held === true;
}

async function pause(durationMs: number, closing: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal: closing, ref: false }).catch(() => undefined);
}
