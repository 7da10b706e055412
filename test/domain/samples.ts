import fc from 'fast-check';
import type { Account, Balances } from '../../domain/account.ts';
import type { BillingEvent, UnbilledPart, UsageCharge } from '../../domain/billing-events.ts';
import type { Card } from '../../domain/cards.ts';
import { refusal } from '../../domain/failures.ts';
import { micros, sum, ZERO } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';

export const nowMs = Date.UTC(2026, 10, 15, 12);
export const dollars = (amount: number) => micros(Math.round(amount * 1_000_000));

export const visa: Card = {
  ...{ type: 'card', brand: 'visa', last4: '4242', funding: 'credit', fingerprint: 'fp_visa' },
  ...{ wallet: null, iin: '424242', expiryMonth: 12, expiryYear: 2030, country: 'US' },
};

export const account: Account = {
  ...{ accountId: 'acct_01m82dzcp7fetsnc85xkm08qt3', currency: 'usd', status: 'open' },
  ...{ plan: 'build', taxCountry: null, taxRegion: null, ownBalanceLimit: null },
  ...{ customerId: null, testClockOffsetMs: 0, createdAtMs: nowMs, balanceLimitCeiling: null },
  ...{
    timeZone: null,
    retryAfterDays: null,
    netDays: null,
    lowBalanceThresholds: [],
    adminHold: null,
  },
};

export const noBalances: Balances = {
  ...{ purchased: ZERO, free: ZERO, refundsDue: ZERO, unbilled: ZERO, invoiced: ZERO },
  invoicedTax: ZERO,
  ...{ held: ZERO, heldPostpaid: ZERO, lifetimePaid: ZERO, version: 0, holdVersion: 0 },
};

/** Amounts of money, from none to a million dollars. */
export const amounts = fc.integer({ min: 0, max: 10 ** 12 }).map(micros);
export const positiveAmounts = fc.integer({ min: 1, max: 10 ** 12 }).map(micros);
export const months = fc
  .tuple(fc.integer({ min: 2020, max: 2035 }), fc.integer({ min: 1, max: 12 }))
  .map(([year, month]) => period(`${year}-${String(month).padStart(2, '0')}`));
const unbilledPart = fc.record({ period: months, amount: positiveAmounts });
export const unbilledParts: fc.Arbitrary<UnbilledPart[]> = fc.uniqueArray(unbilledPart, {
  selector: (part) => part.period,
  maxLength: 6,
});

const lotParts = fc.array(
  fc.record({ lotId: fc.integer({ min: 1, max: 9 }), amount: positiveAmounts }),
  { maxLength: 3 },
);

/** Charges whose parts add up to their cost. */
export const usageCharges: fc.Arbitrary<UsageCharge> = fc
  .record({
    ...{ model: fc.constantFrom(null, 'chat'), free: lotParts, purchased: lotParts },
    ...{ writtenOff: amounts, unbilled: fc.option(unbilledPart) },
  })
  .map((charge) => {
    const parts = [
      ...charge.free,
      ...charge.purchased,
      ...(charge.unbilled ? [charge.unbilled] : []),
    ];
    return { ...charge, cost: sum(charge.writtenOff, ...parts.map(({ amount }) => amount)) };
  });

const purchaseId = fc.constantFrom('pur_1', 'pur_2');
const reason = fc.constant(refusal('account_closed'));

/** Any event that can happen to an account, with amounts that need not fit its balances. */
export const billingEvents: fc.Arbitrary<BillingEvent> = fc.oneof(
  fc.record({
    ...{ kind: fc.constant('opening_balance' as const), purchased: amounts },
    unbilled: unbilledParts,
    invoices: fc.uniqueArray(
      fc.record({
        ...{ invoiceId: fc.constantFrom('inv_1', 'inv_2'), number: fc.constantFrom('A-1', 'A-2') },
        ...{ amount: positiveAmounts, dueAtMs: fc.constant(nowMs) },
      }),
      { selector: ({ invoiceId }) => invoiceId, maxLength: 2 },
    ),
  }),
  fc.record({
    ...{ kind: fc.constant('usage_charged' as const), holdId: fc.constantFrom(null, 'req_1') },
    charges: fc.array(usageCharges, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    ...{ kind: fc.constant('credits_expired' as const), amount: positiveAmounts },
    ...{ lotKind: fc.constantFrom('free' as const, 'purchased' as const) },
    lotId: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({
    ...{ kind: fc.constant('credits_granted' as const), amount: positiveAmounts },
    ...{ scope: fc.constantFrom(null, ['chat']), expiresAtMs: fc.constantFrom(null, nowMs) },
    reason: fc.constant('goodwill'),
  }),
  fc.record({
    ...{ kind: fc.constant('purchase_opened' as const), purchaseId },
    ...{ credits: positiveAmounts, tax: amounts },
  }),
  fc
    .record({ credits: positiveAmounts, tax: amounts, unbilled: unbilledParts, purchaseId })
    .map(({ unbilled, ...pack }) => {
      let left: number = pack.credits;
      const paidUnbilled = unbilled.flatMap(({ period: month, amount }) => {
        const paid = micros(Math.min(left, amount));
        left -= paid;
        return paid > 0 ? [{ period: month, amount: paid }] : [];
      });
      return {
        ...{ kind: 'pack_purchased' as const, ...pack, paidUnbilled, chargeId: 'ch_1' },
        ...{ receiptNumber: 'R-000001', capturedAtMs: nowMs },
      };
    }),
  fc.record({
    ...{ kind: fc.constant('purchase_closed' as const), purchaseId },
    ending: fc.record({ status: fc.constant('refused' as const), refusal: reason }),
  }),
  fc.record({
    ...{ kind: fc.constant('payment_unapplied' as const), purchaseId, refusal: reason },
    ...{ chargeId: fc.constant('ch_1'), amount: positiveAmounts },
  }),
  fc.record({
    ...{ kind: fc.constant('refund_paid' as const), purchaseId },
    ...{ refundId: fc.constant('re_1'), amount: positiveAmounts },
  }),
);
