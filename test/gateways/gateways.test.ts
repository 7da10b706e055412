import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metered, type Metering } from '../../docs/gateways/node-gateway.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { createLoneApp, type LoneApp } from '../http/lone-app.ts';
import { keyWith } from '../http/running-app.ts';
import { aPaidPurchase, anAccount, dollars } from '../ledger/ledger-fixture.ts';

const root = join(import.meta.dirname, '..', '..');

let lone: LoneApp;
let key: string;
let url: string;
let server: ReturnType<typeof serve>;
beforeAll(async () => {
  lone = await createLoneApp();
  key = await keyWith(lone.ledger, 'service');
  server = serve({ fetch: lone.app.fetch, hostname: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await lone.close();
});

async function tenDollars(): Promise<string> {
  const account = await anAccount(lone.ledger);
  await aPaidPurchase(lone.ledger, account, { amount: dollars(10) });
  return account;
}

async function balancesOf(accountId: string) {
  const state = await readAccount(lone.ledger, { accountId });
  return { purchased: state?.balances.purchased, held: state?.balances.held };
}

describe('a Node gateway', () => {
  function gateway(account: string, change: Partial<Metering> = {}) {
    const kept: string[] = [];
    const handle = metered({
      ...{ solventUrl: url, key, whenAway: 'refuse' },
      meter: () => {
        const asked = { account, id: randomUUID(), model: 'chat', worstCost: '4.00' };
        return Promise.resolve(asked);
      },
      run: () => Promise.resolve({ response: new Response('ran'), cost: '1.25' }),
      keep: (_, cost) => Promise.resolve(void kept.push(cost)),
      ...change,
    });
    return { kept, ask: () => handle(new Request('http://gateway.test/v1/chat')) };
  }
  const nowhere = 'http://127.0.0.1:1';

  it('R20 R21 charges what a request cost, and runs no more than there is credit for', async () => {
    const account = await tenDollars();
    const { ask, kept } = gateway(account);
    const answers = await Promise.all([ask(), ask(), ask()]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ code: 'holds_full' });
    }
    const ran = statuses.filter((status) => status === 200).length;
    expect(await balancesOf(account)).toEqual({ purchased: dollars(10 - ran * 1.25), held: 0 });
    expect(kept).toEqual([]);
  });

  it('R55 passes a refusal on as it is, and runs nothing', async () => {
    const account = await anAccount(lone.ledger);
    const { ask } = gateway(account, { run: () => Promise.reject(new Error('it ran')) });
    const answer = await ask();
    expect(answer.status).toBe(402);
    expect(await answer.json()).toMatchObject({ code: 'credits_exhausted' });
  });

  it('gives back what a failed request had reserved', async () => {
    const account = await tenDollars();
    const { ask } = gateway(account, { run: () => Promise.reject(new Error('no GPU')) });
    await expect(ask()).rejects.toThrow('no GPU');
    expect(await balancesOf(account)).toEqual({ purchased: dollars(10), held: 0 });
  });

  it('fails closed or open, as it is told, where Solvent is away', async () => {
    const account = await tenDollars();
    const closed = gateway(account, { solventUrl: nowhere });
    expect((await closed.ask()).status).toBe(503);
    const open = gateway(account, { solventUrl: nowhere, whenAway: 'run' });
    expect((await open.ask()).status).toBe(200);
    expect([closed.kept, open.kept]).toEqual([[], ['1.25']]);
  });
});

const python = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!python)('the LiteLLM hook (needs python3)', () => {
  interface Played {
    readonly sent: readonly { readonly path: string; readonly body: object }[];
    readonly outcomes: readonly { readonly status: number; readonly detail?: unknown }[];
  }

  function play(account: string, calls: readonly object[], settings: object = {}) {
    const fixture = join(root, 'test', 'gateways', 'fixtures', 'play_hook.py');
    const env = {
      ...{ PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' },
      ...{ HOOK_FOLDER: join(root, 'docs', 'gateways'), SOLVENT_URL: url, SOLVENT_KEY: key },
      ...settings,
    };
    return new Promise<Played>((resolve, reject) => {
      const child = execFile('python3', [fixture], { env }, (error, stdout) => {
        if (error === null) resolve(JSON.parse(stdout) as Played);
        else reject(new Error('python3 failed', { cause: error }));
      });
      child.stdin?.end(JSON.stringify({ account, calls }));
    });
  }

  const calls = [
    { cost: 1.25, max_tokens: 3_900 },
    { cost: 0, max_tokens: 3_900, fails: true },
    { cost: 1, max_tokens: 9_900 },
  ];

  it('R20 R55 holds the worst case, settles the cost, gives back, and passes refusals on', async () => {
    const account = await tenDollars();
    const { outcomes } = await play(account, calls);
    expect(outcomes).toMatchObject([
      ...[{ status: 200 }, { status: 200 }],
      { status: 402, detail: { code: 'credits_exhausted', rule: 'R18' } },
    ]);
    expect(await balancesOf(account)).toEqual({ purchased: dollars(8.75), held: 0 });
  });

  it('sends what http/openapi.json describes', async () => {
    const { sent } = await play(await tenDollars(), calls);
    const document = JSON.parse(readFileSync(join(root, 'http', 'openapi.json'), 'utf8')) as {
      paths: Record<string, { post: { requestBody: { content: Record<string, object> } } }>;
    };
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'api');
    const paths = sent.map(({ path }) => path.replace(/^(\/v1\/holds\/)[^/]+/, '$1{holdId}'));
    expect([...new Set(paths)]).toEqual([
      ...['/v1/holds', '/v1/holds/{holdId}/settle', '/v1/holds/{holdId}/release'],
    ]);
    for (const [index, { body }] of sent.entries()) {
      const place = (paths[index] ?? '').replaceAll('/', '~1').replaceAll('{', '%7B');
      const pointer = `${place.replaceAll('}', '%7D')}/post/requestBody/content`;
      const validate = ajv.compile({
        $ref: `api#/paths/${pointer}/application~1json/schema`,
      });
      expect([validate(body), validate.errors]).toEqual([true, null]);
      expect(validate({ ...body, cost: 1.25, nonsense: true })).toBe(false);
    }
  });

  it('fails closed or open, as it is told, where Solvent is away', async () => {
    const away = { SOLVENT_URL: 'http://127.0.0.1:1' };
    const account = await tenDollars();
    const one = [calls[0] as object];
    const closed = await play(account, one, away);
    expect(closed.outcomes).toMatchObject([{ status: 503 }]);
    const open = await play(account, one, { ...away, SOLVENT_WHEN_AWAY: 'run' });
    expect(open.outcomes).toEqual([{ status: 200 }]);
  });
});
