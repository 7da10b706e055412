import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { keyWith, startRunningApp, type RunningApp } from '../http/running-app.ts';
import { deskOf, image, report, setPrices, used } from '../ledger/usage-fixture.ts';
import { describeInBrowser, launchBrowser } from '../support/browser.ts';
import { patienceMs } from '../support/patience.ts';

let app: RunningApp;
let browser: Browser;
let key: string;

async function api(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const answer = await app.api('POST', path, { key, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

describeInBrowser('the billing page', () => {
  beforeAll(async () => {
    app = await startRunningApp();
    browser = await launchBrowser();
    key = await keyWith(app.ledger, 'billing');
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  let context: BrowserContext;
  let page: Page;
  let accountId: string;
  let email: string;
  /** What a script of the page could not do, or was forbidden by the content security policy. */
  const complaints: string[] = [];

  beforeEach(async () => {
    email = `${crypto.randomUUID()}@example.com`;
    const place = { country: 'US', region: 'WA' };
    const account = { name: 'Ada Lovelace', email, currency: 'usd', ...place };
    accountId = String((await api('/v1/accounts', account))['id']);
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    complaints.length = 0;
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text());
    });
    const { url } = await api('/v1/portal-sessions', {
      accountId,
      returnUrl: 'https://app.example.com/',
    });
    await page.goto(String(url));
  });
  afterEach(async () => {
    app.sandbox.controls.behaveWebhooks({ lostFraction: 0 });
    expect(complaints).toEqual([]);
    await context.close();
  });

  async function addCard(token: string): Promise<void> {
    await page.getByRole('link', { name: 'Cards' }).click();
    await page.getByLabel('Test card').selectOption(token);
    await page.getByRole('button', { name: 'Add card' }).click();
  }

  async function buy(amount: string, newCard?: string): Promise<void> {
    await page.getByRole('navigation').getByRole('link', { name: 'Buy credits' }).click();
    await page.getByText(amount, { exact: true }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    if (newCard !== undefined) {
      const another = page.getByLabel('Another card');
      await another.check();
      await page.getByLabel('Test card').selectOption(newCard);
    }
    await page.getByRole('button', { name: /^Pay / }).click();
  }

  /** A line of a list of amounts: "Tax" -> "$1.62". */
  async function line(name: string): Promise<string | null> {
    const row = page.locator('.lines > div', { has: page.getByText(name, { exact: true }) });
    return row.locator('dd').textContent();
  }

  async function pot(name: string): Promise<string | null> {
    const box = page.locator('.pot', { has: page.getByText(name, { exact: true }) });
    return box.locator('.figure').textContent();
  }

  it('R3 R9 R24 R45 walks from a portal link by a refused prepaid card to $25 of credits', async () => {
    expect(page.url()).toBe(`${app.url}/billing`);
    expect(await pot('Purchased credits')).toBe('$0.00');
    expect(await pot('Tier')).toBe('Limited');

    await addCard('pm_card_mastercard_prepaid');
    expect(await page.getByRole('alert').textContent()).toContain(
      'Prepaid cards are not supported. Please use a standard credit or debit card',
    );
    expect(await page.getByText('There is no card on file yet.').count()).toBe(1);

    await addCard('pm_card_visa');
    await page.getByText('The card is on file').waitFor();
    expect(await page.getByText('Visa •••• 4242').count()).toBe(1);

    await page.getByRole('navigation').getByRole('link', { name: 'Buy credits' }).click();
    await page.getByText('$25.00', { exact: true }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await line('Credits')).toBe('$25.00');
    expect(await line('Sales tax (Washington), 6.5 %')).toBe('$1.62');
    expect(await line('Total charged to your card')).toBe('$26.62');
    expect(await line('Adds to your purchased credits')).toBe('$25.00');
    await page.getByRole('button', { name: 'Pay $26.62' }).click();

    await page.getByRole('heading', { name: /^Receipt / }).waitFor();
    expect(await line('Tax')).toBe('$1.62');
    expect(await line('Charged to your card')).toBe('$26.62');
    expect(await line('Purchased credits')).toBe('$25.00');
    expect(await line('Free credits')).toBe('$0.00');

    await page.getByRole('link', { name: 'To the overview' }).click();
    expect(await pot('Purchased credits')).toBe('$25.00');
    expect(await pot('Free credits')).toBe('$0.00');
    expect(await pot('Owed')).toBe('$0.00');
    expect(await pot('Tier')).toBe('Build Tier 1');
    expect(await page.getByRole('row').last().textContent()).toMatch(/Paid\$25\.00\$26\.62$/);
    await expect.poll(async () => (await app.mails(email)).length).toBe(1);
  });

  it('R18 R21 R28 says what free credits are for and until when, what was not charged, and what helps', async () => {
    const operatorKey = await keyWith(app.ledger, 'operator');
    const grant = async (amount: string, more: object) => {
      const body = { accountId, amount, reason: 'of a test', ...more };
      const answer = await app.api('POST', '/v1/grants', { key: operatorKey, body });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    };
    await grant('5.00', { scope: ['chat', 'embeddings'], expiresAt: '2099-01-31T00:00:00.000Z' });
    await grant('2.50', {});
    await setPrices(app.ledger);
    const nowMs = Date.now();
    const event = used(accountId, { images: 1_000 }, { model: image, occurredAtMs: nowMs });
    await report(deskOf(app.ledger), [event], nowMs);
    await page.reload();
    expect(await pot('Free credits')).toBe('$5.00');
    const box = page.locator('.pot', { has: page.getByText('Free credits', { exact: true }) });
    expect(await box.textContent()).toContain(
      '$5.00 only for chat, embeddings, until 31 Jan 2099, 00:00 UTC',
    );
    // The request cost $2.70, and $2.50 could be spent on it.
    expect(await pot('Not charged this month')).toBe('$0.20');

    await buy('$10.00', 'pm_card_visa');
    await page.getByRole('heading', { name: /^Receipt / }).waitFor();
    const more = used(accountId, { images: 5_000 }, { model: image, occurredAtMs: Date.now() });
    await report(deskOf(app.ledger), [more], Date.now());
    await page.goto(`${app.url}/billing`);
    expect(await page.locator('#access').textContent()).toContain(
      'Put a credit or debit card on file: then up to $100.00 may be owed.',
    );
  });

  it('R13 leads to the bank and back, and the purchase is final on return without any webhook', async () => {
    app.sandbox.controls.behaveWebhooks({ lostFraction: 1 });
    await buy('$10.00', 'pm_card_authenticationRequired');
    await page.getByRole('link', { name: 'Confirm with your bank' }).click();
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: /^Receipt / }).waitFor();
    // Stripe's parameters, a client secret among them, are gone from the address.
    expect(page.url()).toMatch(/\/billing\/purchases\/pur_\w+$/);
  });

  it('R13 a bank’s "no" ends the purchase in words that help', async () => {
    await buy('$10.00', 'pm_card_authenticationRequired');
    await page.getByRole('link', { name: 'Confirm with your bank' }).click();
    await page.getByRole('button', { name: 'Fail' }).click();
    await page.getByText('Nothing was charged.').waitFor();
    expect(await page.getByRole('link', { name: 'Try again' }).count()).toBe(1);
  });

  it('R6 shows a pending payment, which becomes final by itself and is never called failed', async () => {
    const { controls } = app.sandbox;
    const path = '/v1/payment_intents/:id';
    const confirm = { method: 'POST', path: `${path}/confirm` };
    // A stored error of a charge that was made: only a look can tell, and none is answered yet.
    controls.planFault({ ...confirm, kind: 'error_500_after' });
    const look = { method: 'GET', path };
    const fault = controls.planFault({ ...look, kind: 'drop_before', times: 1_000_000 });
    await buy('$10.00', 'pm_card_visa');
    await page.getByRole('heading', { name: 'Your purchase is being made' }).waitFor();
    controls.removeFault(fault.id);
    await page.getByRole('heading', { name: /^Receipt / }).waitFor();
  });

  it('R14 a declined card says why and what to do, and the history keeps it', async () => {
    await buy('$50.00', 'pm_card_chargeDeclinedInsufficientFunds');
    const alert = await page.getByRole('alert').textContent();
    expect(alert).toContain('not enough money');
    expect(alert).toContain('Use another card');
    expect(alert).toContain('check that it is not a prepaid card');
    await page.getByRole('link', { name: 'History' }).click();
    expect(await page.getByRole('row').last().textContent()).toContain('Declined');
  });

  it('R4 an own amount below $5 is refused beside its field, and nothing is lost', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Buy credits' }).click();
    await page.getByLabel('Or another amount').fill('4.99');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('The smallest purchase is $5.00');
    expect(await page.getByLabel('Or another amount').inputValue()).toBe('4.99');
    await page.getByLabel('Or another amount').fill('$12.34');
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await line('Credits')).toBe('$12.34');
  });

  it('R12 a second card can be made the default and the first removed; the last one stays', async () => {
    await addCard('pm_card_visa');
    await buy('$10.00');
    await page.getByRole('heading', { name: /^Receipt / }).waitFor();
    await page.getByRole('link', { name: 'Cards' }).click();
    await page.getByRole('button', { name: 'Remove Visa •••• 4242' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('last card cannot be removed');
    await addCard('pm_card_mastercard');
    await page.getByText('The card is on file').waitFor();
    await page.getByRole('button', { name: 'Remove Visa •••• 4242' }).click();
    await page.getByText('The card was removed').waitFor();
    expect(await page.getByText('Mastercard •••• 4444').count()).toBe(1);
  });

  it('reads at 320 pixels without scrolling sideways, and every field has a label', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    await addCard('pm_card_visa');
    await page.getByText('The card is on file').waitFor();
    for (const path of ['', '/buy', '/buy/confirm?amount=25', '/cards', '/history']) {
      await page.goto(`${app.url}/billing${path}`);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([path, width]).toEqual([path, 320]);
      const unlabelled = await page.evaluate(
        `[...document.querySelectorAll('input:not([type=hidden]), select')]
           .filter((field) => field.labels.length === 0).map((field) => field.name)`,
      );
      expect([path, unlabelled]).toEqual([path, []]);
    }
  });
});
