import { beforeAll, describe, expect, it } from 'vitest';
import { invoiceIdFor } from '../../domain/ids.ts';
import { micros } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import { listDeferrals } from '../../ledger/invoice-deferrals.ts';
import {
  findInvoiceByNumber,
  listInvoices,
  readInvoiceDocument,
  type InvoiceDocument,
} from '../../ledger/invoice-documents.ts';
import {
  previewInvoice,
  previewInvoices,
  type InvoiceDryRun,
} from '../../ledger/invoice-preview.ts';
import { invoicePartitions } from '../../ledger/invoice-walk.ts';
import { issueDeferredInvoices, issueInvoice } from '../../ledger/invoicing.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { recordPaymentReading } from '../../ledger/payment-readings.ts';
import { eraseProfile } from '../../ledger/profiles.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  aPostpaidAccount,
  buy,
  cutoffMs,
  december,
  november,
  openAndPay,
  run,
  runMs,
  settleAt,
  useImages,
} from './invoicing-fixture.ts';
import { dayMs, dollars, nowMs, policies, useLedger } from './ledger-fixture.ts';
import { chat, deskOf, image, report, setPrices, used } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

/** 1,000 images are $2.70. */
const images = 1_000;

async function documentOf(accountId: string, month = november): Promise<InvoiceDocument> {
  const invoiceId = invoiceIdFor(accountId, month);
  return readInvoiceDocument(test.ledger, { accountId, invoiceId });
}

async function balancesOf(accountId: string) {
  const state = await readAccount(test.ledger, { accountId });
  if (state === undefined) throw new Error('no account');
  return state.balances;
}

function issue(accountId: string, month = november, atMs = runMs) {
  return issueInvoice(test.ledger, { accountId, period: month, nowMs: atMs }, policies);
}

async function grant(accountId: string, amount = dollars(100)) {
  const asked = { accountId, actor: 'test', nowMs, idempotencyKey: 'free' };
  const terms = { amount, scope: null, expiresAtMs: null, reason: 'goodwill' };
  await grantCredits(test.ledger, { ...asked, ...terms }, policies);
}

async function expectSound(): Promise<void> {
  const { differences } = await verifyLedger(test.ledger);
  expect(differences).toEqual([]);
}

describe('an invoice', () => {
  it('R42 shows units, price and cost by model, and which pot paid', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await grant(accountId, dollars(1));
    await useImages(test.ledger, accountId, images, nowMs);
    expect(await issue(accountId)).toMatchObject({ status: 'issued', net: 1_700_000 });
    const { invoice, lines, party } = await documentOf(accountId);
    expect(lines).toMatchObject([
      {
        ...{ quantity: 1_000, cost: 2_700_000, free: 1_000_000, purchased: 0 },
        ...{ unbilled: 1_700_000, writtenOff: 0, model: 'black-forest-labs/FLUX.1-schnell' },
        price: { meter: 'images', rate: { amount: '0.0027', per: 1, tiers: [] } },
      },
    ]);
    expect(invoice).toMatchObject({
      ...{ kind: 'monthly', state: 'open', amount: 1_700_000, due: 1_700_000, cutoffMs },
      ...{ chargeAtMs: Date.UTC(2026, 11, 3), dueAtMs: Date.UTC(2026, 11, 4) },
      ...{ broughtForward: 0, carriedForward: 0 },
    });
    expect(invoice.number).toMatch(/^INV-\d{6}$/);
    expect(party).toMatchObject({ name: 'Ada' });
    expect(await findInvoiceByNumber(test.ledger, invoice.number)).toEqual({
      ...{ accountId, invoiceId: invoice.invoiceId },
    });
    const { unbilled, invoiced, invoicedTax } = await balancesOf(accountId);
    expect({ unbilled, invoiced, invoicedTax }).toEqual({
      ...{ unbilled: 0, invoiced: 1_700_000, invoicedTax: 0 },
    });
  });

  it('R42 is issued at $0 where free credits paid all usage, and is paid at once', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await grant(accountId);
    await useImages(test.ledger, accountId, images, nowMs);
    expect(await issue(accountId)).toMatchObject({ status: 'issued', net: 0 });
    const { invoice, lines } = await documentOf(accountId);
    expect(invoice).toMatchObject({ amount: 0, state: 'paid', due: 0 });
    expect(lines).toMatchObject([{ cost: 2_700_000, free: 2_700_000, unbilled: 0 }]);
  });

  it('R42 shows no line of a meter that was told as zero', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    const quantities = { input_tokens: 1_000_000, output_tokens: 0 };
    const event = used(accountId, quantities, { model: chat, occurredAtMs: nowMs });
    await report(deskOf(test.ledger), [event], nowMs);
    await issue(accountId);
    const { lines } = await documentOf(accountId);
    expect(lines.map(({ price }) => price?.meter)).toEqual(['input_tokens']);
    const idle = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, idle, 0, nowMs);
    expect(await issue(idle)).toMatchObject({ status: 'nothing' });
  });

  it('R38 is not made where nothing was used and nothing is due', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    expect(await issue(accountId)).toMatchObject({ status: 'nothing', invoiceId: null });
    const list = { accountId, before: null, limit: 10 };
    expect(await listInvoices(test.ledger, list)).toEqual({ invoices: [], nextBefore: null });
  });

  it('R45 B9 has its tax once, on the total, in a book of its own', async () => {
    const accountId = await aPostpaidAccount(test.ledger, { taxCountry: 'DE' });
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    const { invoice } = await documentOf(accountId);
    // 19 % of $2.70 is $0.513.
    expect(invoice).toMatchObject({
      ...{ amount: 3_210_000, due: 3_210_000, dueTax: 510_000, state: 'open' },
      tax: { amount: 510_000, place: 'DE', partsPerMillion: 190_000 },
    });
    const { unbilled, invoiced, invoicedTax } = await balancesOf(accountId);
    expect({ unbilled, invoiced, invoicedTax }).toEqual({
      ...{ unbilled: 0, invoiced: 2_700_000, invoicedTax: 510_000 },
    });
  });

  it('R22 R41 tells once what a pack paid when it was bought', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await buy(test.ledger, accountId, dollars(5), nowMs + 60_000);
    await issue(accountId);
    await useImages(test.ledger, accountId, 2 * images, cutoffMs + dayMs);
    await issue(accountId, december, runMs + 31 * dayMs);
    const shown = [await documentOf(accountId), await documentOf(accountId, december)];
    expect(
      shown.map(({ invoice, credits }) => [
        invoice.broughtForward,
        credits.map(({ source, amount }) => [source, amount]),
      ]),
    ).toEqual([
      [0, [['pack', 2_700_000]]],
      [0, []],
    ]);
  });

  it('B8 of a month is one, however often and by how many it is asked for at once', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, at) => issue(accountId, november, runMs + at * 60_000)),
    );
    expect(new Set(results.map(({ invoiceId }) => invoiceId)).size).toBe(1);
    const { invoices } = await listInvoices(test.ledger, { accountId, before: null, limit: 10 });
    expect(invoices).toHaveLength(1);
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0, invoiced: 2_700_000 });
  });
});

describe('R39 the cut-off', () => {
  it.each([
    { rule: 'a second before it pay the month', atMs: cutoffMs - 1_000, net: 0, left: 2_300_000 },
    { rule: 'at it do not', atMs: cutoffMs, net: 2_700_000, left: 5_000_000 },
    { rule: 'after it do not', atMs: cutoffMs + 1_000, net: 2_700_000, left: 5_000_000 },
  ])('credits bought $rule', async ({ atMs, net, left }) => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await buy(test.ledger, accountId, dollars(5), atMs);
    expect(await issue(accountId, november, runMs + 7 * dayMs)).toMatchObject({ net });
    expect(await balancesOf(accountId)).toMatchObject({ purchased: left, invoiced: net });
    const told = (await readDueNotices(test.ledger, { accountId })).map(({ notice }) => notice);
    expect(told).toContainEqual(
      expect.objectContaining({ kind: 'invoice_issued', net, credits: 2_700_000 - net }),
    );
    const { credits, invoice, lines } = await documentOf(accountId);
    expect(credits.map(({ source, amount }) => [source, amount])).toEqual(
      net === 0 ? [['pack', 2_700_000]] : [],
    );
    expect([lines[0]?.unbilled, invoice.broughtForward]).toEqual([2_700_000, 0]);
  });

  it('credits left over pay first, and no month that was over when they came', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    const unbilled = [
      { period: period('2026-10'), amount: dollars(2) },
      { period: november, amount: dollars(3) },
    ];
    const asked = { accountId, actor: 'test', nowMs, idempotencyKey: 'opening' };
    await recordOpeningBalance(
      test.ledger,
      { ...asked, purchased: dollars(4), unbilled },
      policies,
    );
    expect(await issue(accountId)).toMatchObject({ credits: dollars(3), net: dollars(2) });
    const { credits, invoice } = await documentOf(accountId);
    expect(credits.map(({ source, period: month, amount }) => [source, month, amount])).toEqual([
      ['invoice', '2026-11', dollars(3)],
    ]);
    expect(invoice).toMatchObject({ broughtForward: dollars(5), amount: dollars(2) });
  });

  it('B12 usage at it is the next month’s', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, cutoffMs - 1);
    await useImages(test.ledger, accountId, 2 * images, cutoffMs);
    expect(await issue(accountId)).toMatchObject({ net: 2_700_000 });
    expect(await issue(accountId, december, runMs + 31 * dayMs)).toMatchObject({ net: 5_400_000 });
  });

  describe.each([
    { side: 'just before the cut-off', usedMs: cutoffMs - 1 },
    { side: 'at the cut-off', usedMs: cutoffMs },
    { side: 'just after the cut-off', usedMs: cutoffMs + 1 },
  ])('R43 usage $side', ({ usedMs }) => {
    it.each([
      { told: 'just before it', toldMs: cutoffMs - 1, isRun: false },
      { told: 'at it', toldMs: cutoffMs, isRun: false },
      { told: 'just before it by a clock that is behind', toldMs: cutoffMs - 1, isRun: true },
      { told: 'after the run', toldMs: runMs + 1, isRun: true },
    ])('told $told is on one invoice, and never on one of a month before', async (row) => {
      const accountId = await aPostpaidAccount(test.ledger);
      await useImages(test.ledger, accountId, images, nowMs);
      if (row.isRun) await issue(accountId);
      await useImages(test.ledger, accountId, images, usedMs, row.toldMs);
      const isNovember = usedMs < cutoffMs && row.toldMs < cutoffMs && !row.isRun;
      const expected = isNovember ? [5_400_000, 0] : [2_700_000, 2_700_000];
      const asked = { accountId, period: november, nowMs: runMs };
      if (!row.isRun) {
        const preview = await previewInvoice(test.ledger, asked, policies);
        expect(preview).toMatchObject({ amount: expected[0], broughtForward: 0 });
        expect(preview.lines).toMatchObject([{ cost: expected[0] }]);
        await issue(accountId);
      }
      const { invoice, lines } = await documentOf(accountId);
      expect(invoice).toMatchObject({ amount: expected[0], broughtForward: 0 });
      expect(lines).toMatchObject([{ cost: expected[0] }]);
      const next = await issue(accountId, december, runMs + 31 * dayMs);
      expect(next.net).toBe(expected[1]);
      const { differences } = await verifyLedger(test.ledger, { accountId });
      expect(differences).toEqual([]);
    });
  });

  it('R41 usage of both sides told at once: each month has its own, and the preview agrees', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    const events = [cutoffMs, cutoffMs - 1].map((occurredAtMs) =>
      used(accountId, { images: 1_001 }, { model: image, occurredAtMs }),
    );
    await report(deskOf(test.ledger), events, cutoffMs - 1);
    expect(await issue(accountId)).toMatchObject({ net: 2_700_000, carried: 2_700 });
    const asked = { accountId, nowMs: runMs };
    const preview = await previewInvoice(test.ledger, asked, policies);
    expect(preview).toMatchObject({ period: december, amount: 2_700_000, broughtForward: 2_700 });
    const next = await issue(accountId, december, runMs + 31 * dayMs);
    expect(next).toMatchObject({ net: 2_700_000, carried: 5_400 });
  });

  it('R43 late usage is on the next invoice, with the month it happened in', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, cutoffMs - 1);
    expect(await issue(accountId)).toMatchObject({ net: 2_700_000 });
    await useImages(test.ledger, accountId, images, cutoffMs - dayMs, runMs + dayMs);
    expect(await issue(accountId, december, runMs + 31 * dayMs)).toMatchObject({ net: 2_700_000 });
    const { lines } = await documentOf(accountId, december);
    expect(lines).toMatchObject([{ usagePeriod: '2026-11', postingPeriod: '2026-12' }]);
    expect((await documentOf(accountId)).lines).toMatchObject([{ quantity: 1_000 }]);
  });

  it('R43 what a slow clock records into a month after its invoice is on the next one, too', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    await useImages(test.ledger, accountId, 2 * images, nowMs, cutoffMs - 1);
    expect(await issue(accountId)).toMatchObject({ net: 2_700_000 });
    expect(await issue(accountId, december, runMs + 31 * dayMs)).toMatchObject({ net: 5_400_000 });
    const { lines } = await documentOf(accountId, december);
    expect(lines).toMatchObject([{ quantity: 2_000, postingPeriod: november }]);
    expect((await documentOf(accountId)).lines).toMatchObject([{ quantity: 1_000 }]);
  });

  it('R39 a month is not invoiced before it is over in the account’s own time', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    expect(await issue(accountId, november, cutoffMs - 1)).toMatchObject({ status: 'not_closed' });
    const advance = { accountId, offsetMs: 20 * dayMs, actor: 'test', nowMs };
    await advanceTestClock(test.ledger, advance);
    expect(await issue(accountId, november, nowMs)).toMatchObject({ status: 'issued' });
    expect((await documentOf(accountId)).invoice.issuedAtMs).toBe(nowMs + 20 * dayMs);
  });
});

describe('R38 what no card can be charged', () => {
  it('is carried forward, and counts as the next month', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    // 1,001 images are $2.7027.
    await useImages(test.ledger, accountId, 1_001, nowMs);
    expect(await issue(accountId)).toMatchObject({ net: 2_700_000, carried: 2_700 });
    expect((await documentOf(accountId)).invoice).toMatchObject({
      ...{ carriedForward: 2_700, carriedTo: december },
    });
    await useImages(test.ledger, accountId, images, cutoffMs + dayMs);
    expect(await issue(accountId, december, runMs + 31 * dayMs)).toMatchObject({
      ...{ net: 2_700_000, carried: 2_700 },
    });
    expect((await documentOf(accountId, december)).invoice).toMatchObject({
      ...{ broughtForward: 2_700, carriedForward: 2_700, carriedTo: '2027-01' },
    });
  });

  it('is all of it below the least charge, and makes no invoice alone', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, 100, nowMs);
    expect(await issue(accountId)).toMatchObject({ status: 'issued', net: 0, carried: 270_000 });
    const later = runMs + 31 * dayMs;
    expect(await issue(accountId, december, later)).toMatchObject({ status: 'carried' });
    expect(await issue(accountId, december, later)).toMatchObject({ status: 'carried' });
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 270_000, invoiced: 0 });
    // Credits of the next month pay it, as it counts as that month.
    await buy(test.ledger, accountId, dollars(5), cutoffMs + 32 * dayMs);
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0, purchased: 4_730_000 });
  });
});

describe('R40 a payment under way', () => {
  const openedAtMs = cutoffMs - 60_000;

  it.each([
    ['canceled', 'issued'],
    ['requires_action', 'issued'],
    ['requires_confirmation', 'issued'],
    ['processing', 'deferred'],
    ['unknown', 'deferred'],
    ['succeeded', 'deferred'],
  ] as const)('that Stripe calls %s after the cut-off: %s', async (status, expected) => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const purchaseId = await openAndPay(test.ledger, accountId, dollars(5), openedAtMs);
    const before = { readAtMs: cutoffMs - 1, status };
    await recordPaymentReading(test.ledger, { accountId, purchaseId }, before);
    expect(await issue(accountId)).toMatchObject({ status: 'deferred' });
    const after = { readAtMs: cutoffMs, status };
    await recordPaymentReading(test.ledger, { accountId, purchaseId }, after);
    expect(await issue(accountId)).toMatchObject({ status: expected });
  });

  it('holds the invoice back until it is known, and its credits then pay the month', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const purchaseId = await openAndPay(test.ledger, accountId, dollars(5), openedAtMs);
    const page = { after: null, until: null };
    expect(await run(test.ledger, page)).toMatchObject({ deferred: expect.any(Number) as number });
    const query = { period: november, after: null, limit: 1_000 };
    const waiting = await listDeferrals(test.ledger, query);
    expect(waiting.find((one) => one.accountId === accountId)).toEqual({
      ...{ accountId, period: november, reason: 'purchases', sinceMs: runMs },
      purchases: [{ purchaseId, todo: 'read' }],
    });
    await settleAt(test.ledger, accountId, purchaseId, cutoffMs - 1_000, runMs + 1_000);
    const again = { period: november, after: null, limit: 1_000, nowMs: runMs + 2_000 };
    await issueDeferredInvoices(test.ledger, again, policies);
    const { credits, invoice } = await documentOf(accountId);
    expect(credits).toMatchObject([{ source: 'pack', amount: 2_700_000, period: november }]);
    expect(invoice).toMatchObject({ amount: 0, state: 'paid' });
    const still = await listDeferrals(test.ledger, query);
    expect(still.map((one) => one.accountId)).not.toContain(accountId);
  });

  it('that was started at the cut-off holds nothing back', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await openAndPay(test.ledger, accountId, dollars(5), cutoffMs);
    expect(await issue(accountId)).toMatchObject({ status: 'issued', net: 2_700_000 });
  });
});

describe('a run', () => {
  it('B8 R46 started twice makes one invoice for each account, with numbers without gaps', async () => {
    const accountIds: string[] = [];
    for (let made = 0; made < 25; made += 1) {
      const accountId = await aPostpaidAccount(test.ledger);
      await useImages(test.ledger, accountId, images + made, nowMs);
      accountIds.push(accountId);
    }
    const dry = await previewInvoices(
      test.ledger,
      { period: november, after: null, until: null, limit: 1_000, nowMs: runMs },
      policies,
    );
    const partitions = await invoicePartitions(test.ledger, 3);
    const runs = [...partitions, { after: null, until: null }, { after: null, until: null }];
    const results = await Promise.all(runs.map((range) => run(test.ledger, range)));
    const issued = results.reduce((total, result) => total + result.issued, 0);
    expect(issued).toBe(dry.issued);
    expect(issued).toBeGreaterThanOrEqual(25);
    const counted = await Promise.all(
      accountIds.map((accountId) =>
        listInvoices(test.ledger, { accountId, before: null, limit: 9 }),
      ),
    );
    expect(counted.map(({ invoices }) => invoices.length)).toEqual(accountIds.map(() => 1));
    const again = await run(test.ledger);
    expect(again).toMatchObject({ issued: 0, failed: [], totals: [] });
    await expectSound();
  });

  it('R38 reaches an account that used nothing since a month that was never run', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await run(test.ledger, { period: december, nowMs: runMs + 31 * dayMs });
    const { invoice } = await documentOf(accountId, december);
    expect(invoice).toMatchObject({ amount: 2_700_000, broughtForward: 0 });
  });

  it('walks all accounts by pages, each of which says how far it came', async () => {
    let after: string | null = null;
    const seen = { accounts: 0, pages: 0 };
    do {
      const page = await run(test.ledger, { after, limit: 7 });
      const { accounts, issued, stored, carried, nothing, notClosed, deferred, failed } = page;
      const parts = [issued, stored, carried, nothing, notClosed, deferred, failed.length];
      expect(parts.reduce((a, b) => a + b)).toBe(accounts);
      seen.accounts += accounts;
      seen.pages += 1;
      after = page.lastAccountId;
    } while (after !== null);
    const whole = await run(test.ledger);
    expect(seen.accounts).toBe(whole.accounts);
    expect(seen.pages).toBe(Math.floor(whole.accounts / 7) + 1);
  });
});

describe('R63 the preview', () => {
  it('is what the invoice then is, and keeps nothing', async () => {
    const accountId = await aPostpaidAccount(test.ledger, { taxCountry: 'US', taxRegion: 'WA' });
    await useImages(test.ledger, accountId, 1_234, nowMs);
    await buy(test.ledger, accountId, dollars(5), nowMs + 1_000);
    await useImages(test.ledger, accountId, 4_321, nowMs + 2_000);
    const preview = await previewInvoice(
      test.ledger,
      { accountId, nowMs: nowMs + 3_000 },
      policies,
    );
    const before = await balancesOf(accountId);
    await issue(accountId);
    const { invoice, lines } = await documentOf(accountId);
    expect(before.version).toBe((await balancesOf(accountId)).version - 1);
    const { amount, tax, carried, lines: previewed } = preview;
    expect({ amount, tax }).toEqual({ amount: invoice.amount, tax: invoice.tax });
    expect(previewed).toEqual(lines);
    expect(carried.reduce((total, part) => total + part.amount, 0)).toBe(invoice.carriedForward);
  });

  it.each([
    ['owed', 0],
    ['paid with credits', dollars(50)],
  ])('is the last month’s until that is invoiced: usage %s', async (_, bought) => {
    const accountId = await aPostpaidAccount(test.ledger);
    if (bought > 0) await buy(test.ledger, accountId, micros(bought), nowMs);
    await useImages(test.ledger, accountId, images, cutoffMs - 5);
    await useImages(test.ledger, accountId, 2 * images, cutoffMs + 5);
    const preview = () => previewInvoice(test.ledger, { accountId, nowMs: runMs }, policies);
    const { period: first, lines } = await preview();
    expect([first, lines.map(({ quantity }) => quantity)]).toEqual([november, [images]]);
    await issue(accountId);
    const { period: next, lines: left } = await preview();
    expect([next, left.map(({ quantity }) => quantity)]).toEqual([december, [2 * images]]);
  });

  it('of a whole month names what it would ask for, tax included, and who would wait', async () => {
    const taxed = await aPostpaidAccount(test.ledger, { taxCountry: 'DE' });
    await useImages(test.ledger, taxed, images, nowMs);
    const waiting = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, waiting, images, nowMs);
    await openAndPay(test.ledger, waiting, dollars(5), cutoffMs - 60_000);
    // Of ten accounts all are among the ten largest.
    const month = { period: november, until: null, limit: 10, nowMs: runMs };
    const pages: InvoiceDryRun[] = [];
    do {
      const after = pages.at(-1)?.lastAccountId ?? null;
      pages.push(await previewInvoices(test.ledger, { ...month, after }, policies));
    } while (pages.at(-1)?.lastAccountId !== null);
    const largest = pages.flatMap((page) => page.largest);
    expect(largest.filter(({ accountId }) => accountId === taxed || accountId === waiting)).toEqual(
      [{ accountId: taxed, currency: 'usd', amount: 3_210_000 }],
    );
    expect(pages.flatMap(({ deferred }) => deferred)).toEqual(expect.arrayContaining([waiting]));
  });
});

describe('R67 a contract', () => {
  it('is charged when its days are over', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await test.asSuperuser('update accounts set net_days = 30');
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    const { invoice } = await documentOf(accountId);
    expect(invoice.chargeAtMs).toBe(cutoffMs + 30 * dayMs);
    expect(invoice.dueAtMs).toBe(cutoffMs + 31 * dayMs);
    await test.asSuperuser('update accounts set net_days = null');
  });
});

it('R41 a rebuilt invoice is the same, whatever happens later', async () => {
  const accountId = await aPostpaidAccount(test.ledger);
  await useImages(test.ledger, accountId, images, nowMs);
  await issue(accountId);
  const first = JSON.stringify(await documentOf(accountId));
  await test.asSuperuser(
    `update account_profiles set name = 'Other', email = 'o@example.com' where account_id = $1`,
    [uuidOf(accountId)],
  );
  await useImages(test.ledger, accountId, images, cutoffMs - 5, runMs + 5);
  await buy(test.ledger, accountId, dollars(50), runMs + 10);
  await issue(accountId, december, runMs + 31 * dayMs);
  expect(JSON.stringify(await documentOf(accountId))).toBe(first);
});

it('erasing an account takes its name off its invoices, and nothing else', async () => {
  const accountId = await aPostpaidAccount(test.ledger);
  await useImages(test.ledger, accountId, images, nowMs);
  await issue(accountId);
  const before = await documentOf(accountId);
  expect(before.party).toMatchObject({ name: 'Ada' });
  await eraseProfile(test.ledger, { accountId, actor: 'test', nowMs });
  expect(await documentOf(accountId)).toEqual({ ...before, party: null });
});

describe('R65 verifyLedger finds', () => {
  /** Changes what nobody may change: as superuser, with triggers and foreign keys off. */
  async function plant(sql: string, values: unknown[]): Promise<void> {
    await test.asSuperuser('set session_replication_role = replica');
    try {
      expect((await test.asSuperuser(sql, values)).rowCount).toBeGreaterThan(0);
    } finally {
      await test.asSuperuser('set session_replication_role = origin');
    }
  }

  it.each([
    ['an invoice that asks for more', 'invoices set due = due + 1, amount = amount + 1', 'due'],
    ['its tax', 'invoices set tax = tax + 1', 'tax in all'],
    ['a line too much', 'invoice_lines set unbilled = unbilled + 1, cost = cost + 1', 'lines'],
    ['tax that is owed', 'balances set invoiced_tax = invoiced_tax + 1', 'invoiced_tax'],
  ])('%s', async (_, change, what) => {
    const accountId = await aPostpaidAccount(test.ledger, { taxCountry: 'DE' });
    await useImages(test.ledger, accountId, images, nowMs);
    await issue(accountId);
    await plant(`update ${change} where account_id = $1`, [uuidOf(accountId)]);
    const { differences } = await verifyLedger(test.ledger, { accountId });
    const found = differences.map(({ which }) => which);
    expect(found.some((which) => which.endsWith(what))).toBe(true);
    const undo = change.replaceAll(/ \+ 1/g, ' - 1');
    await plant(`update ${undo} where account_id = $1`, [uuidOf(accountId)]);
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });

  it('R46 a gap in the numbers', async () => {
    await expectSound();
    await plant(`update invoice_series set last = last + 1 where series = $1`, ['INV']);
    const { differences } = await verifyLedger(test.ledger);
    expect(differences.map(({ which }) => which)).toEqual([
      ...['series INV last', 'series INV numbers'],
    ]);
    await plant(`update invoice_series set last = last - 1 where series = $1`, ['INV']);
  });
});
