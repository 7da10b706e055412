import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transfersOf } from '../../domain/bookkeeping.ts';
import { refusal } from '../../domain/failures.ts';
import { micros, sum } from '../../domain/money.ts';
import { cutoffMsOf, period, periodOf } from '../../domain/period.ts';
import { together202511 as policy, type Policy } from '../../domain/policy.ts';
import {
  decideOpenPurchase,
  decideSettlePurchase,
  isFinal,
  paidUnbilledBy,
  previewPurchase,
  receiptNumberOf,
  type PurchaseFacts,
  type PurchaseRequest,
  type PurchaseState,
} from '../../domain/purchase.ts';
import { outcomeOf } from '../../domain/purchase-outcome.ts';
import {
  account,
  amounts,
  dollars,
  noBalances,
  nowMs,
  positiveAmounts,
  unbilledParts,
  visa,
} from './samples.ts';

const facts: PurchaseFacts = {
  ...{ account, balances: noBalances, unbilledPeriods: [], openPurchases: [], cards: [] },
};
const request: PurchaseRequest = {
  ...{ purchaseId: 'pur_1', amount: dollars(25), currency: 'usd', confirmDuplicate: false },
  paymentMethodId: 'pm_1',
};

const open = (change: Partial<PurchaseRequest>, given: Partial<PurchaseFacts> = {}) => {
  const decision = decideOpenPurchase(
    { ...facts, ...given },
    { ...request, ...change },
    policy,
    nowMs,
  );
  return decision.admitted ? 'admitted' : decision.refusal.code;
};

describe('R4 R69 what can be bought', () => {
  it.each([
    ['$5.00', { amount: dollars(5) }, 'admitted'],
    ['$4.99', { amount: dollars(4.99) }, 'amount_below_minimum'],
    ['a micro-dollar less than $5', { amount: micros(4_999_999) }, 'amount_below_minimum'],
    ['$10,000', { amount: dollars(10_000) }, 'admitted'],
    ['$10,000.01', { amount: dollars(10_000.01) }, 'amount_above_maximum'],
    ['half a cent', { amount: micros(5_005_000) }, 'amount_not_chargeable'],
    ['pounds, which have no row', { currency: 'gbp' }, 'currency_not_supported'],
    ['B17 euros on a dollar account', { currency: 'eur' }, 'currency_mismatch'],
  ])('%s', (_, change, answer) => {
    expect(open(change)).toBe(answer);
  });

  it.each([
    ['¥750', 750, 'admitted'],
    ['¥749', 749, 'amount_below_minimum'],
    ['¥750.5', 750.5, 'amount_not_chargeable'],
  ])('%s on a yen account', (_, yen, answer) => {
    const given = { account: { ...account, currency: 'jpy' as const } };
    const amount = micros(yen * 1_000_000);
    expect(open({ amount, currency: 'jpy' }, given)).toBe(answer);
  });

  it('R70 nothing on a closed account', () => {
    expect(open({}, { account: { ...account, status: 'closed' } })).toBe('account_closed');
  });
});

describe('R5 a second purchase of the same amount while one is pending', () => {
  const openPurchases = [{ purchaseId: 'pur_0', credits: dollars(25) }];

  it.each([
    ['is refused', {}, 'duplicate_purchase_pending'],
    ['is admitted when confirmed', { confirmDuplicate: true }, 'admitted'],
    ['may be of another amount', { amount: dollars(26) }, 'admitted'],
  ])('%s', (_, change, answer) => {
    expect(open(change, { openPurchases })).toBe(answer);
  });
});

describe('what a purchase is charged to', () => {
  const card = { paymentMethodId: 'pm_default', card: visa, isDefault: true, savedAtMs: nowMs };

  it.each([
    ['the default card', null, [card], { kind: 'payment_method', id: 'pm_default' }],
    ['a card that was named', 'pm_1', [card], { kind: 'payment_method', id: 'pm_1' }],
    ['a card just entered', 'ctoken_1', [], { kind: 'confirmation_token', id: 'ctoken_1' }],
  ])('%s', (_, paymentMethodId, cards, source) => {
    const asked = { ...request, paymentMethodId };
    expect(decideOpenPurchase({ ...facts, cards }, asked, policy, nowMs)).toMatchObject({ source });
  });

  it('R11 nothing where there is no default card, or no such kind of id', () => {
    const others = [{ ...card, isDefault: false }];
    expect(open({ paymentMethodId: null }, { cards: others })).toBe('payment_method_required');
    expect(open({ paymentMethodId: '4242424242424242' })).toBe('payment_method_not_found');
  });
});

describe('R22 R45 the preview', () => {
  const chargeable = fc
    .integer({ min: 500, max: 1_000_000 })
    .map((cents) => micros(cents * 10_000));
  const places = fc.constantFrom(
    ...[null, 'US', 'DE', 'JP'].map((taxCountry) => ({ ...account, taxCountry, taxRegion: 'WA' })),
  );

  it('adds up: total = credits + tax, credits = what pays usage + what is added', () => {
    fc.assert(
      fc.property(chargeable, places, unbilledParts, (amount, where, unbilledPeriods) => {
        const asked = { amount, currency: 'usd' };
        const preview = previewPurchase({ account: where, unbilledPeriods }, asked, policy, nowMs);
        if ('code' in preview) throw new Error(preview.code);
        expect(preview.total).toBe(sum(amount, preview.tax.amount));
        expect(sum(preview.paysUnbilled, preview.addsToBalance)).toBe(amount);
      }),
    );
  });

  it('is what settling does, when the money is captured in the same month', () => {
    fc.assert(
      fc.property(chargeable, unbilledParts, (amount, unbilledPeriods) => {
        const asked = { amount, currency: 'usd' };
        const preview = previewPurchase({ account, unbilledPeriods }, asked, policy, nowMs);
        const purchase = { ...pending, credits: amount, tax: micros(0) };
        const event = decideSettlePurchase(
          { account, unbilledPeriods },
          purchase,
          { ...capture, amount },
          null,
          'R-000001',
          policy,
        );
        if ('code' in preview || event.kind !== 'pack_purchased') throw new Error('refused');
        expect(sum(...event.paidUnbilled.map((part) => part.amount))).toBe(preview.paysUnbilled);
      }),
    );
  });
});

const dayMs = 86_400_000;
const pending = {
  ...{ purchaseId: 'pur_1', credits: dollars(25), tax: dollars(2), state: 'pending' as const },
  refusal: null,
};
const capture = {
  ...{ chargeId: 'ch_1', amount: dollars(27), capturedAtMs: nowMs, card: visa },
  networkAdviceCode: null,
};

describe('R3 settling', () => {
  const settle = (change: {
    purchase?: Partial<Omit<typeof pending, 'state'>> & { state?: PurchaseState };
    closed?: boolean;
    amount?: number;
    cardRefusal?: ReturnType<typeof refusal>;
    by?: Policy;
  }) =>
    decideSettlePurchase(
      {
        ...{ account: { ...account, status: change.closed === true ? 'closed' : 'open' } },
        unbilledPeriods: [],
      },
      { ...pending, ...change.purchase },
      { ...capture, amount: dollars(change.amount ?? 27) },
      change.cardRefusal ?? null,
      'R-000001',
      change.by ?? policy,
    );

  it('R1 R2 credits end only where the policy at capture says so', () => {
    expect(settle({})).not.toHaveProperty('expiresAtMs');
    const expiring = { ...policy, purchasedCreditsExpireAfterMs: 365 * dayMs };
    expect(settle({ by: expiring })).toMatchObject({ expiresAtMs: nowMs + 365 * dayMs });
  });

  it('makes confirmed money into exactly the credits asked for', () => {
    expect(settle({})).toMatchObject({ kind: 'pack_purchased', credits: dollars(25) });
    expect(settle({ purchase: { state: 'requires_action' } }).kind).toBe('pack_purchased');
  });

  it.each([
    ['R70 the account was closed', { closed: true }, 'account_closed'],
    ['another amount was charged', { amount: 25 }, 'internal_error'],
    [
      'R10 the charge shows a prepaid card',
      { cardRefusal: refusal('card_prepaid_not_supported') },
      'card_prepaid_not_supported',
    ],
    ['R62 it was declined before', { purchase: { state: 'declined' as const } }, 'card_declined'],
    [
      'R62 it was called off before',
      {
        purchase: {
          ...{ state: 'canceled' as const, refusal: null },
        },
      },
      'card_declined',
    ],
  ])('owes all of it back where %s', (_, change, code) => {
    const event = settle(change);
    const amount = dollars('amount' in change ? change.amount : 27);
    expect(event).toMatchObject({ kind: 'payment_unapplied', amount, refusal: { code } });
    expect(transfersOf(event, 1)).toHaveLength(1);
  });
});

describe('R39 usage that new credits pay', () => {
  it('is of months whose cut-off is later than the capture, oldest first, never more than there is', () => {
    fc.assert(
      fc.property(positiveAmounts, unbilledParts, amounts, (credits, unbilled, shift) => {
        const capturedAtMs = nowMs - 2 * shift;
        const paid = paidUnbilledBy(credits, unbilled, capturedAtMs);
        const total = sum(...paid.map(({ amount }) => amount));
        const open = unbilled.filter((row) => cutoffMsOf(row.period) > capturedAtMs);
        expect(total).toBe(Math.min(credits, sum(...open.map(({ amount }) => amount))));
        const months = paid.map((part) => part.period);
        expect(months).toEqual(months.toSorted());
        for (const part of paid) {
          const owed = unbilled.find((row) => row.period === part.period)?.amount ?? 0;
          expect(part.amount).toBeLessThanOrEqual(owed);
          expect(part.period >= periodOf(capturedAtMs)).toBe(true);
        }
        // Only the last month that is paid may be paid in part.
        for (const part of paid.slice(0, -1)) expect(open).toContainEqual(part);
      }),
    );
  });

  it.each([
    ['a millisecond before the cut-off', -1, 1],
    ['at the cut-off', 0, 0],
  ])('B12 a capture %s', (_, offsetMs, parts) => {
    const october = period('2026-10');
    const unbilled = [{ period: october, amount: dollars(3) }];
    const paid = paidUnbilledBy(dollars(5), unbilled, cutoffMsOf(october) + offsetMs);
    expect(paid).toHaveLength(parts);
  });
});

describe('outcomes', () => {
  const row = {
    ...{ ...pending, accountId: account.accountId, currency: 'usd', paymentIntentId: null },
    ...{ openedAtMs: nowMs, authenticationSinceMs: null, finalAtMs: null },
    ...{ receipt: null, decline: null },
  };

  it.each<[PurchaseState, boolean]>([
    ['pending', false],
    ['requires_action', false],
    ['succeeded', true],
    ['declined', true],
    ['refused', true],
    ['canceled', true],
    ['returned', true],
  ])('%s is final: %s', (state, final) => {
    expect(isFinal(state)).toBe(final);
  });

  it('tell how a purchase stands', () => {
    expect(outcomeOf(row)).toEqual({ purchaseId: 'pur_1', status: 'pending' });
    const waiting = { ...row, state: 'requires_action' as const };
    expect(outcomeOf(waiting, 'https://bank')).toMatchObject({ actionUrl: 'https://bank' });
    const expired = refusal('authentication_expired');
    expect(outcomeOf({ ...row, state: 'canceled', refusal: expired })).toMatchObject({
      ...{ status: 'canceled', refusal: expired },
    });
    expect(() => outcomeOf({ ...row, state: 'succeeded' })).toThrow('stored with its outcome');
  });

  it('R46 receipts are numbered by the account', () => {
    expect([1, 42, 1_234_567].map(receiptNumberOf)).toEqual([
      ...['R-000001', 'R-000042', 'R-1234567'],
    ]);
  });
});
