import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPortalSession } from '../../ledger/portal-sessions.ts';
import { readReceiptFacts } from '../../ledger/receipts.ts';
import { runSolvent } from '../cli/run-solvent.ts';
import { textOfPages } from '../documents/extracted-text.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { keyWith, startRunningApp, testSeller, type RunningApp } from './running-app.ts';

let app: RunningApp;
let key: string;
beforeAll(async () => {
  app = await startRunningApp();
  key = await keyWith(app.ledger, 'billing');
});
afterAll(() => app.close());

interface Bought {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly email: string;
}

async function buy(paymentMethod: string): Promise<Bought> {
  const email = `${randomUUID()}@example.com`;
  const person = { name: '株式会社 Łódź', email, currency: 'usd', country: 'DE' };
  const account = await app.api('POST', '/v1/accounts', { key, body: person });
  const accountId = String(account.body['id']);
  const body = { accountId, amount: '25.00', currency: 'usd', paymentMethod };
  const { body: bought } = await app.api('POST', '/v1/purchases', { key, body });
  // A purchase that failed is a problem, which carries the purchase.
  const shown = (bought['purchase'] ?? bought) as { id: string };
  return { accountId, purchaseId: shown.id, email };
}

const receiptOf = (purchaseId: string, secret = key) =>
  fetch(`${app.url}/v1/purchases/${purchaseId}/receipt.pdf`, {
    headers: { authorization: `Bearer ${secret}` },
  });

async function textOf(response: Response): Promise<string> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/pdf');
  return (await textOfPages(new Uint8Array(await response.arrayBuffer()))).join(' ');
}

it('R42 R45 each purchase has its own receipt, the same bytes whenever it is asked for', async () => {
  const { accountId, purchaseId } = await buy('pm_card_visa');
  const response = await receiptOf(purchaseId);
  expect(response.headers.get('content-disposition')).toBe(
    'attachment; filename="receipt-R-000001.pdf"',
  );
  const bytes = Buffer.from(await response.clone().arrayBuffer());
  const text = await textOf(response);
  for (const fact of [
    ...[testSeller.name, ...testSeller.addressLines, testSeller.taxId, testSeller.email],
    ...['株式会社 Łódź', 'R-000001', 'Paid with Visa'],
    'Purchased credits $25.00 Tax $4.75 Charged to your card $29.75',
    'Added to your balance $25.00',
  ]) {
    expect(text).toContain(fact);
  }
  // Ids wrap where their letters are wide.
  const withoutSpaces = text.replaceAll(' ', '');
  expect(withoutSpaces).toContain(accountId);
  expect(withoutSpaces).toContain(purchaseId);
  const again = Buffer.from(await (await receiptOf(purchaseId)).arrayBuffer());
  expect(again.equals(bytes)).toBe(true);
});

it('R42 a purchase that was not paid has no receipt, and one that is not there is not found', async () => {
  const { purchaseId } = await buy('pm_card_chargeDeclined');
  const refused = await receiptOf(purchaseId);
  expect(refused.status).toBe(404);
  expect(await refused.json()).toMatchObject({ code: 'receipt_not_available', rule: 'R42' });
  const other = await receiptOf(`${purchaseId.slice(0, -16)}0000000000000000`);
  expect(other.status).toBe(404);
  expect(await other.json()).toMatchObject({ code: 'purchase_not_found' });
});

it('R64 a receipt is hidden from services, and from keys of another account', async () => {
  const { purchaseId } = await buy('pm_card_visa');
  const stranger = await buy('pm_card_visa');
  expect((await receiptOf(purchaseId, await keyWith(app.ledger, 'service'))).status).toBe(403);
  const confined = await keyWith(app.ledger, 'developer', stranger.accountId);
  expect((await receiptOf(purchaseId, confined)).status).toBe(404);
  expect((await receiptOf(stranger.purchaseId, confined)).status).toBe(200);
});

it('R42 the billing page and the mail lead to the receipt, and to no other account’s', async () => {
  const { accountId, purchaseId, email } = await buy('pm_card_visa');
  const stranger = await buy('pm_card_visa');
  const nowMs = Date.now();
  const session = { accountId, returnUrl: null, expiresAtMs: nowMs + 3_600_000, nowMs };
  const { token } = await createPortalSession(app.ledger, session);
  const opened = await fetch(`${app.url}/portal/${token}`, { redirect: 'manual' });
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const get = (path: string) => fetch(`${app.url}${path}`, { headers: { cookie } });
  const path = `/billing/purchases/${purchaseId}/receipt.pdf`;
  for (const page of ['/billing/history', '/billing', `/billing/purchases/${purchaseId}`]) {
    expect(await (await get(page)).text(), page).toContain(`href="${path}"`);
  }
  expect(await textOf(await get(path))).toContain('$29.75 paid on');
  const others = `/billing/purchases/${stranger.purchaseId}/receipt.pdf`;
  expect((await get(others)).status).toBe(404);
  expect((await fetch(`${app.url}${path}`)).status).toBe(401);
  const [mail] = await app.mails(email);
  expect(mail?.text).toContain(`${app.url}${path}`);
});

it('R57 money that went back is shown on the receipt', async () => {
  const { accountId, purchaseId } = await buy('pm_card_visa');
  const before = await readReceiptFacts(app.ledger, { purchaseId });
  expect(before?.refunds).toEqual([]);
  // No flow returns money of a credited purchase yet: the event is recorded as one would.
  await app.ledger.run(
    `insert into billing_events (account_id, event_id, kind, idempotency_key, input_hash,
       policy_version, occurred_at, payload)
     select account_id, max(event_id) + 1, 'refund_paid', $2, sha256('x'), 'p', $3,
       '{"event": {"amount": 10000000}}'
     from billing_events
     where account_id = (select account_id from purchases where purchase_id = $1)
     group by account_id`,
    [purchaseId, `purchase/${purchaseId}:refund_paid:re_1`, '2026-11-20T10:00:00Z'],
  );
  const text = await textOf(await receiptOf(purchaseId));
  expect(text).toContain('Returned to your card on 20 November 2026 −$10.00');
  expect(text).toContain('Paid after returns $19.75');
  expect(accountId).toMatch(/^acct_/);
});

it('R42 the command line writes the receipt to a file, the same as the API’s', async () => {
  const { accountId, purchaseId } = await buy('pm_card_visa');
  const stranger = await buy('pm_card_visa');
  const environment = {
    DATABASE_URL: app.workerSettings.databaseUrl,
    SELLER_NAME: testSeller.name,
    SELLER_ADDRESS: testSeller.addressLines.join('|'),
    SELLER_TAX_ID: testSeller.taxId,
    SELLER_EMAIL: testSeller.email,
  };
  const file = join(temporaryFolder(), 'receipt.pdf');
  const write = (account: string) =>
    runSolvent(['receipts', account, purchaseId, '-o', file], environment);
  expect(await write(accountId)).toMatchObject({ exitCode: 0, stderr: '' });
  const expected = Buffer.from(await (await receiptOf(purchaseId)).arrayBuffer());
  expect((await readFile(file)).equals(expected)).toBe(true);
  expect(await write(stranger.accountId)).toMatchObject({
    ...{ exitCode: 1, stderr: expect.stringContaining('purchase_not_found') },
  });
});
