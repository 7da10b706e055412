import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountIdFor } from '../../client/ids.ts';
import { createPortalSession } from '../../ledger/portal-sessions.ts';
import { createLoneApp, type LoneApp } from '../http/lone-app.ts';
import { testSeller } from '../http/running-app.ts';
import { createTestAccount } from '../support/stack.ts';

let lone: LoneApp;
beforeAll(async () => {
  lone = await createLoneApp();
});
afterAll(() => lone.close());

const hourMs = 3_600_000;

async function portalToken(changes: { expiresAtMs?: number } = {}): Promise<string> {
  const { accountId } = await createTestAccount(lone.ledger);
  const nowMs = Date.now();
  const session = { accountId, returnUrl: null, expiresAtMs: nowMs + hourMs, nowMs, ...changes };
  return (await createPortalSession(lone.ledger, session)).token;
}

async function open(path: string, cookie?: string): Promise<Response> {
  return lone.app.request(path, { headers: cookie === undefined ? {} : { cookie } });
}

async function cookieOf(token: string): Promise<string> {
  const opened = await open(`/portal/${token}`);
  return (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

async function post(path: string, cookie: string, form: Record<string, string>): Promise<Response> {
  return lone.app.request(path, {
    method: 'POST',
    headers: { cookie },
    body: new URLSearchParams(form),
  });
}

it('a portal link keeps its token in a cookie of the pages alone and leaves a clean address', async () => {
  const opened = await open(`/portal/${await portalToken()}`);
  expect(opened.status).toBe(303);
  expect(opened.headers.get('location')).toBe('/billing');
  const cookie = opened.headers.get('set-cookie') ?? '';
  for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/billing', 'Max-Age=3']) {
    expect(cookie).toContain(part);
  }
  expect(opened.headers.get('cache-control')).toBe('no-store');
});

it('an expired, unknown or missing session is 401 with a page that says what to do', async () => {
  const expired = await portalToken({ expiresAtMs: Date.now() - 1 });
  expect((await open(`/portal/${expired}`)).status).toBe(401);
  expect((await open('/portal/ps_nonesuch')).status).toBe(401);
  const without = await open('/billing');
  expect(without.status).toBe(401);
  expect(await without.text()).toContain('Open the billing page again from your account');
  const stale = await open('/billing', `solvent_portal=${expired}`);
  expect(stale.status).toBe(401);
});

it('only a hash of the token is stored', async () => {
  const token = await portalToken();
  const rows = await lone.ledger.run('select * from portal_sessions');
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(token);
});

it('a form without the session’s own token acts on nothing', async () => {
  const [mine, others] = [await cookieOf(await portalToken()), await cookieOf(await portalToken())];
  const othersPage = await (await open('/billing/cards', others)).text();
  const othersToken = /name="csrf" value="([^"]+)"/.exec(othersPage)?.[1] ?? '';
  expect(othersToken).toMatch(/^[\w-]{43}$/);
  const form = { idempotencyKey: 'k', amount: '25.00', card: 'pm_card_visa', newCard: 'pm_x' };
  for (const path of ['/billing/purchases', '/billing/cards', '/billing/cards/pm_x/remove']) {
    expect((await post(path, mine, form)).status).toBe(403);
    expect((await post(path, mine, { ...form, csrf: othersToken })).status).toBe(403);
  }
});

it('another account’s purchase or set-up is not there', async () => {
  const cookie = await cookieOf(await portalToken());
  const other = accountIdFor('other', 'test').slice('acct_'.length);
  const id = `${other}_${'0'.repeat(16)}`;
  for (const path of [
    `purchases/pur_${id}`,
    `purchases/pur_${id}/state`,
    `card-setups/setup_${id}`,
  ]) {
    expect((await open(`/billing/${path}`, cookie)).status).toBe(404);
  }
});

it('R15 pages run no inline script, load nothing from elsewhere and cannot be framed', async () => {
  const page = await open('/billing/cards', await cookieOf(await portalToken()));
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toContain('stripe.com');
  expect(await page.text()).not.toMatch(/<script>|style="| on\w+="/);
});

it('R15 with a publishable key the page has Stripe’s own form, and no field for a card number', async () => {
  const made = await createLoneApp({
    settings: {
      publicUrl: 'https://billing.example.com',
      cardEntry: { kind: 'elements', publishableKey: 'pk_test_abc' },
      portalSessionMs: hourMs,
      firstOutcomeWaitMs: 1,
      seller: testSeller,
      loopbackWebhooksAllowed: false,
    },
  });
  const { accountId } = await createTestAccount(made.ledger);
  const nowMs = Date.now();
  const session = { accountId, returnUrl: null, expiresAtMs: nowMs + hourMs, nowMs };
  const { token } = await createPortalSession(made.ledger, session);
  const opened = await made.app.request(`/portal/${token}`);
  const cookie = opened.headers.get('set-cookie') ?? '';
  expect(cookie).toContain('Secure');
  const page = await made.app.request('/billing/cards', {
    headers: { cookie: cookie.split(';')[0] ?? '' },
  });
  const html = await page.text();
  expect(html).toContain('data-publishable-key="pk_test_abc"');
  expect(html).toContain('https://js.stripe.com/v3/');
  expect(html).not.toContain('pm_card_visa');
  expect(page.headers.get('content-security-policy')).toContain('https://js.stripe.com');
  await made.close();
});

it('a customer’s name is shown as text, whatever it holds', async () => {
  const name = '<img src=x onerror=alert(1)>';
  const { accountId } = await createTestAccount(lone.ledger, { name });
  const nowMs = Date.now();
  const session = { accountId, returnUrl: null, expiresAtMs: nowMs + hourMs, nowMs };
  const { token } = await createPortalSession(lone.ledger, session);
  const html = await (await open('/billing', await cookieOf(token))).text();
  expect(html).not.toContain(name);
  expect(html).toContain('&lt;img');
});

it('R5 a form that nobody answered is sent again as it was, under its own key', async () => {
  const cookie = await cookieOf(await portalToken());
  const page = await (await open('/billing/buy/confirm?amount=25.00', cookie)).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const key = /name="idempotencyKey" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const form = { csrf, idempotencyKey: key, amount: '25.00', card: 'new', newCard: 'pm_card_visa' };
  const answer = await post('/billing/purchases', cookie, form);
  expect(answer.status).toBe(503);
  const html = await answer.text();
  expect(html).toContain('<form method="post" action="/billing/purchases"');
  for (const [name, value] of Object.entries(form)) {
    expect(html).toContain(`<input type="hidden" name="${name}" value="${value}"/>`);
  }
  expect(html).not.toContain('Repeat the call');
});

it('R6 a purchase that cannot be asked after is shown as under way, not as an error', async () => {
  const { accountId } = await createTestAccount(lone.ledger);
  const nowMs = Date.now();
  const session = { accountId, returnUrl: null, expiresAtMs: nowMs + hourMs, nowMs };
  const cookie = await cookieOf((await createPortalSession(lone.ledger, session)).token);
  const purchaseId = `pur_${accountId.slice('acct_'.length)}_${'0'.repeat(16)}`;
  const page = await open(`/billing/purchases/${purchaseId}`, cookie);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Your purchase is being made');
});
