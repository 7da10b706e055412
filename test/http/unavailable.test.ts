import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../../ledger/database.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

let lone: LoneApp;
let key: string;
beforeAll(async () => {
  lone = await createLoneApp();
  key = await keyWith(lone.ledger, 'billing');
});
afterAll(() => lone.close());

function post(path: string, body: object) {
  return lone.app.request(path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });
}

it('R6 a Temporal that is away is 503, retryable with the same key, and never "failed"', async () => {
  const account = { name: 'Ada', email: 'ada@example.com', currency: 'usd' };
  const { id: accountId } = (await (await post('/v1/accounts', account)).json()) as { id: string };
  const purchase = { accountId, amount: '25.00', currency: 'usd', paymentMethod: 'pm_card_visa' };
  const response = await post('/v1/purchases', purchase);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(await response.json()).toMatchObject({ code: 'temporarily_unavailable', retryable: true });
});

it('a ledger that is away is 503 for calls and for /health, which is 200 while it is there', async () => {
  expect((await lone.app.request('/health')).status).toBe(200);
  const away = openLedger({ url: 'postgres://solvent_app@127.0.0.1:1/solvent' });
  const without = await createLoneApp({}, away);
  expect((await without.app.request('/health')).status).toBe(503);
  const read = await without.app.request('/v1/accounts/acct_00000000000000000000000001', {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(read.status).toBe(503);
  await without.close();
});

it('an error of ours tells the caller nothing but that it was ours', async () => {
  const broken = await createLoneApp({
    nowMs: () => {
      throw new Error('secret detail');
    },
  });
  const brokenKey = await keyWith(broken.ledger, 'billing');
  const response = await broken.app.request('/v1/accounts', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${brokenKey}`,
      'content-type': 'application/json',
      'idempotency-key': 'k',
    },
    body: JSON.stringify({ name: 'Ada', email: 'ada@example.com', currency: 'usd' }),
  });
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).toContain('internal_error');
  expect(text).not.toContain('secret detail');
  await broken.close();
});
