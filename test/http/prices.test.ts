import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestAccount } from '../support/stack.ts';
import { recordPrices } from '../../ledger/prices.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

let lone: LoneApp;
let key: string;
const nowMs = Date.now();
const changeMs = nowMs + 3_600_000;

beforeAll(async () => {
  lone = await createLoneApp();
  key = await keyWith(lone.ledger, 'service', (await createTestAccount(lone.ledger)).accountId);
  const chat = { currency: 'usd', model: 'maker/chat' } as const;
  const rate = { amount: '0.18', per: 1_000_000, tiers: [{ from: 5_000, amount: '0.1' }] };
  const asked = { source: 'test', endsGone: false, actor: 'test', nowMs };
  const input = { ...chat, meter: 'input_tokens', rate } as const;
  const output = { ...chat, meter: 'output_tokens', rate } as const;
  const paint = { ...input, model: 'maker/paint' };
  await recordPrices(lone.ledger, {
    ...{ ...asked, effectiveFromMs: 0, wanted: [output, paint, input] },
  });
  await recordPrices(lone.ledger, {
    ...{ ...asked, effectiveFromMs: changeMs, wanted: [{ ...input, rate: null }] },
  });
});
afterAll(() => lone.close());

interface Page {
  data: { model: string; meter: string }[];
  nextCursor: string | null;
}

async function get(query: string): Promise<{ status: number; body: Page }> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await lone.app.request(`/v1/prices${query}`, { headers });
  return { status: answer.status, body: (await answer.json()) as Page };
}

it('R69 prices are listed exactly, with the instants they hold from and until', async () => {
  const { status, body } = await get('?model=maker/chat&limit=2');
  expect(status).toBe(200);
  expect(body.data).toEqual([
    {
      id: expect.any(Number),
      ...{ model: 'maker/chat', meter: 'input_tokens', currency: 'usd' },
      ...{ amount: '0.18', per: 1_000_000, tiers: [{ from: 5_000, amount: '0.1' }] },
      effectiveFrom: '1970-01-01T00:00:00.000Z',
      effectiveUntil: new Date(changeMs).toISOString(),
    },
    expect.objectContaining({ amount: null, per: null, tiers: [], effectiveUntil: null }),
  ]);
});

it('its pages follow each other without a gap or a repeat', async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await get(`?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...body.data.map(({ model, meter }) => `${model} ${meter}`));
    cursor = body.nextCursor;
  }
  expect(seen).toEqual([
    'maker/chat input_tokens',
    'maker/chat input_tokens',
    'maker/chat output_tokens',
    'maker/paint input_tokens',
  ]);
});

it.each([
  ['a cursor behind all prices gives none', '?cursor=999999999&limit=1', 0],
  ['a model without prices gives none', '?model=maker', 0],
])('%s', async (_, query, count) => {
  const { status, body } = await get(query);
  expect({ status, count: body.data.length }).toEqual({ status: 200, count });
});

it.each(['?limit=0', '?cursor=abc', '?modle=x', `?model=${'x'.repeat(201)}`])(
  '%s is refused',
  async (query) => {
    expect((await get(query)).status).toBe(400);
  },
);
