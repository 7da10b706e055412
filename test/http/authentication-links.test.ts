import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyWith, startRunningApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let key: string;
beforeAll(async () => {
  app = await startRunningApp();
  key = await keyWith(app.ledger, 'billing');
});
afterAll(() => app.close());

/** A browser in which a person clicked the link. */
const clicked = { 'sec-fetch-user': '?1', 'sec-fetch-mode': 'navigate' };

async function open(link: string, headers: Record<string, string> = clicked, method = 'GET') {
  const response = await fetch(link, { method, headers, redirect: 'manual' });
  const html = await response.text();
  return { status: response.status, html, headers: response.headers };
}

/** A purchase whose bank asks; each has an address of its own, so that mails can be told apart. */
async function waitingPurchase() {
  const email = `${randomUUID()}@example.com`;
  const body = { name: 'Ada', email, currency: 'usd' };
  const account = await app.api('POST', '/v1/accounts', { key, body });
  const accountId = String(account.body['id']);
  const paymentMethod = 'pm_card_threeDSecure2Required';
  const order = { accountId, amount: '25.00', currency: 'usd', paymentMethod };
  const { status, body: purchase } = await app.api('POST', '/v1/purchases', { key, body: order });
  expect({ status, purchase }).toMatchObject({ status: 202 });
  const payment = app.sandbox.controls
    .objects('payment_intent', 1000)
    .find(({ metadata }) => (metadata as { account_id: string }).account_id === accountId);
  return {
    ...{ accountId, email, purchaseId: String(purchase['id']) },
    actionUrl: String(purchase['actionUrl']),
    answerBank: (isAuthenticated: boolean) =>
      app.sandbox.controls.answerAuthentication(String(payment?.['id']), isAuthenticated),
  };
}

async function mailedLinks(email: string, atLeast = 1): Promise<string[]> {
  const linksOf = async () =>
    (await app.mails(email)).flatMap(({ text }) => /\S+\/pay\/pay_\w+/.exec(text) ?? []);
  await expect.poll(async () => (await linksOf()).length).toBeGreaterThanOrEqual(atLeast);
  return linksOf();
}

async function renew(purchaseId: string) {
  return app.api('POST', `/v1/purchases/${purchaseId}/authentication-links`, { key });
}

async function untilFinal(purchaseId: string, status: string): Promise<void> {
  const read = async () => (await app.api('GET', `/v1/purchases/${purchaseId}`, { key })).body;
  await expect.poll(async () => (await read())['status']).toBe(status);
}

describe('R13 the mailed link', () => {
  it('leads to the bank’s page once; opened again it says so and offers a new one', async () => {
    const { email, actionUrl } = await waitingPurchase();
    const [link = ''] = await mailedLinks(email);

    const first = await open(link);
    expect([first.status, first.headers.get('location')]).toEqual([303, actionUrl]);
    const second = await open(link);
    expect(second.status).toBe(410);
    expect(second.headers.get('location')).toBeNull();
    expect(second.html).toContain('used already');
    expect(second.html).toContain('Send me a new link');
    expect(second.html).not.toContain(actionUrl);
  });

  it('is not used up by a program that looks at it before the customer does', async () => {
    const { email, actionUrl } = await waitingPurchase();
    const [link = ''] = await mailedLinks(email);

    expect((await open(link, {}, 'HEAD')).status).toBe(200);
    const looked = await open(link, {});
    expect(looked.status).toBe(200);
    expect(looked.html).not.toContain(actionUrl);
    // Its button posts to the same address; browsers hold the bank's page against the policy too.
    const { origin } = new URL(actionUrl);
    expect(looked.headers.get('content-security-policy')).toContain(`https: ${origin}`);
    const pressed = await open(link, {}, 'POST');
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, actionUrl]);
    expect((await open(link, {}, 'POST')).status).toBe(410);
  });

  it('used by two at once leads one of them to the bank', async () => {
    const { email } = await waitingPurchase();
    const [link = ''] = await mailedLinks(email);
    const both = await Promise.all([open(link), open(link), open(link)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([303, 410, 410]);
  });

  it('asked for anew from a used one goes to the account’s address, never to who asks', async () => {
    const { email } = await waitingPurchase();
    const [link = ''] = await mailedLinks(email);
    await open(link);

    const asked = await open(`${link}/renewals`, {}, 'POST');
    expect(asked.status).toBe(200);
    expect(asked.html).not.toMatch(/\/pay\/pay_/);
    expect(asked.html).not.toContain(email);
    const fresh = (await mailedLinks(email, 2)).find((mailed) => mailed !== link) ?? '';
    // Asked for again at once, no further mail goes out.
    await open(`${link}/renewals`, {}, 'POST');
    expect((await open(fresh)).status).toBe(303);
    expect(await mailedLinks(email)).toHaveLength(2);
  });

  it('is dead once paid, and says so with the next step', async () => {
    const { email, purchaseId, answerBank } = await waitingPurchase();
    const [link = ''] = await mailedLinks(email);
    answerBank(true);
    await untilFinal(purchaseId, 'succeeded');

    const opened = await open(link);
    expect(opened.status).toBe(200);
    expect(opened.html).toContain('Already paid');
    expect((await open(`${link}/renewals`, {}, 'POST')).html).toContain('Already paid');
    expect(await renew(purchaseId)).toMatchObject({
      status: 409,
      body: { code: 'authentication_not_awaited', rule: 'R13' },
    });
  });

  it('is dead once the bank said no', async () => {
    const { email, purchaseId, answerBank } = await waitingPurchase();
    const [link = ''] = await mailedLinks(email);
    answerBank(false);
    await untilFinal(purchaseId, 'declined');
    expect((await open(link)).html).toContain('declined');
  });

  it('shows its customer, whom the bank sent back, how the payment ended', async () => {
    const { email, purchaseId, answerBank } = await waitingPurchase();
    const [link = ''] = await mailedLinks(email);
    const cookie = (await open(link)).headers.get('set-cookie')?.split(';')[0] ?? '';
    answerBank(true);

    const address = `${app.url}/billing/purchases/${purchaseId}`;
    const back = await open(`${address}?payment_intent=pi_x&redirect_status=succeeded`, { cookie });
    expect([back.status, back.headers.get('location')]).toEqual([
      303,
      `/billing/purchases/${purchaseId}`,
    ]);
    expect((await open(address, { cookie })).html).toContain('Already paid');
    // It opens nothing else.
    expect((await open(`${app.url}/billing`, { cookie })).status).toBe(401);
    const other = (await waitingPurchase()).purchaseId;
    expect((await open(`${app.url}/billing/purchases/${other}`, { cookie })).status).toBe(401);
  });
});

it('R13 a new link made by the API kills the older one', async () => {
  const { email, purchaseId, actionUrl } = await waitingPurchase();
  const [mailed = ''] = await mailedLinks(email);
  const renewed = await renew(purchaseId);
  expect(renewed).toMatchObject({ status: 201, body: { purchaseId } });
  const weekMs = Date.parse(String(renewed.body['expiresAt'])) - Date.now();
  expect(Math.round(weekMs / 86_400_000)).toBe(7);

  const older = await open(mailed);
  expect(older.status).toBe(410);
  expect(older.html).toContain('newer link');
  const opened = await open(String(renewed.body['url']));
  expect(opened.headers.get('location')).toBe(actionUrl);
});

it('R13 a purchase that asks nothing of its customer has no link, and unknown links are no links', async () => {
  const body = { name: 'Ada', email: 'ada@example.com', currency: 'usd' };
  const account = await app.api('POST', '/v1/accounts', { key, body });
  const order = { accountId: account.body['id'], amount: '25.00', currency: 'usd' };
  const paid = await app.api('POST', '/v1/purchases', {
    key,
    body: { ...order, paymentMethod: 'pm_card_visa' },
  });
  expect((await renew(String(paid.body['id']))).status).toBe(409);
  const none = String(paid.body['id']).slice(0, -16) + '0'.repeat(16);
  expect(await renew(none)).toMatchObject({ status: 404, body: { code: 'purchase_not_found' } });
  expect((await open(`${app.url}/pay/pay_nonesuch`)).status).toBe(404);
});

it('R15 no part of a link’s token is kept: neither in the ledger nor in a history', async () => {
  const { email, purchaseId } = await waitingPurchase();
  const [link = ''] = await mailedLinks(email);
  const secret = link.slice(-64);
  const [row] = await app.ledger.run<{ found: number }>(
    `select count(*) as found from notices n, authentication_links l
     where n.payload::text like $1 or encode(l.token_hash, 'hex') = $2`,
    [`%${secret}%`, secret],
  );
  expect(row?.found).toBe(0);
  const history = await app.temporal.workflow.getHandle(`purchase/${purchaseId}`).fetchHistory();
  expect(JSON.stringify(history)).not.toContain(secret);
  const payloads = JSON.stringify(history, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  );
  expect(payloads).toContain(purchaseId);
  expect(payloads).not.toContain(secret);
});
