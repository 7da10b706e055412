import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { micros } from '../../domain/money.ts';
import { cutoffMsOf, lastClosedPeriod } from '../../domain/period.ts';
import { createApiKey } from '../../ledger/api-keys.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { createOperatorLink } from '../../ledger/operator-sessions.ts';
import { openPolicies } from '../../ledger/policies.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { dollars } from '../domain/samples.ts';
import { startRunningApp, type RunningApp } from '../http/running-app.ts';
import { aPostpaidAccount, openAndPay, useImages } from '../ledger/invoicing-fixture.ts';
import { setPrices } from '../ledger/usage-fixture.ts';
import { describeInBrowser, launchBrowser } from '../support/browser.ts';
import { ownNamespace } from '../support/namespace.ts';
import { patienceMs } from '../support/patience.ts';
import { createTestAccount } from '../support/stack.ts';

const hourMs = 3_600_000;
const operator = 'ada';
/** Set, each page is written there as a picture, to be looked at. */
const pictures = process.env['SCREENSHOTS'];

let app: RunningApp;
let browser: Browser;

describeInBrowser('the operators’ pages', () => {
  beforeAll(async () => {
    app = await startRunningApp({ temporalServer: await ownNamespace('operator-pages') });
    browser = await launchBrowser();
    const key = { role: 'operator', accountId: null, name: 'Ada', actor: 'test' } as const;
    await createApiKey(app.ledger, { ...key, nowMs: Date.now() });
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  let context: BrowserContext;
  let page: Page;
  /** What a script of the page could not do, or was forbidden by the content security policy. */
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
    await page.goto(await link());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Accounts' }).waitFor();
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

  async function link(): Promise<string> {
    const asked = { operator, validMs: hourMs, nowMs: Date.now() };
    const made = await createOperatorLink(app.ledger, asked);
    if (made.status !== 'made') throw new Error(made.status);
    return `${app.url}/operator/sign-in/${made.token}`;
  }

  async function picture(name: string): Promise<void> {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }

  async function text(): Promise<string> {
    return (await page.getByRole('main').textContent()) ?? '';
  }

  function auditOf(action: string) {
    return app.ledger.run<{ actor: string; detail: Record<string, string> }>(
      'select actor, detail from audit_log where action = $1 order by audit_id',
      [action],
    );
  }

  it('signs a person in once, and out', async () => {
    await picture('overview');
    expect(page.url()).toBe(`${app.url}/operator`);
    expect(await page.getByRole('banner').textContent()).toContain(operator);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.goto(`${app.url}/operator`);
    expect(await page.getByRole('alert').textContent()).toContain('You are not signed in');
    await picture('signed-out');

    const once = await link();
    await page.goto(once);
    await picture('sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Accounts' }).waitFor();
    await page.goto(once);
    expect(await page.getByRole('alert').textContent()).toContain('used before');
    await picture('used-link');
  });

  it('finds an account by id, by how its name or mail address begins, and says when there is none', async () => {
    const email = `grace-${crypto.randomUUID()}@example.com`;
    const { accountId } = await createTestAccount(app.ledger, { name: 'Hopper_100% Ltd', email });
    await createTestAccount(app.ledger, { name: 'HopperX100Y Ltd' });
    for (const asked of [accountId, 'hopper_100%', email.slice(0, 20).toUpperCase()]) {
      await page.getByLabel('Find').fill(asked);
      await page.getByRole('button', { name: 'Find' }).click();
      await page.waitForURL(/\?q=/);
      const found = page.getByRole('row').filter({ hasText: 'acct_' });
      expect(await found.count(), asked).toBe(1);
      expect(await found.textContent()).toContain(accountId);
    }
    await picture('search');
    await page.getByLabel('Find').fill('nobody at all');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('Nothing was found.').waitFor();
  });

  it('R54 R56 keeps an account from use and lets it go, with the reason, by name', async () => {
    const { accountId } = await createTestAccount(app.ledger, { plan: 'enterprise' });
    const amount = micros(2_000_000);
    const desk = openHoldDesk(app.ledger);
    const policies = await openPolicies(app.ledger).read();
    await desk.place({
      accountId,
      holdId: 'req-1',
      cost: amount,
      model: 'chat',
      ttlMs: hourMs,
      policies,
      nowMs: Date.now(),
    });
    const address = `${app.url}/operator/accounts/${accountId}`;
    await page.goto(address);
    expect(await text()).toContain('req-1');
    await picture('account');

    await page.getByRole('button', { name: 'Put on hold' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('1 to 500 characters');
    const long = 'x'.repeat(501);
    await page.getByLabel('Reason').fill(long);
    await page.getByRole('button', { name: 'Put on hold' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('1 to 500 characters');
    expect(await page.getByLabel('Reason').inputValue()).toBe(long);

    await page.getByLabel('Reason').fill('looks like card testing');
    await page.getByRole('button', { name: 'Put on hold' }).click();
    await page.getByText('What runs already is settled').waitFor();
    await picture('account-on-hold');
    expect(await page.locator('#access').textContent()).toContain('failed');
    const held = await readAccount(app.ledger, { accountId });
    expect(held?.account.adminHold?.reason).toBe('looks like card testing');
    await page.getByRole('link', { name: 'Accounts' }).click();
    expect(await page.locator('.pot').first().textContent()).toContain('1 on hold');

    await page.goto(address);
    await page.getByRole('button', { name: 'Let it be used again' }).click();
    await page.getByText('The account may be used again.').waitFor();
    expect((await readAccount(app.ledger, { accountId }))?.account.adminHold).toBeNull();
    const done = [...(await auditOf('account.hold')), ...(await auditOf('account.unhold'))];
    expect(done.map(({ actor }) => actor)).toEqual(['operator:ada', 'operator:ada']);
  });

  it('an account that does not exist is said so', async () => {
    await page.goto(`${app.url}/operator/accounts/acct_${'0'.repeat(26)}`);
    expect(await page.getByRole('alert').textContent()).toContain('There is no such account');
    await page.goto(`${app.url}/operator/accounts/nonesuch`);
    expect(await page.getByRole('alert').textContent()).toContain('There is no such account');
  });

  it('B8 starts a month’s run, shows how far it is, and runs it again; not one that is not over', async () => {
    const month = lastClosedPeriod(Date.now());
    await page.getByRole('link', { name: 'Invoice runs' }).click();
    await page.getByText('No month was run yet.').waitFor();
    const field = page.getByLabel('Issue the invoices of a month that is over');
    for (const [typed, words] of [
      ['soon', 'Write the month as 2026-10'],
      ['2199-01', 'not over'],
    ] as const) {
      await field.fill(typed);
      await page.getByRole('button', { name: 'Start the run' }).click();
      expect(await page.getByRole('alert').textContent()).toContain(words);
      expect(await field.inputValue()).toBe(typed);
    }
    await picture('run-refused');
    await field.fill(month);
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.getByText('The run was started.').waitFor();
    await expect.poll(() => page.locator('main .badge').first().textContent()).toBe('done');
    const { accounts = 0 } =
      (
        await app.ledger.run<{ accounts: number }>('select count(*) as accounts from accounts')
      )[0] ?? {};
    expect(await text()).toContain(`${accounts} of ${accounts} accounts`);
    expect(await text()).toContain(`invoice-run/${month}`);
    await picture('run');
    await page.getByRole('button', { name: 'Run it again' }).click();
    await page.getByText('The run was started.').waitFor();
    await page.getByRole('link', { name: 'Invoice runs' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await picture('runs');
    const started = await auditOf('invoice_run.start');
    expect(started).toEqual([
      { actor: 'operator:ada', detail: { period: month } },
      { actor: 'operator:ada', detail: { period: month } },
    ]);
  });

  it('R40 shows whom a run waits for; cancels it, and resumes it', async () => {
    const month = lastClosedPeriod(Date.now());
    const cutoffMs = cutoffMsOf(month);
    await setPrices(app.ledger);
    const accountId = await aPostpaidAccount(app.ledger, { nowMs: cutoffMs - 2 * hourMs });
    await useImages(app.ledger, accountId, 10, cutoffMs - hourMs);
    // Paid at Stripe before the cut-off, for all anybody knows: its invoice waits.
    const purchaseId = await openAndPay(app.ledger, accountId, dollars(25), cutoffMs - 1_000);
    await page.goto(`${app.url}/operator/invoice-runs`);
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.getByText('The run was started.').waitFor();
    await page.getByText(purchaseId).waitFor();
    expect(await text()).toContain(accountId);
    await picture('run-waiting');

    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('The run was canceled.').waitFor();
    await picture('run-canceled');
    await page.getByRole('button', { name: 'Resume the run' }).click();
    await page.getByText('The run goes on where it stood.').waitFor();
    await page.getByRole('button', { name: 'Cancel the run' }).waitFor();

    // Two windows: the second to cancel reads that somebody was quicker.
    const other = await context.newPage();
    other.setDefaultTimeout(patienceMs);
    const shown = `${app.url}/operator/invoice-runs/${month}`;
    // It stays as it is: no answer to the page's own asking anew, however soon that comes.
    let isFirst = true;
    await other.route(shown, async (route) => {
      const answers = isFirst;
      isFirst = false;
      await (answers ? route.continue() : route.fulfill({ status: 204 }));
    });
    await other.goto(shown);
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('The run was canceled.').waitFor();
    await other.getByRole('button', { name: 'Cancel the run' }).click();
    await other.getByRole('alert').getByText('not under way').waitFor();
    expect(await other.getByRole('button', { name: 'Resume the run' }).count()).toBe(1);

    const actions = ['invoice_run.cancel', 'invoice_run.resume'];
    const done = (await Promise.all(actions.map(auditOf))).flat();
    expect(new Set(done.map(({ actor }) => actor))).toEqual(new Set(['operator:ada']));
    expect(done).toHaveLength(4);
    await other.close();
  });

  it('R6 a payment that stayed unknown waits here for an answer, and is looked at again', async () => {
    const { accountId } = await createTestAccount(app.ledger);
    const { purchaseId } = await app.client.purchase({
      ...{ accountId, amount: micros(25_000_000), currency: 'usd', confirmDuplicate: false },
      ...{ idempotencyKey: crypto.randomUUID(), paymentMethod: 'pm_sandbox_script_process' },
      waitMs: 5_000,
    });
    await page.getByRole('link', { name: 'Reviews' }).first().click();
    await page.getByText('Nothing waits for a person.').waitFor();
    await app.client.relayClockMoved({ workflowId: `purchase/${purchaseId}`, offsetMs: hourMs });
    await expect
      .poll(
        async () => {
          await page.reload();
          return text();
        },
        { interval: 500 },
      )
      .toContain('An operator is needed');
    await picture('reviews');
    const [payment] = app.sandbox.controls
      .objects('payment_intent', 100)
      .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
    app.sandbox.controls.settleProcessing(String(payment?.['id']), null);
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('The purchase is now succeeded.').waitFor();
    await picture('review-resolved');
    expect(await auditOf('purchase.resolve')).toEqual([
      { actor: 'operator:ada', detail: { purchaseId, decision: 'look_again' } },
    ]);
  });
});
