import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

let lone: LoneApp;
let ada: string;
let bob: string;
beforeAll(async () => {
  lone = await createLoneApp();
  [ada, bob] = [await keyWith(lone.ledger, 'operator'), await keyWith(lone.ledger, 'operator')];
});
afterAll(() => lone.close());

interface Call {
  readonly key?: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
}

async function send(method: string, path: string, { key = ada, body, idempotencyKey }: Call = {}) {
  const response = await lone.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey ?? crypto.randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function newAccount(): Promise<string> {
  const body = { name: 'Ada', email: 'ada@example.com', currency: 'usd' };
  return String((await send('POST', '/v1/accounts', { body })).body['id']);
}

async function freeOf(accountId: string): Promise<unknown> {
  const { body } = await send('GET', `/v1/accounts/${accountId}`);
  return (body['balances'] as Record<string, unknown>)['free'];
}

it('R24 R28 an operator gives free credits with a scope and an expiry, once for a key', async () => {
  const accountId = await newAccount();
  const expiresAt = '2099-01-01T00:00:00.000Z';
  const terms = { accountId, amount: '25.00', scope: ['chat'], expiresAt, reason: 'goodwill' };
  const given = await send('POST', '/v1/grants', { body: terms, idempotencyKey: 'one' });
  expect(given).toMatchObject({
    ...{ status: 201, body: { ...terms, state: 'posted', currency: 'usd', decidedBy: null } },
  });
  expect(given.body['requestedBy']).toMatch(/^api_key:key_/);
  expect(await send('POST', '/v1/grants', { body: terms, idempotencyKey: 'one' })).toEqual(given);
  expect(await freeOf(accountId)).toBe('25.00');
  const other = { body: { ...terms, amount: '26.00' }, idempotencyKey: 'one' };
  expect((await send('POST', '/v1/grants', other)).body['code']).toBe('idempotency_key_reused');
});

it('R64 a larger grant waits until another key approves it', async () => {
  const accountId = await newAccount();
  const asked = await send('POST', '/v1/grants', {
    body: { accountId, amount: '250', reason: 'an outage' },
  });
  expect(asked).toMatchObject({ status: 202, body: { state: 'awaiting_second_person' } });
  const path = `/v1/grants/${String(asked.body['id'])}`;
  const list = await send('GET', '/v1/grants?state=awaiting_second_person');
  expect(list.body['data']).toContainEqual(asked.body);
  expect(await send('POST', `${path}/approve`)).toMatchObject({
    ...{ status: 403, body: { code: 'grant_needs_second_person', rule: 'R64' } },
  });
  expect(await freeOf(accountId)).toBe('0.00');
  for (let count = 0; count < 2; count += 1) {
    const approved = await send('POST', `${path}/approve`, { key: bob });
    expect(approved).toMatchObject({ status: 200, body: { state: 'posted' } });
  }
  expect(await freeOf(accountId)).toBe('250.00');
  expect(await send('POST', `${path}/reject`, { key: bob })).toMatchObject({
    ...{ status: 409, body: { code: 'grant_decided' } },
  });
});

it('R64 a grant that waits is rejected by another, withdrawn by the same key', async () => {
  const accountId = await newAccount();
  const body = { accountId, amount: '250', reason: 'an outage' };
  for (const [key, state] of [
    [bob, 'rejected'],
    [ada, 'withdrawn'],
  ] as const) {
    const { body: asked } = await send('POST', '/v1/grants', { body });
    const path = `/v1/grants/${String(asked['id'])}/reject`;
    expect(await send('POST', path, { key })).toMatchObject({ status: 200, body: { state } });
  }
  expect(await freeOf(accountId)).toBe('0.00');
});

it('B5 no request sets free and paid credits at once: another amount is no field', async () => {
  const accountId = await newAccount();
  const body = { accountId, amount: '5', reason: 'goodwill' };
  for (const field of ['paidAmount', 'purchased', 'credits']) {
    const answer = await send('POST', '/v1/grants', { body: { ...body, [field]: '5' } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body['errors']).toEqual([{ field, message: 'is not a field of this call' }]);
  }
  expect(await freeOf(accountId)).toBe('0.00');
});

it.each([
  ['no amount', { amount: '0' }, 422],
  ['a negative one', { amount: '-5' }, 400],
  ['finer than a micro-unit', { amount: '0.0000001' }, 400],
  ['an expiry that has passed', { expiresAt: '2020-01-01T00:00:00Z' }, 422],
  ['an empty scope', { scope: [] }, 400],
  ['no reason', { reason: '' }, 400],
])('refuses %s', async (_, change, status) => {
  const accountId = await newAccount();
  const body = { accountId, amount: '5', reason: 'goodwill', ...change };
  expect((await send('POST', '/v1/grants', { body })).status).toBe(status);
});

it('R64 is for operators, and a key of one account sees no other’s', async () => {
  const [accountId, otherId] = [await newAccount(), await newAccount()];
  const body = { accountId, amount: '250', reason: 'goodwill' };
  for (const role of ['billing', 'developer', 'service'] as const) {
    const key = await keyWith(lone.ledger, role);
    expect((await send('POST', '/v1/grants', { key, body })).status).toBe(403);
    expect((await send('GET', '/v1/grants', { key })).status).toBe(403);
  }
  const key = await keyWith(lone.ledger, 'operator', otherId);
  expect((await send('POST', '/v1/grants', { key, body })).status).toBe(404);
  const { body: asked } = await send('POST', '/v1/grants', { body });
  const path = `/v1/grants/${String(asked['id'])}/approve`;
  expect((await send('POST', path, { key })).body['code']).toBe('grant_not_found');
  expect((await send('GET', '/v1/grants', { key })).body['data']).toEqual([]);
  const nobodys = path.replace(/_[0-9a-f]{16}\//, '_0000000000000000/');
  expect((await send('POST', nobodys)).status).toBe(404);
});
