import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { quantity } from '../../domain/meter.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { openPrices, recordPrices } from '../../ledger/prices.ts';
import { openUsageDesk } from '../../ledger/usage.ts';
import { keyWith, startRunningApp, type RunningApp } from '../http/running-app.ts';
import { describeInBrowser, launchBrowser } from '../support/browser.ts';
import { patienceMs } from '../support/patience.ts';
import { createTestAccount } from '../support/stack.ts';

let app: RunningApp;
let browser: Browser;
const policies = onlyPolicy(together202511);
const dayMs = 86_400_000;
const models = ['chat', 'code', 'paint', 'hear', 'talk', 'rank', '=cmd', 'last'];

/** Credits 40 days ago, then usage of every model on most days; paid by them to the last. */
async function aBusyAccount(): Promise<string> {
  const { ledger } = app;
  const beganMs = Date.now() - 40 * dayMs;
  const { accountId } = await createTestAccount(ledger, { nowMs: beganMs });
  const asked = { accountId, idempotencyKey: randomUUID(), actor: 'test', nowMs: beganMs };
  const terms = { amount: micros(500_000_000), scope: null, expiresAtMs: null, reason: 'test' };
  await grantCredits(ledger, { ...asked, ...terms }, policies);
  const desk = openUsageDesk(ledger, openPrices(ledger));
  for (let day = 33; day >= 0; day -= 1) {
    const nowMs = Date.now() - day * dayMs;
    const events = models.flatMap((model, at) => {
      const used = (at + 1) * 1_000 * ((day * (at + 3)) % 7);
      const quantities = [{ meter: 'output_tokens' as const, quantity: quantity(used) }];
      const told = { accountId, usageKey: randomUUID(), occurredAtMs: nowMs, holdId: null };
      return used === 0 ? [] : [{ ...told, model, quantities }];
    });
    const { answers } = await desk.report({ events, policies, nowMs });
    expect(answers.filter(({ status }) => status !== 'accepted')).toEqual([]);
  }
  return accountId;
}

describeInBrowser('the history page', () => {
  let busy: string;
  beforeAll(async () => {
    app = await startRunningApp();
    browser = await launchBrowser();
    const wanted = models.map((model) => {
      const rate = { amount: '20', per: 1_000_000, tiers: [] };
      return { currency: 'usd', model, meter: 'output_tokens', rate } as const;
    });
    await recordPrices(app.ledger, {
      ...{ wanted, source: 'test', endsGone: false, actor: 'test', nowMs: Date.now() },
      effectiveFromMs: 0,
    });
    busy = await aBusyAccount();
  });
  afterAll(async () => {
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
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

  async function openHistory(accountId: string): Promise<void> {
    const key = await keyWith(app.ledger, 'billing');
    const answer = await app.api('POST', '/v1/portal-sessions', { key, body: { accountId } });
    await page.goto(String(answer.body['url']));
    await page.getByRole('navigation').getByRole('link', { name: 'History' }).click();
  }

  async function screenshot(name: string): Promise<void> {
    const folder = process.env['SCREENSHOTS'];
    if (folder === undefined) return;
    await page.screenshot({
      path: `${folder}/${name}.png`,
      clip: { x: 0, y: 0, width: page.viewportSize()?.width ?? 0, height: 1_200 },
      fullPage: true,
    });
  }

  async function csv(path: string): Promise<string[]> {
    const response = await page.request.get(`${app.url}${path}`);
    expect(response.headers()['content-type']).toContain('text/csv');
    return (await response.text()).trimEnd().split('\r\n');
  }

  const dollarsOf = (text: string | null | undefined) => Number((text ?? '').replace(/[$,]/g, ''));

  it('R63 R66 shows usage by day and model; its drawing, tables and exports have one sum', async () => {
    await openHistory(busy);
    const usage = page.locator('#usage');
    expect(
      await usage.getByRole('img', { name: 'What usage cost each day, by model' }).count(),
    ).toBe(1);
    const shares = usage.locator('table').first().locator('tbody tr');
    expect(await shares.count()).toBe(5 + 1 + 1); // the dearest, all others, the sum
    const cells = await shares
      .locator('td.number:nth-of-type(2), td.number:first-of-type')
      .allTextContents();
    const charged = cells.filter((text) => text.startsWith('$')).map(dollarsOf);
    const all = charged.pop() ?? 0;
    expect(charged.reduce((sum, one) => sum + one, 0)).toBeCloseTo(all, 6);
    expect(all).toBeGreaterThan(1);
    const lines = (await csv('/billing/usage.csv?days=30')).slice(1);
    const exported = lines.map((line) => Number(line.split(',')[3])).reduce((a, b) => a + b, 0);
    expect(exported).toBeCloseTo(all, 6);
    await usage.getByText('By day').click();
    expect(await usage.getByRole('region', { name: 'Usage by day' }).isVisible()).toBe(true);
    await screenshot('busy-wide');
    await usage.getByRole('link', { name: '7 days' }).click();
    expect(await page.getByRole('heading', { name: 'Usage of the last 7 days' }).count()).toBe(1);
  });

  it('R66 pages through the statement to its beginning, and each debit leads to its usage', async () => {
    await openHistory(busy);
    const first = page.locator('table.entries tbody tr').first();
    expect(await first.textContent()).toContain('Usage of ');
    const address = await first.getByRole('link', { name: 'Its usage' }).getAttribute('href');
    const behind = await csv(address ?? '');
    expect(behind.length).toBeGreaterThan(1);
    expect(behind[0]).toBe('usage_id,time,model,meter,quantity,price,currency,amount,per');
    await page.getByRole('link', { name: 'Older' }).click();
    expect(await page.locator('table.entries tbody tr').last().textContent()).toContain(
      'Free credits given',
    );
    expect(await page.getByRole('link', { name: 'Older' }).count()).toBe(0);
    const statement = await csv('/billing/statement.csv');
    expect(statement[1]).toContain('Opening balance');
    expect(statement.at(-1)).toContain('Closing balance');
    expect(await csv('/billing/statement/lots.csv')).toHaveLength(2);
    // A model's name that a spreadsheet would run stays a text.
    const byModel = await csv('/billing/usage.csv?days=90');
    expect(byModel.some((line) => line.includes(",'=cmd,"))).toBe(true);
  });

  it('says so where nothing has happened yet', async () => {
    const { accountId } = await createTestAccount(app.ledger);
    await openHistory(accountId);
    for (const words of ['Nothing was used', 'Nothing has happened', 'Nothing has been bought']) {
      expect(await page.getByText(words).count()).toBe(1);
    }
    await screenshot('empty-wide');
  });

  it('shows no other account’s usage, whatever its address says', async () => {
    const { accountId } = await createTestAccount(app.ledger);
    await openHistory(accountId);
    const response = await page.request.get(`${app.url}/billing/statement/2/usage.csv`);
    expect(response.status()).toBe(404);
  });

  it('reads at 320 pixels without scrolling sideways', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    await openHistory(busy);
    for (const path of ['/history', '/history?days=90', '/purchases']) {
      await page.goto(`${app.url}/billing${path}`);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([path, width]).toEqual([path, 320]);
    }
    await page.goto(`${app.url}/billing/history`);
    await screenshot('busy-narrow');
  });
});
