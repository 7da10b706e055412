import { describe, expect, it } from 'vitest';
import { explainDecline } from '../../domain/declines.ts';
import { refusal } from '../../domain/failures.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { micros } from '../../domain/money.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { recordOpeningBalance } from '../../ledger/credits.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { period } from '../../domain/period.ts';
import { closePurchase, recordRefundPaid, settlePurchase } from '../../ledger/purchase-endings.ts';
import { openPurchase, recordPayment, recordPaymentState } from '../../ledger/purchase-opening.ts';
import { listPurchases, previewPurchase, readPurchase } from '../../ledger/purchases.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  aCapture,
  anAccount,
  anAttempt,
  anOpenPurchase,
  aPaidPurchase,
  aRequest,
  dayMs,
  dollars,
  newAccountId,
  nowMs,
  policies,
  policy,
  settle,
  useLedger,
  visa,
} from './ledger-fixture.ts';

const test = useLedger();

const open = (request: ReturnType<typeof aRequest>) => openPurchase(test.ledger, request, policies);
const stateOf = async (accountId: string) => {
  const state = await readAccount(test.ledger, { accountId });
  if (state === undefined) throw new Error('no such account');
  return state;
};
const noticesOf = async (accountId: string) =>
  (await readDueNotices(test.ledger, { accountId }))
    .map(({ notice }) => notice)
    .filter((notice) => 'purchaseId' in notice);

describe('openPurchase', () => {
  it('R3 records a pending purchase and moves no money', async () => {
    const accountId = await anAccount(test.ledger, { taxCountry: 'US', taxRegion: 'WA' });
    const request = aRequest(accountId);
    const outcome = await open(request);
    expect(outcome).toMatchObject({
      status: 'opened',
      source: { kind: 'payment_method', id: 'pm_visa' },
      card: null,
      purchase: { state: 'pending', credits: dollars(25), tax: dollars(1.62), receipt: null },
    });
    const { balances, lots } = await stateOf(accountId);
    expect({ purchased: balances.purchased, lots }).toEqual({ purchased: 0, lots: [] });
  });

  it('gives the stored purchase to a repeat, a month and a policy later', async () => {
    const accountId = await anAccount(test.ledger);
    const request = aRequest(accountId);
    const first = await open(request);
    const later = { ...request, nowMs: nowMs + 31 * dayMs };
    const again = await openPurchase(
      test.ledger,
      later,
      onlyPolicy({ ...policy, version: 'next' }),
    );
    expect(again).toEqual({ ...first, status: 'stored' });
  });

  it('gives a refused purchase back to a repeat, though it would be admitted by now', async () => {
    const accountId = await anAccount(test.ledger);
    const request = aRequest(accountId, { paymentMethodId: null });
    const first = await open(request);
    await saveCard(test.ledger, {
      ...{ accountId, paymentMethodId: 'pm_later', card: visa, makeDefault: true },
      ...{ actor: 'test', nowMs },
    });
    expect(first).toMatchObject({ status: 'refused', source: null });
    expect(await open(request)).toEqual({ ...first, status: 'stored' });
  });

  it.each([
    ['amount', { amount: dollars(26) }],
    ['currency', { currency: 'eur' }],
    ['payment method', { paymentMethodId: 'pm_other' }],
    ['confirmation of a duplicate', { confirmDuplicate: false }],
  ])('R5 B19 fails where the same purchase is asked with another %s', async (_, change) => {
    const accountId = await anAccount(test.ledger);
    const request = aRequest(accountId);
    await open(request);
    expect(await open({ ...request, ...change })).toMatchObject({
      status: 'failed',
      refusal: { code: 'idempotency_key_reused' },
    });
  });

  it('fails for an account that does not exist', async () => {
    const accountId = newAccountId();
    expect(await open(aRequest(accountId))).toMatchObject({
      status: 'failed',
      refusal: { code: 'account_not_found' },
    });
  });

  it('throws where the purchase’s id belongs to another account', async () => {
    const accountId = await anAccount(test.ledger);
    const request = aRequest(accountId, {
      purchaseId: purchaseIdFor(newAccountId(), 'a'.repeat(16)),
    });
    await expect(open(request)).rejects.toThrow('is no purchase of');
  });

  it.each([
    ['R4', 'below $5', { amount: dollars(4.99) }, 'amount_below_minimum'],
    ['R4', 'of nothing', { amount: dollars(0) }, 'amount_below_minimum'],
    ['R4', 'below zero', { amount: dollars(-5) }, 'amount_below_minimum'],
    ['R4', 'above $10,000', { amount: dollars(10_001) }, 'amount_above_maximum'],
    ['R69', 'with a fraction of a cent', { amount: micros(5_001_000) }, 'amount_not_chargeable'],
    ['R69 B17', 'in another currency', { currency: 'eur' }, 'currency_mismatch'],
    ['R69', 'in no currency of ours', { currency: 'xyz' }, 'currency_not_supported'],
    ['R11', 'with no card at all', { paymentMethodId: null }, 'payment_method_required'],
    ['R11', 'with no card’s id', { paymentMethodId: 'card_1' }, 'payment_method_not_found'],
  ])('%s records a purchase %s as refused', async (_rule, _name, change, code) => {
    const accountId = await anAccount(test.ledger);
    const request = aRequest(accountId, change);
    const outcome = await open(request);
    expect(outcome).toMatchObject({
      status: 'refused',
      purchase: { state: 'refused', tax: 0, refusal: { code } },
    });
    const stored = await readPurchase(test.ledger, request);
    expect(stored).toEqual('purchase' in outcome ? outcome.purchase : undefined);
    expect(await noticesOf(accountId)).toEqual([]);
  });

  it('R70 refuses a purchase on a closed account', async () => {
    const accountId = await anAccount(test.ledger);
    await closeAccount(test.ledger, { accountId, actor: 'test', nowMs }, policies);
    const outcome = await open(aRequest(accountId));
    expect(outcome).toMatchObject({ purchase: { refusal: { code: 'account_closed' } } });
  });

  it('R5 asks for a confirmation before a second purchase of an amount that is pending', async () => {
    const accountId = await anAccount(test.ledger);
    const first = await anOpenPurchase(test.ledger, accountId);
    const unconfirmed = { confirmDuplicate: false };
    expect(await open(aRequest(accountId, unconfirmed))).toMatchObject({
      status: 'refused',
      purchase: { refusal: { code: 'duplicate_purchase_pending' } },
    });
    const other = { ...unconfirmed, amount: dollars(30) };
    expect(await open(aRequest(accountId, other))).toMatchObject({ status: 'opened' });
    expect(await open(aRequest(accountId))).toMatchObject({ status: 'opened' });
    await settle(test.ledger, first);
  });

  it('R5 takes the same amount again once the first purchase is final', async () => {
    const accountId = await anAccount(test.ledger);
    await aPaidPurchase(test.ledger, accountId);
    const outcome = await open(aRequest(accountId, { confirmDuplicate: false }));
    expect(outcome).toMatchObject({ status: 'opened' });
  });

  it('charges the default card, and goes on charging it when the default is another', async () => {
    const accountId = await anAccount(test.ledger);
    const card = { accountId, card: visa, actor: 'test', nowMs };
    await saveCard(test.ledger, { ...card, paymentMethodId: 'pm_one', makeDefault: true });
    const request = aRequest(accountId, { paymentMethodId: null });
    const first = await open(request);
    await saveCard(test.ledger, { ...card, paymentMethodId: 'pm_two', makeDefault: true });
    expect(first).toMatchObject({ source: { id: 'pm_one' }, card: { paymentMethodId: 'pm_one' } });
    expect(await open(request)).toMatchObject({
      status: 'stored',
      source: { id: 'pm_one' },
      card: { paymentMethodId: 'pm_one', isDefault: false },
    });
  });
});

describe('recordPayment', () => {
  it('records the payment once', async () => {
    const { accountId, purchaseId } = await anOpenPurchase(
      test.ledger,
      await anAccount(test.ledger),
    );
    const payment = { accountId, purchaseId, paymentIntentId: `pi_${purchaseId}` };
    await recordPayment(test.ledger, payment);
    const { paymentIntentId } = await recordPayment(test.ledger, payment);
    expect(paymentIntentId).toBe(payment.paymentIntentId);
    const other = { ...payment, paymentIntentId: 'pi_other' };
    await expect(recordPayment(test.ledger, other)).rejects.toThrow('is paid by');
  });

  it('B1 never takes one payment for two purchases', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(async () => anOpenPurchase(test.ledger, await anAccount(test.ledger))),
    );
    const paymentIntentId = `pi_${one?.purchaseId ?? ''}`;
    await recordPayment(test.ledger, { ...named(one), paymentIntentId });
    const twice = recordPayment(test.ledger, { ...named(two), paymentIntentId });
    await expect(twice).rejects.toMatchObject({ name: 'locators_pkey' });
  });
});

describe('recordPaymentState', () => {
  it('R13 tells the customer of each reminder once', async () => {
    const { accountId, purchaseId } = await anOpenPurchase(
      test.ledger,
      await anAccount(test.ledger),
    );
    for (const reminder of [0, 0, 1, null]) {
      const { state } = await recordPaymentState(test.ledger, {
        ...{ accountId, purchaseId, state: 'requires_action', reminder, nowMs },
      });
      expect(state).toBe('requires_action');
    }
    expect(await noticesOf(accountId)).toMatchObject([
      { kind: 'authentication_needed', reminder: 0 },
      { kind: 'authentication_needed', reminder: 1 },
    ]);
    const back = { accountId, purchaseId, state: 'pending' as const, reminder: null, nowMs };
    expect(await recordPaymentState(test.ledger, back)).toMatchObject({ state: 'pending' });
  });

  it('B2 leaves a final purchase as it is', async () => {
    const { accountId, purchaseId } = await aPaidPurchase(
      test.ledger,
      await anAccount(test.ledger),
    );
    const late = { accountId, purchaseId, state: 'requires_action' as const, reminder: 0, nowMs };
    expect(await recordPaymentState(test.ledger, late)).toMatchObject({ state: 'succeeded' });
    expect(await noticesOf(accountId)).toMatchObject([{ kind: 'purchase_succeeded' }]);
  });
});

describe('settlePurchase', () => {
  it('R3 R24 R29 R45 posts one lot, balanced transfers, tier spend, a receipt and a notice', async () => {
    const accountId = await anAccount(test.ledger, { taxCountry: 'US', taxRegion: 'WA' });
    const opened = await anOpenPurchase(test.ledger, accountId);
    const { status, purchase } = await settle(test.ledger, opened);
    expect(status).toBe('settled');
    expect(purchase).toMatchObject({
      state: 'succeeded',
      receipt: { receiptNumber: 'R-000001', lotId: 2, paidUnbilled: 0 },
    });
    const { balances, lots } = await stateOf(accountId);
    expect(lots).toEqual([
      {
        ...{ lotId: 2, kind: 'purchased', amount: dollars(25), remaining: dollars(25), held: 0 },
        ...{ scope: null, acquiredAtMs: nowMs + 1_000, expiresAtMs: null, frozenAtMs: null },
      },
    ]);
    expect(balances).toMatchObject({
      ...{ purchased: dollars(25), free: 0, refundsDue: 0, lifetimePaid: dollars(25), version: 2 },
    });
    const { rows } = await test.asSuperuser(
      `select debit_book, credit_book, amount::int, currency from transfers t
       join billing_events using (account_id, event_id)
       where payload -> 'event' ->> 'purchaseId' = $1 order by seq`,
      [purchase.purchaseId],
    );
    expect(rows).toEqual([
      { debit_book: 'processor', credit_book: 'purchased', amount: 25_000_000, currency: 'usd' },
      { debit_book: 'processor', credit_book: 'tax', amount: 1_620_000, currency: 'usd' },
    ]);
    expect(await noticesOf(accountId)).toEqual([
      {
        ...{ kind: 'purchase_succeeded', purchaseId: purchase.purchaseId },
        ...{ receiptNumber: 'R-000001', credits: dollars(25), tax: dollars(1.62), paidUnbilled: 0 },
      },
    ]);
  });

  it('B4 R7 gives the stored purchase to a repeat, whatever it says of card and time', async () => {
    const accountId = await anAccount(test.ledger);
    const opened = await anOpenPurchase(test.ledger, accountId);
    const first = await settle(test.ledger, opened);
    const { purchaseId } = opened;
    const again = await settlePurchase(
      test.ledger,
      {
        ...{ accountId, purchaseId, capture: aCapture(opened), attempt: anAttempt(opened) },
        ...{ cardRefusal: refusal('card_prepaid_not_supported'), nowMs: nowMs + dayMs },
      },
      onlyPolicy({ ...policy, version: 'next' }),
    );
    expect(again).toEqual({ status: 'stored', purchase: first.purchase });
    expect((await stateOf(accountId)).lots).toHaveLength(1);
  });

  it('B19 fails where another charge is settled for the same purchase', async () => {
    const accountId = await anAccount(test.ledger);
    const opened = await anOpenPurchase(test.ledger, accountId);
    await settle(test.ledger, opened);
    const other = settle(test.ledger, opened, aCapture(opened, { chargeId: 'ch_other' }));
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('R46 numbers an account’s receipts without gaps', async () => {
    const accountId = await anAccount(test.ledger);
    const purchases = [];
    for (const amount of [dollars(5), dollars(4), dollars(6), dollars(7)]) {
      const outcome = await open(aRequest(accountId, { amount }));
      if (outcome.status === 'opened')
        purchases.push((await settle(test.ledger, outcome.purchase)).purchase);
    }
    expect(purchases.map(({ receipt }) => receipt?.receiptNumber)).toEqual([
      ...['R-000001', 'R-000002', 'R-000003'],
    ]);
  });

  it('R22 R39 first pays this month’s unbilled usage, never that of a closed month', async () => {
    const accountId = await anAccount(test.ledger);
    const unbilled = [
      { period: period('2026-10'), amount: dollars(9) },
      { period: period('2026-11'), amount: dollars(4) },
    ];
    await recordOpeningBalance(
      test.ledger,
      { accountId, purchased: dollars(0), unbilled, idempotencyKey: '1', actor: 'test', nowMs },
      policies,
    );
    const preview = await previewPurchase(
      test.ledger,
      { accountId, amount: dollars(25), currency: 'usd', nowMs },
      policies,
    );
    expect(preview).toMatchObject({ paysUnbilled: dollars(4), addsToBalance: dollars(21) });
    const { receipt } = await aPaidPurchase(test.ledger, accountId);
    expect(receipt?.paidUnbilled).toBe(dollars(4));
    const { balances, lots, unbilledPeriods } = await stateOf(accountId);
    expect(lots).toMatchObject([{ amount: dollars(25), remaining: dollars(21) }]);
    expect(balances).toMatchObject({ purchased: dollars(21), unbilled: dollars(9) });
    expect(unbilledPeriods).toMatchObject([{ period: '2026-10', amount: dollars(9) }]);
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });

  it.each([
    ['R70 whose account was closed meanwhile', 'account_closed'],
    ['R10 whose charge shows a prepaid card', 'card_prepaid_not_supported'],
    ['whose card was charged another amount', 'internal_error'],
    ['R62 that the customer was told had been declined', 'card_declined'],
    ['R62 that the customer was told had been called off', 'authentication_expired'],
  ])('owes the money of a purchase back %s', async (_, code) => {
    const accountId = await anAccount(test.ledger);
    const opened = await anOpenPurchase(test.ledger, accountId);
    const { purchaseId } = opened;
    if (code === 'account_closed') {
      await closeAccount(test.ledger, { accountId, actor: 'test', nowMs }, policies);
    } else if (code === 'card_declined' || code === 'authentication_expired') {
      const ending =
        code === 'card_declined'
          ? { status: 'declined' as const, decline: explainDecline({ declineCode: 'lost_card' }) }
          : { status: 'canceled' as const, refusal: refusal(code) };
      await closePurchase(
        test.ledger,
        { accountId, purchaseId, ending, attempt: null, nowMs },
        policies,
      );
    }
    const amount = code === 'internal_error' ? dollars(24) : opened.credits;
    const capture = aCapture(opened, { amount });
    const cardRefusal = code === 'card_prepaid_not_supported' ? refusal(code) : null;
    const { purchase } = await settlePurchase(
      test.ledger,
      { accountId, purchaseId, capture, cardRefusal, attempt: anAttempt(opened), nowMs },
      policies,
    );
    expect(purchase).toMatchObject({ state: 'returned', receipt: null, refusal: { code } });
    const { balances, lots } = await stateOf(accountId);
    expect(balances).toMatchObject({ purchased: 0, refundsDue: amount, lifetimePaid: 0 });
    expect(lots).toEqual([]);
    expect((await noticesOf(accountId)).at(-1)).toMatchObject({ kind: 'payment_returned', amount });

    const refund = { accountId, purchaseId, refundId: 're_1', amount, nowMs };
    await recordRefundPaid(test.ledger, refund, policies);
    await recordRefundPaid(test.ledger, refund, policies);
    expect((await stateOf(accountId)).balances.refundsDue).toBe(0);
    const more = { ...refund, refundId: 're_2' };
    await expect(recordRefundPaid(test.ledger, more, policies)).rejects.toMatchObject({
      name: 'balances_refunds_due_not_negative',
    });
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });

  it('R1 a purchased credit has no expiry, and the tables let nobody give it one', async () => {
    const accountId = await anAccount(test.ledger);
    await aPaidPurchase(test.ledger, accountId);
    expect((await stateOf(accountId)).lots).toMatchObject([{ expiresAtMs: null }]);
    const expire = test.asSuperuser(
      `update lots set expires_at = now() + interval '1 day' where kind = 'purchased'`,
    );
    await expect(expire).rejects.toMatchObject({ constraint: 'lots_expiry_stays' });
  });
});

describe('closePurchase', () => {
  const decline = explainDecline({ declineCode: 'insufficient_funds' });

  it('R14 records a decline with its attempt and tells the customer once', async () => {
    const accountId = await anAccount(test.ledger);
    const opened = await anOpenPurchase(test.ledger, accountId);
    const close = {
      ...{ accountId, purchaseId: opened.purchaseId, nowMs },
      ...{ ending: { status: 'declined' as const, decline } },
      attempt: { ...anAttempt(opened, 'declined'), declineCode: 'insufficient_funds' },
    };
    const first = await closePurchase(test.ledger, close, policies);
    expect(first).toMatchObject({ status: 'closed', purchase: { state: 'declined', decline } });
    const again = await closePurchase(test.ledger, { ...close, nowMs: nowMs + 1 }, policies);
    expect(again.purchase).toEqual(first.purchase);
    expect(await noticesOf(accountId)).toMatchObject([{ kind: 'purchase_declined', decline }]);
    const { rows } = await test.asSuperuser(
      'select outcome, decline_code from charge_attempts where purchase_id = $1',
      [opened.purchaseId],
    );
    expect(rows).toEqual([{ outcome: 'declined', decline_code: 'insufficient_funds' }]);
  });

  it.each(['refused', 'canceled'] as const)('records a purchase as %s', async (status) => {
    const accountId = await anAccount(test.ledger);
    const { purchaseId } = await anOpenPurchase(test.ledger, accountId);
    const ending = { status, refusal: refusal('card_prepaid_not_supported') };
    const { purchase } = await closePurchase(
      test.ledger,
      { accountId, purchaseId, ending, attempt: null, nowMs },
      policies,
    );
    expect(purchase).toMatchObject({ state: status, refusal: ending.refusal, finalAtMs: nowMs });
    expect(await noticesOf(accountId)).toMatchObject([{ kind: 'purchase_refused' }]);
  });

  it('B2 never turns a settled purchase back, nor one ending into another', async () => {
    const accountId = await anAccount(test.ledger);
    const paid = await aPaidPurchase(test.ledger, accountId);
    const { purchaseId } = paid;
    const ending = { status: 'canceled' as const, refusal: refusal('authentication_expired') };
    const late = { accountId, purchaseId, ending, attempt: null, nowMs };
    expect(await closePurchase(test.ledger, late, policies)).toEqual({
      status: 'stored',
      purchase: paid,
    });

    const other = await anOpenPurchase(test.ledger, accountId);
    const declined = { ...late, purchaseId: other.purchaseId };
    await closePurchase(
      test.ledger,
      { ...declined, ending: { status: 'declined', decline } },
      policies,
    );
    const { purchase } = await closePurchase(test.ledger, declined, policies);
    expect(purchase).toMatchObject({ state: 'declined', refusal: null });
  });
});

describe('readPurchase and listPurchases', () => {
  it('list newest first, page by page', async () => {
    const accountId = await anAccount(test.ledger);
    const ids = [];
    for (let count = 0; count < 5; count += 1) {
      ids.push((await anOpenPurchase(test.ledger, accountId)).purchaseId);
    }
    const seen = [];
    let cursor: string | null = null;
    do {
      const page = await listPurchases(test.ledger, { accountId, cursor, limit: 2 });
      seen.push(...page.purchases.map(({ purchaseId }) => purchaseId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids.toReversed());
  });

  it('find nothing where there is nothing', async () => {
    const accountId = await anAccount(test.ledger);
    const purchaseId = purchaseIdFor(accountId, '0'.repeat(16));
    expect(await readPurchase(test.ledger, { purchaseId })).toBeUndefined();
    expect(await readPurchase(test.ledger, { purchaseId: 'pur_x' })).toBeUndefined();
    const page = await listPurchases(test.ledger, { accountId, cursor: 'x', limit: 10 });
    expect(page).toEqual({ purchases: [], nextCursor: null });
  });
});

function named(purchase: { accountId: string; purchaseId: string } | undefined) {
  if (purchase === undefined) throw new Error('no purchase');
  return { accountId: purchase.accountId, purchaseId: purchase.purchaseId };
}
