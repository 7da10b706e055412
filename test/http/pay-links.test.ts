import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  invoiceNow,
  owingAccount,
  paidCharges,
  putOnFile,
} from '../workflows/fixtures/owing-account.ts';
import { keyWith, startRunningApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let key: string;
beforeAll(async () => {
  app = await startRunningApp();
  key = await keyWith(app.ledger, 'billing');
});
afterAll(() => app.close());

interface Opening {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Record<string, string>;
  readonly form?: Record<string, string>;
}

async function open(link: string, { method = 'GET', headers = {}, form }: Opening = {}) {
  const body = form && new URLSearchParams(form);
  const response = await fetch(link, {
    method,
    headers,
    redirect: 'manual',
    ...(body && { body }),
  });
  const html = await response.text();
  return { status: response.status, html, text: textOf(html), headers: response.headers };
}

function textOf(html: string): string {
  const main = /<main.*<\/main>/s.exec(html)?.[0] ?? '';
  return main.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}

/** Presses the page's button. */
async function press(link: string, { html }: { html: string }) {
  const [, paymentMethod = ''] = /name="paymentMethod" value="([^"]*)"/.exec(html) ?? [];
  return open(link, { method: 'POST', form: { paymentMethod } });
}

async function owing(card: string | null = 'pm_card_visa') {
  return owingAccount(app, card, { nowMs: Date.now() });
}

/** With a card whose bank answers so, charge after charge. */
async function owingWith(...script: string[]) {
  return owingAccount(app, 'pm_card_visa', { nowMs: Date.now(), script });
}

async function linkTo({ invoiceId }: { invoiceId: string }): Promise<string> {
  const made = await app.api('POST', `/v1/invoices/${invoiceId}/payment-links`, { key });
  expect(made).toMatchObject({ status: 201, body: { invoiceId } });
  return String(made.body['url']);
}

/** A card whose bank asks at every payment, put on file with its holder's confirmation. */
async function putAskingCardOnFile(accountId: string): Promise<void> {
  const source = 'pm_card_threeDSecure2Required';
  const order = { accountId, source, makeDefault: true, actor: 'test', idempotencyKey: 'asks' };
  const { setupId, status } = await app.client.setUpCard({ ...order, waitMs: 10_000 });
  expect(status).toBe('requires_action');
  const setup = app.sandbox.controls
    .objects('setup_intent', 1_000)
    .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  app.sandbox.controls.answerAuthentication(String(setup?.['id']), true);
  expect(await app.client.confirmCardSetup(setupId, 10_000)).toMatchObject({ status: 'saved' });
}

function askingPayment(accountId: string): string {
  const payment = app.sandbox.controls
    .objects('payment_intent', 1_000)
    .find(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
  return String(payment?.['id']);
}

async function sweep(): Promise<void> {
  await app.temporal.workflow.execute('sweep', {
    workflowId: `sweep-${randomUUID()}`,
    taskQueue: app.workerSettings.taskQueue ?? '',
  });
}

describe('R13 a link that pays an invoice', () => {
  it('says what is due and with which card, asks first, and pays once', async () => {
    const account = await owing();
    const link = await linkTo(account);
    const page = await open(link);
    expect(page.status).toBe(200);
    const { number } = await invoiceNow(app, account);
    expect(page.text).toContain(`Invoice ${number}`);
    expect(page.text).toContain('Pay $2.70 with Visa •••• 4242');
    expect(page.text).toContain('Use another card');
    expect(page.html).not.toContain(account.email);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(paidCharges(app, account)).toHaveLength(0);

    const paid = await press(link, page);
    expect(paid.text).toContain('This invoice is paid');
    expect(await invoiceNow(app, account)).toMatchObject({ state: 'paid', due: 0 });
    expect((await press(link, page)).text).toContain('This invoice is paid');
    expect((await open(link)).text).toContain('This invoice is paid');
    expect(paidCharges(app, account)).toHaveLength(1);
  });

  it('is not used up by programs that look at it, even as a click', async () => {
    const account = await owing();
    const link = await linkTo(account);
    expect((await open(link, { method: 'HEAD' })).status).toBe(200);
    await open(link);
    const clicked = await open(link, { headers: { 'sec-fetch-user': '?1' } });
    expect(clicked.text).toContain('Pay $2.70');
    expect((await press(link, clicked)).text).toContain('This invoice is paid');
  });

  it('B1 pressed by several at once charges once', async () => {
    const account = await owing();
    const link = await linkTo(account);
    const page = await open(link);
    const all = await Promise.all([1, 2, 3, 4].map(() => press(link, page)));
    expect(all.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    expect(all.every(({ status }) => status === 200 || status === 410)).toBe(true);
    expect(paidCharges(app, account)).toHaveLength(1);
  });

  it('B16 charges the card that the page named, or asks again where it left the file', async () => {
    const account = await owing();
    const link = await linkTo(account);
    const page = await open(link);
    await putOnFile(app, account.accountId, 'pm_card_mastercard');
    const [, shown = ''] = /name="paymentMethod" value="([^"]*)"/.exec(page.html) ?? [];
    const removal = { accountId: account.accountId, paymentMethodId: shown, actor: 'test' };
    await app.client.removeCard({ ...removal, nowMs: Date.now(), idempotencyKey: randomUUID() });

    const again = await press(link, page);
    expect(again.text).toContain('Pay $2.70 with Mastercard •••• 4444');
    expect(paidCharges(app, account)).toHaveLength(0);
    expect((await press(link, again)).text).toContain('This invoice is paid');
    expect(paidCharges(app, account)).toHaveLength(1);
  });

  it('R10 takes no card that is not on file of the account', async () => {
    const account = await owing();
    const link = await linkTo(account);
    const form = { paymentMethod: 'pm_card_visa' };
    expect((await open(link, { method: 'POST', form })).text).toContain('Pay $2.70 with Visa');
    expect(paidCharges(app, account)).toHaveLength(0);
  });

  it('without a card on file leads to the billing page', async () => {
    const account = await owing(null);
    const page = await open(await linkTo(account));
    expect(page.text).toContain('There is no card on file.');
    expect(page.text).not.toContain('Pay $');
    expect(page.html).toContain(`href="/billing/invoices/${account.invoiceId}"`);
  });

  it('R14 declined says so without a secret reason, and another one can be had', async () => {
    const account = await owingWith('stolen_card');
    const link = await linkTo(account);
    const declined = await press(link, await open(link));
    expect(declined.status).toBe(402);
    expect(declined.text).toContain('The card was declined');
    expect(declined.text).not.toMatch(/stolen/i);
    expect(declined.text).toContain('check that it is not a prepaid card');
    expect(declined.text).toContain('$2.70 of invoice');

    const used = await open(link);
    expect([used.status, used.text]).toEqual([410, expect.stringContaining('used already')]);
    const asked = await open(`${link}/renewals`, { method: 'POST' });
    expect(asked.text).toContain('A new link is on its way');
    expect(asked.html).not.toMatch(/\/pay\/pay_/);
    await open(`${link}/renewals`, { method: 'POST' });
    await sweep();
    const renewed = (await app.mails(account.email)).filter(({ subject }) =>
      subject.startsWith('Your new link'),
    );
    expect(renewed).toHaveLength(1);
    const fresh = /\S+\/pay\/pay_\w+/.exec(renewed[0]?.text ?? '')?.[0] ?? '';
    expect((await open(fresh)).text).toContain('Pay $2.70');
  });

  it('a newer one kills it', async () => {
    const account = await owing();
    const older = await linkTo(account);
    const newer = await linkTo(account);
    expect((await open(older)).text).toContain('A newer link has taken the place');
    expect((await open(newer)).status).toBe(200);
  });

  it('leads to the bank where it asks, and shows the end to whom it sent back', async () => {
    const account = await owing(null);
    await putAskingCardOnFile(account.accountId);
    const link = await linkTo(account);
    const pressed = await press(link, await open(link));
    const payment = askingPayment(account.accountId);
    expect(pressed.headers.get('refresh')).toMatch(/^0; url=http/);
    expect(pressed.text).toContain('Go on to your bank');
    const cookie = pressed.headers.get('set-cookie')?.split(';')[0] ?? '';
    const address = `${app.url}/billing/invoices/${account.invoiceId}`;

    const early = await open(address, { headers: { cookie } });
    expect(early.text).toContain('We are waiting for the bank’s answer');
    app.sandbox.controls.answerAuthentication(payment, true);
    const back = await open(`${address}?payment_intent_client_secret=x`, { headers: { cookie } });
    expect([back.status, back.headers.get('location')]).toEqual([
      303,
      `/billing/invoices/${account.invoiceId}`,
    ]);
    expect((await open(address, { headers: { cookie } })).text).toContain('This invoice is paid');
    expect(paidCharges(app, account)).toHaveLength(1);
    // It opens nothing else.
    expect((await open(`${app.url}/billing`, { headers: { cookie } })).status).toBe(401);
    const other = `${app.url}/billing/invoices/${(await owing()).invoiceId}`;
    expect((await open(other, { headers: { cookie } })).status).toBe(401);
  });

  it('shows that the bank said no', async () => {
    const account = await owing(null);
    await putAskingCardOnFile(account.accountId);
    const link = await linkTo(account);
    const pressed = await press(link, await open(link));
    const cookie = pressed.headers.get('set-cookie')?.split(';')[0] ?? '';
    app.sandbox.controls.answerAuthentication(askingPayment(account.accountId), false);
    const address = `${app.url}/billing/invoices/${account.invoiceId}`;
    await open(`${address}?x=1`, { headers: { cookie } });
    await expect
      .poll(async () => (await open(address, { headers: { cookie } })).text)
      .toContain('Nothing was charged');
    expect(paidCharges(app, account)).toHaveLength(0);
  });

  it('R46 of a void invoice says so, and none is made for it', async () => {
    const account = await owing();
    const link = await linkTo(account);
    const { invoiceId } = account;
    const operator = await keyWith(app.ledger, 'operator');
    const body = { reason: 'made twice' };
    const voided = await app.api('POST', `/v1/invoices/${invoiceId}/void`, { key: operator, body });
    expect(voided.status).toBe(201);
    expect((await open(link)).text).toContain('This invoice is void');
    const made = await app.api('POST', `/v1/invoices/${invoiceId}/payment-links`, { key });
    expect(made).toMatchObject({ status: 409, body: { code: 'invoice_nothing_due' } });
  });

  it('expires after the policy’s days, by the account’s own time', async () => {
    const account = await owing(null);
    const link = await linkTo(account);
    const to = new Date(Date.now() + 7 * 86_400_000 + 1_000).toISOString();
    const operator = await keyWith(app.ledger, 'operator');
    const path = `/v1/accounts/${account.accountId}/clock/advance`;
    expect(await app.api('POST', path, { key: operator, body: { to } })).toMatchObject({
      status: 200,
    });
    const late = await open(link);
    expect([late.status, late.text]).toEqual([410, expect.stringContaining('has expired')]);
    expect((await open(link, { method: 'POST', form: {} })).status).toBe(410);
  });
});

describe('R61 mails about an invoice that is to be paid', () => {
  async function mailed(email: string, subject: RegExp): Promise<string | undefined> {
    await sweep();
    return (await app.mails(email)).find((mail) => subject.test(mail.subject))?.text;
  }

  it('lead to the page that pays, and to the invoice once it is paid', async () => {
    const account = await owingWith('insufficient_funds', 'succeed');
    const link = await linkTo(account);
    expect((await press(link, await open(link))).status).toBe(402);

    const text = await mailed(account.email, /^Your card was declined/);
    const fresh = /\S+\/pay\/pay_\w+/.exec(text ?? '')?.[0] ?? '';
    expect((await press(fresh, await open(fresh))).text).toContain('This invoice is paid');
    const paid = await mailed(account.email, /^Payment received/);
    expect(paid).toContain(`${app.url}/billing/invoices/${account.invoiceId}\n`);
    expect(paid).toContain(`${app.url}/billing/invoices/${account.invoiceId}/invoice.pdf`);
  });

  it('R62 that would ask for what was paid by then are not sent', async () => {
    const account = await owingWith('insufficient_funds', 'succeed');
    for (const status of [402, 200]) {
      const link = await linkTo(account);
      expect((await press(link, await open(link))).status).toBe(status);
    }
    expect(await mailed(account.email, /^Payment received/)).toBeDefined();
    expect(await mailed(account.email, /declined/)).toBeUndefined();
  });

  it('R44 go to the addresses for invoices where there are such', async () => {
    const account = await owingWith('insufficient_funds');
    const accounts = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    const path = `/v1/accounts/${account.accountId}/business-profile`;
    const body = { invoiceEmails: accounts };
    expect(await app.api('PUT', path, { key, body })).toMatchObject({ status: 200 });
    const link = await linkTo(account);
    await press(link, await open(link));
    for (const email of accounts) {
      expect(await mailed(email, /^Your card was declined/)).toContain('/pay/pay_');
    }
    expect(await mailed(account.email, /declined/)).toBeUndefined();
  });
});

it('R15 no part of a link’s token is kept: neither in the ledger nor in a history', async () => {
  const account = await owing();
  const link = await linkTo(account);
  await press(link, await open(link));
  const secret = link.slice(-64);
  const [row] = await app.ledger.run<{ found: number }>(
    `select (select count(*) from authentication_links where encode(token_hash, 'hex') = $1)
       + (select count(*) from invoice_payments where invoice_payments::text like $2) as found`,
    [secret, `%${secret}%`],
  );
  expect(row?.found).toBe(0);
  const handle = app.temporal.workflow.getHandle(`collection/${account.invoiceId}`);
  const history = JSON.stringify(await handle.fetchHistory(), (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  );
  expect(history).toContain(account.invoiceId);
  expect(history).not.toContain(secret);
});
