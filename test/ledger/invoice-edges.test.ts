import { beforeAll, describe, expect, it } from 'vitest';
import { invoiceIdFor } from '../../domain/ids.ts';
import { cutoffMsOf, nextPeriod, period, type Period } from '../../domain/period.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { readInvoiceDocument } from '../../ledger/invoice-documents.ts';
import { previewInvoice } from '../../ledger/invoice-preview.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { recordOpeningBalance } from '../../ledger/credits.ts';
import {
  aPostpaidAccount,
  buy,
  cutoffMs,
  december,
  november,
  run,
  runMs,
  useImages,
} from './invoicing-fixture.ts';
import { dayMs, dollars, nowMs, policies, useLedger } from './ledger-fixture.ts';
import { deskOf, image, report, setPrices, used, wanted } from './usage-fixture.ts';

const test = useLedger();
const yen = { currency: 'jpy', model: image, meter: 'images' } as const;
beforeAll(async () => {
  await setPrices(test.ledger);
  await setPrices(test.ledger, [{ ...yen, rate: { amount: '0.4', per: 1, tiers: [] } }]);
});

/** 1,000 images are $2.70. */
const images = 1_000;

function issue(accountId: string, month: Period = november, atMs = runMs) {
  return issueInvoice(test.ledger, { accountId, period: month, nowMs: atMs }, policies);
}

function documentOf(accountId: string, month: Period = november) {
  const invoiceId = invoiceIdFor(accountId, month);
  return readInvoiceDocument(test.ledger, { accountId, invoiceId });
}

async function expectSound(accountId: string): Promise<void> {
  expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
}

describe('B12 months end where they end', () => {
  it.each([
    ['of 31 days', '2027-01', Date.UTC(2027, 1, 1)],
    ['February', '2027-02', Date.UTC(2027, 2, 1)],
    ['leap February', '2028-02', Date.UTC(2028, 2, 1)],
    ['of 30 days', '2027-04', Date.UTC(2027, 4, 1)],
    ['the last of the year', '2026-12', Date.UTC(2027, 0, 1)],
  ])('%s: usage of its last millisecond is on it, at its cut-off on the next', async (...row) => {
    const [, month, endMs] = row;
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, endMs - 1);
    await useImages(test.ledger, accountId, 2 * images, endMs);
    const next = nextPeriod(period(month));
    expect(await issue(accountId, period(month), endMs)).toMatchObject({ net: 2_700_000 });
    expect(await issue(accountId, next, cutoffMsOf(next))).toMatchObject({ net: 5_400_000 });
    const { invoice } = await documentOf(accountId, period(month));
    expect(invoice).toMatchObject({ cutoffMs: endMs, chargeAtMs: endMs + 2 * dayMs });
    await expectSound(accountId);
  });
});

describe('R38 R39 a run exactly a week late', () => {
  it('makes the invoice that a run in time makes, with as many days to pay', async () => {
    const lateMs = cutoffMs + 7 * dayMs;
    const accounts = [await aPostpaidAccount(test.ledger), await aPostpaidAccount(test.ledger)];
    const [inTime = '', late = ''] = accounts;
    for (const accountId of accounts) {
      await useImages(test.ledger, accountId, images, cutoffMs - 1);
      await useImages(test.ledger, accountId, images, nowMs);
    }
    await issue(inTime);
    for (const accountId of accounts) {
      await useImages(test.ledger, accountId, 2 * images, cutoffMs);
      await useImages(test.ledger, accountId, 3 * images, lateMs - 1);
      await useImages(test.ledger, accountId, 100, cutoffMs - dayMs, cutoffMs + dayMs);
      await buy(test.ledger, accountId, dollars(5), cutoffMs + dayMs);
    }
    expect((await run(test.ledger, { nowMs: lateMs })).failed).toEqual([]);
    const [one, other] = [await documentOf(inTime), await documentOf(late)];
    expect(other.lines).toEqual(one.lines);
    expect(other.credits).toEqual(one.credits);
    expect(other.invoice).toMatchObject({
      ...{ amount: one.invoice.amount, due: one.invoice.due, cutoffMs },
      issuedAtMs: lateMs,
    });
    expect(other.invoice.chargeAtMs).toBe((one.invoice.chargeAtMs ?? 0) + 7 * dayMs);
    expect(other.invoice.dueAtMs).toBe(one.invoice.dueAtMs + 7 * dayMs);
    for (const accountId of accounts) {
      await issue(accountId, december, cutoffMsOf(december));
      await expectSound(accountId);
    }
    const [december1, december2] = [
      await documentOf(inTime, december),
      await documentOf(late, december),
    ];
    expect(december2.invoice.amount).toBe(december1.invoice.amount);
    expect(december2.lines).toEqual(december1.lines);
  });
});

it('an account made in the middle of a month is invoiced from then on, and not for before', async () => {
  const madeMs = Date.UTC(2026, 10, 17, 9);
  const accountId = await aPostpaidAccount(test.ledger, { nowMs: madeMs });
  await useImages(test.ledger, accountId, images, madeMs + 1);
  expect(await issue(accountId, period('2026-10'))).toMatchObject({ status: 'nothing' });
  expect(await issue(accountId)).toMatchObject({ status: 'issued', net: 2_700_000 });
  expect((await documentOf(accountId)).lines).toMatchObject([{ quantity: images }]);
});

it('R60 frozen credits pay no invoice, and stay; unfrozen they pay what is used then', async () => {
  const accountId = await aPostpaidAccount(test.ledger);
  const opening = { accountId, actor: 'test', nowMs, idempotencyKey: 'opening' };
  const unbilled = [{ period: november, amount: dollars(3) }];
  await recordOpeningBalance(
    test.ledger,
    { ...opening, purchased: dollars(5), unbilled },
    policies,
  );
  const freeze = (frozen: string) =>
    test.asSuperuser(`update lots set frozen_at = ${frozen} where account_id = $1`, [
      uuidOf(accountId),
    ]);
  await freeze('now()');
  expect(await issue(accountId)).toMatchObject({ status: 'issued', credits: 0, net: dollars(3) });
  await freeze('null');
  const balances = async () => (await readAccount(test.ledger, { accountId }))?.balances;
  expect(await balances()).toMatchObject({ purchased: dollars(5), invoiced: dollars(3) });
  await useImages(test.ledger, accountId, images, runMs);
  expect(await balances()).toMatchObject({ purchased: dollars(2.3), invoiced: dollars(3) });
});

describe('R38 R69 in a currency without decimals', () => {
  it.each([
    ['whole units are asked for, the rest is carried', 1_001, 400_000_000, 400_000],
    ['less than its least charge is carried whole', 110, 0, 44_000_000],
  ])('%s', async (_, count, net, carried) => {
    const accountId = await aPostpaidAccount(test.ledger, { currency: 'jpy', taxCountry: 'JP' });
    await useImages(test.ledger, accountId, count, nowMs);
    expect(await issue(accountId)).toMatchObject({ status: 'issued', net, carried });
    const { invoice } = await documentOf(accountId);
    expect(invoice.amount % 1_000_000).toBe(0);
    expect(invoice).toMatchObject({ tax: { amount: net / 10 }, carriedForward: carried });
    await expectSound(accountId);
  });
});

it('R42 an invoice of 10,000 lines is previewed, issued and shown whole', async () => {
  const count = 10_000;
  const [, , base] = wanted;
  if (base === undefined) throw new Error('no price');
  const model = (index: number) => `maker/model-${String(index).padStart(5, '0')}`;
  const prices = Array.from({ length: count }, (_, index) => ({ ...base, model: model(index) }));
  for (let at = 0; at < count; at += 1_000) {
    await setPrices(test.ledger, prices.slice(at, at + 1_000));
  }
  const accountId = await aPostpaidAccount(test.ledger);
  const desk = deskOf(test.ledger);
  for (let at = 0; at < count; at += 500) {
    const events = prices
      .slice(at, at + 500)
      .map((price) => used(accountId, { images: 2 }, { model: price.model, occurredAtMs: nowMs }));
    const { answers } = await report(desk, events, nowMs);
    expect(answers.every(({ status }) => status === 'accepted')).toBe(true);
  }
  const preview = await previewInvoice(test.ledger, { accountId, nowMs }, policies);
  expect(await issue(accountId)).toMatchObject({ status: 'issued', net: dollars(54) });
  const { lines, invoice } = await documentOf(accountId);
  expect(lines).toHaveLength(count);
  expect(lines).toEqual(preview.lines);
  expect(new Set(lines.map((line) => line.model)).size).toBe(count);
  expect(invoice.amount).toBe(lines.reduce((total, { unbilled }) => total + unbilled, 0));
  await expectSound(accountId);
});
