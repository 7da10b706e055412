import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { keyWith, startRunningApp, type RunningApp } from '../http/running-app.ts';
import { describeInBrowser, launchBrowser } from '../support/browser.ts';
import { patienceMs } from '../support/patience.ts';
import { createTestAccount } from '../support/stack.ts';
import { owingAccount, paidCharges, type Owing } from '../workflows/fixtures/owing-account.ts';

const dayMs = 86_400_000;

let app: RunningApp;
let browser: Browser;
let billing: string;
let operator: string;

describeInBrowser('paying an invoice on the billing page', () => {
  beforeAll(async () => {
    app = await startRunningApp();
    browser = await launchBrowser();
    billing = await keyWith(app.ledger, 'billing');
    operator = await keyWith(app.ledger, 'operator');
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  let context: BrowserContext;
  let page: Page;
  /** What a script of the page could not do, or was forbidden by the content security policy. */
  const complaints: string[] = [];
  afterEach(async () => {
    expect(complaints.splice(0)).toEqual([]);
    await context.close();
  });

  /** An account that owes $2.70, its billing page open. */
  async function visit(card: string | null): Promise<Owing> {
    const createAccount: Parameters<typeof owingAccount>[0]['createAccount'] = (given) =>
      createTestAccount(app.ledger, given);
    const options = { nowMs: Date.now() };
    const account = await owingAccount({ ...app, createAccount }, card, options);
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text());
    });
    await open(account);
    return account;
  }

  async function open({ accountId }: Owing): Promise<void> {
    const body = { accountId };
    const { body: session } = await app.api('POST', '/v1/portal-sessions', { key: billing, body });
    await page.goto(String(session['url']));
  }

  /** Moves the account's time on, past the day its card is charged, and its page with it. */
  async function advance(account: Owing, days: number): Promise<void> {
    const to = new Date(account.chargeAtMs + days * dayMs).toISOString();
    const path = `/v1/accounts/${account.accountId}/clock/advance`;
    const { status } = await app.api('POST', path, { key: operator, body: { to } });
    expect(status).toBe(200);
    await open(account);
  }

  const text = () => page.locator('main').innerText();
  const heading = () => page.getByRole('heading', { level: 1 });
  const invoiceOf = async ({ invoiceId }: Owing) =>
    (await app.api('GET', `/v1/invoices/${invoiceId}`, { key: billing })).body;

  it('R52 an open invoice is paid in two parts, the second with another card', async () => {
    const account = await visit('pm_card_visa');
    await page.getByRole('link', { name: 'Invoices', exact: true }).click();
    await page.getByRole('link', { name: /^INV-\d+$/ }).click();
    await page.getByRole('link', { name: 'Pay now' }).click();
    await page.getByLabel('A part of it').check();
    await page.getByLabel('The part', { exact: true }).fill('2.50');
    await page.getByRole('button', { name: /^Pay invoice/ }).click();
    expect(await text()).toContain('Each is at least $0.50; or pay all of it.');
    expect(await page.getByLabel('The part', { exact: true }).inputValue()).toBe('2.50');
    await page.getByLabel('The part', { exact: true }).fill('1.00');
    await page.getByRole('button', { name: /^Pay invoice/ }).click();
    await heading().getByText('Thank you').waitFor();
    expect(await text()).toContain('$1.70 of it is still due.');
    await page.getByRole('link', { name: 'Pay the rest: $1.70' }).click();
    await page.getByLabel('Another card, for this payment only').check();
    await page.getByLabel('Test card').selectOption('pm_card_mastercard');
    await page.getByRole('button', { name: /^Pay invoice/ }).click();
    await heading().getByText('Thank you').waitFor();
    expect(await text()).toMatch(/Invoice INV-\d+ is paid/);
    expect(await invoiceOf(account)).toMatchObject({ state: 'paid', due: '0.00', paid: '2.70' });
    expect(paidCharges(app, account)).toHaveLength(2);
  });

  it('R13 the bank’s page is visited and left again, then the invoice is paid', async () => {
    const account = await visit(null);
    await page.goto(`${app.url}/billing/invoices/${account.invoiceId}/pay`);
    await page.getByLabel('Test card').selectOption('pm_card_authenticationRequired');
    await page.getByRole('button', { name: /^Pay invoice/ }).click();
    await page.getByRole('link', { name: 'Confirm with your bank' }).click();
    await page.getByRole('button', { name: 'Complete' }).click();
    await heading().getByText('Thank you').waitFor();
    expect(page.url()).not.toContain('client_secret');
    expect(await invoiceOf(account)).toMatchObject({ state: 'paid' });
  });

  it('R14 a declined card is told with what helps, and another one pays', async () => {
    const account = await visit(null);
    await page.goto(`${app.url}/billing/invoices/${account.invoiceId}/pay`);
    await page.getByLabel('Test card').selectOption('pm_card_chargeDeclinedInsufficientFunds');
    await page.getByRole('button', { name: /^Pay invoice/ }).click();
    await heading().getByText('The card was declined').waitFor();
    expect(await text()).toContain('Nothing was charged.');
    expect(await text()).toContain('prepaid');
    // The first page tells of it, too, though the invoice is not late yet.
    await page.goto(`${app.url}/billing`);
    expect(await text()).toMatch(/Not paid on .*: The card has not enough money/);
    await page.getByRole('link', { name: 'Pay $2.70', exact: true }).click();
    await page.getByLabel('Test card').selectOption('pm_card_visa');
    await page.getByRole('button', { name: /^Pay invoice/ }).click();
    await heading().getByText('Thank you').waitFor();
    await page.getByRole('link', { name: /^To invoice/ }).click();
    expect(await text()).toContain('Nothing more is to be paid');
    expect(await text()).toMatch(/Declined\s+\$2\.70/);
  });

  it('R48 R51 R52 past due: banner, credits that change nothing, payment, and service again', async () => {
    const account = await visit('pm_card_chargeCustomerFail');
    await advance(account, 2);
    await vi.waitFor(
      async () => {
        await page.reload();
        expect(await text()).toContain('$2.70 is past due');
      },
      { timeout: patienceMs, interval: 500 },
    );
    expect(await text()).toMatch(/Your requests run until \d+ \w+ \d{4}/);
    await page.getByRole('navigation').getByRole('link', { name: 'Buy credits' }).click();
    expect(await text()).toContain('Credits do not pay what is past due');
    expect(await page.getByRole('link', { name: /^Pay \$2\.70, invoice/ }).count()).toBe(1);
    await page.getByText('$25.00', { exact: true }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await text()).toContain('$2.70 is past due, and stays past due');
    await page.getByLabel('Another card').check();
    await page.getByLabel('Test card').selectOption('pm_card_visa');
    await page.getByRole('button', { name: 'Buy $25.00 of credits for $25.00' }).click();
    await heading().getByText('Thank you').waitFor();
    expect(await text()).toContain('$2.70 is past due, and stays past due');
    expect(await invoiceOf(account)).toMatchObject({ due: '2.70', paid: '0.00', pastDue: true });
    await advance(account, 12);
    expect(await text()).toContain('Service is stopped: $2.70 is past due');
    expect(await text()).toContain('Your credits stay untouched');
    expect(await text()).toContain('$25.00');
    await page.getByRole('link', { name: /^Pay \$2\.70, invoice/ }).click();
    await page.getByLabel('Another card, for this payment only').check();
    await page.getByLabel('Test card').selectOption('pm_card_visa');
    await page.getByRole('button', { name: /^Pay invoice/ }).click();
    await heading().getByText('Thank you').waitFor();
    expect(await text()).toContain('Your requests can run.');
    await page.getByRole('link', { name: 'To the overview' }).click();
    expect(await text()).not.toContain('past due,');
    expect(await text()).not.toContain('Service is stopped');
  });

  it('R49 the time zone is a setting; a name that nobody knows is refused and stays typed', async () => {
    const account = await visit(null);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Time zone').fill('Mars/Olympus');
    await page.getByRole('button', { name: 'Save time zone' }).click();
    expect(await text()).toContain('No time zone has this name.');
    expect(await page.getByLabel('Time zone').inputValue()).toBe('Mars/Olympus');
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await page.getByRole('button', { name: 'Save time zone' }).click();
    expect(await text()).toContain('Saved.');
    const shown = await app.api('GET', `/v1/accounts/${account.accountId}`, { key: billing });
    expect(shown.body).toMatchObject({ timeZone: 'Europe/Berlin' });
  });
});
