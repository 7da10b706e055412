import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantity } from '../../domain/meter.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { openPrices, recordPrices } from '../../ledger/prices.ts';
import { openUsageDesk } from '../../ledger/usage.ts';
import { createTestAccount } from '../support/stack.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

const policies = onlyPolicy(together202511);
const dayMs = 86_400_000;
const startMs = Math.floor(Date.now() / dayMs) * dayMs - 5 * dayMs;

let lone: LoneApp;
let key: string;
let account: string;
beforeAll(async () => {
  lone = await createLoneApp();
  key = await keyWith(lone.ledger, 'developer');
  account = await aUsedAccount();
});
afterAll(() => lone.close());

/** $10 free, then three days of usage of 700 + 300 tokens at $1 a thousand. */
async function aUsedAccount(): Promise<string> {
  const { ledger } = lone;
  const { accountId } = await createTestAccount(ledger, { nowMs: startMs });
  const rate = { amount: '1', per: 1_000, tiers: [] };
  await recordPrices(ledger, {
    wanted: [{ currency: 'usd', model: 'chat', meter: 'output_tokens', rate }],
    ...{ source: 'test', endsGone: false, actor: 'test', nowMs: startMs, effectiveFromMs: 0 },
  });
  const asked = { accountId, idempotencyKey: randomUUID(), actor: 'test', nowMs: startMs };
  const terms = { amount: micros(10_000_000), scope: null, expiresAtMs: null, reason: 'test' };
  await grantCredits(ledger, { ...asked, ...terms }, policies);
  const desk = openUsageDesk(ledger, openPrices(ledger));
  for (const day of [1, 2, 3]) {
    const nowMs = startMs + day * dayMs;
    const events = [700, 300].map((tokens) => ({
      ...{ accountId, usageKey: randomUUID(), occurredAtMs: nowMs, holdId: null, model: 'chat' },
      quantities: [{ meter: 'output_tokens' as const, quantity: quantity(tokens) }],
    }));
    await desk.report({ events, policies, nowMs });
  }
  return accountId;
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await lone.app.request(`/v1/accounts/${account}${path}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const body = (isJson ? JSON.parse(text) : {}) as Body;
  return { status: answer.status, type: answer.headers.get('content-type'), text, body };
}

type Body = Readonly<Record<string, unknown>>;

interface Entry {
  id: number;
  kind: string;
  change: { free: string };
  balances: { free: string };
}
const entriesOf = (body: Body) => body['data'] as Entry[];

describe('R63 R66 the statement', () => {
  it('has opening, entries and closing, which add up', async () => {
    const { status, body } = await get('/statement?order=oldest_first');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ account, currency: 'usd', opening: { free: '0.00' }, closing: { free: '7.00' } },
      data: [
        {
          ...{ kind: 'credits_granted', change: { free: '10.00' }, balances: { free: '10.00' } },
          movements: [{ description: 'Free credits given (lot 1)', amount: '10.00', lot: 1 }],
        },
        ...['9.00', '8.00', '7.00'].map((free) => ({
          ...{ kind: 'usage_charged', description: 'Usage of chat', balances: { free } },
          change: { free: '-1.00' },
        })),
      ],
      nextCursor: null,
    });
  });

  it('follows its cursor without a gap, newest first', async () => {
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await get(`/statement?limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...entriesOf(body).map(({ id }) => id));
      cursor = body['nextCursor'] as string | null;
    }
    expect(seen).toEqual([4, 3, 2, 1]);
  });

  it('of a part begins with what was there, and ends with it as of a past instant', async () => {
    const day = (count: number) => new Date(startMs + count * dayMs).toISOString();
    const { body } = await get(`/statement?from=${day(2)}&at=${day(2)}`);
    expect(body).toMatchObject({ opening: { free: '9.00' }, closing: { free: '8.00' } });
    expect(entriesOf(body).map(({ id }) => id)).toEqual([3]);
    const before = await get(`/statement?from=${day(2).slice(0, 10)}&to=${day(2).slice(0, 10)}`);
    expect(before.body).toMatchObject({ opening: { free: '9.00' }, closing: { free: '9.00' } });
  });

  it.each(['/statement.csv', '/statement'])('%s is CSV where it is asked for', async (path) => {
    const { status, type, text } = await get(path, { accept: 'text/csv, application/json;q=0.5' });
    expect({ status, type }).toEqual({ status: 200, type: expect.stringContaining('text/csv') });
    const kinds = text
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(',')[2]);
    const used = ['usage_charged', 'usage_charged', 'usage_charged'];
    expect(kinds).toEqual(['kind', 'opening', 'credits_granted', ...used, 'closing']);
  });

  it('stays JSON for whoever takes anything', async () => {
    const { type } = await get('/statement', { accept: '*/*' });
    expect(type).toContain('application/json');
  });
});

describe('R66 lots and usage', () => {
  it('each lot says what became of it, now and at a past instant', async () => {
    const { body } = await get('/statement/lots');
    expect(body).toMatchObject({
      data: [
        { id: 1, kind: 'free', amount: '10.00', used: '3.00', remaining: '7.00', held: '0.00' },
      ],
    });
    const at = new Date(startMs + dayMs).toISOString();
    const past = await get(`/statement/lots?at=${at}`);
    expect(past.body).toMatchObject({ data: [{ used: '1.00', remaining: '9.00' }] });
    const csv = await get('/statement/lots.csv');
    expect(csv.text.split('\r\n')[1]).toMatch(
      /^1,free,given,.*,usd,10\.00,3\.00,0\.00,0\.00,7\.00,0\.00,/,
    );
  });

  it.each([
    ['day', 3, { cost: '1.00', free: '1.00', writtenOff: '0.00' }],
    ['model', 1, { model: 'chat', cost: '3.00' }],
    ['lot', 1, { pot: 'free', lot: 1, amount: '3.00' }],
  ])('usage by %s comes to the debits', async (by, rows, first) => {
    const { body } = await get(`/usage?by=${by}`);
    expect(body).toMatchObject({ by, total: { debited: '3.00', free: '3.00', unbilled: '0.00' } });
    expect(body['data']).toHaveLength(rows);
    expect((body['data'] as unknown[])[0]).toMatchObject(first);
    const csv = await get(`/usage.csv?by=${by}`);
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(rows + 1);
  });

  it('each debit leads to its usage events, whose quantities are its lines', async () => {
    const { body } = await get('/statement/2/usage?limit=1');
    expect(body).toMatchObject({
      ...{ entry: 2, hold: null },
      lines: [{ model: 'chat', meter: 'output_tokens', quantity: '1000', amount: '1.00' }],
    });
    const next = await get(`/statement/2/usage?limit=1&cursor=${String(body['nextCursor'])}`);
    const quantities = [body, next.body].flatMap((one) =>
      (one['data'] as { usage: { quantity: string }[] }[]).map(({ usage }) => usage[0]?.quantity),
    );
    expect(quantities.toSorted()).toEqual(['300', '700']);
    expect(next.body['nextCursor']).toBeNull();
    const csv = await get('/statement/2/usage.csv');
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(3);
  });
});

describe('what cannot be told', () => {
  it.each([
    ['/statement?at=2999-01-01T00:00:00Z', 400, 'must not be in the future'],
    ['/statement?from=2026-02-02&to=2026-02-01', 400, 'from must not be after to'],
    ['/statement?to=2026-02-02&at=2026-02-01', 400, 'not both'],
    ['/statement?from=yesterday', 400, 'must be a day or an instant'],
    ['/statement?order=random', 400, 'newest_first or oldest_first'],
    ['/statement?page=2', 400, 'is not a field'],
    ['/usage?by=hour', 400, 'day, model or lot'],
    ['/usage?from=2020-01-01&to=2026-01-01', 400, 'at most 400 days'],
    ['/statement/1/usage', 404, 'no charge of usage of that id'],
    ['/statement/99/usage.csv', 404, 'no charge of usage of that id'],
    ['/statement/x/usage', 400, 'entry'],
  ])('%s is answered %i: %s', async (path, status, says) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(says);
  });

  it.each(['/statement', '/statement.csv', '/statement/lots', '/usage', '/statement/2/usage'])(
    'R64 of another account %s tells nothing',
    async (path) => {
      const other = (await createTestAccount(lone.ledger)).accountId;
      const confined = await keyWith(lone.ledger, 'billing', other);
      const answer = await lone.app.request(`/v1/accounts/${account}${path}`, {
        headers: { authorization: `Bearer ${confined}` },
      });
      expect(answer.status).toBe(404);
    },
  );
});
