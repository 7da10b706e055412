import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import { createPortalSession } from '../../ledger/portal-sessions.ts';
import { anAccount, dayMs, dollars, nowMs } from '../ledger/ledger-fixture.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';

let lone: LoneApp;
let accountId: string;
let cookie: string;
beforeAll(async () => {
  lone = await createLoneApp({ nowMs: () => nowMs });
});
afterAll(() => lone.close());
beforeEach(async () => {
  accountId = await anAccount(lone.ledger);
  const { token } = await createPortalSession(lone.ledger, {
    ...{ accountId, returnUrl: null, nowMs, expiresAtMs: nowMs + dayMs },
  });
  cookie = `solvent_portal=${token}`;
});

async function page(): Promise<string> {
  return (await lone.app.request('/billing/settings', { headers: { cookie } })).text();
}

async function send(form: string, fields: Record<string, string>, csrf?: string) {
  const token = csrf ?? /name="csrf" value="([^"]+)"/.exec(await page())?.[1] ?? '';
  const response = await lone.app.request(`/billing/settings/${form}`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrf: token, ...fields }).toString(),
  });
  return { status: response.status, html: await response.text() };
}

const settings = async () => {
  const state = await readAccount(lone.ledger, { accountId });
  const { ownBalanceLimit, lowBalanceThresholds } = state?.account ?? {};
  return { ownBalanceLimit, lowBalanceThresholds };
};

it('R18 the page sets the customer’s own limit, and takes it back where it is left empty', async () => {
  expect(await send('limit', { limit: '20' })).toMatchObject({ status: 303 });
  expect(await settings()).toMatchObject({ ownBalanceLimit: dollars(20) });
  expect(await page()).toContain('value="20.00"');
  expect(await send('limit', { limit: '' })).toMatchObject({ status: 303 });
  expect(await settings()).toMatchObject({ ownBalanceLimit: null });
});

it.each(['100.01', '-1', 'much'])(
  'R18 a limit of %s is asked for again, as typed',
  async (limit) => {
    const { status, html } = await send('limit', { limit });
    expect(status).toBe(422);
    expect(html).toContain(`value="${limit}"`);
    expect(html).toContain('class="field-error"');
    expect(await settings()).toMatchObject({ ownBalanceLimit: null });
  },
);

it('R61 the page sets thresholds for mails; six of them, or nonsense, are asked for again', async () => {
  expect(await send('thresholds', { thresholds: '5 20.00' })).toMatchObject({ status: 303 });
  expect(await settings()).toMatchObject({ lowBalanceThresholds: [dollars(20), dollars(5)] });
  for (const thresholds of ['1 2 3 4 5 6', '5,00', '0']) {
    expect(await send('thresholds', { thresholds })).toMatchObject({ status: 422 });
  }
  expect(await send('thresholds', { thresholds: '' })).toMatchObject({ status: 303 });
  expect(await settings()).toMatchObject({ lowBalanceThresholds: [] });
});

it('a form that did not come from our page changes nothing', async () => {
  expect(await send('limit', { limit: '20' }, 'forged')).toMatchObject({ status: 403 });
  expect(await settings()).toMatchObject({ ownBalanceLimit: null });
});
