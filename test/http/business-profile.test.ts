import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPortalSession } from '../../ledger/portal-sessions.ts';
import { anAccount, dayMs, nowMs } from '../ledger/ledger-fixture.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';

let lone: LoneApp;
let key: string;
let account: string;
beforeAll(async () => {
  lone = await createLoneApp({ nowMs: () => nowMs });
  key = await keyWith(lone.ledger, 'billing');
});
afterAll(() => lone.close());
beforeEach(async () => {
  account = await anAccount(lone.ledger);
});

async function call(method: 'GET' | 'PUT', path: string, body?: object) {
  const response = await lone.app.request(path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
const profilePath = () => `/v1/accounts/${account}/business-profile`;

const address = { line1: '1 Main Street', city: 'Berlin', postalCode: '10115', country: 'DE' };
const wholeAddress = { ...address, line2: null, region: null };
const taxId = { country: 'DE', value: '136695976' };

it('R44 business data are put through the API, and say whether the tax id was checked', async () => {
  const given = { name: 'Engines GmbH', address, invoiceEmails: ['a@example.com'], taxId };
  const shown = {
    ...{ accountId: account, name: 'Engines GmbH', address: wholeAddress, purchaseOrder: null },
    ...{
      invoiceEmails: ['a@example.com'],
      taxId: { ...taxId, value: 'DE136695976', checked: true },
    },
  };
  expect(await call('PUT', profilePath(), given)).toEqual({ status: 200, body: shown });
  expect(await call('GET', profilePath())).toEqual({ status: 200, body: shown });
  expect(await call('GET', `/v1/accounts/${account}`)).toMatchObject({
    body: { taxPlace: { country: 'DE', region: null } },
  });
  const unchecked = { taxId: { country: 'KE', value: 'P051' } };
  expect(await call('PUT', profilePath(), unchecked)).toMatchObject({
    body: { name: null, address: null, taxId: { country: 'KE', value: 'P051', checked: false } },
  });
});

it('R44 what is wrong is refused by field, a tax id with its country’s format, and nothing is kept', async () => {
  const wrong = { name: 'Kept?', taxId: { ...taxId, value: '136695977' }, invoiceEmails: ['Ada'] };
  const answer = await call('PUT', profilePath(), wrong);
  expect(answer).toMatchObject({
    status: 422,
    body: {
      ...{ code: 'business_profile_invalid', rule: 'R44' },
      errors: [
        { field: 'invoiceEmails' },
        { field: 'taxId.value', message: expect.stringContaining('"DE" and 9 digits') as string },
      ],
    },
  });
  expect(await call('GET', profilePath())).toMatchObject({ body: { name: null, taxId: null } });
  for (const body of [{ vatId: '1' }, { address: 'Berlin' }, { invoiceEmails: 'a@b.c' }]) {
    expect(await call('PUT', profilePath(), body)).toMatchObject({ status: 400 });
  }
});

async function openPage() {
  const { token } = await createPortalSession(lone.ledger, {
    ...{ accountId: account, returnUrl: null, nowMs, expiresAtMs: nowMs + dayMs },
  });
  const cookie = `solvent_portal=${token}`;
  const page = async () =>
    (await lone.app.request('/billing/settings', { headers: { cookie } })).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page())?.[1] ?? '';
  const send = async (fields: Record<string, string>) => {
    const response = await lone.app.request('/billing/settings/business', {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf, ...fields }).toString(),
    });
    return { status: response.status, html: await response.text() };
  };
  return { page, send };
}

const typed = {
  ...{ 'address.line1': '1 Main Street', 'address.city': 'Berlin', 'address.country': 'de' },
  ...{ name: 'Engines <GmbH>', invoiceEmails: 'a@example.com, b@example.com' },
};

it('R44 customers put them on the settings page, where browsers know the fields', async () => {
  const { page, send } = await openPage();
  expect(await send({ ...typed, 'taxId.value': '136695976' })).toMatchObject({ status: 303 });
  const html = await page();
  for (const value of ['Engines &lt;GmbH&gt;', 'a@example.com b@example.com', 'DE136695976']) {
    expect(html).toContain(`value="${value}"`);
  }
  expect(html).toContain('autocomplete="organization"');
  expect(html).toContain('autocomplete="billing country"');
  expect(await call('GET', profilePath())).toMatchObject({ body: { address: { country: 'DE' } } });
});

it('R44 the page asks again for what is wrong, as it was typed and beside its field', async () => {
  const { page, send } = await openPage();
  const { status, html } = await send({ ...typed, 'taxId.value': '12', 'address.city': '' });
  expect(status).toBe(422);
  expect(html).toContain('value="12"');
  expect(html).toMatch(/id="taxId.value-error"[^>]*>Tax ID must be &quot;DE&quot; and 9 digits/);
  expect(html).toMatch(/id="address.city-error"[^>]*>City must be given/);
  expect(await page()).not.toContain('Engines');
});
