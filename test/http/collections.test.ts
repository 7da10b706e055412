import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { patienceMs } from '../support/patience.ts';
import { createTestAccount } from '../support/stack.ts';
import { owingAccount, type Owing } from '../workflows/fixtures/owing-account.ts';
import { keyWith, startRunningApp, type Answer, type RunningApp } from './running-app.ts';

const dayMs = 86_400_000;

let app: RunningApp;
let operator: string;
beforeAll(async () => {
  app = await startRunningApp();
  operator = await keyWith(app.ledger, 'operator');
});
afterAll(() => app.close());

const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString();

/** An account that owes $2.70; the invoice is charged by itself the day after tomorrow. */
function owing(): Promise<Owing> {
  const createAccount: Parameters<typeof owingAccount>[0]['createAccount'] = (given) =>
    createTestAccount(app.ledger, given);
  return owingAccount({ ...app, createAccount }, 'pm_card_visa', { nowMs: Date.now() });
}

function operate({ invoiceId }: Owing, verb: string, body: object = {}, headers = {}) {
  const path = `/v1/invoices/${invoiceId}/collection/${verb}`;
  return app.api('POST', path, { key: operator, body, headers });
}

const collectionOf = async ({ invoiceId }: Owing) =>
  (await app.api('GET', `/v1/invoices/${invoiceId}/collection`, { key: operator })).body;

it('R50 R64 pausing stops the clock until it is resumed, and the audit log names who did it', async () => {
  const account = await owing();
  const before = await collectionOf(account);
  expect(before).toMatchObject({ state: 'open', due: '2.70', next: { step: 'wait' }, pauses: [] });
  const key = { 'idempotency-key': 'once' };
  const paused = await operate(account, 'pause', { reason: 'we look into it' }, key);
  expect(paused).toMatchObject({
    status: 200,
    body: {
      ...{ next: { step: 'paused' }, pastDueAt: null, serviceStopsAt: null },
      pauses: [{ reason: 'operator', until: null }],
      audit: [{ action: 'collection.pause', reason: 'we look into it' }],
    },
  });
  const again = await operate(account, 'pause', { reason: 'we look into it' }, key);
  expect(again.body).toEqual(paused.body);
  const [audit] = paused.body['audit'] as { actor: string }[];
  expect(audit?.actor).toMatch(/^api_key:key_/);
  const resumed = await operate(account, 'resume');
  expect(resumed.body).toMatchObject({ next: { step: 'wait' } });
  const twice = await operate(account, 'resume');
  expect([twice.status, twice.body['code']]).toEqual([409, 'collection_not_paused']);
});

it('R50 a promise pauses until its day, which is in the future and near', async () => {
  const account = await owing();
  for (const [days, status, code] of [
    [-1, 422, 'promise_not_in_future'],
    [91, 422, 'promise_not_in_future'],
    [10, 200, undefined],
  ] as const) {
    const until = new Date(Date.now() + days * dayMs).toISOString();
    const { status: got, body } = await operate(account, 'promise', { until, reason: 'phoned' });
    expect([got, body['code']], String(days)).toEqual([status, code]);
    if (status === 200) expect(body['pauses']).toMatchObject([{ reason: 'promise', until }]);
  }
});

it.each([
  ['pause', { reason: 'one' }, { reason: 'another' }],
  ['promise', { until: inDays(3), reason: 'one' }, { until: inDays(4), reason: 'one' }],
  ['schedule', { retryAfterDays: [2, 4] }, { retryAfterDays: [2, 5] }],
  ['write-off', { reason: 'one' }, { reason: 'another' }],
  ['forgive', { reason: 'one' }, { reason: 'another' }],
])('B19 a key that asked for one %s asks for no other', async (verb, body, other) => {
  const account = await owing();
  const key = { 'idempotency-key': 'once' };
  expect(await operate(account, verb, body, key)).toMatchObject({ status: 200 });
  const before = await collectionOf(account);
  const refused = await operate(account, verb, other, key);
  expect([refused.status, refused.body['code']]).toEqual([422, 'idempotency_key_reused']);
  expect(await collectionOf(account)).toEqual(before);
  expect(await operate(account, verb, body, key)).toMatchObject({ status: 200 });
});

it('R49 another schedule is taken or refused by name, and is the account’s', async () => {
  const account = await owing();
  for (const retryAfterDays of [[3, 1], [0], [61], [1.5], 'daily']) {
    const refused = await operate(account, 'schedule', { retryAfterDays });
    expect([refused.status, refused.body['code']]).toEqual([400, 'invalid_request']);
  }
  const changed = await operate(account, 'schedule', { retryAfterDays: [2, 4] });
  expect(changed.body).toMatchObject({ retryAfterDays: [2, 4] });
  const back = await operate(account, 'schedule', { retryAfterDays: null });
  expect(back.body).toMatchObject({ retryAfterDays: null });
});

it('R47 R49 retry now charges at once, beside the schedule', async () => {
  const account = await owing();
  const asked = await operate(account, 'retry');
  expect(asked.status).toBe(200);
  await vi.waitFor(
    async () => {
      expect(await collectionOf(account)).toMatchObject({ state: 'paid', due: '0.00' });
    },
    { timeout: patienceMs, interval: 200 },
  );
});

it('R16 R50 written off it is still owed and in the aging; forgiven it is not', async () => {
  const account = await owing();
  const agingNow = async () => {
    const { body } = await app.api('GET', '/v1/aging', { key: operator });
    const [usd] = body['data'] as {
      readonly total: { amount: string; uncollectible: string };
      readonly booked: string;
      readonly agrees: boolean;
      readonly buckets: readonly { age: string }[];
    }[];
    if (usd === undefined) throw new Error('no aging');
    expect(usd.agrees).toBe(true);
    expect(usd.buckets.map(({ age }) => age)).toEqual([
      ...['current', '1-7', '8-30', '31-60', '61-90', 'over-90'],
    ]);
    return usd.total;
  };
  const before = await agingNow();
  const missing = await operate(account, 'write-off');
  expect([missing.status, missing.body['code']]).toEqual([400, 'invalid_request']);
  const gone = await operate(account, 'write-off', { reason: 'out of business' });
  expect(gone.body).toMatchObject({ state: 'uncollectible', due: '2.70', next: { step: 'over' } });
  const written = await agingNow();
  expect(written.amount).toBe(before.amount);
  expect(Number(written.uncollectible) - Number(before.uncollectible)).toBeCloseTo(2.7);
  const list = await app.api('GET', '/v1/collections?age=current&limit=100', { key: operator });
  expect(list.body['data']).toContainEqual(
    expect.objectContaining({ invoice: account.invoiceId, state: 'uncollectible', age: 'current' }),
  );
  const forgiven = await operate(account, 'forgive', { reason: 'our mistake' });
  expect(forgiven.body).toMatchObject({ state: 'forgiven', due: '0.00' });
  expect(Number(before.amount) - Number((await agingNow()).amount)).toBeCloseTo(2.7);
  const late = await operate(account, 'pause', { reason: 'too late' });
  expect([late.status, late.body['code']]).toEqual([409, 'collection_not_open']);
});

it('R50 written off while it was paused, it refuses service all the same', async () => {
  const account = await owing();
  await operate(account, 'pause', { reason: 'we look into it' });
  const gone = await operate(account, 'write-off', { reason: 'out of business' });
  expect(gone.body).toMatchObject({ serviceStopsAt: expect.any(String) as string });
  const { accountId } = account;
  const to = new Date(account.chargeAtMs + 20 * dayMs).toISOString();
  const clock = { key: operator, body: { to } };
  await app.api('POST', `/v1/accounts/${accountId}/clock/advance`, clock);
  const access = await app.api('GET', `/v1/accounts/${accountId}/access`, { key: operator });
  expect(access.body).toMatchObject({ allowed: false, code: 'past_due_invoice' });
});

it('R63 the list goes on from a cursor, the oldest first', async () => {
  await Promise.all([owing(), owing()]);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const path = `/v1/collections?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`;
    const { body }: Answer = await app.api('GET', path, { key: operator });
    seen.push(...(body['data'] as { invoice: string }[]).map(({ invoice }) => invoice));
    cursor = body['nextCursor'] as string | null;
  } while (cursor !== null);
  expect(seen.length).toBeGreaterThan(1);
  expect(new Set(seen).size).toBe(seen.length);
});

it('an invoice that does not exist starts nothing', async () => {
  const { invoiceId } = await owing();
  const missing = { invoiceId: invoiceId.replace(/_\d{6}$/, '_209901') } as Owing;
  const answer = await operate(missing, 'pause', { reason: 'why not' });
  expect([answer.status, answer.body['code']]).toEqual([404, 'invoice_not_found']);
  await expect(app.client.collections.status(missing.invoiceId)).resolves.toBeUndefined();
});
