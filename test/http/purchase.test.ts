import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { micros } from '../../domain/money.ts';
import { periodOf } from '../../domain/period.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { recordOpeningBalance } from '../../ledger/credits.ts';
import { keyWith, startRunningApp, type Answer, type RunningApp } from './running-app.ts';

let app: RunningApp;
let key: string;
beforeAll(async () => {
  app = await startRunningApp();
  key = await keyWith(app.ledger, 'billing');
});
afterAll(() => app.close());

async function newAccount(place: { country?: string; region?: string } = {}): Promise<string> {
  const body = { name: 'Ada', email: 'ada@example.com', currency: 'usd', ...place };
  const created = await app.api('POST', '/v1/accounts', { key, body });
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  return String(created.body['id']);
}

async function buy(accountId: string, more: object = {}, idempotencyKey: string = randomUUID()) {
  return app.api('POST', '/v1/purchases', {
    key,
    body: { accountId, amount: '25.00', currency: 'usd', paymentMethod: 'pm_card_visa', ...more },
    headers: { 'idempotency-key': idempotencyKey },
  });
}

const read = (path: string): Promise<Answer> => app.api('GET', path, { key });

it('R3 R24 R45 a paid purchase answers 201 with its receipt, and the credits are purchased ones', async () => {
  const accountId = await newAccount({ country: 'DE' });
  const { status, body, headers } = await buy(accountId);
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      status: 'succeeded',
      ...{ credits: '25.00', tax: '4.75', total: '29.75', currency: 'usd' },
      receipt: { paidUnbilled: '0.00', addedToBalance: '25.00', total: '29.75' },
    },
  });
  expect(headers.get('location')).toBe(body['url']);
  expect((await read(`/v1/accounts/${accountId}`)).body).toMatchObject({
    balances: { purchased: '25.00', free: '0.00' },
    lifetimePaid: '25.00',
    tier: { code: 'build_1', name: 'Build Tier 1' },
    taxPlace: { country: 'DE', region: null },
  });
  expect((await read(`/v1/purchases/${String(body['id'])}`)).body).toEqual(body);
});

it('R5 the same key answers the first outcome again and charges once', async () => {
  const accountId = await newAccount();
  const idempotencyKey = randomUUID();
  const first = await buy(accountId, {}, idempotencyKey);
  const repeats = await Promise.all([1, 2, 3].map(() => buy(accountId, {}, idempotencyKey)));
  for (const repeat of repeats) expect(repeat.body).toEqual(first.body);
  expect((await read(`/v1/accounts/${accountId}`)).body).toMatchObject({
    balances: { purchased: '25.00' },
  });
});

it('R5 the same key with another card is an error, and nothing more is charged', async () => {
  const accountId = await newAccount();
  const idempotencyKey = randomUUID();
  await buy(accountId, {}, idempotencyKey);
  const other = await buy(accountId, { paymentMethod: 'pm_card_mastercard' }, idempotencyKey);
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  const { body } = await read(`/v1/accounts/${accountId}/purchases`);
  expect(body['data']).toHaveLength(1);
});

it('the same key makes one account, however often it is sent; other input under it fails', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const body = { name: 'Ada', email: 'ada@example.com', currency: 'usd' };
  const create = (more: object = {}) =>
    app.api('POST', '/v1/accounts', { key, headers, body: { ...body, ...more } });
  const first = await create();
  expect((await create()).body['id']).toBe(first.body['id']);
  expect(await create({ name: 'Grace' })).toMatchObject({
    status: 422,
    body: { code: 'idempotency_key_reused' },
  });
});

it('R22 preview, answer and receipt say what pays this month’s usage and what is added', async () => {
  const accountId = await newAccount();
  await recordOpeningBalance(
    app.ledger,
    {
      accountId,
      purchased: micros(0),
      unbilled: [{ period: periodOf(Date.now()), amount: micros(7_500_000) }],
      idempotencyKey: 'import',
      actor: 'test',
      nowMs: Date.now(),
    },
    onlyPolicy(together202511),
  );
  const preview = await app.api('POST', `/v1/accounts/${accountId}/purchase-previews`, {
    key,
    body: { amount: '25.00', currency: 'usd' },
  });
  expect(preview).toMatchObject({
    status: 200,
    body: { paysUnbilled: '7.50', addsToBalance: '17.50', total: '25.00' },
  });
  const { body } = await buy(accountId);
  expect(body['receipt']).toMatchObject({ paidUnbilled: '7.50', addedToBalance: '17.50' });
  expect((await read(`/v1/accounts/${accountId}`)).body).toMatchObject({
    balances: { purchased: '17.50' },
    owed: '0.00',
  });
});

it('R13 a bank that asks is 202 with a link; the webhook of its answer makes the purchase final', async () => {
  const accountId = await newAccount();
  const asked = await buy(accountId, { paymentMethod: 'pm_card_authenticationRequired' });
  const url = `/v1/purchases/${String(asked.body['id'])}`;
  expect(asked).toMatchObject({
    status: 202,
    body: { status: 'requires_action', actionUrl: expect.stringContaining('http') as string },
  });
  expect((await read(url)).body).toEqual(asked.body);
  const paymentIntent = app.sandbox.controls.waitingIntents().at(0)?.id ?? '';
  app.sandbox.controls.answerAuthentication(paymentIntent, true);
  await expect.poll(async () => (await read(url)).body['status']).toBe('succeeded');
  expect((await read(url)).body['actionUrl']).toBeNull();
});

it('R5 a second purchase of an amount that is pending is refused until it is confirmed', async () => {
  const accountId = await newAccount();
  const paymentMethod = 'pm_card_authenticationRequired';
  const first = await buy(accountId, { paymentMethod });
  const second = await buy(accountId);
  expect(second).toMatchObject({
    status: 409,
    body: {
      code: 'duplicate_purchase_pending',
      detail: expect.stringContaining(String(first.body['id'])) as string,
      purchase: { status: 'refused' },
    },
  });
  expect(await buy(accountId, { confirmDuplicate: true })).toMatchObject({ status: 201 });
});

it('purchases are listed newest first, a page at a time', async () => {
  const accountId = await newAccount();
  for (const amount of ['5.00', '6.00', '7.00']) await buy(accountId, { amount });
  const credits: string[] = [];
  let cursor = '';
  do {
    const { body } = await read(`/v1/accounts/${accountId}/purchases?limit=2${cursor}`);
    credits.push(...(body['data'] as { credits: string }[]).map((row) => row.credits));
    const next = body['nextCursor'];
    cursor = typeof next === 'string' ? `&cursor=${next}` : '';
  } while (cursor !== '');
  expect(credits).toEqual(['7.00', '6.00', '5.00']);
});

it('R11 R12 cards are kept, chosen and removed', async () => {
  const accountId = await newAccount();
  const path = `/v1/accounts/${accountId}/payment-methods`;
  const add = async (paymentMethod: string, makeDefault = false) => {
    const added = await app.api('POST', path, { key, body: { paymentMethod, makeDefault } });
    expect(added, JSON.stringify(added.body)).toMatchObject({ status: 201 });
    return (added.body['card'] as { id: string }).id;
  };
  const visa = await add('pm_card_visa');
  const mastercard = await add('pm_card_mastercard');
  const shown = async () =>
    ((await read(path)).body['data'] as { id: string; default: boolean }[]).map((card) => [
      card.id,
      card.default,
    ]);
  expect(await shown()).toEqual([
    [visa, true],
    [mastercard, false],
  ]);
  await app.api('POST', `${path}/${mastercard}/default`, { key });
  expect(await shown()).toEqual([
    [visa, false],
    [mastercard, true],
  ]);
  expect((await app.api('DELETE', `${path}/${visa}`, { key })).status).toBe(204);
  expect(await shown()).toEqual([[mastercard, true]]);
});

it('R18 a customer’s own balance limit is kept, and null takes the ceiling again', async () => {
  const accountId = await newAccount();
  const patch = (ownBalanceLimit: string | null) =>
    app.api('PATCH', `/v1/accounts/${accountId}`, { key, body: { ownBalanceLimit } });
  expect((await patch('0.00')).body['balanceLimit']).toMatchObject({ own: '0.00' });
  expect((await patch(null)).body['balanceLimit']).toMatchObject({ own: null, ceiling: '100.00' });
});
