import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { processorClock } from '../../client/test-clock.ts';
import type { SolventClient } from '../../client/solvent-client.ts';
import { verifyWebhook } from '../../gateway/webhooks.ts';
import { AfterAnswer } from '../../http/after-answer.ts';
import { createApp } from '../../http/app.ts';
import type { HttpDependencies } from '../../http/dependencies.ts';
import { createApiKey, openApiKeys } from '../../ledger/api-keys.ts';
import type { Ledger } from '../../ledger/database.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { openPolicies } from '../../ledger/policies.ts';
import { openPrices } from '../../ledger/prices.ts';
import { openRefusalCounter } from '../../ledger/refusals.ts';
import { openUsageDesk } from '../../ledger/usage.ts';
import {
  startTestStack,
  testWebhookSecret,
  type TestStack,
  type TestStackOptions,
} from '../support/stack.ts';

/** Who sells in tests. */
export const testSeller = {
  name: 'Example Inference GmbH',
  addressLines: ['Torstraße 1', '10119 Berlin'],
  taxId: 'DE123456789',
  email: 'billing@inference.example',
};

const log = pino({ level: 'silent' });

/** The application with everything real behind it, listening on a port of its own. */
export interface RunningApp extends Pick<
  TestStack,
  'ledger' | 'sandbox' | 'mails' | 'temporal' | 'client' | 'createAccount' | 'workerSettings'
> {
  readonly url: string;
  readonly api: ApiCaller;
  readonly close: () => Promise<void>;
}

/** Starts ledger, sandbox, mailbox, worker and HTTP; Temporal is the run's unless one is given. */
export async function startRunningApp(
  options: Pick<TestStackOptions, 'temporalServer'> = {},
): Promise<RunningApp> {
  const { url, serveApp, stop } = await listen();
  const stack = await startTestStack({ publicUrl: url, ...options });
  const { ledger, client, sandbox, createAccount, workerSettings } = stack;
  const dependencies = dependenciesFor({ ledger, client, url, stripeApiBase: sandbox.url });
  serveApp(createApp(dependencies));
  return {
    ...{ url, ledger, sandbox, client, temporal: stack.temporal, api: apiCaller(url) },
    ...{ createAccount, workerSettings },
    mails: (to) => stack.mails(to),
    close: async () => {
      await stop();
      await dependencies.afterAnswer.settled();
      await dependencies.refusals.close();
      await stack.close();
    },
  };
}

/** What the application is made from in tests. */
export function dependenciesFor(parts: {
  ledger: Ledger;
  client: SolventClient;
  url: string;
  /** The sandbox's address. */
  stripeApiBase?: string;
}): HttpDependencies {
  return {
    ledger: parts.ledger,
    apiKeys: openApiKeys(parts.ledger),
    holds: openHoldDesk(parts.ledger),
    usage: openUsageDesk(parts.ledger, openPrices(parts.ledger)),
    refusals: openRefusalCounter(parts.ledger),
    client: parts.client,
    verifyWebhook: (rawBody, signature) => verifyWebhook(rawBody, signature, [testWebhookSecret]),
    settings: {
      publicUrl: parts.url,
      cardEntry: { kind: 'test_cards' },
      portalSessionMs: 3_600_000,
      firstOutcomeWaitMs: 10_000,
      seller: testSeller,
      loopbackWebhooksAllowed: true,
    },
    policies: openPolicies(parts.ledger),
    nowMs: () => Date.now(),
    processorClock: processorClock(parts.stripeApiBase),
    log,
    afterAnswer: new AfterAnswer(),
  };
}

/** A key with a role, made as the command line makes it. */
export async function keyWith(
  ledger: Ledger,
  role: Parameters<typeof createApiKey>[1]['role'],
  accountId: string | null = null,
): Promise<string> {
  const key = { role, accountId, name: `${role} of a test`, actor: 'test', nowMs: Date.now() };
  return (await createApiKey(ledger, key)).secret;
}

interface Call {
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export type ApiCaller = (method: string, path: string, call?: Call) => Promise<Answer>;

/** Calls the API over the network; every POST gets an idempotency key unless one is given. */
export function apiCaller(url: string): ApiCaller {
  return async (method, path, { key, body, headers = {} } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    };
  };
}

/** The address is needed to make the application, so the server listens first. */
async function listen() {
  let app: Pick<Hono, 'fetch'> | undefined;
  const server = serve({
    fetch: (request) => app?.fetch(request) ?? new Response('starting', { status: 503 }),
    hostname: '127.0.0.1',
    port: 0,
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    serveApp: (made: Pick<Hono, 'fetch'>) => {
      app = made;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
