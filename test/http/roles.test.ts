import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiKey, revokeApiKey, type ApiKeyRole } from '../../ledger/api-keys.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

const roles = ['billing', 'developer', 'service', 'operator'] as const;

let lone: LoneApp;
let account: string;
let keys: Record<ApiKeyRole, string>;
beforeAll(async () => {
  lone = await createLoneApp();
  const made = await Promise.all(
    roles.map(async (role) => [role, await keyWith(lone.ledger, role)] as const),
  );
  keys = Object.fromEntries(made) as Record<ApiKeyRole, string>;
  const body = { name: 'Ada', email: 'ada@example.com', currency: 'usd' };
  const created = await send('billing', 'POST', '/v1/accounts', body);
  account = ((await created.json()) as { id: string }).id;
});
afterAll(() => lone.close());

async function send(role: ApiKeyRole, method: string, path: string, body?: object) {
  return lone.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${keys[role]}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Calls by what they do, and the roles they are for (R64). An empty body stops them short of acting. */
const calls: readonly [method: string, path: string, allowed: readonly ApiKeyRole[]][] = [
  ['POST', '/v1/accounts', ['billing', 'operator']],
  ['GET', '/v1/accounts/:account', ['billing', 'developer', 'service', 'operator']],
  ['PATCH', '/v1/accounts/:account', ['billing', 'operator']],
  ['PUT', '/v1/accounts/:account/admin-hold', ['operator']],
  ['DELETE', '/v1/accounts/:account/admin-hold', ['operator']],
  ['GET', '/v1/accounts/:account/business-profile', ['billing', 'developer', 'operator']],
  ['PUT', '/v1/accounts/:account/business-profile', ['billing']],
  ['GET', '/v1/accounts/:account/access', ['billing', 'developer', 'service', 'operator']],
  ['GET', '/v1/accounts/:account/refusals', ['billing', 'developer', 'operator']],
  ['POST', '/v1/holds', ['billing', 'service']],
  ['POST', '/v1/holds/req_1/settle', ['billing', 'service']],
  ['POST', '/v1/holds/req_1/extend', ['billing', 'service']],
  ['POST', '/v1/holds/req_1/release', ['billing', 'service']],
  ['GET', '/v1/holds/req_1', ['billing', 'developer', 'service', 'operator']],
  ['GET', '/v1/accounts/:account/payment-methods', ['billing', 'developer', 'operator']],
  ['POST', '/v1/accounts/:account/payment-methods', ['billing']],
  ['POST', '/v1/accounts/:account/payment-methods/pm_x/default', ['billing']],
  ['DELETE', '/v1/accounts/:account/payment-methods/pm_x', ['billing']],
  ['POST', '/v1/purchases', ['billing']],
  ['GET', '/v1/accounts/:account/purchases', ['billing', 'developer', 'operator']],
  ['POST', '/v1/accounts/:account/purchase-previews', ['billing', 'developer', 'operator']],
  ['POST', '/v1/accounts/:account/clock/advance', ['operator']],
  ['GET', '/v1/purchases/:purchase/receipt.pdf', ['billing', 'developer', 'operator']],
  ['POST', '/v1/purchases/:purchase/authentication-links', ['billing']],
  ['POST', '/v1/invoices/:invoice/payment-links', ['billing']],
  ['GET', '/v1/accounts/:account/statement', ['billing', 'developer', 'operator']],
  ['GET', '/v1/accounts/:account/usage.csv', ['billing', 'developer', 'operator']],
  ['GET', '/v1/policies', ['operator']],
  ['GET', '/v1/prices', ['billing', 'developer', 'service', 'operator']],
  ['POST', '/v1/usage', ['billing', 'service']],
  ['POST', '/v1/portal-sessions', ['billing']],
  ['POST', '/v1/grants', ['operator']],
  ['GET', '/v1/grants', ['operator']],
  ['POST', '/v1/grants/grant_x/approve', ['operator']],
  ['POST', '/v1/grants/grant_x/reject', ['operator']],
  ['GET', '/v1/webhook-endpoints?accountId=:account', ['billing', 'developer', 'operator']],
  ['POST', '/v1/webhook-endpoints', ['billing', 'operator']],
  ['POST', '/v1/accounts/:account/close', ['operator']],
  ['GET', '/v1/accounts/:account/invoices', ['billing', 'developer', 'operator']],
  ['GET', '/v1/accounts/:account/invoice-preview', ['billing', 'developer', 'operator']],
  ['GET', '/v1/invoices/:invoice', ['billing', 'developer', 'operator']],
  ['GET', '/v1/invoices/:invoice/pdf', ['billing', 'developer', 'operator']],
  ['GET', '/v1/invoices/:invoice/lines.csv', ['billing', 'developer', 'operator']],
  ['POST', '/v1/invoices/:invoice/void', ['operator']],
  ['POST', '/v1/invoices/:invoice/credit-notes', ['operator']],
  ['POST', '/v1/invoices/:invoice/pay', ['billing']],
  ['GET', '/v1/invoices/:invoice/payments', ['billing', 'developer', 'operator']],
  ['GET', '/v1/invoices/:invoice/payments/ipay_x', ['billing', 'developer', 'operator']],
  ['GET', '/v1/invoices/:invoice/collection', ['operator']],
  ['POST', '/v1/invoices/:invoice/collection/pause', ['operator']],
  ['POST', '/v1/invoices/:invoice/collection/resume', ['operator']],
  ['POST', '/v1/invoices/:invoice/collection/promise', ['operator']],
  ['POST', '/v1/invoices/:invoice/collection/retry', ['operator']],
  ['POST', '/v1/invoices/:invoice/collection/schedule', ['operator']],
  ['POST', '/v1/invoices/:invoice/collection/write-off', ['operator']],
  ['POST', '/v1/invoices/:invoice/collection/forgive', ['operator']],
  ['GET', '/v1/aging', ['operator']],
  ['GET', '/v1/collections', ['operator']],
  ['GET', '/v1/credit-notes/:note', ['billing', 'developer', 'operator']],
  ['GET', '/v1/credit-notes/:note/pdf', ['billing', 'developer', 'operator']],
  ['POST', '/v1/usage-corrections', ['operator']],
];

it.each(calls)('R64 %s %s is for %j and for no other role', async (method, path, allowed) => {
  const purchase = account.replace('acct_', 'pur_') + '_0123456789abcdef';
  const address = path
    .replace(':account', account)
    .replace(':purchase', purchase)
    .replace(':invoice', `${account.replace('acct_', 'inv_')}_202611`)
    .replace(':note', `${account.replace('acct_', 'cn_')}_0123456789abcdef`);
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  const passed: string[] = [];
  for (const role of roles) {
    const { status } = await send(role, method, address, body);
    if (status !== 403) passed.push(role);
    expect(status).not.toBe(401);
  }
  expect(passed).toEqual(allowed);
});

it('R68 an operator reads which policy is in force, and since when', async () => {
  const answer = await send('operator', 'GET', '/v1/policies');
  expect(await answer.json()).toMatchObject({
    inForce: 'together-2025-11',
    data: [{ version: 'together-2025-11', effectiveAt: null, actor: 'system' }],
  });
});

it('R64 a revoked key is refused at once', async () => {
  const asked = { actor: 'test', nowMs: Date.now() };
  const key = { role: 'billing', accountId: null, name: 'short-lived', ...asked } as const;
  const { keyId, secret } = await createApiKey(lone.ledger, key);
  const read = () =>
    lone.app.request(`/v1/accounts/${account}`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await read()).status).toBe(200);
  await revokeApiKey(lone.ledger, { keyId, ...asked });
  expect((await read()).status).toBe(401);
});

it('R64 changes made through the API are in the audit log, by the key’s id and not its secret', async () => {
  await send('operator', 'PATCH', `/v1/accounts/${account}`, { ownBalanceLimit: '10.00' });
  const rows = await lone.ledger.run<{ action: string; actor: string }>(
    'select action, actor from audit_log order by audit_id',
  );
  expect(rows).toContainEqual({
    action: 'account.set_own_balance_limit',
    actor: expect.stringMatching(/^api_key:key_[0-9a-f]{16}$/) as string,
  });
  expect(JSON.stringify(rows)).not.toContain('sk_');
});
