import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { keyWith } from './running-app.ts';
import { dollars } from '../domain/samples.ts';
import {
  aPostpaidAccount,
  buy,
  cutoffMs,
  run,
  runMs,
  useImages,
} from '../ledger/invoicing-fixture.ts';
import { textOfPages } from '../documents/extracted-text.ts';
import { visa } from '../ledger/ledger-fixture.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { setPrices } from '../ledger/usage-fixture.ts';

const dayMs = 86_400_000;

let lone: LoneApp;
let operator: string;
let billing: string;
let nowMs = runMs;
beforeAll(async () => {
  lone = await createLoneApp({ nowMs: () => nowMs });
  await setPrices(lone.ledger);
  operator = await keyWith(lone.ledger, 'operator');
  billing = await keyWith(lone.ledger, 'billing');
});
afterAll(() => lone.close());

interface Sent {
  readonly key?: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
}

async function raw(method: string, path: string, { key = billing, body, ...sent }: Sent = {}) {
  return lone.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': sent.idempotencyKey ?? crypto.randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function send(method: string, path: string, sent: Sent = {}) {
  const response = await raw(method, path, sent);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** An account that used 10,000 images ($27) in November; `credits`: of a pack bought before. */
async function customer(credits = 0): Promise<string> {
  const accountId = await aPostpaidAccount(lone.ledger);
  await useImages(lone.ledger, accountId, 10_000, cutoffMs - dayMs);
  if (credits > 0) await buy(lone.ledger, accountId, dollars(credits), cutoffMs - 3_600_000);
  return accountId;
}

/** The account with its November invoice. */
async function invoiced(credits = 0) {
  const accountId = await customer(credits);
  await run(lone.ledger);
  const { body } = await send('GET', `/v1/accounts/${accountId}/invoices`);
  const [invoice] = body['data'] as Record<string, unknown>[];
  if (invoice === undefined) throw new Error('there is no invoice');
  return { accountId, invoice, id: String(invoice['id']) };
}

it('R42 R45 R46 R47 an invoice shows its lines, which pot paid, and how it is paid', async () => {
  const { accountId, invoice, id } = await invoiced(20);
  expect(invoice).toMatchObject({
    ...{ accountId, kind: 'monthly', state: 'open', period: '2026-11', pastDue: false },
    ...{ cutoff: '2026-12-01T00:00:00.000Z', net: '7.00', amount: '7.00', due: '7.00' },
    ...{ chargeAt: '2026-12-03T00:00:00.000Z', dueAt: '2026-12-04T00:00:00.000Z' },
    ...{ carriedForward: '0.00', replaces: null },
  });
  expect(invoice['number']).toMatch(/^INV-\d{6}$/);
  const words = (invoice['howToPay'] as string[]).join(' ');
  expect(words).toContain('3 December 2026');
  expect(words).toContain('not for this invoice');
  const { body } = await send('GET', `/v1/invoices/${id}`);
  expect(body).toMatchObject({
    ...invoice,
    lines: [
      {
        ...{ meter: 'images', usagePeriod: '2026-11', quantity: '10000', cost: '27.00' },
        ...{ free: '0.00', purchased: '0.00', unbilled: '27.00', writtenOff: '0.00' },
        price: { amount: '0.0027', per: 1 },
      },
    ],
    credits: [{ paidAt: 'purchase', amount: '20.00', usagePeriod: '2026-11' }],
    ...{ creditNotes: [], replacedBy: null },
  });
});

it('R50 an unpaid invoice is past due from the end of its due date on', async () => {
  const { id } = await invoiced();
  for (const [atMs, pastDue] of [
    [cutoffMs + 3 * dayMs - 1, false],
    [cutoffMs + 3 * dayMs, true],
  ] as const) {
    nowMs = atMs;
    expect((await send('GET', `/v1/invoices/${id}`)).body, String(atMs)).toMatchObject({ pastDue });
  }
  nowMs = runMs;
});

it('R41 the PDF is the same bytes each time, and says what the invoice says', async () => {
  const { id, invoice } = await invoiced(20);
  const files = [];
  for (const atMs of [runMs, runMs + 40 * dayMs]) {
    nowMs = atMs;
    const response = await raw('GET', `/v1/invoices/${id}/pdf`);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('content-disposition')).toContain(String(invoice['number']));
    files.push(Buffer.from(await response.arrayBuffer()));
  }
  nowMs = runMs;
  expect(files[0]?.equals(files[1] ?? Buffer.alloc(0))).toBe(true);
  const text = (await textOfPages(files[0] ?? new Uint8Array())).join(' ');
  expect(text).toContain(String(invoice['number']));
  expect(text).toContain('$7.00');
});

it('R42 the lines are a CSV file that adds up', async () => {
  const { id } = await invoiced();
  const response = await raw('GET', `/v1/invoices/${id}/lines.csv`);
  expect(response.headers.get('content-type')).toContain('text/csv');
  const [, line = ''] = (await response.text()).split('\r\n');
  expect(line).toMatch(/,10000,0\.0027 per image,27\.00,0\.00,0\.00,27\.00,0\.00$/);
});

it('R63 the preview is what the invoice becomes, and changes nothing', async () => {
  const accountId = await customer(20);
  const path = `/v1/accounts/${accountId}/invoice-preview`;
  nowMs = cutoffMs - 1;
  const { body: preview } = await send('GET', path);
  expect((await send('GET', path)).body).toEqual(preview);
  nowMs = runMs;
  await run(lone.ledger);
  const list = await send('GET', `/v1/accounts/${accountId}/invoices`);
  const [made] = list.body['data'] as Record<string, unknown>[];
  const { body: whole } = await send('GET', `/v1/invoices/${String(made?.['id'])}`);
  for (const name of [
    ...['period', 'cutoff', 'lines', 'net', 'tax', 'amount', 'broughtForward'],
    ...['carriedForward', 'carriedTo', 'chargeAt', 'dueAt'],
  ]) {
    expect(preview[name], name).toEqual(whole[name]);
  }
  expect(preview['credits']).toMatchObject([{ amount: '20.00', paidAt: 'purchase' }]);
});

it('R46 voiding issues what stands for it at once, keeps the number, once', async () => {
  const { accountId, id, invoice } = await invoiced();
  const asked = { key: operator, body: { reason: 'the address was wrong' } };
  const made = await send('POST', `/v1/invoices/${id}/void`, asked);
  expect(made).toMatchObject({ status: 201, body: { replaces: id, state: 'open', due: '27.00' } });
  expect(made.body['number']).not.toBe(invoice['number']);
  expect((await send('POST', `/v1/invoices/${id}/void`, asked)).body).toEqual(made.body);
  const again = { key: operator, body: { reason: 'in other words' } };
  expect(await send('POST', `/v1/invoices/${id}/void`, again)).toMatchObject({
    ...{ status: 409, body: { code: 'invoice_not_open' } },
  });
  const { body: before } = await send('GET', `/v1/invoices/${id}`);
  expect(before).toMatchObject({
    ...{ number: invoice['number'], state: 'void', due: '0.00', pastDue: false, howToPay: [] },
    replacedBy: made.body['id'],
  });
  const list = await send('GET', `/v1/accounts/${accountId}/invoices?limit=1`);
  expect(list.body['data']).toMatchObject([{ id: made.body['id'] }]);
  const next = await send(
    'GET',
    `/v1/accounts/${accountId}/invoices?limit=1&cursor=${String(list.body['nextCursor'])}`,
  );
  expect(next.body).toMatchObject({ data: [{ id }], nextCursor: null });
});

it('R43 B10 a credit note lowers what is due, once for a key; then no void any more', async () => {
  const { id } = await invoiced();
  const path = `/v1/invoices/${id}/credit-notes`;
  const asked = {
    ...{ key: operator, idempotencyKey: crypto.randomUUID() },
    body: { net: '10', reason: 'Requests failed on our side.' },
  };
  const nothing = await send('POST', path, { key: operator, body: { ...asked.body, net: '0' } });
  expect(nothing.status).toBe(400);
  expect(nothing.body['detail']).toContain('net must be above zero');
  const note = await send('POST', path, asked);
  expect(note).toMatchObject({
    status: 201,
    body: { net: '10.00', amount: '10.00', fromDue: '10.00', refundDue: '0.00', invoice: id },
  });
  expect(note.body['number']).toMatch(/^CN-\d{6}$/);
  expect(await send('POST', path, asked)).toEqual(note);
  expect((await send('GET', `/v1/invoices/${id}`)).body).toMatchObject({
    ...{ due: '17.00', credited: '10.00', creditNotes: [note.body] },
  });
  const noteId = String(note.body['id']);
  expect((await send('GET', `/v1/credit-notes/${noteId}`)).body).toEqual(note.body);
  const pdf = await raw('GET', `/v1/credit-notes/${noteId}/pdf`);
  const text = (await textOfPages(new Uint8Array(await pdf.arrayBuffer()))).join(' ');
  expect(text).toContain('Requests failed on our side.');
  const more = { key: operator, body: { net: '17.01', reason: 'more' } };
  expect(await send('POST', path, more)).toMatchObject({
    ...{ status: 422, body: { code: 'credit_note_too_large', amounts: { most: '17.00' } } },
  });
  const other = { ...asked, body: { net: '11', reason: 'more' } };
  expect((await send('POST', path, other)).body['code']).toBe('idempotency_key_reused');
  const voided = { key: operator, body: { reason: 'wrong' } };
  expect(await send('POST', `/v1/invoices/${id}/void`, voided)).toMatchObject({
    ...{ status: 409, body: { code: 'invoice_paid', amounts: { credited: '10.00' } } },
  });
});

async function chargeOf(accountId: string): Promise<number> {
  const { body } = await send('GET', `/v1/accounts/${accountId}/statement`);
  const entries = body['data'] as { id: number; kind: string }[];
  return entries.find(({ kind }) => kind === 'usage_charged')?.id ?? Number.NaN;
}

it('R43 a charge of usage is taken back once, as long as no invoice asks for it', async () => {
  const accountId = await customer();
  const asked = { accountId, eventId: await chargeOf(accountId), reason: 'counted twice' };
  const corrected = await send('POST', '/v1/usage-corrections', { key: operator, body: asked });
  expect(corrected).toMatchObject({ status: 201, body: { credits: '0.00', unbilled: '27.00' } });
  const { body: preview } = await send('GET', `/v1/accounts/${accountId}/invoice-preview`);
  expect(preview).toMatchObject({ amount: '0.00' });
  const body = { ...asked, reason: 'in other words' };
  expect(await send('POST', '/v1/usage-corrections', { key: operator, body })).toMatchObject({
    ...{ status: 409, body: { code: 'usage_already_corrected' } },
  });
});

it('R43 usage paid with credits is taken back once, alone or by a void invoice', async () => {
  const accountId = await aPostpaidAccount(lone.ledger);
  await buy(lone.ledger, accountId, dollars(30), cutoffMs - 2 * dayMs);
  await useImages(lone.ledger, accountId, 10_000, cutoffMs - dayMs);
  await run(lone.ledger);
  const { body: list } = await send('GET', `/v1/accounts/${accountId}/invoices`);
  const [{ id } = { id: '' }] = list['data'] as { id: string }[];
  const eventId = await chargeOf(accountId);
  const body = { reason: 'counted twice', corrects: [eventId] };
  expect((await send('POST', `/v1/invoices/${id}/void`, { key: operator, body })).status).toBe(201);
  const alone = { accountId, eventId, reason: 'counted twice' };
  expect(await send('POST', '/v1/usage-corrections', { key: operator, body: alone })).toMatchObject(
    { status: 409, body: { code: 'usage_already_corrected' } },
  );
});

it('R43 usage on an invoice is taken back by voiding it with `corrects`', async () => {
  const { accountId, id } = await invoiced();
  const eventId = await chargeOf(accountId);
  const alone = { accountId, eventId, reason: 'counted twice' };
  expect(await send('POST', '/v1/usage-corrections', { key: operator, body: alone })).toMatchObject(
    { status: 409, body: { code: 'usage_already_invoiced' } },
  );
  const body = { reason: 'counted twice', corrects: [eventId] };
  expect(await send('POST', `/v1/invoices/${id}/void`, { key: operator, body })).toMatchObject({
    ...{ status: 201, body: { replaces: id, amount: '0.00', state: 'paid' } },
  });
});

it.each(['', ' ', 'x'.repeat(501), 'a\u0000b', 7])(
  'a reason that cannot be kept (%j) is refused before anything is done',
  async (reason) => {
    const { accountId, id } = await invoiced();
    for (const [path, body] of [
      [`/v1/invoices/${id}/void`, { reason }],
      [`/v1/invoices/${id}/credit-notes`, { reason, net: '1' }],
      ['/v1/usage-corrections', { reason, accountId, eventId: await chargeOf(accountId) }],
    ] as const) {
      const { status, body: problem } = await send('POST', path, { key: operator, body });
      expect([status, problem['code']], path).toEqual([400, 'invalid_request']);
    }
    expect((await send('GET', `/v1/invoices/${id}`)).body).toMatchObject({ state: 'open' });
  },
);

it('R64 reading is for billing, developers and operators, correcting for operators', async () => {
  const { accountId, id } = await invoiced();
  const keys = {
    ...{ billing, operator },
    developer: await keyWith(lone.ledger, 'developer'),
    service: await keyWith(lone.ledger, 'service'),
  };
  for (const [role, key] of Object.entries(keys)) {
    for (const path of [
      `/v1/accounts/${accountId}/invoices`,
      `/v1/accounts/${accountId}/invoice-preview`,
      `/v1/invoices/${id}`,
      `/v1/invoices/${id}/pdf`,
      `/v1/invoices/${id}/lines.csv`,
    ]) {
      expect((await raw('GET', path, { key })).status, role).toBe(role === 'service' ? 403 : 200);
    }
    for (const path of [`/v1/invoices/${id}/void`, `/v1/invoices/${id}/credit-notes`]) {
      const { status } = await send('POST', path, { key, body: {} });
      expect(status, role).toBe(role === 'operator' ? 400 : 403);
    }
  }
});

it('R64 a key of one account sees no other’s invoices', async () => {
  const { accountId, id } = await invoiced();
  const key = await keyWith(lone.ledger, 'billing', await customer());
  expect((await send('GET', `/v1/accounts/${accountId}/invoices`, { key })).status).toBe(404);
  for (const path of [`/v1/invoices/${id}`, `/v1/invoices/${id}/pdf`]) {
    expect((await send('GET', path, { key })).body['code']).toBe('invoice_not_found');
  }
  const own = await keyWith(lone.ledger, 'billing', accountId);
  expect((await send('GET', `/v1/invoices/${id}`, { key: own })).status).toBe(200);
});

it.each(['/v1/invoices/inv_x', '/v1/invoices/inv_x/pdf', '/v1/credit-notes/cn_x'])(
  'what is not there is told: %s',
  async (path) => {
    const answer = await send('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.body['code']).toMatch(/^(invoice|credit_note)_not_found$/);
  },
);

it('R70 closing an account answers with its final invoice and what is left, each time alike', async () => {
  const accountId = await customer(20);
  nowMs = cutoffMs - 60_000;
  const path = `/v1/accounts/${accountId}/close`;
  const closed = await send('POST', path, { key: operator });
  expect(closed).toMatchObject({
    status: 200,
    body: {
      ...{ id: accountId, status: 'closed', unbilled: '0.00', owed: '7.00' },
      finalInvoice: { kind: 'final', state: 'open', due: '7.00', carriedTo: null },
    },
  });
  const { finalInvoice, notes } = closed.body as {
    finalInvoice: Record<string, unknown>;
    notes: string[];
  };
  expect(notes.join(' ')).toContain(`${String(finalInvoice['number'])}: $7.00, due on`);
  expect((await send('POST', path, { key: operator })).body).toEqual(closed.body);
  expect((await send('POST', path)).status).toBe(403);
  nowMs = runMs;
  await run(lone.ledger);
  const { body } = await send('GET', `/v1/accounts/${accountId}/invoices`);
  expect(body['data']).toMatchObject([{ id: finalInvoice['id'] }]);
});

it('R47 how an invoice is paid depends on the card on file, and is not said of a paid one', async () => {
  const { accountId, id } = await invoiced();
  const words = async () =>
    ((await send('GET', `/v1/invoices/${id}`)).body['howToPay'] as string[]).join(' ');
  expect(await words()).toContain('There is no card on file to charge on 3 December 2026.');
  const card = { paymentMethodId: `pm_${accountId}`, card: visa, makeDefault: true };
  await saveCard(lone.ledger, { accountId, actor: 'test', nowMs, ...card });
  expect(await words()).toContain('Your card on file is charged on 3 December 2026.');
  const body = { net: '27', reason: 'all of it' };
  await send('POST', `/v1/invoices/${id}/credit-notes`, { key: operator, body });
  expect(await words()).toBe('');
});

it('R47 R48 one that is not paid by its day is to be paid now: nobody is told to wait', async () => {
  const { id } = await invoiced();
  const before = nowMs;
  nowMs = Date.UTC(2026, 11, 4);
  const { body } = await send('GET', `/v1/invoices/${id}`);
  nowMs = before;
  expect(body).toMatchObject({ state: 'open', pastDue: true });
  const words = (body['howToPay'] as string[]).join(' ');
  expect(words).toContain('It was to be paid by 3 December 2026. Please pay it by card');
  expect(words).toContain('Credits never pay an invoice');
  expect(words).not.toContain('need not do anything');
});

it('R47 what pays an invoice names a card, never credits', async () => {
  const paths = new Set(lone.app.routes.map(({ method, path }) => `${method} ${path}`));
  const paying = [...paths].filter((path) => /invoice.*(pay|settle|apply)/.test(path));
  expect(paying.filter((path) => path.startsWith('POST'))).toEqual([
    'POST /v1/invoices/:invoiceId/pay',
    'POST /v1/invoices/:invoiceId/payment-links',
    'POST /billing/invoices/:invoiceId/payments',
  ]);
  const { id } = await invoiced();
  for (const body of [{ credits: true }, { paymentMethod: 'credits' }, { lot: 1 }]) {
    expect((await send('POST', `/v1/invoices/${id}/pay`, { body })).status).toBe(400);
  }
});
