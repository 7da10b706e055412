import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { closingWords } from '../../domain/account-closing.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { closeAccount, issueWaitingFinalInvoices } from '../../ledger/account-closing.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { listDeferrals } from '../../ledger/invoice-deferrals.ts';
import { listInvoices, readInvoiceDocument } from '../../ledger/invoice-documents.ts';
import { issueDeferredInvoices, issueInvoice } from '../../ledger/invoicing.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { readPriceBook } from '../../ledger/prices.ts';
import { replaceInvoice } from '../../ledger/invoice-corrections.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { readPurchase } from '../../ledger/purchases.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  aPostpaidAccount,
  buy,
  cutoffMs,
  december,
  november,
  openAndPay,
  runMs,
  settleAt,
  useImages,
} from './invoicing-fixture.ts';
import { dayMs, dollars, nowMs, policies, useLedger, visa } from './ledger-fixture.ts';
import { deskOf, image, report, setPrices, used } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

/** 1,000 images are $2.70. */
const images = 1_000;
const closeMs = nowMs + 3_600_000;

const close = (accountId: string, atMs = closeMs) =>
  closeAccount(test.ledger, { accountId, actor: 'operator:eva', nowMs: atMs }, policies);

async function invoicesOf(accountId: string) {
  return (await listInvoices(test.ledger, { accountId, before: null, limit: 9 })).invoices;
}

async function balancesOf(accountId: string) {
  const state = await readAccount(test.ledger, { accountId });
  if (state === undefined) throw new Error('no account');
  return state.balances;
}

async function expectSound(accountId: string): Promise<void> {
  expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
}

describe('R70 closing an account', () => {
  it('issues its final invoice in its own transaction: all use until now, nothing carried', async () => {
    const accountId = await aPostpaidAccount(test.ledger, { taxCountry: 'DE' });
    await useImages(test.ledger, accountId, 1_001, nowMs);
    const closed = await close(accountId);
    expect(closed).toMatchObject({ account: { status: 'closed' }, waitsForRequests: false });
    expect(closed.finalInvoice).toMatchObject({
      ...{ kind: 'final', state: 'open', period: november, cutoffMs: closeMs },
      ...{ amount: 3_210_000, due: 3_210_000, carriedForward: 2_700, carriedTo: null },
      chargeAtMs: Date.UTC(2026, 10, 17),
    });
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0, invoiced: 2_700_000 });
    await expectSound(accountId);
  });

  it('has its invoice collected where it owes, and not where it does not', async () => {
    const owing = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, owing, images, nowMs);
    const paid = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, paid, images, nowMs);
    await buy(test.ledger, paid, dollars(5), nowMs + 1_000);
    for (const accountId of [owing, paid]) await close(accountId);
    const { rows } = await test.asSuperuser(
      `select account_id, charge_at from collections where account_id = any($1::uuid[])`,
      [[owing, paid].map(uuidOf)],
    );
    expect(rows).toEqual([{ account_id: uuidOf(owing), charge_at: new Date('2026-11-17') }]);
  });

  it('has credits pay first, and keeps those that are left: shown, and never forfeited', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await buy(test.ledger, accountId, dollars(20), nowMs - dayMs);
    await useImages(test.ledger, accountId, images, nowMs);
    const closed = await close(accountId);
    expect(closed.finalInvoice).toMatchObject({ amount: 0, state: 'paid' });
    expect(closed.unusedCredits).toBe(17_300_000);
    expect(closingWords(closed, 'usd').join(' ')).toContain(
      '$17.30 of purchased credits were not used. They are not forfeited',
    );
    expect(await balancesOf(accountId)).toMatchObject({ purchased: 17_300_000 });
    await expectSound(accountId);
  });

  it('counts credits that were left when usage came late, and never those bought later', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    const opening = {
      ...{ accountId, actor: 'test', nowMs, idempotencyKey: 'opening', purchased: dollars(1) },
      unbilled: [{ period: november, amount: dollars(3) }],
    };
    await recordOpeningBalance(test.ledger, opening, policies);
    const { finalInvoice } = await close(accountId);
    expect(finalInvoice).toMatchObject({ amount: dollars(2), broughtForward: dollars(3) });
  });

  it('R39 has usage on its final invoice that a clock ahead of ours says is of the next month', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await useImages(test.ledger, accountId, images, cutoffMs + 1, cutoffMs - 20_000);
    const { finalInvoice } = await close(accountId, cutoffMs - 10_000);
    expect(finalInvoice).toMatchObject({ period: november, amount: 5_400_000, broughtForward: 0 });
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0 });
    for (const month of [november, december]) {
      const asked = { accountId, period: month, nowMs: runMs + 31 * dayMs };
      await issueInvoice(test.ledger, asked, policies);
    }
    expect(await invoicesOf(accountId)).toHaveLength(1);
    await expectSound(accountId);
  });

  it('twice changes nothing, in the month or later', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const first = await close(accountId);
    const { version } = await balancesOf(accountId);
    for (const atMs of [closeMs, closeMs + 1, closeMs + 40 * dayMs]) {
      expect(await close(accountId, atMs)).toEqual(first);
    }
    expect((await balancesOf(accountId)).version).toBe(version);
    expect(await invoicesOf(accountId)).toHaveLength(1);
    const { rows } = await test.asSuperuser(
      `select action from audit_log where account_id = $1 and action = 'account.close'`,
      [uuidOf(accountId)],
    );
    expect(rows).toHaveLength(1);
  });

  it('asked for by several at once is done once', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const closed = await Promise.all(
      [1, 2, 3, 4].map((later) => close(accountId, closeMs + later)),
    );
    expect(new Set(closed.map(({ finalInvoice }) => finalInvoice?.number)).size).toBe(1);
    await expectSound(accountId);
  });

  it('B6 has on its invoice all usage that is not refused, however close the two come', async () => {
    const desks = [deskOf(test.ledger), deskOf(test.ledger)];
    for (let round = 0; round < 8; round += 1) {
      const accountId = await aPostpaidAccount(test.ledger);
      const tell = async (index: number): Promise<number> => {
        const event = used(accountId, { images }, { model: image, occurredAtMs: nowMs });
        const desk = desks[index % desks.length] ?? deskOf(test.ledger);
        const { answers } = await report(desk, [event], closeMs);
        return answers[0]?.status === 'accepted' ? images : 0;
      };
      const told = Promise.all([0, 1, 2, 3].map(tell));
      const [{ finalInvoice }, counted] = await Promise.all([close(accountId), told]);
      const taken = counted.reduce((total, one) => total + one, 0);
      expect(finalInvoice?.amount ?? 0).toBe(taken * 2_700);
      expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0 });
      await expectSound(accountId);
    }
  });

  it('that nothing was used on makes no invoice', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    const closed = await close(accountId);
    expect(closed).toMatchObject({ finalInvoice: null, account: { status: 'closed' } });
    expect(closingWords(closed, 'usd')).toEqual(['There is nothing to invoice.']);
    expect(await invoicesOf(accountId)).toEqual([]);
  });

  it('R42 whose usage free credits paid has a final invoice over nothing', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await grantCredits(
      test.ledger,
      {
        ...{ accountId, actor: 'test', nowMs, idempotencyKey: 'free', amount: dollars(10) },
        ...{ scope: null, expiresAtMs: null, reason: 'goodwill' },
      },
      policies,
    );
    await useImages(test.ledger, accountId, images, nowMs + 1);
    const closed = await close(accountId);
    expect(closed.finalInvoice).toMatchObject({ kind: 'final', amount: 0, state: 'paid' });
    expect(closed.unusedCredits).toBe(0);
    expect(closingWords(closed, 'usd').join(' ')).toContain('nothing is to be paid on it');
  });

  it('forgives what no card can be charged, so that nothing is left unbilled', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, 100, nowMs);
    const { finalInvoice } = await close(accountId);
    expect(finalInvoice).toMatchObject({ amount: 0, carriedForward: 270_000, carriedTo: null });
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0, invoiced: 0 });
    await expectSound(accountId);
  });

  it('refuses usage that is told later', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await close(accountId);
    const event = used(accountId, { images }, { model: image, occurredAtMs: nowMs });
    const { answers } = await report(deskOf(test.ledger), [event], closeMs + 1);
    expect(answers).toMatchObject([{ status: 'rejected', refusal: { code: 'account_closed' } }]);
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0 });
  });
});

describe('R70 B12 at a cut-off', () => {
  it.each([
    ['just before it is of the month that ends', cutoffMs - 1, november],
    ['at it is of the month that begins', cutoffMs, december],
  ])('the close %s, and has all use of before', async (_, atMs, month) => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, cutoffMs - 2);
    const { finalInvoice } = await close(accountId, atMs);
    expect(finalInvoice).toMatchObject({ period: month, cutoffMs: atMs, amount: 2_700_000 });
    for (const period of [november, december]) {
      await issueInvoice(test.ledger, { accountId, period, nowMs: runMs + 31 * dayMs }, policies);
    }
    expect((await invoicesOf(accountId)).map(({ invoiceId }) => invoiceId)).toEqual([
      finalInvoice?.invoiceId,
    ]);
    const { lines } = await readInvoiceDocument(test.ledger, {
      ...{ accountId, invoiceId: finalInvoice?.invoiceId ?? '' },
    });
    expect(lines).toMatchObject([{ usagePeriod: november, quantity: images }]);
    await expectSound(accountId);
  });

  it('R39 credits bought at or after it never pay the month that ended', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, cutoffMs - 1);
    await buy(test.ledger, accountId, dollars(5), cutoffMs);
    const closed = await close(accountId, cutoffMs + dayMs);
    expect(closed.finalInvoice).toMatchObject({ amount: 2_700_000 });
    expect(closed.unusedCredits).toBe(dollars(5));
  });

  it('a month whose invoice is out is on no other one', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, cutoffMs - 1);
    await issueInvoice(test.ledger, { accountId, period: november, nowMs: runMs }, policies);
    await useImages(test.ledger, accountId, 2 * images, runMs);
    const { finalInvoice } = await close(accountId, runMs + 1);
    expect(finalInvoice).toMatchObject({ period: december, amount: 5_400_000 });
    await expectSound(accountId);
  });
});

describe('R70 closing while a purchase is under way', () => {
  it.each([
    ['before the close', closeMs - 60_000],
    ['after it', closeMs + 60_000],
  ])('waits for nothing, and what is captured %s goes back', async (_, capturedAtMs) => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const purchaseId = await openAndPay(test.ledger, accountId, dollars(25), nowMs);
    const closed = await close(accountId);
    expect(closed).toMatchObject({ finalInvoice: { due: 2_700_000 }, paymentsUnderWay: 1 });
    expect(closingWords(closed, 'usd').join(' ')).toContain('all of it goes back');
    await settleAt(test.ledger, accountId, purchaseId, capturedAtMs, closeMs + 120_000);
    expect(await readPurchase(test.ledger, { purchaseId })).toMatchObject({
      ...{ state: 'returned', refusal: { code: 'account_closed' } },
    });
    expect(await balancesOf(accountId)).toMatchObject({
      ...{ purchased: 0, refundsDue: dollars(25), invoiced: 2_700_000, unbilled: 0 },
    });
    await expectSound(accountId);
  });
});

describe('R70 after the close', () => {
  it('R46 a final invoice that is replaced is final again, and asks for no more', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, 1_001, nowMs);
    const { finalInvoice } = await close(accountId);
    const invoiceId = finalInvoice?.invoiceId ?? '';
    const asked = { accountId, invoiceId, reason: 'wrong name', actor: 'test', nowMs: runMs };
    const book = await readPriceBook(test.ledger);
    const outcome = await replaceInvoice(test.ledger, asked, policies, book);
    expect(outcome).toMatchObject({ status: 'replaced' });
    const again = await close(accountId, runMs + 1);
    expect(again.finalInvoice).toMatchObject({
      ...{ replaces: invoiceId, kind: 'final', amount: 2_700_000, carriedTo: null },
      ...{ carriedForward: 2_700, cutoffMs: closeMs },
    });
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0, invoiced: 2_700_000 });
    await expectSound(accountId);
  });

  it('R40 a month that waited for a payment waits no longer', async () => {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    await openAndPay(test.ledger, accountId, dollars(5), cutoffMs - 60_000);
    const month = { accountId, period: november, nowMs: runMs };
    expect(await issueInvoice(test.ledger, month, policies)).toMatchObject({ status: 'deferred' });
    const { finalInvoice } = await close(accountId, runMs + 1);
    expect(finalInvoice).toMatchObject({ period: december, due: 2_700_000 });
    const page = { period: november, after: null, limit: 1_000, nowMs: runMs + 2 };
    await issueDeferredInvoices(test.ledger, page, policies);
    const query = { period: november, after: null, limit: 1_000 };
    const waiting = (await listDeferrals(test.ledger, query)).map((one) => one.accountId);
    expect(waiting).not.toContain(accountId);
    expect(await invoicesOf(accountId)).toHaveLength(1);
    await expectSound(accountId);
  });
});

describe('R70 closing while requests run', () => {
  async function running() {
    const accountId = await aPostpaidAccount(test.ledger);
    await useImages(test.ledger, accountId, images, nowMs);
    const desk = openHoldDesk(test.ledger);
    const hold = {
      ...{ accountId, holdId: randomUUID(), policies, model: null, nowMs: closeMs - 1_000 },
      ...{ cost: dollars(1), ttlMs: 3_600_000 },
    };
    const placed = await desk.place(hold);
    expect(placed).toMatchObject({ status: 'admitted' });
    return { accountId, desk, hold };
  }

  it('stops use at once, and issues the invoice once they have ended', async () => {
    const { accountId, desk, hold } = await running();
    const closed = await close(accountId);
    expect(closed).toMatchObject({ waitsForRequests: true, finalInvoice: null });
    expect(closingWords(closed, 'usd').join(' ')).toContain('Requests are still running');
    const later = { ...hold, holdId: randomUUID(), nowMs: closeMs + 1 };
    expect(await desk.place(later)).toMatchObject({ status: 'refused' });
    await desk.settle({ ...hold, nowMs: closeMs + 1_000 });
    const again = await close(accountId, closeMs + 2_000);
    expect(again).toMatchObject({ waitsForRequests: false, finalInvoice: { due: dollars(3.7) } });
    expect(await balancesOf(accountId)).toMatchObject({ unbilled: 0 });
    const query = { period: november, after: null, limit: 1_000 };
    const waiting = (await listDeferrals(test.ledger, query)).map((one) => one.accountId);
    expect(waiting).not.toContain(accountId);
    await expectSound(accountId);
  });

  it('has the sweep issue the invoice once they have ended, and not before', async () => {
    const { accountId, desk, hold } = await running();
    await close(accountId);
    await issueWaitingFinalInvoices(test.ledger, { nowMs: closeMs + 500 }, policies);
    expect(await invoicesOf(accountId)).toEqual([]);
    await desk.settle({ ...hold, nowMs: closeMs + 1_000 });
    for (const atMs of [runMs, runMs + 60_000]) {
      await issueWaitingFinalInvoices(test.ledger, { nowMs: atMs }, policies);
    }
    expect(await invoicesOf(accountId)).toMatchObject([{ kind: 'final', due: dollars(3.7) }]);
    const rows = await test.ledger.run(
      'select from invoice_deferrals where account_id = $1 and resolved_at is null',
      [uuidOf(accountId)],
    );
    expect(rows).toEqual([]);
    await expectSound(accountId);
  });

  it('has the sweep issue it in the account’s own time', async () => {
    const { accountId, desk, hold } = await running();
    await close(accountId);
    await desk.settle({ ...hold, nowMs: closeMs + 1_000 });
    const offsetMs = 3 * dayMs;
    await advanceTestClock(test.ledger, { accountId, offsetMs, actor: 'test', nowMs: closeMs });
    await issueWaitingFinalInvoices(test.ledger, { nowMs: closeMs + 2_000 }, policies);
    expect(await invoicesOf(accountId)).toMatchObject([
      { kind: 'final', issuedAtMs: closeMs + 2_000 + offsetMs },
    ]);
  });

  it('leaves the invoice to the month’s run where nobody closes again', async () => {
    const { accountId, desk, hold } = await running();
    await close(accountId);
    await desk.settle({ ...hold, nowMs: closeMs + 1_000 });
    const page = { period: november, after: null, limit: 1_000, nowMs: runMs };
    await issueDeferredInvoices(test.ledger, page, policies);
    expect(await invoicesOf(accountId)).toMatchObject([{ due: dollars(3.7), carriedTo: null }]);
    expect(await close(accountId, runMs + 1)).toMatchObject({ finalInvoice: null });
    expect(await invoicesOf(accountId)).toHaveLength(1);
    await expectSound(accountId);
  });
});

describe('R61 R70 the mail of a final invoice', () => {
  it.each([false, true])('says whether a card on file is charged (%s)', async (hasCard) => {
    const accountId = await aPostpaidAccount(test.ledger);
    if (hasCard) {
      const card = { paymentMethodId: `pm_${accountId}`, card: visa, makeDefault: true };
      await saveCard(test.ledger, { accountId, actor: 'test', nowMs, ...card });
    }
    await useImages(test.ledger, accountId, images, nowMs);
    const closed = await close(accountId);
    const notices = await readDueNotices(test.ledger, { accountId });
    expect(notices.map(({ notice }) => notice)).toContainEqual(
      expect.objectContaining({ kind: 'invoice_issued', isFinal: true, hasCard }),
    );
    const words = closingWords(closed, 'usd').join(' ');
    expect(words).toContain(hasCard ? 'Your card on file is charged' : 'There is no card on file');
  });
});
