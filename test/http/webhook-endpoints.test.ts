import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSignedWith } from '../support/webhook-receiver.ts';
import { receiving } from '../support/webhook-registration.ts';
import { keyWith, startRunningApp, type Answer, type RunningApp } from './running-app.ts';

let app: RunningApp;
let keys: Record<'billing' | 'developer' | 'service' | 'operator', string>;
beforeAll(async () => {
  app = await startRunningApp();
  keys = {
    billing: await keyWith(app.ledger, 'billing'),
    developer: await keyWith(app.ledger, 'developer'),
    service: await keyWith(app.ledger, 'service'),
    operator: await keyWith(app.ledger, 'operator'),
  };
});
afterAll(() => app.close());

const path = '/v1/webhook-endpoints';

async function newAccount(): Promise<string> {
  const body = { name: 'Ada', email: 'ada@example.com', currency: 'usd' };
  const created = await app.api('POST', '/v1/accounts', { key: keys.billing, body });
  return String(created.body['id']);
}

async function newEndpoint(url: string, accountId?: string) {
  const key = accountId === undefined ? keys.operator : keys.billing;
  const body = accountId === undefined ? { url } : { url, accountId };
  const { status, body: made } = await app.api('POST', path, { key, body });
  expect([status, made]).toEqual([201, expect.objectContaining({ url, enabled: true })]);
  return { id: String(made['id']), secret: String(made['secret']) };
}

const codeOf = ({ status, body }: Answer) => [status, body['code']];

describe('R63 an endpoint by API', () => {
  it('is registered, tried, shown in the log, replayed, disabled, enabled and removed', async () => {
    const accountId = await newAccount();
    const receiver = await receiving();
    const { id, secret } = await newEndpoint(receiver.url, accountId);
    const at = `${path}/${id}`;
    const call = (method: string, rest = '', body?: object) =>
      app.api(method, `${at}${rest}`, { key: keys.billing, body });
    const { body: sent } = await call('POST', '/test');
    await expect.poll(() => receiver.requests.length).toBe(1);
    const [request] = receiver.requests;
    expect(request?.body).toMatchObject({ type: 'ping', data: { accountId, endpointId: id } });
    expect(request !== undefined && isSignedWith(secret, request)).toBe(true);
    const log = async () => {
      const { body } = await call('GET', '/deliveries?state=delivered&limit=5');
      return body['data'] as { messageId: string; attempts: number }[];
    };
    const messageId = String(sent['messageId']);
    await expect.poll(log).toMatchObject([{ messageId, attempts: 1, log: [{ status: 200 }] }]);
    expect((await call('POST', `/deliveries/${messageId}/replay`)).status).toBe(202);
    await expect.poll(() => receiver.requests.length).toBe(2);
    expect(receiver.requests[1]?.id).toBe(messageId);

    const disabled = await call('PATCH', '', { enabled: false });
    expect(disabled.body).toMatchObject({ enabled: false, disabledReason: 'asked' });
    expect(codeOf(await call('POST', '/test'))).toEqual([409, 'webhook_endpoint_disabled']);
    const enabled = await call('PATCH', '', { enabled: true, types: ['purchase.succeeded'] });
    expect(enabled.body).toMatchObject({ enabled: true, types: ['purchase.succeeded'] });
    expect((await call('DELETE')).status).toBe(204);
    expect(codeOf(await call('GET'))).toEqual([404, 'webhook_endpoint_not_found']);
    expect(codeOf(await call('POST', '/test'))).toEqual([404, 'webhook_endpoint_not_found']);
  });

  it('shows its secret when it is made and rotated, to a repeat too, and never else', async () => {
    const accountId = await newAccount();
    const url = 'https://hooks.example.com/a';
    const headers = { 'idempotency-key': randomUUID() };
    const register = (change: object = {}) =>
      app.api('POST', path, { key: keys.billing, headers, body: { url, accountId, ...change } });
    const first = await register();
    expect(String(first.body['secret'])).toMatch(/^whsec_[\w+/]{43}=$/);
    expect((await register()).body).toEqual(first.body);
    expect(codeOf(await register({ url: `${url}/b` }))).toEqual([422, 'idempotency_key_reused']);
    const at = `${path}/${String(first.body['id'])}`;
    const rotate = () => app.api('POST', `${at}/rotate-secret`, { key: keys.billing, headers });
    const rotated = await rotate();
    expect(rotated.body['secret']).not.toBe(first.body['secret']);
    expect((await rotate()).body).toEqual(rotated.body);
    expect((await register()).body['secret']).toBeNull();
    const shown = [
      await app.api('GET', at, { key: keys.billing }),
      await app.api('GET', `${path}?accountId=${accountId}`, { key: keys.billing }),
    ];
    expect(JSON.stringify(shown.map(({ body }) => body))).not.toContain('whsec_');
    const audited = await app.ledger.run<{ detail: unknown }>('select detail from audit_log');
    expect(JSON.stringify(audited)).not.toMatch(/whsec_|hooks\.example/);
  });

  it('is told of an account that was made, in time for the operator to see it', async () => {
    const receiver = await receiving();
    const { id } = await newEndpoint(receiver.url);
    const accountId = await newAccount();
    const told = () => receiver.requests.map(({ body }) => [body.type, body.data['accountId']]);
    await expect.poll(told).toContainEqual(['account.created', accountId]);
    const changed = await app.api('PATCH', `/v1/accounts/${accountId}`, {
      ...{ key: keys.operator, body: { ownBalanceLimit: '10.00' } },
    });
    expect([changed.status, changed.body]).toEqual([200, expect.any(Object)]);
    await expect.poll(told).toContainEqual(['account.updated', accountId]);
    await app.api('DELETE', `${path}/${id}`, { key: keys.operator });
  });
});

describe('R64 endpoints', () => {
  it('of an account are its own keys’, those for all accounts the operator’s', async () => {
    const [mine, other] = [await newAccount(), await newAccount()];
    const url = 'https://hooks.example.com/';
    const confined = await keyWith(app.ledger, 'billing', mine);
    const make = (key: string, body: object) => app.api('POST', path, { key, body });
    expect(codeOf(await make(keys.billing, { url }))).toEqual([403, 'permission_denied']);
    expect(codeOf(await make(keys.operator, { url, accountId: mine }))).toEqual([
      ...[403, 'permission_denied'],
    ]);
    expect(codeOf(await make(confined, { url, accountId: other }))).toEqual([
      ...[404, 'account_not_found'],
    ]);
    expect((await make(confined, { url })).body).toMatchObject({ accountId: mine });
    const nowhere = `acct_${'7'.padEnd(26, 'z')}`;
    expect(codeOf(await make(keys.billing, { url, accountId: nowhere }))).toEqual([
      ...[404, 'account_not_found'],
    ]);
    const house = await newEndpoint(url);
    const foreign = await newEndpoint(url, other);
    for (const [key, id] of [
      [keys.billing, house.id],
      [confined, house.id],
      [confined, foreign.id],
      [keys.operator, foreign.id],
      [keys.developer, foreign.id],
    ] as const) {
      expect([403, 404]).toContain((await app.api('DELETE', `${path}/${id}`, { key })).status);
    }
    const read = await app.api('GET', `${path}/${foreign.id}`, { key: keys.operator });
    expect(read.status).toBe(200);
  });

  it.each([
    [{ url: 'ftp://example.com/' }, 422, 'webhook_url_not_allowed'],
    [{ url: 'https://10.0.0.1/' }, 422, 'webhook_url_not_allowed'],
    [{ url: 'http://example.com/' }, 422, 'webhook_url_not_allowed'],
    [{ url: 7 }, 400, 'invalid_request'],
    [{ url: 'https://example.com/', types: [] }, 400, 'invalid_request'],
    [{ url: 'https://example.com/', types: ['nonesuch'] }, 400, 'invalid_request'],
    [{ url: 'https://example.com/', secret: 'mine' }, 400, 'invalid_request'],
  ])('are refused from %j', async (body, status, code) => {
    const answer = await app.api('POST', path, { key: keys.operator, body });
    expect(codeOf(answer)).toEqual([status, code]);
  });

  it('are sixteen at most', async () => {
    const accountId = await newAccount();
    const body = { accountId, url: 'https://hooks.example.com/' };
    const register = () => app.api('POST', path, { key: keys.billing, body });
    for (let made = 0; made < 16; made += 1) expect((await register()).status).toBe(201);
    expect(codeOf(await register())).toEqual([409, 'webhook_endpoints_too_many']);
  });
});
