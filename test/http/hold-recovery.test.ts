import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDecimal } from '../../domain/money.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { anAccount, aPaidPurchase, dollars, nowMs, visa } from '../ledger/ledger-fixture.ts';
import { createTestDatabase } from '../support/services.ts';
import { keyWith } from './running-app.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const webhookSecret = 'whsec_hold_recovery';

/** The real program, which a test can kill and start again; its clients follow it. */
class HttpProgram {
  readonly #databaseUrl: string;
  #child: ChildProcess | undefined;
  #url: Promise<string>;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
    this.#url = this.#start();
  }

  url(): Promise<string> {
    return this.#url;
  }

  async killAndRestart(): Promise<void> {
    await this.kill();
    this.#url = this.#start();
    await this.#url;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || !child.kill('SIGKILL')) return;
    await once(child, 'exit');
  }

  async #start(): Promise<string> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'http/main.ts'], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...{ PATH: process.env['PATH'], DATABASE_URL: this.#databaseUrl, HTTP_PORT: '0' },
        ...{ STRIPE_SECRET_KEY: 'sk_test_localsandbox000', STRIPE_WEBHOOK_SECRET: webhookSecret },
        // Nothing listens there, and holds need neither.
        ...{ STRIPE_API_BASE: 'http://127.0.0.1:1', TEMPORAL_ADDRESS: '127.0.0.1:1' },
        LOG_LEVEL: 'error',
      },
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const [url] = /http:\/\/\S+/.exec(line) ?? [];
      if (url !== undefined) return url;
    }
    throw new Error(`http/main.ts ended with ${child.exitCode}`);
  }
}

let ledger: Ledger;
let program: HttpProgram;
let key: string;

beforeAll(async () => {
  const { appUrl } = await createTestDatabase();
  ledger = openLedger({ url: appUrl });
  key = await keyWith(ledger, 'service');
  program = new HttpProgram(appUrl);
  await program.url();
});

afterAll(async () => {
  await program.kill();
  await ledger.close();
});

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

let repeats = 0;
let answers = 0;

/** Asks with the same body until there is an answer, as a client does that got none. */
async function askUntilAnswered(path: string, body: object): Promise<Answered> {
  for (;;) {
    try {
      const response = await fetch(`${await program.url()}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = { status: response.status, body: (await response.json()) as Answered['body'] };
      if (answer.status < 500) {
        answers += 1;
        return answer;
      }
    } catch {
      // The server died under the request, or before it.
    }
    repeats += 1;
    await pause(20);
  }
}

/** What one request was charged, in micro-dollars; null where it was refused. */
async function oneRequest(account: string, id: string, index: number): Promise<number | null> {
  const placed = await askUntilAnswered('/v1/holds', { account, id, cost: '0.50' });
  if (placed.status === 402) return null;
  expect({ status: placed.status < 202, state: placed.body['state'] }).toEqual({
    status: true,
    state: 'open',
  });
  const cost = (0.1 * (1 + (index % 7))).toFixed(2);
  const settled = await askUntilAnswered(`/v1/holds/${id}/settle`, { account, cost });
  expect(settled).toMatchObject({ status: 200, body: { state: 'settled' } });
  return parseDecimal(String(settled.body['charged'])) ?? NaN;
}

it('R20 R21 a server killed again and again settles each request once: clients just repeat', async () => {
  const accountIds = await Promise.all([0, 1, 2].map(() => anAccount(ledger)));
  for (const accountId of accountIds) {
    const card = { paymentMethodId: 'pm_visa', card: visa, makeDefault: true };
    await saveCard(ledger, { accountId, ...card, actor: 'test', nowMs });
    await aPaidPurchase(ledger, accountId, { amount: dollars(20) });
  }
  const charged = new Map(accountIds.map((accountId) => [accountId, { total: 0, requests: 0 }]));
  let next = 0;
  let isKilling = true;
  const client = async () => {
    while (isKilling && next < 1_200) {
      const index = next;
      next += 1;
      const accountId = accountIds[index % accountIds.length] ?? '';
      const amount = await oneRequest(accountId, `req_${index}`, index);
      const sums = charged.get(accountId);
      if (sums === undefined || amount === null) continue;
      sums.total += amount;
      sums.requests += 1;
    }
  };
  const clients = Promise.all(Array.from({ length: 24 }, client));
  for (const worked of [1, 60, 10, 120]) {
    for (const until = answers + worked; answers < until;) await pause(1);
    await program.killAndRestart();
  }
  isKilling = false;
  await clients;

  expect(repeats).toBeGreaterThan(0);
  for (const [accountId, { total, requests }] of charged) {
    const state = await readAccount(ledger, { accountId });
    const { purchased = 0, unbilled = 0, held, heldPostpaid } = state?.balances ?? {};
    const spent = dollars(20) - purchased + unbilled;
    expect({ spent, held, heldPostpaid }).toEqual({ spent: total, held: 0, heldPostpaid: 0 });
    expect(requests).toBeGreaterThan(0);
  }
  const all = [...charged.values()].reduce((sum, { requests }) => sum + requests, 0);
  const [settled] = await ledger.run<{ events: number; holds: number }>(
    `select (select count(*) from billing_events where kind = 'usage_charged') as events,
       (select count(*) from holds where state = 'settled') as holds`,
  );
  expect(all).toBeGreaterThan(50);
  expect(settled).toEqual({ events: all, holds: all });
  expect((await verifyLedger(ledger)).differences).toEqual([]);
});
