import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { cutoffMsOf, lastClosedPeriod } from '../../domain/period.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { createApiKey } from '../../ledger/api-keys.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { readInvoice } from '../../ledger/invoice-documents.ts';
import { createOperatorLink } from '../../ledger/operator-sessions.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { startRunningApp, type RunningApp } from '../http/running-app.ts';
import { policies } from '../ledger/ledger-fixture.ts';
import { deskOf, image, report, setPrices, used } from '../ledger/usage-fixture.ts';
import { describeInBrowser, launchBrowser } from '../support/browser.ts';
import { patienceMs } from '../support/patience.ts';
import { createTestAccount } from '../support/stack.ts';

const dayMs = 86_400_000;
const operator = 'ada';
/** Set, each page is written there as a picture, to be looked at. */
const pictures = process.env['SCREENSHOTS'];

let app: RunningApp;
let browser: Browser;

/** $2.70, by nobody of ours; returns its id. */
async function paidAtStripe(operationId: string): Promise<string> {
  const response = await fetch(`${app.sandbox.url}/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_localsandbox000' },
    body: new URLSearchParams({
      ...{ amount: '270', currency: 'usd', confirm: 'true', payment_method: 'pm_card_visa' },
      ...{ 'allowed_payment_method_types[0]': 'card', 'metadata[operation_id]': operationId },
    }),
  });
  const { id, status } = (await response.json()) as { id: string; status: string };
  expect(status).toBe('succeeded');
  return id;
}

describeInBrowser('the operators’ collections', () => {
  beforeAll(async () => {
    app = await startRunningApp();
    browser = await launchBrowser();
    const key = { role: 'operator', accountId: null, name: operator, actor: 'test' } as const;
    await createApiKey(app.ledger, { ...key, nowMs: Date.now() });
    await setPrices(app.ledger);
  });
  afterAll(async () => {
    expect((await verifyLedger(app.ledger)).differences).toEqual([]);
    await browser.close();
    await app.close();
  });

  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    complaints.length = 0;
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text());
    });
    const asked = { operator, validMs: 60_000, nowMs: Date.now() };
    const link = await createOperatorLink(app.ledger, asked);
    if (link.status !== 'made') throw new Error(link.status);
    await page.goto(`${app.url}/operator/sign-in/${link.token}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Collections' }).click();
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

  async function picture(name: string): Promise<void> {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }

  /** An account by contract without a card, that owes $2.70 since a month at least. */
  async function owing(name: string) {
    const month = lastClosedPeriod(Date.now() - 35 * dayMs);
    const cutoffMs = cutoffMsOf(month);
    const usedAtMs = cutoffMs - 5 * dayMs;
    const given = { plan: 'enterprise', name, nowMs: usedAtMs - dayMs } as const;
    const { accountId } = await createTestAccount(app.ledger, given);
    const event = used(accountId, { images: 1_000 }, { model: image, occurredAtMs: usedAtMs });
    await report(deskOf(app.ledger), [event], usedAtMs);
    const asked = { accountId, period: month, nowMs: cutoffMs + 600_000 };
    const issued = await issueInvoice(app.ledger, asked, policies);
    const { invoiceId } = issued.status === 'issued' ? issued : { invoiceId: null };
    if (invoiceId === null) throw new Error(JSON.stringify(issued));
    return { accountId, invoiceId };
  }

  async function unfold(title: string) {
    const form = page.locator('details', { has: page.getByText(title, { exact: true }) });
    if ((await form.getAttribute('open')) === null)
      await form.getByText(title, { exact: true }).first().click();
    return form;
  }

  async function text(): Promise<string> {
    return (await page.getByRole('main').textContent()) ?? '';
  }

  async function until(words: string): Promise<void> {
    await expect
      .poll(
        async () => {
          await page.reload();
          return text();
        },
        { interval: 500 },
      )
      .toContain(words);
  }

  it('B11 what is owed is there by age, adds up, and leads to each invoice', async () => {
    await page.getByText('No invoice is to be paid.').waitFor();
    const { invoiceId } = await owing('Late Ltd');
    await owing('Later Ltd');
    await page.reload();
    const total = page.getByRole('row', { name: /^All / });
    expect(await total.textContent()).toBe('All2$5.40$0.00');
    expect(await text()).toContain('The books of invoiced usage and its tax say the same.');
    await picture('collections');
    await page.getByRole('link', { name: 'current' }).click();
    await page.getByText('None of this age.').waitFor();
    await page.getByRole('link', { name: 'all', exact: true }).click();
    const row = page.getByRole('row', { name: 'Late Ltd' });
    expect(await row.textContent()).toContain('$2.70');
    await row.getByRole('link').first().click();
    await page.waitForURL(`**/operator/collections/${invoiceId}`);
    expect(await text()).toContain('there is no card on file');
    await picture('collection');
  });

  it('R50 pauses, promises, resumes, reschedules, retries, writes off and forgives, by name', async () => {
    const { accountId, invoiceId } = await owing('Slow Ltd');
    await page.goto(`${app.url}/operator/collections/${invoiceId}`);

    let form = await unfold('Pause');
    await form.getByRole('button').click();
    await page.getByRole('alert').getByText('Write a reason').waitFor();
    form = await unfold('Pause');
    await form.getByLabel('Reason').fill('asked us to wait');
    await form.getByRole('button').click();
    await page.getByText('It is done.').waitFor();
    expect(await text()).toContain('Paused: an operator paused it.');
    expect(await text()).toContain('“asked us to wait”');
    await picture('collection-paused');

    form = await unfold('Resume');
    await form.getByRole('button').click();
    await page.getByText('there is no card on file').waitFor();

    form = await unfold('Promise to pay');
    await form.getByLabel('By').fill('31.12.2026');
    await form.getByLabel('Reason').fill('mailed us');
    await form.getByRole('button').click();
    await page.getByRole('alert').getByText('Write the day as').waitFor();
    expect(await form.getByLabel('Reason').inputValue()).toBe('mailed us');
    await form.getByLabel('By').fill('2020-01-01');
    await form.getByRole('button').click();
    await page.getByRole('alert').waitFor();
    await picture('collection-promise-refused');
    const day = new Date(Date.now() + 3 * dayMs).toISOString().slice(0, 10);
    await form.getByLabel('By').fill(day);
    await form.getByRole('button').click();
    await page.getByText(/^Paused until .*: the customer promised to pay/).waitFor();
    // They have that whole day.
    const promised = await app.ledger.run<{ untilAtMs: number }>(
      `select until_at as "untilAtMs" from collection_pauses
       where invoice_id = $1 and reason = 'promise'`,
      [invoiceId],
    );
    expect(promised).toEqual([{ untilAtMs: Date.parse(day) + dayMs }]);
    await (await unfold('Resume')).getByRole('button').click();
    await page.getByText('there is no card on file').waitFor();

    form = await unfold('Another schedule');
    await form.getByLabel('Days').fill('4 2');
    await form.getByRole('button').click();
    await page.getByRole('alert').getByText('rising').waitFor();
    await form.getByLabel('Days').fill('2 4');
    await form.getByRole('button').click();
    await page.getByText('days 2, 4').waitFor();

    // The wish first: a card that is put on file is charged by itself, which would answer it.
    await page.reload();
    await (await unfold('Retry now')).getByRole('button').click();
    await page.getByText('It is done.').waitFor();
    const card = { accountId, source: 'pm_card_chargeCustomerFail', makeDefault: true };
    const saved = { ...card, actor: 'test', idempotencyKey: crypto.randomUUID(), waitMs: 15_000 };
    expect(await app.client.setUpCard(saved)).toMatchObject({ status: 'saved' });
    await until('declined $2.70 to Visa •••• 0341, by an operator');
    await picture('collection-declined');

    form = await unfold('Write off');
    await form.getByLabel('Reason').fill('gone');
    await form.getByRole('button').click();
    await page.getByText('Uncollectible', { exact: true }).waitFor();
    expect(await readInvoice(app.ledger, { accountId, invoiceId })).toMatchObject({
      state: 'uncollectible',
    });
    expect(await page.locator('details').count()).toBe(2);
    await page.getByRole('link', { name: 'Collections' }).click();
    expect(await page.getByRole('row', { name: /^All / }).textContent()).toMatch(/\$2\.70$/);

    await page.goto(`${app.url}/operator/collections/${invoiceId}`);
    form = await unfold('Forgive');
    await form.getByLabel('Reason').fill('we were wrong');
    await form.getByRole('button').click();
    await page.getByText('Forgiven').first().waitFor();
    expect(await page.locator('details').count()).toBe(1);
    await picture('collection-forgiven');

    // Stripe took it all the same: there it is owed back, since nothing is due here (R59).
    form = await unfold('Book a payment');
    await form.getByLabel('Payment').fill('pi_none');
    await form.getByLabel('Reason').fill('paid at Stripe itself');
    await form.getByRole('button').click();
    await page.getByText('Stripe knows no such payment').first().waitFor();
    form = page.locator('details', { hasText: 'Book a payment' });
    await form.getByLabel('Payment').fill(await paidAtStripe(`${invoiceId}/9`));
    await form.getByRole('button').click();
    await expect
      .poll(async () => (await readAccount(app.ledger, { accountId }))?.balances.refundsDue)
      .toBe(2_700_000);

    const done = await app.ledger.run<{ actor: string; action: string }>(
      `select actor, action from audit_log
       where action like 'collection.%' and detail ->> 'invoiceId' = $1 order by audit_id`,
      [invoiceId],
    );
    expect(new Set(done.map(({ actor }) => actor))).toEqual(new Set(['operator:ada']));
    expect(done.map(({ action }) => action.replace('collection.', ''))).toEqual([
      ...['pause', 'resume', 'promise', 'resume', 'schedule', 'retry_now'],
      ...['write_off', 'forgive', 'book_payment'],
    ]);
  });

  it('an invoice that does not exist, and a verb that is none, are said so', async () => {
    const { invoiceId } = await owing('Known Ltd');
    for (const path of ['nonesuch', `${invoiceId.slice(0, -6)}199901`]) {
      const answer = await page.goto(`${app.url}/operator/collections/${path}`);
      expect(answer?.status()).toBe(404);
      await page.getByRole('alert').getByText('There is no such invoice').waitFor();
    }
  });
});
