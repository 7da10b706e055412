import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Micros } from '../../domain/money.ts';
import { setOwnBalanceLimit } from '../../ledger/account-settings.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { openRefusalCounter } from '../../ledger/refusals.ts';
import {
  aPaidPurchase,
  anAccount,
  dollars,
  nowMs,
  policies,
  visa,
} from '../ledger/ledger-fixture.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

let lone: LoneApp;
let key: string;
let clockMs = nowMs;
beforeAll(async () => {
  lone = await createLoneApp({ nowMs: () => clockMs });
  key = await keyWith(lone.ledger, 'service');
});
afterAll(() => lone.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(method: string, path: string, body?: unknown, as = key): Promise<Answer> {
  const response = await lone.app.request(path, {
    method,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Answer['body'] };
}

const place = (body: unknown, as?: string) => call('POST', '/v1/holds', body, as);
const settle = (id: string, body: unknown) =>
  call('POST', `/v1/holds/${encodeURIComponent(id)}/settle`, body);
const aHold = (account: string, cost: string, given: object = {}) => ({
  ...{ account, id: randomUUID(), cost, ...given },
});

/** An account with ten dollars of purchased credits, and no card. */
async function tenDollars(): Promise<string> {
  const account = await anAccount(lone.ledger);
  await aPaidPurchase(lone.ledger, account, { amount: dollars(10) });
  return account;
}

describe('R20 a hold', () => {
  it('is answered with what it reserved; its id is its idempotency key', async () => {
    const account = await tenDollars();
    const hold = aHold(account, '4.00', { model: 'chat', ttlSeconds: 60 });
    const first = await place(hold);
    expect(first).toMatchObject({
      status: 201,
      body: {
        ...{ id: hold.id, account, state: 'open', currency: 'usd', model: 'chat', cost: '4.00' },
        reserved: { credits: '4.00', balanceLimit: '0.00' },
        expiresAt: new Date(clockMs + 60_000).toISOString(),
        admittedBy: { spendable: '10.00', cost: '4.00', policyVersion: 'together-2025-11' },
      },
    });
    expect(await place(hold)).toMatchObject({ status: 200, body: first.body });
    expect(await call('GET', `/v1/holds/${hold.id}?account=${account}`)).toMatchObject({
      ...{ status: 200, body: first.body },
    });
    const other = await place({ ...hold, cost: '5.00' });
    expect(other).toMatchObject({ status: 422, body: { code: 'hold_reused' } });
  });

  it('is settled once, with what paid it; a request above its hold is charged what there is', async () => {
    const account = await tenDollars();
    await grantCredits(
      lone.ledger,
      {
        ...{ accountId: account, idempotencyKey: 'g', actor: 'test', nowMs, amount: dollars(1) },
        ...{ scope: null, expiresAtMs: null, reason: 'welcome' },
      },
      policies,
    );
    const hold = aHold(account, '2.00');
    await place(hold);
    const settled = await settle(hold.id, { account, cost: '1.50' });
    expect(settled).toMatchObject({
      status: 200,
      body: {
        ...{ state: 'settled', cost: '1.50', charged: '1.50', writtenOff: '0.00' },
        paidBy: { free: '1.00', purchased: '0.50', owed: '0.00' },
      },
    });
    expect(await settle(hold.id, { account, cost: '1.50' })).toMatchObject({ body: settled.body });
    expect(await settle(hold.id, { account, cost: '1.60' })).toMatchObject({
      ...{ status: 409, body: { code: 'hold_ended' } },
    });
    const large = aHold(account, '9.00');
    await place(large);
    expect(await settle(large.id, { account, cost: '12.00' })).toMatchObject({
      body: { charged: '9.50', writtenOff: '2.50', paidBy: { purchased: '9.50' } },
    });
  });

  it('R23 is extended until the means run out: continue, warn, pause, and stop once it ended', async () => {
    const account = await tenDollars();
    const hold = aHold(account, '3.00');
    await place(hold);
    const extend = async (cost: string) => {
      const { status, body } = await call('POST', `/v1/holds/${hold.id}/extend`, { account, cost });
      expect(status).toBe(200);
      const problem = body['problem'] as { code: string; access: object } | null;
      return [body['instruction'], problem?.code ?? null];
    };
    expect(await extend('6.00')).toEqual(['continue', null]);
    expect(await extend('9.00')).toEqual(['warn', null]);
    expect(await extend('9.00')).toEqual(['continue', null]);
    expect(await extend('12.00')).toEqual(['pause', 'holds_full']);
    const released = await call('POST', `/v1/holds/${hold.id}/release`, { account });
    expect(released).toMatchObject({ status: 200, body: { state: 'released', cost: '9.00' } });
    expect((await extend('9.00'))[0]).toBe('stop');
  });

  it('R55 is refused with the code, its status, what was compared and what would make it pass', async () => {
    const account = await tenDollars();
    const poor = await place(aHold(account, '10.01'));
    expect(poor).toMatchObject({
      status: 402,
      body: {
        ...{ code: 'credits_exhausted', rule: 'R18', retryable: true, currency: 'usd' },
        amounts: { cost: '10.01', spendable: '10.00', owed: '0.00', limit: '0.00' },
        fixUrl: 'http://solvent.test/billing/buy',
        access: {
          allowed: false,
          remedies: [{ action: 'buy_credits', amount: '5.00' }, { action: 'add_card' }],
        },
      },
    });
    expect(poor.headers.get('content-type')).toBe('application/problem+json');
    expect(poor.headers.get('retry-after')).toBeNull();
    const running = aHold(account, '9.00');
    await place(running);
    const full = await place(aHold(account, '2.00'));
    expect(full).toMatchObject({ status: 402, body: { code: 'holds_full', rule: 'R20' } });
    expect(full.headers.get('retry-after')).toBe('1');
    const tier = await place(aHold(account, '0.10', { model: 'black-forest-labs/FLUX.1-pro' }));
    expect(tier).toMatchObject({
      status: 403,
      body: { code: 'tier_too_low', access: { remedies: [{ amount: '90.00', tier: 'build_3' }] } },
    });
  });

  it('R20 R23 asked for a list, is answered one by one and in order', async () => {
    const account = await tenDollars();
    const good = aHold(account, '6.00');
    const { status, body } = await place([
      good,
      aHold(account, '6.00'),
      aHold(account, '0'),
      { nonsense: true },
      aHold('acct_00000000000000000000000009', '1.00'),
      aHold(account, '4.00'),
      aHold(account, '0.01', { ttlSeconds: 90_000 }),
    ]);
    expect(status).toBe(200);
    const answers = body as unknown as { state?: string; code?: string; status?: number }[];
    expect(answers.map(({ state, code }) => state ?? code)).toEqual([
      ...['open', 'holds_full', 'invalid_request', 'invalid_request', 'account_not_found', 'open'],
      'hold_too_long',
    ]);
    const single = await place({ nonsense: true });
    expect(single).toMatchObject({ status: 400, body: { ...answers[3] } });
    for (const wrong of [[], new Array(501).fill(good)]) {
      expect(await place(wrong)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
  });

  it('R20 R23 the open ones of an account are listed, newest first, page by page', async () => {
    const account = await tenDollars();
    const ids = ['b', 'a', 'd', 'c', 'e'];
    for (const id of ids) await place({ account, id, cost: '1.00' });
    await call('POST', '/v1/holds/d/release', { account });
    await place(aHold(await tenDollars(), '1.00'));
    const list = (query: string, as = key) =>
      call('GET', `/v1/accounts/${account}/holds?${query}`, undefined, as);
    const { body: first } = await list('limit=3');
    expect(first).toMatchObject({
      data: ['e', 'c', 'a'].map((id) => ({ id, account, state: 'open', cost: '1.00' })),
    });
    const { body: last } = await list(`limit=3&cursor=${String(first['nextCursor'])}`);
    expect(last).toMatchObject({ data: [{ id: 'b' }], nextCursor: null });
    const confined = await keyWith(lone.ledger, 'service', await anAccount(lone.ledger));
    expect((await list('limit=3', confined)).status).toBe(404);
  });

  it('refuses amounts that are no exact number, rather than to take them for nothing', async () => {
    const account = await tenDollars();
    const hold = aHold(account, '1.00');
    await place(hold);
    for (const cost of ['9999999999.999999', '1000000000.000001', '-1', '1e3', '', '0.0000001']) {
      expect(await settle(hold.id, { account, cost })).toMatchObject({ status: 400 });
    }
    expect(await settle(hold.id, { account, cost: '0' })).toMatchObject({
      ...{ status: 200, body: { charged: '0.00' } },
    });
  });

  it('R64 a key confined to an account sees no other; an id may hold any visible character', async () => {
    const account = await tenDollars();
    const other = await tenDollars();
    const confined = await keyWith(lone.ledger, 'service', account);
    const hold = aHold(account, '1.00', { id: 'run/7?x=%2F#e' });
    expect(await place(hold, confined)).toMatchObject({ status: 201, body: { id: hold.id } });
    expect(await settle(hold.id, { account, cost: '1.00' })).toMatchObject({ status: 200 });
    expect(await place(aHold(other, '1.00'), confined)).toMatchObject({
      ...{ status: 404, body: { code: 'account_not_found' } },
    });
    const path = `/v1/holds/x/settle`;
    expect(await call('POST', path, { account: other, cost: '1' }, confined)).toMatchObject({
      body: { code: 'account_not_found' },
    });
    expect(await settle('nonesuch', { account, cost: '1' })).toMatchObject({
      ...{ status: 404, body: { code: 'hold_not_found' } },
    });
  });
});

describe('R54 why', () => {
  const why = (account: string, query = '', as?: string) =>
    call('GET', `/v1/accounts/${account}/access${query}`, undefined, as);

  it('R56 says of any request what a hold would be told', async () => {
    const account = await tenDollars();
    const cost = '11.00';
    const asked = await why(account, `?cost=${cost}&model=chat`);
    const refused = await place(aHold(account, cost, { model: 'chat' }));
    expect(asked).toMatchObject({ status: 200, body: { allowed: false, cost, model: 'chat' } });
    expect(refused.body['access']).toEqual(asked.body);
    expect((await why(account)).body).toMatchObject({ allowed: true, remedies: [] });
  });

  it('R53 answers for a past instant as it was answered then, and not for the future', async () => {
    const account = await tenDollars();
    clockMs = nowMs + 60_000;
    const before = await why(account, '?cost=11.00');
    clockMs += 60_000;
    await aPaidPurchase(lone.ledger, account, { amount: dollars(10), nowMs: clockMs - 30_000 });
    expect((await why(account, '?cost=11.00')).body['allowed']).toBe(true);
    const past = `?cost=11.00&at=${new Date(nowMs + 1_000).toISOString()}`;
    expect((await why(account, past)).body).toMatchObject({ allowed: false, spendable: '0.00' });
    expect(before.body).toMatchObject({ allowed: false, spendable: '10.00' });
    const future = `?at=${new Date(clockMs + 1).toISOString()}`;
    expect(await why(account, future)).toMatchObject({ status: 400 });
    expect(await why(account, '?at=2001-01-01T00:00:00Z')).toMatchObject({ status: 404 });
    clockMs = nowMs;
  });

  it('R18 R22 B15 a changed limit holds from the very next admission', async () => {
    const account = await tenDollars();
    const set = (ownBalanceLimit: Micros) =>
      setOwnBalanceLimit(
        lone.ledger,
        { accountId: account, ownBalanceLimit, actor: 'test', nowMs },
        policies,
      );
    await saveCard(lone.ledger, {
      ...{ accountId: account, paymentMethodId: 'pm_1', actor: 'test', nowMs },
      ...{ card: visa, makeDefault: true },
    });
    const hold = aHold(account, '60.00');
    expect(await place(hold)).toMatchObject({
      ...{ status: 201, body: { reserved: { credits: '10.00', balanceLimit: '50.00' } } },
    });
    await set(dollars(50));
    expect((await place(aHold(account, '0.01'))).body['code']).toBe('holds_full');
    await settle(hold.id, { account, cost: '60.00' });
    await set(dollars(40));
    expect((await place(aHold(account, '0.01'))).body).toMatchObject({
      ...{ code: 'balance_limit_reached', rule: 'R19' },
      amounts: { owed: '50.00', limit: '40.00', spendable: '0.00' },
    });
    await set(dollars(51));
    expect((await place(aHold(account, '1.00'))).status).toBe(201);
  });
});

describe('refusals', () => {
  it('are counted by minute and reason, without a write each, and listed', async () => {
    const account = await tenDollars();
    await Promise.all(Array.from({ length: 7 }, () => place(aHold(account, '50.00'))));
    const reader = await keyWith(lone.ledger, 'developer');
    const list = async (query = '') =>
      (await call('GET', `/v1/accounts/${account}/refusals${query}`, undefined, reader)).body;
    await expect
      .poll(() => list())
      .toMatchObject({
        data: [{ code: 'credits_exhausted', count: 7, minute: '2026-11-15T12:00:00.000Z' }],
      });
    const refusals = openRefusalCounter(lone.ledger);
    refusals.count(account, { code: 'credits_exhausted', atMs: clockMs + 59_999 });
    refusals.count(account, { code: 'holds_full', atMs: clockMs + 60_000 });
    await refusals.close();
    const first = await list('?limit=1');
    expect(first).toMatchObject({ data: [{ code: 'holds_full', count: 1 }] });
    expect(await list(`?cursor=${String(first['nextCursor'])}`)).toEqual({
      data: [{ code: 'credits_exhausted', count: 8, minute: '2026-11-15T12:00:00.000Z' }],
      nextCursor: null,
    });
  });

  it('that cannot be written now are kept for the next time', async () => {
    const account = await tenDollars();
    const broken: unknown[] = [];
    let isUp = false;
    const run: typeof lone.ledger.run = (sql, values) =>
      isUp ? lone.ledger.run(sql, values) : Promise.reject(new Error('away'));
    const counter = openRefusalCounter({ ...lone.ledger, run }, (error) => broken.push(error));
    counter.count(account, { code: 'holds_full', atMs: clockMs });
    await counter.flush();
    isUp = true;
    counter.count(account, { code: 'holds_full', atMs: clockMs });
    await counter.close();
    expect(broken).toHaveLength(1);
    const reader = await keyWith(lone.ledger, 'developer');
    const path = `/v1/accounts/${account}/refusals`;
    expect((await call('GET', path, undefined, reader)).body).toMatchObject({
      data: [{ code: 'holds_full', count: 2 }],
    });
  });
});

it('R64 B15 keys asked for at once are each told apart, and a revoked one is refused', async () => {
  const account = await tenDollars();
  const keys = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      keyWith(lone.ledger, index % 2 === 0 ? 'service' : 'developer'),
    ),
  );
  const wrong = `sk_${'0'.repeat(64)}`;
  const statuses = await Promise.all(
    [...keys, wrong].map(async (as) => (await place(aHold(account, '0.01'), as)).status),
  );
  expect(statuses).toEqual([...keys.map((_, index) => (index % 2 === 0 ? 201 : 403)), 401]);
});
