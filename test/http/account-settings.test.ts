import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPaidPurchase, anAccount, dollars, nowMs } from '../ledger/ledger-fixture.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

let lone: LoneApp;
let keys: Record<'billing' | 'operator' | 'service', string>;
beforeAll(async () => {
  lone = await createLoneApp({ nowMs: () => nowMs });
  keys = {
    billing: await keyWith(lone.ledger, 'billing'),
    operator: await keyWith(lone.ledger, 'operator'),
    service: await keyWith(lone.ledger, 'service'),
  };
});
afterAll(() => lone.close());

async function call(as: keyof typeof keys, method: string, path: string, body?: object) {
  const response = await lone.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${keys[as]}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, body: answer };
}

const set = (as: keyof typeof keys, account: string, body: object) =>
  call(as, 'PATCH', `/v1/accounts/${account}`, body);

async function actionsOf(account: string): Promise<string[]> {
  const rows = await lone.ledger.run<{ action: string; accountId: string }>(
    'select account_id as "accountId", action from audit_log order by audit_id',
  );
  return rows.flatMap(({ accountId, action }) => (accountId === account ? [action] : []));
}

describe('R18 R61 the customer’s own settings', () => {
  it('are set together or not at all, each with its entry in the audit log', async () => {
    const account = await anAccount(lone.ledger);
    const both = { ownBalanceLimit: '20.00', lowBalanceThresholds: ['5.00', '20.00', '5'] };
    expect(await set('billing', account, both)).toMatchObject({
      status: 200,
      body: { balanceLimit: { own: '20.00' }, lowBalanceThresholds: ['20.00', '5.00'] },
    });
    const tooMuch = { ownBalanceLimit: '100.01', lowBalanceThresholds: [] };
    expect(await set('billing', account, tooMuch)).toMatchObject({
      ...{ status: 422, body: { code: 'balance_limit_out_of_range', rule: 'R18' } },
    });
    expect(await set('billing', account, {})).toMatchObject({
      body: { balanceLimit: { own: '20.00' }, lowBalanceThresholds: ['20.00', '5.00'] },
    });
    await set('billing', account, { lowBalanceThresholds: ['1.00'] });
    expect(await actionsOf(account)).toEqual([
      ...['account.create', 'account.change_settings', 'account.set_low_balance_thresholds'],
    ]);
  });

  it.each([
    [{ lowBalanceThresholds: ['1', '2', '3', '4', '5', '6'] }],
    [{ lowBalanceThresholds: ['0'] }],
    [{ lowBalanceThresholds: '5.00' }],
    [{ netDays: 366 }],
    [{ adminHold: null }],
  ])('refuse %j', async (body) => {
    const account = await anAccount(lone.ledger);
    expect(await set('operator', account, body)).toMatchObject({ status: 400 });
  });
});

describe('R17 R67 what operators set', () => {
  it('is for them alone', async () => {
    const account = await anAccount(lone.ledger);
    for (const body of [{ plan: 'scale' }, { netDays: 30 }, { balanceLimitCeiling: '500' }]) {
      expect(await set('billing', account, body)).toMatchObject({
        ...{ status: 403, body: { code: 'permission_denied' } },
      });
    }
  });

  it('a contract brings net days and a ceiling of its own; Build has neither', async () => {
    const account = await anAccount(lone.ledger);
    const asked = { netDays: 30, balanceLimitCeiling: '5000.00' };
    expect(await set('operator', account, { balanceLimitCeiling: '5000.00' })).toMatchObject({
      body: { code: 'balance_limit_ceiling_fixed' },
    });
    expect(await set('operator', account, { netDays: 30 })).toMatchObject({
      ...{ status: 422, body: { code: 'net_days_without_contract' } },
    });
    expect(await set('operator', account, { plan: 'scale', ...asked })).toMatchObject({
      status: 200,
      body: {
        ...{ plan: 'scale', netDays: 30, tier: { name: 'Scale' } },
        balanceLimit: { effective: '5000.00', ceiling: '5000.00' },
      },
    });
    expect(await set('operator', account, { balanceLimitCeiling: '1000000.01' })).toMatchObject({
      body: { code: 'balance_limit_ceiling_out_of_range' },
    });
    expect(await set('operator', account, { plan: 'build' })).toMatchObject({
      body: { netDays: null, balanceLimit: { effective: '0.00', ceiling: '100.00' } },
    });
  });

  it('R17 Build Tier 5 may get a higher ceiling', async () => {
    const account = await anAccount(lone.ledger);
    await aPaidPurchase(lone.ledger, account, { amount: dollars(1_000) });
    expect(await set('operator', account, { balanceLimitCeiling: '250.00' })).toMatchObject({
      body: { tier: { code: 'build_5' }, balanceLimit: { ceiling: '250.00' } },
    });
    expect(await set('billing', account, { ownBalanceLimit: '250.00' })).toMatchObject({
      status: 200,
    });
  });
});

describe('R54 an account on hold', () => {
  it('is refused use at once, without a word of the reason, until it is taken back', async () => {
    const account = await anAccount(lone.ledger);
    await aPaidPurchase(lone.ledger, account, { amount: dollars(10) });
    const path = `/v1/accounts/${account}/admin-hold`;
    const reason = 'looks like card testing';
    const held = await call('operator', 'PUT', path, { reason });
    expect(held).toMatchObject({ status: 200, body: { onHold: true } });
    const hold = { account, id: randomUUID(), cost: '1.00' };
    const refused = await call('service', 'POST', '/v1/holds', hold);
    expect(refused).toMatchObject({ status: 403, body: { code: 'account_on_hold', rule: 'R54' } });
    const shown = await call('billing', 'GET', `/v1/accounts/${account}`);
    expect(JSON.stringify([held, refused, shown])).not.toContain(reason);
    expect(await call('operator', 'DELETE', path)).toMatchObject({ body: { onHold: false } });
    expect((await call('service', 'POST', '/v1/holds', hold)).status).toBe(201);
    expect(await actionsOf(account)).toEqual(['account.create', 'account.hold', 'account.unhold']);
  });

  it('R70 a closed one is refused use', async () => {
    const account = await anAccount(lone.ledger);
    await aPaidPurchase(lone.ledger, account, { amount: dollars(10) });
    await call('operator', 'POST', `/v1/accounts/${account}/close`);
    const refused = await call('service', 'POST', '/v1/holds', { account, id: 'a', cost: '1' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'account_closed', rule: 'R70' } });
  });
});
