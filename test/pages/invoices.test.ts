import { beforeAll, afterAll, expect, it } from 'vitest';
import { importedInvoiceIdFor } from '../../domain/ids.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { createPortalSession } from '../../ledger/portal-sessions.ts';
import { listInvoices } from '../../ledger/invoice-documents.ts';
import { recordOpeningBalance, type OpeningBalance } from '../../ledger/credits.ts';
import { dollars } from '../domain/samples.ts';
import { createLoneApp, type LoneApp } from '../http/lone-app.ts';
import {
  aPostpaidAccount,
  buy,
  cutoffMs,
  run,
  runMs,
  useImages,
} from '../ledger/invoicing-fixture.ts';
import { policies } from '../ledger/ledger-fixture.ts';
import { setPrices } from '../ledger/usage-fixture.ts';

const dayMs = 86_400_000;

let lone: LoneApp;
let nowMs = runMs;
beforeAll(async () => {
  lone = await createLoneApp({ nowMs: () => nowMs });
  await setPrices(lone.ledger);
});
afterAll(() => lone.close());

/** Invoices that an account brings from elsewhere. */
function bring(accountId: string, invoices: NonNullable<OpeningBalance['invoices']>) {
  return recordOpeningBalance(
    lone.ledger,
    {
      ...{ accountId, actor: 'test', nowMs: cutoffMs, idempotencyKey: 'opening' },
      ...{ purchased: dollars(0), unbilled: [], invoices },
    },
    policies,
  );
}

/** Opens pages as the account's customer. */
async function visitor(accountId: string) {
  const expiresAtMs = nowMs + 30 * dayMs;
  const session = { accountId, returnUrl: null, expiresAtMs, nowMs };
  const { token } = await createPortalSession(lone.ledger, session);
  const opened = await lone.app.request(`/portal/${token}`);
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return async (path: string) => {
    const response = await lone.app.request(path, { headers: { cookie } });
    const html = await response.text();
    const main = /<main.*<\/main>/s.exec(html)?.[0] ?? '';
    const text = main
      .replace(/<[^>]+>/g, ' ')
      .replaceAll('&#39;', "'")
      .replace(/\s+/g, ' ');
    return { status: response.status, headers: response.headers, html, text };
  };
}

async function invoiceOf(accountId: string): Promise<string> {
  const { invoices } = await listInvoices(lone.ledger, { accountId, before: null, limit: 1 });
  return invoices[0]?.invoiceId ?? '';
}

it('R63 an account without invoices is told when one comes, and sees its month so far', async () => {
  const visit = await visitor(await aPostpaidAccount(lone.ledger));
  const { status, text } = await visit('/billing/invoices');
  expect(status).toBe(200);
  expect(text).toContain('No invoice yet.');
  expect(text).toContain('Nothing was used yet.');
});

it('R38 R42 R45 R47 the list leads to an invoice: lines, pots, tax apart, how it is paid', async () => {
  const accountId = await aPostpaidAccount(lone.ledger, { taxCountry: 'US', taxRegion: 'WA' });
  await useImages(lone.ledger, accountId, 10_001, cutoffMs - dayMs);
  await buy(lone.ledger, accountId, dollars(20), cutoffMs - 3_600_000);
  await run(lone.ledger);
  const visit = await visitor(accountId);
  const id = await invoiceOf(accountId);
  const list = await visit('/billing/invoices');
  expect(list.text).toContain('November 2026');
  expect(list.text).toContain('To be paid');
  expect(list.html).toContain(`/billing/invoices/${id}/invoice.pdf`);
  const { text, html } = await visit(`/billing/invoices/${id}`);
  expect(text).toMatch(/\$7\.46 to be paid by 3 December 2026/);
  expect(text).toContain('There is no card on file to charge on 3 December 2026.');
  expect(html).toContain('href="/billing/cards"');
  expect(text).toContain('not for this invoice');
  expect(text).toMatch(/Credits bought before the month ended −\s*\$20\.00/);
  expect(text).toMatch(/Carried forward to December 2026 −\s*\$0\.0027/);
  expect(text).toContain('$0.0027 is less than a card can be charged. It counts in December 2026');
  expect(text).toMatch(/To pay, without tax \$7\.00 Sales tax \(Washington\), 6\.5 % \$0\.46/);
  expect(text).toContain('10,001');
  expect(html).toContain(`/billing/invoices/${id}/lines.csv`);
  expect(html).not.toContain('<form');
  const pdf = await visit(`/billing/invoices/${id}/invoice.pdf`);
  expect(pdf.headers.get('content-type')).toBe('application/pdf');
  const csv = await visit(`/billing/invoices/${id}/lines.csv`);
  expect(csv.headers.get('content-type')).toContain('text/csv');
});

it('R48 while something is past due, buying says before that it stays', async () => {
  const accountId = await aPostpaidAccount(lone.ledger);
  const invoiceId = importedInvoiceIdFor(accountId, '0123456789abcdef');
  const invoices = [{ invoiceId, number: 'OLD-1', amount: dollars(30), dueAtMs: runMs + dayMs }];
  await bring(accountId, invoices);
  const visit = await visitor(accountId);
  expect((await visit('/billing/buy')).text).toContain('$30.00 of invoices stays due');
  nowMs = runMs + 2 * dayMs;
  for (const path of ['/billing/buy', '/billing/buy/confirm?amount=25']) {
    const { text } = await visit(path);
    expect(text, path).toContain('$30.00 is past due, and stays past due');
    expect(text, path).toContain('whatever the balance');
    expect(text, path).toContain('Pay $30.00, invoice OLD-1');
  }
  expect((await visit('/billing/invoices')).text).toContain('Past due');
  const page = await visit(`/billing/invoices/${await invoiceOf(accountId)}`);
  expect(page.text).toContain('Please pay it by card. Credits never pay an invoice');
  nowMs = runMs;
});

it('R70 a closed account sees what is still due, and that its credits are not forfeited', async () => {
  const accountId = await aPostpaidAccount(lone.ledger);
  await useImages(lone.ledger, accountId, 10_000, cutoffMs - dayMs);
  await buy(lone.ledger, accountId, dollars(5), cutoffMs);
  const asked = { accountId, actor: 'test', nowMs: runMs };
  await closeAccount(lone.ledger, asked, policies);
  const visit = await visitor(accountId);
  const { text, html } = await visit('/billing');
  expect(text).toContain('This account is closed');
  expect(text).toContain('$5.00 of purchased credits were not used. They are not forfeited');
  expect(text).toContain('$27.00 of its invoices is still to be paid');
  expect(html).not.toContain('class="button" href="/billing/buy"');
  for (const path of ['/billing/buy', '/billing/buy/confirm?amount=25']) {
    const page = await visit(path);
    expect(page.text, path).toContain('No credits can be bought any more.');
    expect(page.html, path).not.toContain('name="ownAmount"');
  }
  expect((await visit('/billing/invoices')).text).not.toContain('so far');
});

it('R48 many invoices past due leave the page readable: five to pay, and the way to all', async () => {
  const accountId = await aPostpaidAccount(lone.ledger);
  const invoices = Array.from({ length: 20 }, (_, index) => {
    const number = `OLD-${index + 10}`;
    const invoiceId = importedInvoiceIdFor(accountId, String(index).padStart(16, '0'));
    return { invoiceId, number, amount: dollars(1), dueAtMs: cutoffMs - dayMs };
  });
  await bring(accountId, invoices);
  const visit = await visitor(accountId);
  for (const path of ['/billing', '/billing/buy']) {
    const { text } = await visit(path);
    expect(text, path).toContain('$20.00 is past due');
    expect(text.match(/Pay \$1\.00, invoice/g), path).toHaveLength(5);
    expect(text, path).toContain('All 20 of them, under Invoices');
  }
});

it('R64 shows nobody another account’s invoice', async () => {
  const accountId = await aPostpaidAccount(lone.ledger);
  await useImages(lone.ledger, accountId, 10_000, cutoffMs - dayMs);
  await run(lone.ledger);
  const id = await invoiceOf(accountId);
  const visit = await visitor(await aPostpaidAccount(lone.ledger));
  for (const path of ['', '/invoice.pdf', '/lines.csv']) {
    expect((await visit(`/billing/invoices/${id}${path}`)).status, path).toBe(404);
  }
});
