import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { creditNoteIdFor, invoiceIdFor } from '../../domain/ids.ts';
import type { Micros } from '../../domain/money.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import {
  issueCreditNote,
  replaceInvoice,
  type ReplaceInvoice,
} from '../../ledger/invoice-corrections.ts';
import { listInvoices, readInvoiceDocument } from '../../ledger/invoice-documents.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { readPriceBook } from '../../ledger/prices.ts';
import { correctUsage } from '../../ledger/usage-corrections.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  aPostpaidAccount,
  cutoffMs,
  december,
  november,
  runMs,
  useImages,
} from './invoicing-fixture.ts';
import { dayMs, dollars, nowMs, policies, useLedger } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

const images = 1_000;
const actor = 'operator:test';

function issue(accountId: string, month = november, atMs = runMs) {
  return issueInvoice(test.ledger, { accountId, period: month, nowMs: atMs }, policies);
}

function documentOf(accountId: string, month = november, version = 1) {
  const invoiceId = invoiceIdFor(accountId, month, version);
  return readInvoiceDocument(test.ledger, { accountId, invoiceId });
}

async function stateOf(accountId: string) {
  const state = await readAccount(test.ledger, { accountId });
  if (state === undefined) throw new Error('no account');
  return state;
}

async function replace(accountId: string, change: Partial<ReplaceInvoice> = {}) {
  const invoiceId = invoiceIdFor(accountId, november);
  const asked = { accountId, invoiceId, reason: 'wrong place', actor, nowMs: runMs + dayMs };
  const book = await readPriceBook(test.ledger);
  return replaceInvoice(test.ledger, { ...asked, ...change }, policies, book);
}

async function correct(accountId: string, eventId: number, atMs = runMs) {
  const asked = { accountId, eventId, reason: 'sent twice', actor, nowMs: atMs };
  return correctUsage(test.ledger, asked, policies, await readPriceBook(test.ledger));
}

function credit(accountId: string, net: Micros, invoiceId = invoiceIdFor(accountId, november)) {
  const digest = randomUUID().replaceAll('-', '').slice(0, 16);
  const creditNoteId = creditNoteIdFor(accountId, digest);
  const asked = { accountId, invoiceId, creditNoteId, net, reason: 'outage', actor };
  return issueCreditNote(test.ledger, { ...asked, nowMs: runMs + dayMs }, policies);
}

/** The account's charges of usage, in their order. */
async function charges(accountId: string): Promise<number[]> {
  const rows = await test.ledger.run<{ id: number }>(
    `select event_id as id from billing_events
     where account_id = $1 and kind = 'usage_charged' order by event_id`,
    [uuidOf(accountId)],
  );
  return rows.map(({ id }) => id);
}

async function expectSound(): Promise<void> {
  expect((await verifyLedger(test.ledger)).differences).toEqual([]);
}

async function openWith(accountId: string, purchased: Micros, unbilled: Micros): Promise<void> {
  const asked = { accountId, actor, nowMs, idempotencyKey: 'opening' };
  const parts = [{ period: november, amount: unbilled }];
  await recordOpeningBalance(test.ledger, { ...asked, purchased, unbilled: parts }, policies);
}

describe('R46 an invoice that is replaced', () => {
  it('is void and keeps its number; the other one is of the same month, place and credits as now', async () => {
    const accountId = await aPostpaidAccount(test.ledger, { taxCountry: 'DE' });
    await openWith(accountId, dollars(1), dollars(2));
    await useImages(test.ledger, accountId, 1_001, nowMs);
    await issue(accountId);
    const before = await documentOf(accountId);
    await test.asSuperuser(`update accounts set tax_country = 'FR' where account_id = $1`, [
      uuidOf(accountId),
    ]);
    const replacedBy = invoiceIdFor(accountId, november, 2);
    expect(await replace(accountId)).toEqual({ status: 'replaced', invoiceId: replacedBy });
    const [old, now] = [await documentOf(accountId), await documentOf(accountId, november, 2)];
    expect(old.invoice).toEqual({
      ...{ ...before.invoice, state: 'void', due: 0, dueTax: 0, voidedAtMs: runMs + dayMs },
      voidedEventId: expect.any(Number) as number,
    });
    expect(old.replacedBy).toEqual({ invoiceId: replacedBy, number: now.invoice.number });
    expect(now.invoice).toMatchObject({
      ...{ replaces: old.invoice.invoiceId, cutoffMs, carriedForward: 2_700, kind: 'monthly' },
      ...{ broughtForward: dollars(2), tax: { place: 'FR', partsPerMillion: 200_000 } },
    });
    expect(now.lines).toEqual(old.lines);
    expect(now.credits).toEqual(old.credits);
    expect(now.invoice.number > old.invoice.number).toBe(true);
    const { balances } = await stateOf(accountId);
    expect(balances.invoiced + balances.invoicedTax).toBe(now.invoice.amount);
    await expectSound();
  });

  it('R39 counts the credits of then, and none that came free since', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await openWith(accountId, dollars(5), dollars(8));
    await test.asSuperuser('update lots set frozen_at = now() where account_id = $1', [
      uuidOf(accountId),
    ]);
    await issue(accountId);
    await test.asSuperuser('update lots set frozen_at = null where account_id = $1', [
      uuidOf(accountId),
    ]);
    expect((await documentOf(accountId)).invoice.amount).toBe(dollars(8));
    await replace(accountId);
    expect((await documentOf(accountId, november, 2)).invoice.amount).toBe(dollars(8));
    expect((await stateOf(accountId)).balances.purchased).toBe(dollars(5));
  });

  it('may take usage of its month back; what paid it gets it again', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await openWith(accountId, dollars(1), dollars(1.5));
    await useImages(test.ledger, accountId, 1_001, nowMs);
    await useImages(test.ledger, accountId, images, nowMs + 1);
    await issue(accountId);
    const [first = 0, second = 0] = await charges(accountId);
    expect(await replace(accountId, { corrects: [first, second] })).toMatchObject({
      status: 'replaced',
    });
    const { invoice, lines } = await documentOf(accountId, november, 2);
    expect(lines).toEqual([]);
    expect(invoice).toMatchObject({ amount: dollars(0.5), broughtForward: dollars(1.5) });
    const { balances } = await stateOf(accountId);
    expect([balances.unbilled, balances.invoiced, balances.purchased]).toEqual([
      ...[0, dollars(0.5), 0],
    ]);
    await expectSound();
  });

  it('is replaced once, however often it is asked for at once', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    await Promise.all([replace(accountId), replace(accountId), replace(accountId)]);
    const { invoices } = await listInvoices(test.ledger, { accountId, before: null, limit: 9 });
    expect(invoices.map(({ state }) => state)).toEqual(['open', 'void']);
    await expectSound();
  });

  it('may be replaced again: each has an id and a number of its own', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    await replace(accountId);
    const second = invoiceIdFor(accountId, november, 2);
    const third = invoiceIdFor(accountId, november, 3);
    expect(await replace(accountId, { invoiceId: second })).toEqual({
      ...{ status: 'replaced', invoiceId: third },
    });
    const { invoices } = await listInvoices(test.ledger, { accountId, before: null, limit: 9 });
    expect(invoices.map(({ state, replaces }) => [state, replaces])).toEqual([
      ['open', second],
      ['void', invoiceIdFor(accountId, november)],
      ['void', null],
    ]);
    expect(new Set(invoices.map(({ number }) => number)).size).toBe(3);
    await expectSound();
  });

  it('B10 is not voided where something of it was credited', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    await credit(accountId, dollars(1));
    expect(await replace(accountId)).toMatchObject({ refusal: { code: 'invoice_paid' } });
    await expectSound();
  });

  it('does not count against the next month, whose invoice is there already', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, 1_001, nowMs);
    await issue(accountId);
    await useImages(test.ledger, accountId, images, cutoffMs + dayMs);
    await issue(accountId, december, runMs + 31 * dayMs);
    await replace(accountId, { nowMs: runMs + 32 * dayMs });
    const { invoice, lines } = await documentOf(accountId, november, 2);
    expect(lines).toMatchObject([{ quantity: 1_001, usagePeriod: '2026-11' }]);
    expect(invoice).toMatchObject({ amount: 2_700_000, carriedForward: 2_700 });
    await expectSound();
  });
});

describe('R43 a credit note', () => {
  it('reduces what is due, with its share of the tax, in numbers of its own', async () => {
    const accountId = await aPostpaidAccount(test.ledger, { taxCountry: 'DE' });
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    expect(await credit(accountId, dollars(1))).toEqual({
      ...{ status: 'issued', net: dollars(1), tax: dollars(0.19), refundDue: 0 },
    });
    expect(await credit(accountId, dollars(1.7))).toMatchObject({ tax: dollars(0.32) });
    expect(await credit(accountId, dollars(0.01))).toMatchObject({
      refusal: { code: 'credit_note_too_large' },
    });
    const { invoice, creditNotes } = await documentOf(accountId);
    expect(invoice).toMatchObject({ state: 'paid', due: 0, dueTax: 0, credited: dollars(3.21) });
    expect(creditNotes.map(({ number }) => number.slice(0, 3))).toEqual(['CN-', 'CN-']);
    const { balances } = await stateOf(accountId);
    expect([balances.invoiced, balances.invoicedTax, balances.refundsDue]).toEqual([0, 0, 0]);
    await expectSound();
  });

  it('R61 is told by a mail of its own, with its number, to where invoices go', async () => {
    const accountId = await aPostpaidAccount(test.ledger, { taxCountry: 'DE' });
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    await test.asSuperuser(
      `update account_profiles set invoice_emails = '["books@example.com", "cfo@example.com"]'
       where account_id = $1`,
      [uuidOf(accountId)],
    );
    await credit(accountId, dollars(1));
    const { invoice, creditNotes } = await documentOf(accountId);
    const told = await readDueNotices(test.ledger, { accountId });
    expect(told.filter(({ notice }) => notice.kind === 'credit_note_issued')).toMatchObject([
      {
        email: 'books@example.com, cfo@example.com',
        notice: {
          ...{ number: creditNotes[0]?.number, invoiceNumber: invoice.number },
          ...{ net: dollars(1), tax: dollars(0.19), fromDue: dollars(1.19), reason: 'outage' },
          due: invoice.due,
        },
      },
    ]);
  });

  it('of cents only', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    expect(await credit(accountId, dollars(0.001))).toMatchObject({
      refusal: { code: 'amount_not_chargeable' },
    });
  });
});

it('R64 who took an invoice back, or a part of it, is in the audit log', async () => {
  const accountId = await aPostpaidAccount(test.ledger);
  await useImages(test.ledger, accountId, images, nowMs);
  await issue(accountId);
  await replace(accountId);
  const second = invoiceIdFor(accountId, november, 2);
  await credit(accountId, dollars(1), second);
  await credit(accountId, dollars(99), second);
  const { rows } = await test.asSuperuser(
    `select actor, action, detail from audit_log
     where account_id = $1 and action like 'invoice.%' order by audit_id`,
    [uuidOf(accountId)],
  );
  expect(rows).toMatchObject([
    {
      ...{ actor, action: 'invoice.replace' },
      detail: { replacedBy: second, reason: 'wrong place' },
    },
    { actor, action: 'invoice.credit_note', detail: { invoiceId: second, net: 1_000_000 } },
  ]);
});

describe('R43 usage that is corrected', () => {
  it('gives back to the same lots and to what is unbilled, once', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    const asked = { accountId, actor, nowMs, idempotencyKey: 'free' };
    const terms = { amount: dollars(1), scope: null, expiresAtMs: null, reason: 'goodwill' };
    await grantCredits(test.ledger, { ...asked, ...terms }, policies);
    await openWith(accountId, dollars(0.5), dollars(1));
    await useImages(test.ledger, accountId, images, nowMs);
    await useImages(test.ledger, accountId, images, nowMs + 1);
    const [first = 0] = await charges(accountId);
    const outcomes = await Promise.all([
      correct(accountId, first, nowMs + 5),
      correct(accountId, first, nowMs + 6),
    ]);
    expect(outcomes[0]).toEqual({
      ...{ status: 'corrected', credits: dollars(1.5), unbilled: dollars(1.2) },
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
    const { balances } = await stateOf(accountId);
    expect([balances.free, balances.purchased, balances.unbilled]).toEqual([
      ...[dollars(1), dollars(0.5), dollars(3.7)],
    ]);
    await issue(accountId);
    const { lines } = await documentOf(accountId);
    expect(lines).toMatchObject([{ quantity: 1_000, cost: dollars(2.7), free: 0 }]);
    await expectSound();
  });

  it('is refused where it is on an invoice; what credits paid shows on the next one', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await openWith(accountId, dollars(2.7), dollars(0));
    await useImages(test.ledger, accountId, images, nowMs);
    await useImages(test.ledger, accountId, images, nowMs + 1);
    await issue(accountId);
    const [paid = 0, owed = 0] = await charges(accountId);
    expect(await correct(accountId, owed)).toMatchObject({
      refusal: { code: 'usage_already_invoiced' },
    });
    expect(await correct(accountId, paid)).toMatchObject({ credits: dollars(2.7) });
    await issue(accountId, december, runMs + 31 * dayMs);
    const { lines, invoice } = await documentOf(accountId, december);
    expect(lines).toMatchObject([{ quantity: -1_000, cost: dollars(-2.7), usagePeriod: november }]);
    expect(invoice.amount).toBe(0);
    await expectSound();
  });

  it('in other words, or once an invoice’s replacement took it back, is refused', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await openWith(accountId, dollars(2.7), dollars(0));
    await useImages(test.ledger, accountId, images, nowMs);
    await useImages(test.ledger, accountId, images, nowMs + 1);
    const [first = 0, second = 0] = await charges(accountId);
    const again = { refusal: { code: 'usage_already_corrected' } };
    await correct(accountId, first, nowMs + 5);
    const book = await readPriceBook(test.ledger);
    const inOtherWords = { accountId, eventId: first, reason: 'in other words', actor, nowMs };
    expect(await correctUsage(test.ledger, inOtherWords, policies, book)).toMatchObject(again);
    await issue(accountId);
    expect(await replace(accountId, { corrects: [first] })).toMatchObject(again);
    expect(await replace(accountId, { corrects: [second, second] })).toMatchObject(again);
    expect(await replace(accountId, { corrects: [second] })).toMatchObject({ status: 'replaced' });
    expect(await correct(accountId, second)).toMatchObject(again);
    expect(await replace(accountId, { reason: 'in other words' })).toMatchObject({
      refusal: { code: 'invoice_not_open' },
    });
    await expectSound();
  });

  it('is not found where the event charged no usage', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await openWith(accountId, dollars(1), dollars(0));
    await expect(correct(accountId, 1)).rejects.toMatchObject({ code: 'usage_not_found' });
  });
});
