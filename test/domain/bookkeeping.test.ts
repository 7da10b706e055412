import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BillingEvent } from '../../domain/billing-events.ts';
import {
  balancesAfter,
  changeOf,
  lifetimePaidBy,
  transfersOf,
  type AccountBook,
  type Transfer,
} from '../../domain/bookkeeping.ts';
import { refusal } from '../../domain/failures.ts';
import { lotMadeBy, unbilledAfter } from '../../domain/lots.ts';
import { micros, sum } from '../../domain/money.ts';
import { period } from '../../domain/period.ts';
import { billingEvents, dollars, noBalances, nowMs, unbilledParts } from './samples.ts';

const [october, november] = [period('2026-10'), period('2026-11')];
const pack: BillingEvent = {
  ...{ kind: 'pack_purchased', purchaseId: 'pur_1', chargeId: 'ch_1', receiptNumber: 'R-000001' },
  ...{ credits: dollars(25), tax: dollars(1.62), capturedAtMs: nowMs },
  paidUnbilled: [{ period: november, amount: dollars(4) }],
};

/** "processor -> purchased 25000000 lot 7", as the table of billing events is written. */
const inWords = ({ debitBook, creditBook, amount, lotId, period: month, invoiceId }: Transfer) =>
  `${debitBook} -> ${creditBook} ${amount}` +
  (lotId === null ? '' : ` lot ${lotId}`) +
  (month === null ? '' : ` of ${month}`) +
  (invoiceId === null ? '' : ` for ${invoiceId}`);

describe('the transfers of an event', () => {
  it.each<[BillingEvent, string[]]>([
    [
      {
        ...{ kind: 'opening_balance', purchased: dollars(8) },
        unbilled: [{ period: october, amount: dollars(2) }],
        invoices: [{ invoiceId: 'inv_1', number: 'A-1', amount: dollars(3), dueAtMs: nowMs }],
      },
      [
        'opening -> purchased 8000000 lot 7',
        'unbilled -> opening 2000000 of 2026-10',
        'invoiced -> opening 3000000 for inv_1',
      ],
    ],
    [{ kind: 'opening_balance', purchased: micros(0), unbilled: [], invoices: [] }, []],
    [
      {
        ...{ kind: 'usage_charged', holdId: 'req_1' },
        charges: [
          {
            ...{ model: 'chat', cost: dollars(6), writtenOff: dollars(1) },
            free: [{ lotId: 2, amount: dollars(1) }],
            purchased: [{ lotId: 3, amount: dollars(1.5) }],
            unbilled: { period: november, amount: dollars(2.5) },
          },
        ],
      },
      [
        'free -> promotions 1000000 lot 2',
        'purchased -> revenue 1500000 lot 3',
        'unbilled -> revenue 2500000 of 2026-11',
      ],
    ],
    [
      { kind: 'credits_expired', lotKind: 'free', lotId: 2, amount: dollars(1) },
      ['free -> promotions 1000000 lot 2'],
    ],
    [
      { kind: 'credits_expired', lotKind: 'purchased', lotId: 2, amount: dollars(1) },
      ['purchased -> revenue 1000000 lot 2'],
    ],
    [
      {
        ...{ kind: 'credits_granted', amount: dollars(5), scope: null, expiresAtMs: null },
        reason: 'goodwill',
      },
      ['promotions -> free 5000000 lot 7'],
    ],
    [{ kind: 'purchase_opened', purchaseId: 'p', credits: dollars(5), tax: dollars(1) }, []],
    [
      pack,
      [
        'processor -> purchased 25000000 lot 7',
        'processor -> tax 1620000',
        'purchased -> unbilled 4000000 lot 7 of 2026-11',
      ],
    ],
    [
      {
        ...{ kind: 'payment_unapplied', purchaseId: 'p', chargeId: 'ch', amount: dollars(3) },
        refusal: refusal('account_closed'),
      },
      ['processor -> refunds_due 3000000'],
    ],
    [
      { kind: 'refund_paid', purchaseId: 'p', refundId: 're', amount: dollars(3) },
      ['refunds_due -> processor 3000000'],
    ],
  ])('%o', (event, expected) => {
    expect(transfersOf(event, 7).map(inWords)).toEqual(expected);
  });

  it('R65 are above zero, between two books, with lot and month exactly where the books have them', () => {
    fc.assert(
      fc.property(billingEvents, fc.nat(), (event, eventId) => {
        for (const transfer of transfersOf(event, eventId)) {
          const books = [transfer.debitBook, transfer.creditBook];
          expect(transfer.amount).toBeGreaterThan(0);
          expect(transfer.debitBook).not.toBe(transfer.creditBook);
          const hasCredits = books.includes('purchased') || books.includes('free');
          expect(transfer.lotId !== null).toBe(hasCredits);
          expect(transfer.period !== null).toBe(books.includes('unbilled'));
        }
      }),
    );
  });

  it('R45 tax never becomes credits or tier spend', () => {
    fc.assert(
      fc.property(billingEvents, fc.nat(), (event, eventId) => {
        const transfers = transfersOf(event, eventId);
        for (const { debitBook, creditBook } of transfers.filter(isTax)) {
          expect(['purchased', 'free']).not.toContain(debitBook);
          expect(['purchased', 'free']).not.toContain(creditBook);
        }
        const bought = transfers.filter(
          (transfer) => transfer.debitBook === 'processor' && transfer.creditBook === 'purchased',
        );
        expect(lifetimePaidBy(event)).toBe(sum(...bought.map(({ amount }) => amount)));
      }),
    );
  });

  it('R26 free credits are never tier spend', () => {
    const lifetime = balancesAfter(noBalances, {
      ...{ kind: 'credits_granted', amount: dollars(500), scope: null, expiresAtMs: null },
      reason: 'goodwill',
    }).lifetimePaid;
    expect(lifetime).toBe(0);
  });
});

describe('R65 balances', () => {
  const books: Record<AccountBook, keyof typeof noBalances> = {
    ...{ purchased: 'purchased', free: 'free', refunds_due: 'refundsDue' },
    ...{ unbilled: 'unbilled', invoiced: 'invoiced' },
    invoiced_tax: 'invoicedTax',
  };

  it('equal the sum of the transfers after any events, one version for each', () => {
    fc.assert(
      fc.property(fc.array(billingEvents, { maxLength: 20 }), (events) => {
        let balances = noBalances;
        const transfers: Transfer[] = [];
        for (const event of events) {
          transfers.push(...transfersOf(event, balances.version + 1));
          balances = balancesAfter(balances, event);
        }
        expect(balances.version).toBe(events.length);
        for (const [book, name] of Object.entries(books)) {
          expect(balances[name]).toBe(changeOf(book as AccountBook, transfers));
        }
        expect(balances.lifetimePaid).toBe(sum(...events.map(lifetimePaidBy)));
      }),
    );
  });
});

describe('the lot an event makes', () => {
  it('R1 of a purchase has no expiry and no scope, and dates from the capture', () => {
    expect(lotMadeBy(pack, 7, nowMs + 5_000)).toEqual({
      ...{ lotId: 7, kind: 'purchased', amount: dollars(25), remaining: dollars(21), held: 0 },
      ...{ scope: null, expiresAtMs: null, acquiredAtMs: nowMs, frozenAtMs: null },
    });
  });

  it('R24 R65 holds what the event’s transfers leave in its pot, and is of that pot', () => {
    fc.assert(
      fc.property(billingEvents, fc.nat(), (event, eventId) => {
        const transfers = transfersOf(event, eventId);
        const lot = lotMadeBy(event, eventId, nowMs);
        // What only uses up credits made before makes no lot.
        fc.pre(event.kind !== 'usage_charged' && event.kind !== 'credits_expired');
        const pots = [changeOf('purchased', transfers), changeOf('free', transfers)];
        const remaining = [lot?.kind === 'purchased', lot?.kind === 'free'].map((isOfPot) =>
          isOfPot && lot !== null ? lot.remaining : 0,
        );
        expect(remaining).toEqual(pots);
        const madeOne = transfers.some(({ lotId }) => lotId === eventId);
        expect(lot !== null).toBe(madeOne);
        if (lot?.kind === 'purchased') expect(lot.expiresAtMs).toBeNull();
      }),
    );
  });
});

describe('unbilled months', () => {
  it('R65 sum up to the unbilled book after any events, each month once', () => {
    fc.assert(
      fc.property(unbilledParts, fc.array(billingEvents, { maxLength: 10 }), (before, events) => {
        let months: readonly { period: string; amount: number }[] = before;
        let total = before.reduce((all, { amount }) => all + amount, 0);
        for (const event of events) {
          const transfers = transfersOf(event, 1);
          months = unbilledAfter(months as typeof before, transfers);
          total += changeOf('unbilled', transfers);
        }
        expect(months.reduce((all, { amount }) => all + amount, 0)).toBe(total);
        expect(new Set(months.map((row) => row.period)).size).toBe(months.length);
      }),
    );
  });
});

function isTax({ debitBook, creditBook }: Transfer): boolean {
  return debitBook === 'tax' || creditBook === 'tax';
}
