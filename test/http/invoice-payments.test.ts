import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestAccount } from '../support/stack.ts';
import { owingAccount, paidCharges, type Owing } from '../workflows/fixtures/owing-account.ts';
import { keyWith, startRunningApp, type RunningApp } from './running-app.ts';

const dayMs = 86_400_000;

let app: RunningApp;
let billing: string;
let operator: string;
beforeAll(async () => {
  app = await startRunningApp();
  billing = await keyWith(app.ledger, 'billing');
  operator = await keyWith(app.ledger, 'operator');
});
afterAll(() => app.close());

/** An account that owes $2.70; the invoice is charged by itself the day after tomorrow. */
function owing(card: string | null = 'pm_card_visa'): Promise<Owing> {
  const createAccount: Parameters<typeof owingAccount>[0]['createAccount'] = (given) =>
    createTestAccount(app.ledger, given);
  return owingAccount({ ...app, createAccount }, card, { nowMs: Date.now() });
}

function pay({ invoiceId }: Owing, body: object = {}, headers = {}) {
  return app.api('POST', `/v1/invoices/${invoiceId}/pay`, { key: billing, body, headers });
}

const stateOf = async ({ invoiceId }: Owing) =>
  (await app.api('GET', `/v1/invoices/${invoiceId}`, { key: billing })).body;

it('R5 B1 B19 a payment charges once for a key, and says what is left of the invoice', async () => {
  const account = await owing();
  const key = { 'idempotency-key': 'one' };
  const paid = await pay(account, {}, key);
  expect(paid.body).toMatchObject({
    ...{ status: 'succeeded', amount: '2.70', origin: 'customer', invoiceState: 'paid' },
    invoiceDue: '0.00',
  });
  expect(paid.status).toBe(201);
  expect((await pay(account, {}, key)).body).toEqual(paid.body);
  const other = await pay(account, { amount: '1.00' }, key);
  expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused']);
  const again = await pay(account);
  expect([again.status, again.body['code']]).toEqual([409, 'invoice_nothing_due']);
  expect(paidCharges(app, account)).toHaveLength(1);
  const path = `/v1/invoices/${account.invoiceId}/payments`;
  const list = await app.api('GET', path, { key: billing });
  expect(list.body['data']).toMatchObject([{ id: paid.body['id'], status: 'succeeded' }]);
  const one = await app.api('GET', `${path}/${String(paid.body['id'])}`, { key: billing });
  expect(one.body).toEqual(paid.body);
});

it('R52 a part lowers what is due; one that could not be charged, or leaves such a rest, is refused', async () => {
  const account = await owing();
  for (const [amount, status, code] of [
    ['0.00', 400, 'invalid_request'],
    ['2.71', 422, 'invoice_payment_too_large'],
    ['0.49', 422, 'invoice_payment_too_small'],
    ['2.21', 422, 'invoice_payment_too_small'],
    ['1.001', 422, 'amount_not_chargeable'],
  ] as const) {
    const { status: got, body } = await pay(account, { amount });
    expect([got, body['code']], amount).toEqual([status, code]);
  }
  const part = await pay(account, { amount: '1.00' });
  expect(part.body).toMatchObject({ amount: '1.00', invoiceState: 'open', invoiceDue: '1.70' });
  const rest = await pay(account, { paymentMethod: 'pm_card_mastercard' });
  expect(rest.body).toMatchObject({ amount: '1.70', invoiceState: 'paid', invoiceDue: '0.00' });
  const path = `/v1/invoices/${account.invoiceId}/payments?limit=1`;
  const first = await app.api('GET', path, { key: billing });
  expect(first.body['data']).toMatchObject([{ amount: '1.70' }]);
  const next = `${path}&cursor=${String(first.body['nextCursor'])}`;
  const second = await app.api('GET', next, { key: billing });
  expect(second.body).toMatchObject({ data: [{ amount: '1.00' }], nextCursor: null });
});

it('R9 R14 a card that is declined or prepaid answers a problem, and nothing is paid', async () => {
  const account = await owing(null);
  const none = await pay(account);
  expect([none.status, none.body['code']]).toEqual([409, 'payment_method_required']);
  const declined = await pay(account, { paymentMethod: 'pm_card_visa_chargeDeclined' });
  expect(declined).toMatchObject({
    status: 402,
    body: { code: 'card_declined', payment: { status: 'declined', amount: '2.70' } },
  });
  const prepaid = await pay(account, { paymentMethod: 'pm_card_mastercard_prepaid' });
  expect([prepaid.status, prepaid.body['code']]).toEqual([422, 'card_prepaid_not_supported']);
  expect(await stateOf(account)).toMatchObject({ state: 'open', due: '2.70', paid: '0.00' });
  expect(paidCharges(app, account)).toHaveLength(0);
});

it('R13 a payment that the bank asks about tells where, then and later', async () => {
  const account = await owing(null);
  const asked = await pay(account, { paymentMethod: 'pm_card_authenticationRequired' });
  expect(asked).toMatchObject({ status: 202, body: { status: 'requires_action' } });
  const actionUrl = String(asked.body['actionUrl']);
  expect(actionUrl).toMatch(/^http/);
  const seen = await app.api('GET', new URL(String(asked.body['url'])).pathname, { key: billing });
  expect(seen.body).toMatchObject({ status: 'requires_action', actionUrl });
});

it('R48 a purchase says before and after what it leaves unpaid, and changes none of it', async () => {
  const account = await owing('pm_card_chargeCustomerFail');
  const { accountId, invoiceId } = account;
  const order = { amount: '25.00', currency: 'usd' };
  const path = `/v1/accounts/${accountId}/purchase-previews`;
  const early = await app.api('POST', path, { key: billing, body: order });
  expect(early.body['stillDue']).toMatchObject({ due: '2.70', pastDue: '0.00' });
  const to = new Date(account.chargeAtMs + 5 * dayMs).toISOString();
  const clock = { key: operator, body: { to } };
  await app.api('POST', `/v1/accounts/${accountId}/clock/advance`, clock);
  const unpaid = {
    ...{ due: '2.70', pastDue: '2.70' },
    note: expect.stringContaining('credits never pay an invoice') as string,
    invoices: [
      { id: invoiceId, pastDue: true, payUrl: `${app.url}/billing/invoices/${invoiceId}/pay` },
    ],
  };
  const preview = await app.api('POST', path, { key: billing, body: order });
  expect(preview.body).toMatchObject({ stillDue: unpaid });
  const body = { accountId, ...order, paymentMethod: 'pm_card_visa' };
  const bought = await app.api('POST', '/v1/purchases', { key: billing, body });
  expect(bought).toMatchObject({ status: 201, body: { status: 'succeeded', stillDue: unpaid } });
  expect(await stateOf(account)).toMatchObject({ due: '2.70', paid: '0.00', pastDue: true });
});

it('R64 a key of another account learns nothing of an invoice', async () => {
  const [own, other] = [await owing(), await owing()];
  const key = await keyWith(app.ledger, 'billing', own.accountId);
  for (const [method, path] of [
    ['POST', 'pay'],
    ['GET', 'payments'],
    ['GET', 'payments/ipay_x'],
    ['POST', 'payment-links'],
  ] as const) {
    const call = { key, ...(method === 'POST' && { body: {} }) };
    const answer = await app.api(method, `/v1/invoices/${other.invoiceId}/${path}`, call);
    expect([answer.status, answer.body['code']], path).toEqual([404, 'invoice_not_found']);
  }
});

it.each(['ipay_x', '%00', 'pur_x', '%F0%9F%98%80'])(
  'R63 a payment named %s is not there',
  async (paymentId) => {
    const { invoiceId } = await owing();
    const path = `/v1/invoices/${invoiceId}/payments/${paymentId}`;
    const answer = await app.api('GET', path, { key: billing });
    expect([answer.status, answer.body['code']]).toEqual([404, 'invoice_payment_not_found']);
  },
);
