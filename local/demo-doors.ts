import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { closeTemporal, connectTemporal } from '../client/connect.ts';
import type { Collections } from '../client/collections.ts';
import { SolventClient } from '../client/solvent-client.ts';
import { runningStackFile } from '../config.ts';
import { SolventError } from '../domain/failures.ts';
import { readState } from './state-file.ts';

/** Something about the stack keeps the month from being played; the message says what to do. */
export class DemoError extends Error {}

/** Whose API key a call carries: each may do what its role may. */
export type Caller = 'backend' | 'gateway' | 'operator';

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
}

type Method = 'GET' | 'POST' | 'PATCH';

/** The public ways into a running stack, and where a person looks at what became. */
export interface Doors {
  /** Calls the HTTP API; any status is an answer. */
  ask<Body>(caller: Caller, method: Method, path: string, body?: object): Promise<Answer<Body>>;
  /** The same; everything but success is thrown. */
  call<Body>(caller: Caller, method: Method, path: string, body?: object): Promise<Body>;
  /** The header that calls of files carry. */
  keyOf(caller: Caller): Record<string, string>;
  /** Runs `npx solvent … --json`. */
  solvent<Result>(...args: readonly string[]): Promise<Result>;
  /** Asks the stand-in for Stripe: its API, or its own control surface. */
  sandbox<Body>(method: 'GET' | 'POST', path: string, body?: object): Promise<Body>;
  readonly collections: Collections;
  /** Has the sweep come now, as "Trigger" of its Schedule in the Temporal UI does. */
  sweep(): Promise<void>;
  /** Makes keys for the gateway and the operator, good for this account alone. */
  cutKeys(accountId: string): Promise<void>;
  readonly publicUrl: string;
  readonly sandboxUrl: string;
  /** Undefined where mails go elsewhere. */
  readonly mailboxUrl: string | undefined;
  workflowUrl(workflowId: string): string;
  /** Ends the keys that were made. */
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '..');

/** Opens the doors of the stack that runs on a data folder. Throws DemoError. */
export function openDoors(folder: string): Doors {
  const settings = readSettings(folder);
  const { apiKey } = readState<{ apiKey: string }>(join(folder, 'demonstration.json'));
  const publicUrl = settings['PUBLIC_URL'] ?? '';
  const sandboxUrl = settings['STRIPE_API_BASE'];
  if (sandboxUrl === undefined || apiKey === undefined) throw new DemoError(needsSandbox);
  const temporal = connectTemporal(settings);
  const client = new SolventClient({ temporal, publicUrl });
  const keys = new Map<Caller, string>([['backend', apiKey]]);
  const made: string[] = [];
  const solvent = <Result>(...args: readonly string[]) => runSolvent<Result>(args, settings);
  const ask: Doors['ask'] = <Body>(caller: Caller, method: Method, path: string, body?: object) =>
    untilAnswered<Body>({ url: publicUrl + path, key: keys.get(caller) ?? '', method, body });
  const temporalUi = settings['TEMPORAL_UI_URL'];
  const namespace = settings['TEMPORAL_NAMESPACE'] ?? 'default';
  return {
    ask,
    solvent,
    publicUrl,
    sandboxUrl,
    collections: client.collections,
    mailboxUrl: mailboxUrlOf(folder, settings),
    keyOf: (caller) => ({ authorization: `Bearer ${keys.get(caller) ?? ''}` }),
    async call<Body>(caller: Caller, method: Method, path: string, body?: object) {
      const answer = await ask<Body>(caller, method, path, body);
      if (answer.status < 300) return answer.body;
      const said = JSON.stringify(answer.body);
      throw new DemoError(`${method} ${path} was answered ${answer.status}: ${said}`);
    },
    async sandbox<Body>(method: 'GET' | 'POST', path: string, body?: object) {
      const key = settings['STRIPE_SECRET_KEY'] ?? '';
      return (await callApi<Body>({ url: sandboxUrl + path, key, method, body })).body;
    },
    sweep: () => temporal.schedule.getHandle('sweep').trigger(ScheduleOverlapPolicy.SKIP),
    async cutKeys(accountId) {
      const cut = async (caller: Caller, role: string) => {
        const name = ['--account', accountId, '--name', `npm run demo: ${caller}`];
        const key = await solvent<ApiKey>('api-keys', 'create', '--role', role, ...name);
        keys.set(caller, key.secret);
        made.push(key.id);
      };
      await Promise.all([cut('gateway', 'service'), cut('operator', 'operator')]);
    },
    workflowUrl: (workflowId) =>
      temporalUi === undefined
        ? `temporal workflow show --workflow-id ${workflowId}`
        : `${temporalUi}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`,
    async close() {
      await Promise.all(made.map((keyId) => solvent('api-keys', 'revoke', keyId)));
      await closeTemporal(temporal);
    },
  };
}

interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

const needsSandbox =
  'The demo moves time on and plays with test cards, which takes the embedded stack’s stand-in ' +
  'for Stripe. Start it without STRIPE_SECRET_KEY: unset it, stop the stack, `npm start`.';

function readSettings(folder: string): Record<string, string> {
  const text = readFileSync(join(folder, basename(runningStackFile)), 'utf8');
  return parseEnv(text) as Record<string, string>;
}

/** The stack's own mailbox, where it is the one that mails go to. */
function mailboxUrlOf(
  folder: string,
  settings: Readonly<Record<string, string>>,
): string | undefined {
  const ports = readState<{ mailboxWeb: number; mailboxSmtp: number }>(join(folder, 'ports.json'));
  const isOurs = settings['SMTP_URL'] === `smtp://127.0.0.1:${ports.mailboxSmtp ?? 0}`;
  return isOurs ? `http://127.0.0.1:${ports.mailboxWeb ?? 0}` : undefined;
}

interface ApiCall {
  readonly url: string;
  readonly key: string;
  readonly method: Method;
  readonly body: object | undefined;
}

/** Repeats a call with its key, as a backend does, while a busy machine has no answer to it yet. */
async function untilAnswered<Body>(call: ApiCall): Promise<Answer<Body>> {
  const idempotencyKey = randomUUID();
  return until(`the answer to ${call.method} ${new URL(call.url).pathname}`, async () => {
    const answer = await callApi<Body>(call, idempotencyKey);
    const { status } = answer.body as { status?: unknown };
    const isOnItsWay = answer.status === 503 || (answer.status === 202 && status === 'pending');
    return isOnItsWay ? undefined : answer;
  });
}

async function callApi<Body>(
  { url, key, method, body }: ApiCall,
  idempotencyKey: string = randomUUID(),
): Promise<Answer<Body>> {
  const response = await reach(url, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': idempotencyKey } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

/** Throws DemoError where nobody listens. */
async function reach(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    const { origin } = new URL(url);
    throw new DemoError(
      `${origin} does not answer: the stack is not there any more, or was killed. ` +
        'Start it with `npm start`, then play again.',
      { cause: error },
    );
  }
}

/** Runs the command line as a user does, against this stack. Throws DemoError with what it said. */
async function runSolvent<Result>(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Result> {
  const child = spawn(process.execPath, [join(root, 'cli', 'solvent.mjs'), ...args, '--json'], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, remarks] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (printed += text.toString()));
  child.stderr.on('data', (text: Buffer) => (remarks += text.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (exitCode === 0) return JSON.parse(printed) as Result;
  throw new DemoError(`npx solvent ${args.join(' ')}\n${remarks}${printed}`);
}

const lookEveryMs = 200;
const patienceMs = 180_000;

/** Looks until there is what is waited for. Throws DemoError where it does not come. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const found = await look().catch(notYetOrThrow);
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) {
      const seconds = patienceMs / 1_000;
      throw new DemoError(
        `${what} did not come within ${seconds} s. Is the worker alive? Its log: logs/worker.log.`,
      );
    }
    await sleep(lookEveryMs);
  }
}

/** What does not answer now, since the machine is busy, is looked at again. */
function notYetOrThrow(error: unknown): undefined {
  if (error instanceof SolventError && error.code === 'temporarily_unavailable') return undefined;
  throw error;
}
