import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPaidPurchase, anAccount, dollars } from '../ledger/ledger-fixture.ts';
import { chat, image, setPrices } from '../ledger/usage-fixture.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

let lone: LoneApp;
let account: string;
let key: string;
beforeAll(async () => {
  lone = await createLoneApp();
  await setPrices(lone.ledger);
  key = await keyWith(lone.ledger, 'service');
  account = await anAccount(lone.ledger);
  await aPaidPurchase(lone.ledger, account, { amount: dollars(100) });
});
afterAll(() => lone.close());

const single = 'application/cloudevents+json';
const batch = 'application/cloudevents-batch+json';

function event(data: object, change: object = {}): object {
  return {
    ...{ specversion: '1.0', id: randomUUID(), source: '/gateway', type: 'com.solvent.usage' },
    ...{ subject: account, time: new Date().toISOString(), data: { model: chat, ...data } },
    ...change,
  };
}

async function send(body: unknown, { type = 'application/json', as = key } = {}) {
  const response = await lone.app.request('/v1/usage', {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('POST /v1/usage', () => {
  it('R66 takes one CloudEvent, and the same again as a duplicate', async () => {
    const one = event({ input_tokens: 1_000_000, output_tokens: '500000' });
    const first = await send(one, { type: single });
    const { id } = one as { id: string };
    expect(first).toEqual({
      status: 200,
      body: {
        results: [{ id, status: 'accepted' }],
        accounts: [{ account, currency: 'usd', charged: '0.15', writtenOff: '0.00' }],
      },
    });
    expect((await send(one, { type: single })).body).toEqual({
      ...{ results: [{ id, status: 'duplicate' }], accounts: [] },
    });
  });

  it('R21 answers what was written off', async () => {
    const poor = await anAccount(lone.ledger);
    await aPaidPurchase(lone.ledger, poor, { amount: dollars(5) });
    const { body } = await send([event({ output_tokens: 30_000_000 }, { subject: poor })]);
    expect(body['accounts']).toEqual([
      { account: poor, currency: 'usd', charged: '5.00', writtenOff: '1.00' },
    ]);
  });

  it('half a batch is bad: each is answered for itself, by its place', async () => {
    const good = event({ input_tokens: 1 });
    const { body } = await send(
      [
        good,
        { ...good, time: '2026-11-15T12:00:00.001Z' },
        event({ input_tokens: -1 }),
        event({ input_tokens: 1.5 }),
        event({ input_tokens: 1e9 + 1 }),
        event({ input_tokes: 1 }),
        event({}),
        event({ images: 1 }),
        event({ images: 2, model: image }),
        event({ input_tokens: 1 }, { specversion: '0.3' }),
        event({ input_tokens: 1 }, { time: '2026-02-30T00:00:00Z' }),
        event({ input_tokens: 1 }, { subject: 'somebody' }),
        event({ input_tokens: 1 }, { subject: `acct_${'0'.repeat(26)}` }),
        'no object',
        event({ input_tokens: 1 }, { id: '' }),
      ],
      { type: batch },
    );
    const results = body['results'] as { status: string; code?: string; reason?: string }[];
    expect(results.map(({ status, code }) => (code === undefined ? status : code))).toEqual([
      ...['accepted', 'usage_conflict', 'invalid_request', 'invalid_request', 'invalid_request'],
      ...['invalid_request', 'invalid_request', 'usage_not_priced', 'accepted', 'invalid_request'],
      ...['invalid_request', 'invalid_request', 'account_not_found', 'invalid_request'],
      'invalid_request',
    ]);
    expect(results.map(({ reason = '' }) => reason)).toEqual([
      '',
      expect.stringContaining('another time, model or quantity'),
      'events[2]: data.input_tokens must not be below zero.',
      expect.stringContaining('events[3]: data.input_tokens must have at most 0 decimals'),
      expect.stringContaining('events[4]: data.input_tokens must be at most 1000000000'),
      expect.stringContaining('events[5]: data.input_tokes is no meter; meters are input_tokens'),
      expect.stringContaining('events[6]: data must have at least one meter'),
      expect.stringContaining('Nothing is set for images of openai/gpt-oss-20b in usd'),
      '',
      'events[9]: specversion must be "1.0".',
      expect.stringContaining('events[10]: time must be an instant'),
      expect.stringContaining('events[11]: subject must be an account id'),
      'There is no such account.',
      'events[13]: must be a JSON object.',
      expect.stringContaining('events[14]: id must be a text'),
    ]);
  });

  it.each([
    ['no JSON', '{"id":', 'application/json', 400, 'body_malformed'],
    ['another kind of content', event({ input_tokens: 1 }), 'text/plain', 400, 'body_malformed'],
    ['a list told as one event', [event({})], single, 400, 'body_malformed'],
    ['one event told as a list', event({}), batch, 400, 'body_malformed'],
    ['an empty list', [], batch, 400, 'invalid_request'],
    ['a list of 1,001', Array.from({ length: 1_001 }, () => ({})), batch, 400, 'invalid_request'],
    ['more than 10 MB', `"${'x'.repeat(10_000_000)}"`, batch, 413, 'body_too_large'],
  ])('refuses %s', async (_, body, type, status, code) => {
    expect(await send(body, { type })).toMatchObject({ status, body: { code } });
  });

  it('takes 9 MB, and no other call does', async () => {
    const events = Array.from({ length: 1_000 }, () =>
      event({ input_tokens: 1 }, { padding: 'x'.repeat(9_000) }),
    );
    const { status, body } = await send(events, { type: batch });
    const results = body['results'] as { status: string }[];
    expect(status).toBe(200);
    expect(new Set(results.map((one) => one.status))).toEqual(new Set(['accepted']));
    const other = await lone.app.request('/v1/holds', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ padding: 'x'.repeat(2_000_000) }),
    });
    expect(other.status).toBe(413);
  });

  it('R64 a key of one account reports for no other, and learns nothing of it', async () => {
    const confined = await keyWith(lone.ledger, 'service', await anAccount(lone.ledger));
    const { body } = await send([event({ input_tokens: 1 })], { as: confined });
    expect(body['results']).toMatchObject([{ status: 'rejected', code: 'account_not_found' }]);
  });

  it('R69 a model whose first price was recorded a moment ago is charged at once', async () => {
    const model = `new/model-${randomUUID()}`;
    const one = event({ model, images: 2 });
    expect((await send(one)).body['results']).toMatchObject([{ code: 'usage_not_priced' }]);
    // A price list is read anew at most once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const rate = { amount: '0.5', per: 1, tiers: [] };
    await setPrices(lone.ledger, [{ currency: 'usd', model, meter: 'images', rate }]);
    expect((await send(one)).body).toMatchObject({
      ...{ results: [{ status: 'accepted' }], accounts: [{ charged: '1.00' }] },
    });
  });
});

describe('POST /v1/holds/{id}/settle', () => {
  it('takes what was used instead of a cost, at the price of the hold’s model', async () => {
    const holdId = randomUUID();
    const call = (path: string, body: object) =>
      lone.app.request(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ account, ...body }),
      });
    await call('/v1/holds', { id: holdId, cost: '1.00', model: chat });
    const settle = (usage: object) => call(`/v1/holds/${holdId}/settle`, { usage });
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const response = await settle({ input_tokens: 1_000_000, output_tokens: 1_000_000 });
      expect(await response.json()).toMatchObject({ state: 'settled', cost: '0.25', model: chat });
    }
    expect((await settle({ input_tokens: 1 })).status).toBe(409);
    expect((await settle({ tokens: 1 })).status).toBe(400);
  });
});
