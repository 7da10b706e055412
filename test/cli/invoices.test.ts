import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { cutoffMsOf, period } from '../../domain/period.ts';
import { dollars } from '../domain/samples.ts';
import { aPostpaidAccount, buy, run, useImages } from '../ledger/invoicing-fixture.ts';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { setPrices } from '../ledger/usage-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runSolvent } from './run-solvent.ts';

/** Over by now: the command line has no other clock than the machine's. */
const october = period('2026-10');
const cutoffMs = cutoffMsOf(october);

const test = useLedger();
let account: string;
beforeAll(async () => {
  const { ledger } = test;
  await setPrices(ledger);
  account = await aPostpaidAccount(ledger);
  await useImages(ledger, account, 10_000, cutoffMs - 86_400_000);
  await run(ledger, { period: october, nowMs: cutoffMs + 600_000 });
});

const solvent = (...args: string[]) =>
  runSolvent(args, { DATABASE_URL: test.appUrl, SOLVENT_OPERATOR: 'ada' });
const invoices = (...args: string[]) => solvent('invoices', ...args);
const accounts = (...args: string[]) => solvent('accounts', ...args);

it('R42 R46 lists invoices, and shows one by its number, with lines and sums', async () => {
  const list = await invoices('list', account);
  expect(list.exitCode, list.stderr).toBe(0);
  expect(list.stdout).toMatch(/INV-000001 +2026-10 +open.* 27\.00 USD/);
  const shown = await invoices('show', 'inv-000001');
  expect(shown.stdout).toMatch(/images +2026-10 +10000 +0\.0027 per 1 +27\.00/);
  expect(shown.stdout).toMatch(/Amount +27\.00 USD/);
  expect(shown.stdout).toContain('3 November 2026');
});

it('R41 writes the PDF, the same bytes each time, and prints the CSV', async () => {
  const folder = temporaryFolder();
  const files = [];
  for (const name of ['one.pdf', 'two.pdf']) {
    const file = join(folder, name);
    expect((await invoices('pdf', 'INV-000001', '-o', file)).exitCode).toBe(0);
    files.push(await readFile(file));
  }
  expect(files[0]?.subarray(0, 5).toString()).toBe('%PDF-');
  expect(files[0]?.equals(files[1] ?? Buffer.alloc(0))).toBe(true);
  expect((await invoices('csv', 'INV-000001')).stdout).toMatch(
    /^invoice,currency,.*\r\nINV-000001/,
  );
});

it('says why a file cannot be written', async () => {
  const file = join(temporaryFolder(), 'missing', 'one.pdf');
  const refused = await invoices('pdf', 'INV-000001', '-o', file);
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toBe(`${file} cannot be written: there is no such folder.\n`);
});

it('R63 previews the next one', async () => {
  const preview = await invoices('preview', account, '--json');
  expect(preview.json()).toMatchObject({ accountId: account, lines: [], amount: '0.00' });
  expect((await invoices('preview', account)).stdout).toContain('nothing used yet');
});

it('R43 R46 B10 voids, credits once, and says why it cannot void any more', async () => {
  const voided = await invoices('void', 'INV-000001', '--reason', 'a wrong address', '--json');
  expect(voided.json(), voided.stderr).toMatchObject({ number: 'INV-000002', due: '27.00' });
  const credit = ['credit', 'INV-000002', '10', '--reason', 'It failed.', '--key', 'one'];
  for (let count = 0; count < 2; count += 1) {
    const note = await invoices(...credit, '--json');
    expect(note.json(), note.stderr).toMatchObject({ number: 'CN-000001', amount: '10.00' });
  }
  const refused = await invoices('void', 'INV-000002', '--reason', 'again');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('invoice_paid');
  expect((await invoices('show', 'INV-999')).exitCode).toBe(1);
  expect((await invoices('show', 'nonsense')).exitCode).toBe(2);
});

it.each([
  [['pay', 'INV-000001', '--amount', '-5'], 'no sign'],
  [['pay', 'INV-000001', '--amount', '0'], 'above zero'],
  [['credit', 'INV-000001', '--reason', 'x', '--', '-5'], 'no sign'],
  [['credit', 'INV-000001', '0.00', '--reason', 'x'], 'above zero'],
])('B9 %j is wrong usage, and nothing is tried', async (args, words) => {
  const refused = await invoices(...args);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain(words);
  expect(refused.stderr).not.toContain('--key');
});

it('R44 business data is set piece by piece, checked, and shown', async () => {
  const street = ['--line1', '1 Main St', '--city', 'Berlin', '--postal-code', '10115'];
  const place = [...street, '--country', 'DE'];
  const set = await accounts('business', account, '--name', 'Ada Ltd', ...place);
  expect(set).toMatchObject({ exitCode: 0, stderr: '' });
  const mails = ['--invoice-mail', 'books@example.com', '--invoice-mail', 'cfo@example.com'];
  await accounts('business', account, ...mails, '--po', 'PO-7', '--tax-id', 'DE136695976');
  const shown = await accounts('business', account, '--json');
  expect(shown.json()).toMatchObject({
    ...{ name: 'Ada Ltd', purchaseOrder: 'PO-7', address: { city: 'Berlin', country: 'DE' } },
    invoiceEmails: ['books@example.com', 'cfo@example.com'],
    taxId: { country: 'DE', value: 'DE136695976', checked: true },
  });
  expect((await accounts('business', account)).stdout).toMatch(/PO number +PO-7/);
  const wrong = await accounts('business', account, '--tax-id', 'DE136695970');
  expect(wrong).toMatchObject({ exitCode: 1, stdout: '' });
  expect(wrong.stderr).toContain('taxId.value must be');
  const removed = await accounts('business', account, '--po', '', '--json');
  expect(removed.json()).toMatchObject({ purchaseOrder: null, name: 'Ada Ltd' });
});

it('R70 closing prints the final invoice, and that credits that are left stay', async () => {
  const { ledger } = test;
  const nowMs = Date.now();
  const leaving = await aPostpaidAccount(ledger);
  await useImages(ledger, leaving, 10_000, nowMs - 60_000);
  await buy(ledger, leaving, dollars(40), nowMs - 50_000);
  const closed = await accounts('close', leaving);
  expect(closed, closed.stderr).toMatchObject({ exitCode: 0 });
  expect(closed.stdout).toMatch(/Status +closed/);
  expect(closed.stdout).toMatch(/The final invoice is INV-\d{6}: nothing is to be paid on it\./);
  expect(closed.stdout).toContain(
    '$13.00 of purchased credits were not used. They are not forfeited',
  );
  const again = await accounts('close', leaving, '--json');
  expect(again.json()).toMatchObject({
    ...{ status: 'closed', finalInvoice: { kind: 'final', amount: '0.00', state: 'paid' } },
    balances: { purchased: '13.00' },
  });
});
