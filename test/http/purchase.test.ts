import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyWith, startRunningApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let key: string;
beforeAll(async () => {
  app = await startRunningApp();
  key = await keyWith(app.ledger, 'billing');
});
afterAll(() => app.close());

async function newAccount(country?: string): Promise<string> {
  const { body, status } = await app.api('POST', '/v1/accounts', {
    key,
    body: { name: 'Ada', email: 'ada@example.com', currency: 'usd', ...(country && { country }) },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body['id'] as unknown as string;
}

async function buy(accountId: string, more: object = {}, idempotencyKey: string = randomUUID()) {
  return app.api('POST', '/v1/purchases', {
    key,
    body: { accountId, amount: '25.00', currency: 'usd', ...more },
    headers: { 'idempotency-key': idempotencyKey },
  });
}

it('R3 R24 R45 a paid purchase answers 201 with its receipt, and the credits are purchased ones', async () => {
  const accountId = await newAccount('DE');
  const { status, body, headers } = await buy(accountId, { paymentMethod: 'pm_card_visa' });
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      status: 'succeeded',
      credits: '25.00',
      tax: '4.75',
      total: '29.75',
      currency: 'usd',
      receipt: { paidUnbilled: '0.00', addedToBalance: '25.00', total: '29.75' },
    },
  });
  expect(headers.get('location')).toBe(body['url']);
  const account = await app.api('GET', `/v1/accounts/${accountId}`, { key });
  expect(account.body).toMatchObject({
    balances: { purchased: '25.00', free: '0.00' },
    lifetimePaid: '25.00',
    tier: { code: 'build_1', name: 'Build Tier 1' },
  });
});
