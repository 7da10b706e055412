import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Api } from './api.ts';
import { Clock } from './clock.ts';
import { control } from './control-routes.ts';
import { configureEndpoints } from './configured-endpoints.ts';
import { Controls } from './controls.ts';
import { FaultPlan } from './faults.ts';
import { page } from './pages.tsx';
import { Randomness } from './randomness.ts';
import { RateLimits } from './rate-limits.ts';
import { RequestLog } from './request-log.ts';
import { defaultMostPayments, Retention } from './retention.ts';
import { send } from './sending.ts';
import { Store } from './store.ts';
import { Webhooks } from './webhooks.ts';

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  port?: number | undefined;
  /** Defaults to 127.0.0.1: the sandbox has no business on a network. */
  host?: string | undefined;
  /** Where everything is kept over restarts; without it, nothing is. */
  dataFolder?: string | undefined;
  /** Endpoints that get every event, beside those made through the API. */
  webhooks?: { url: string; secret: string }[] | undefined;
  /** Makes ids, fault draws and shuffles repeat from run to run. */
  seed?: number | undefined;
  /** How many PaymentIntents are kept (retention.ts); defaults to 50,000. */
  mostPayments?: number | undefined;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  controls: Controls;
  close: () => Promise<void>;
}

const mostBodyBytes = 1 << 20;

/** Starts a stand-in for Stripe on loopback. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const store = new Store(options.dataFolder);
  const chance = new Randomness(options.seed, store.journalBytes);
  const clock = new Clock(Date.now);
  const faults = new FaultPlan(chance);
  const rateLimits = new RateLimits();
  const webhooks = new Webhooks(store, chance);
  const log = new RequestLog();
  const mostPayments = options.mostPayments ?? defaultMostPayments;
  const retention = new Retention({ store, webhooks, log }, mostPayments);
  const api = new Api({ store, clock, chance, faults, rateLimits, webhooks, log, retention });
  const controls = new Controls({ api, store, clock, faults, rateLimits, webhooks, log });
  configureEndpoints(store, options.webhooks ?? [], clock.nowSeconds());
  webhooks.resume();
  api.prune();

  const host = options.host ?? '127.0.0.1';
  let url = '';
  const server = createServer((request, response) => {
    answer({ api, controls, url }, request, response).catch((error: unknown) => {
      process.stderr.write(`sandbox: ${String((error as Error).stack)}\n`);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.port ?? 0, host);
  url = `http://${host}:${port}`;
  return {
    url,
    port,
    controls,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      webhooks.close();
      store.close();
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

interface Served {
  api: Api;
  controls: Controls;
  url: string;
}

async function answer(
  { api, controls, url }: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) {
    respond(response, 413, 'text/plain; charset=utf-8', 'The body is too large.');
    return;
  }
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  const method = request.method ?? 'GET';
  if (path.startsWith('/v1/') || path.startsWith('/v2/')) {
    const { headers } = request;
    const result = await api.handle({
      method,
      path,
      query,
      body,
      authorization: headers.authorization,
      idempotencyKey: oneOf(headers['idempotency-key']),
      version: oneOf(headers['stripe-version']),
      baseUrl: url,
    });
    send(response, result);
  } else if (path.startsWith('/_sandbox/')) {
    const result = control(controls, method, path.slice('/_sandbox/'.length), body);
    const { status, value } = result ?? { status: 404, value: { error: 'no such control' } };
    respond(response, status, 'application/json', JSON.stringify(value));
  } else {
    const shown = page(controls, method, path, new URLSearchParams(body));
    if (shown.location !== undefined) response.setHeader('location', shown.location);
    respond(response, shown.status, 'text/html; charset=utf-8', shown.html);
  }
}

function respond(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
