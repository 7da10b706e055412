import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CreditLot } from '../../domain/account.ts';
import { transfersOf } from '../../domain/bookkeeping.ts';
import { currency } from '../../domain/currencies.ts';
import { accountOfId, invoiceIdFor } from '../../domain/ids.ts';
import { purchaseHoldsBack, type PurchaseUnderWay } from '../../domain/invoice-deferral.ts';
import {
  reckonInvoice,
  type InvoiceFacts,
  type InvoiceTerms,
} from '../../domain/invoice-reckoning.ts';
import { decideInvoice } from '../../domain/invoicing.ts';
import { lotsAfter, unbilledAfter } from '../../domain/lots.ts';
import { fromMinorUnits, micros, microsPerMinorUnit, sum, ZERO } from '../../domain/money.ts';
import { cutoffMsOf, nextPeriod, period, periodOf, type Period } from '../../domain/period.ts';
import { together202511 } from '../../domain/policy.ts';
import { account, dollars } from './samples.ts';

const november = period('2026-11');
const cutoffMs = cutoffMsOf(november);
const dayMs = 86_400_000;

const noUsage = { lines: 0, cost: ZERO, free: ZERO, purchased: ZERO, unbilled: ZERO };
const used = (unbilled: number) => {
  const amount = micros(unbilled);
  return { ...noUsage, lines: 1, cost: amount, unbilled: amount, writtenOff: ZERO };
};

const lot = (change: Partial<CreditLot> = {}): CreditLot => ({
  ...{ lotId: 1, kind: 'purchased', amount: dollars(5), remaining: dollars(5), held: ZERO },
  ...{ scope: null, acquiredAtMs: cutoffMs - dayMs, expiresAtMs: null, frozenAtMs: null },
  ...change,
});

function factsOf(change: Partial<InvoiceFacts> = {}): InvoiceFacts {
  return {
    ...{ account, balances: { held: ZERO, heldPostpaid: ZERO, version: 7 }, lots: [] },
    unbilledPeriods: [{ period: november, amount: dollars(8) }],
    ...{ usage: used(8_000_000), packCredits: [], purchasesUnderWay: [] },
    ...change,
  };
}

function termsOf(change: Partial<InvoiceTerms> = {}): InvoiceTerms {
  return {
    ...{ invoiceId: 'inv_1', kind: 'monthly', period: november, cutoffMs },
    ...{ nowMs: cutoffMs + 600_000, ...change },
  };
}

function decide(facts: Partial<InvoiceFacts> = {}, terms: Partial<InvoiceTerms> = {}) {
  return decideInvoice(factsOf(facts), termsOf(terms), together202511);
}

function reckon(facts: Partial<InvoiceFacts> = {}, terms: Partial<InvoiceTerms> = {}) {
  const { credits, net, tax, carried, carriedTo, amount, ...rest } = reckonInvoice(
    factsOf(facts),
    termsOf(terms),
    together202511,
  );
  const total = (parts: readonly { amount: number }[]) =>
    parts.reduce((before, part) => before + part.amount, 0);
  return {
    ...{ credits: total(credits), net: total(net), tax: tax.amount, carried: total(carried) },
    ...{ carriedTo, amount, parts: { credits, net, carried }, ...rest },
  };
}

describe('R39 which credits reduce an invoice', () => {
  it.each<[string, Partial<CreditLot>, number]>([
    ['bought before the cut-off do', {}, 5],
    ['bought a second before it do', { acquiredAtMs: cutoffMs - 1_000 }, 5],
    ['bought at it do not', { acquiredAtMs: cutoffMs }, 0],
    ['bought after it do not', { acquiredAtMs: cutoffMs + 1_000 }, 0],
    ['frozen by a dispute do not', { frozenAtMs: cutoffMs - 5 }, 0],
    ['free ones never do', { kind: 'free' }, 0],
    ['reserved by running requests do not', { held: dollars(5) }, 0],
    ['reserved in part do with the rest', { held: dollars(4) }, 1],
    ['that ended at the cut-off do not', { expiresAtMs: cutoffMs }, 0],
    ['that end after it do', { expiresAtMs: cutoffMs + 1 }, 5],
  ])('those %s', (_, change, expected) => {
    expect(reckon({ lots: [lot(change)] })).toMatchObject({
      ...{ credits: dollars(expected), net: dollars(8 - expected), carried: 0 },
    });
  });

  it('the oldest first, for the oldest month first', () => {
    const lots = [
      lot({ lotId: 3, acquiredAtMs: cutoffMs - 5 }),
      lot({ lotId: 2, acquiredAtMs: cutoffMs - 90 * dayMs }),
    ];
    const unbilledPeriods = [
      { period: november, amount: dollars(4) },
      { period: period('2026-10'), amount: dollars(3) },
      { period: period('2026-12'), amount: dollars(100) },
    ];
    expect(reckon({ lots, unbilledPeriods }).parts).toEqual({
      credits: [
        { lotId: 2, period: '2026-10', amount: dollars(3) },
        { lotId: 2, period: '2026-11', amount: dollars(2) },
        { lotId: 3, period: '2026-11', amount: dollars(2) },
      ],
      ...{ net: [], carried: [] },
    });
  });

  it('bought in the month never those of the month before, where that is invoiced with it', () => {
    const october = period('2026-10');
    const unbilledPeriods = [
      { period: october, amount: dollars(3) },
      { period: november, amount: dollars(4) },
    ];
    const lots = [lot({ acquiredAtMs: cutoffMsOf(october) }), lot({ lotId: 2 })];
    expect(reckon({ lots, unbilledPeriods }).parts).toMatchObject({
      credits: [{ lotId: 1, period: november, amount: dollars(4) }],
      net: [{ period: october, amount: dollars(3) }],
    });
    lots.push(lot({ lotId: 3, acquiredAtMs: cutoffMsOf(october) - 1 }));
    expect(reckon({ lots, unbilledPeriods })).toMatchObject({ net: 0, credits: dollars(7) });
  });

  it.each([
    ['before', -1_000, 5],
    ['at', 0, 0],
    ['after', 1_000, 0],
  ])('R70 bought %s the close of an account, in the middle of a month', (_, afterMs, expected) => {
    const closeMs = cutoffMs - 10 * dayMs;
    const lots = [lot({ acquiredAtMs: closeMs + afterMs })];
    const terms = { kind: 'final', cutoffMs: closeMs, nowMs: closeMs } as const;
    expect(reckon({ lots }, terms)).toMatchObject({ credits: dollars(expected) });
  });

  it('whenever the run comes: a week late is the same', () => {
    const lots = [lot(), lot({ lotId: 2, acquiredAtMs: cutoffMs + dayMs })];
    const late = reckon({ lots }, { nowMs: cutoffMs + 7 * dayMs });
    const inTime = reckon({ lots });
    expect(late.parts).toEqual(inTime.parts);
    expect(late.chargeAtMs - inTime.chargeAtMs).toBe(7 * dayMs);
  });
});

describe('R38 what a card can be charged', () => {
  const cases: [string, Partial<InvoiceFacts['account']>, number, number, number, number][] = [
    ['cents are', {}, 8_000_000, 8_000_000, 0, 0],
    ['less than a cent is not', {}, 8_009_999, 8_000_000, 0, 9_999],
    ['50 cents are', {}, 500_000, 500_000, 0, 0],
    ['less is not', {}, 499_999, 0, 0, 499_999],
    ['49 cents are not', {}, 490_000, 0, 0, 490_000],
    ['49 cents with their tax are', { taxCountry: 'DE' }, 490_000, 490_000, 90_000, 0],
    ['41 cents with their tax are not', { taxCountry: 'DE' }, 410_000, 0, 0, 410_000],
    [
      'R45 the rest of a cent is not taxed',
      { taxCountry: 'DE' },
      1_029_900,
      1_020_000,
      190_000,
      9_900,
    ],
    ['in yen, whole ones are', { currency: 'jpy' }, 1_234_567_890, 1_234_000_000, 0, 567_890],
    ['in yen, 50 are', { currency: 'jpy' }, 50_000_000, 50_000_000, 0, 0],
    ['in yen, 49 are not', { currency: 'jpy' }, 49_999_999, 0, 0, 49_999_999],
    ['in pounds, 30 pence are', { currency: 'gbp' }, 300_000, 300_000, 0, 0],
    ['in yen with tax', { currency: 'jpy', taxCountry: 'JP' }, 1e9, 1e9, 1e8, 0],
  ];
  it.each(cases)('%s', (_, change, unbilled, net, tax, carried) => {
    const unbilledPeriods = [{ period: november, amount: micros(unbilled) }];
    const usage = used(unbilled);
    expect(reckon({ account: { ...account, ...change }, unbilledPeriods, usage })).toMatchObject({
      ...{ net, tax, carried, amount: net + tax, carriedTo: '2026-12', broughtForward: 0 },
    });
  });

  it('B9 tax is on the net as a whole, once', () => {
    const unbilledPeriods = [
      { period: period('2026-10'), amount: micros(1_023_333) },
      { period: november, amount: micros(1_023_333) },
    ];
    const taxed = { ...account, taxCountry: 'DE' };
    // 19 % of $2.04 is $0.39; of $1.02 it is $0.19, which twice is a cent less.
    expect(reckon({ account: taxed, unbilledPeriods })).toMatchObject({
      ...{ net: 2_040_000, tax: 390_000, carried: 6_666 },
    });
  });

  it.each([
    ['the next, while that is open', '2026-12-15', '2026-12'],
    ['the open one, once the next is over', '2027-02-03', '2027-02'],
  ])('what a replacement carries counts as a month that is not over: %s', (_, day, month) => {
    const replaces = { invoiceId: 'inv_0', credits: [], carriedForward: ZERO };
    expect(reckon({}, { replaces, nowMs: Date.parse(day) }).carriedTo).toBe(month);
  });

  it('is charged on the 3rd; a contract’s when its days are over; a late one’s as much later', () => {
    expect(reckon()).toMatchObject({
      ...{ chargeAtMs: Date.UTC(2026, 11, 3), dueAtMs: Date.UTC(2026, 11, 4) },
    });
    const contract = { ...account, netDays: 30 };
    expect(reckon({ account: contract }).chargeAtMs).toBe(Date.UTC(2026, 11, 31));
    const late = { nowMs: Date.UTC(2026, 11, 9, 17) };
    expect(reckon({}, late).chargeAtMs).toBe(Date.UTC(2026, 11, 11));
  });
});

describe('R42 an invoice', () => {
  const nothingDue = { unbilledPeriods: [] };
  const carriedIn = [{ period: november, amount: micros(400_000) }];
  it.each<[string, Partial<InvoiceFacts>, string]>([
    ['is made at $0 where there was usage', nothingDue, 'issued'],
    [
      'is not made where there was none',
      { ...nothingDue, usage: { ...noUsage, writtenOff: ZERO } },
      'nothing',
    ],
    [
      'is not made for what is carried alone',
      { unbilledPeriods: carriedIn, usage: { ...noUsage, writtenOff: ZERO } },
      'carried',
    ],
    [
      'is made where credits pay what was carried',
      { unbilledPeriods: carriedIn, usage: { ...noUsage, writtenOff: ZERO }, lots: [lot()] },
      'issued',
    ],
    ['is made for a closed account, too', { account: { ...account, status: 'closed' } }, 'issued'],
  ])('%s', (_, facts, status) => {
    expect(decide(facts).status).toBe(status);
  });

  it('R70 the final one forgives what no card can be charged', () => {
    const unbilledPeriods = [{ period: november, amount: micros(8_001_234) }];
    const decision = decide({ unbilledPeriods }, { kind: 'final', cutoffMs: cutoffMs - dayMs });
    expect(decision).toMatchObject({
      status: 'issued',
      event: { carried: [{ amount: 1_234 }], carriedTo: null },
    });
    if (decision.status !== 'issued') return;
    const transfers = transfersOf(decision.event, 8);
    expect(transfers.filter(({ debitBook }) => debitBook === 'rounding')).toHaveLength(1);
    expect(transfers.filter(({ creditBook }) => creditBook === 'rounding')).toEqual([]);
  });

  it.each(['held', 'heldPostpaid'])(
    'R70 the final one waits for requests that run (%s)',
    (name) => {
      const balances = { held: ZERO, heldPostpaid: ZERO, version: 7, [name]: dollars(1) };
      expect(decide({ balances }, { kind: 'final' })).toMatchObject({
        ...{ status: 'deferred', reason: 'holds' },
      });
      expect(decide({ balances }).status).toBe('issued');
    },
  );
});

describe('B12 months', () => {
  it.each([
    ['2028-02', Date.UTC(2028, 2, 1), '2028-03'],
    ['2027-02', Date.UTC(2027, 2, 1), '2027-03'],
    ['2026-12', Date.UTC(2027, 0, 1), '2027-01'],
    ['2027-03', Date.UTC(2027, 3, 1), '2027-04'],
  ])('%s ends at its cut-off, and is carried to %s', (month, endMs, next) => {
    const terms = { period: period(month), cutoffMs: cutoffMsOf(period(month)), nowMs: endMs };
    expect(terms.cutoffMs).toBe(endMs);
    expect(periodOf(endMs - 1)).toBe(month);
    const unbilledPeriods = [{ period: period(month), amount: micros(123) }];
    expect(reckon({ unbilledPeriods }, terms).carriedTo).toBe(next);
    expect(decide({ unbilledPeriods }, { ...terms, nowMs: endMs - 1 }).status).toBe('not_closed');
  });
});

describe('R40 a purchase', () => {
  const underWay: PurchaseUnderWay = {
    ...{ purchaseId: 'pur_1', state: 'pending', paymentIntentId: 'pi_1' },
    ...{ openedAtMs: cutoffMs - 1, lastReading: null },
  };
  const read = (status: NonNullable<PurchaseUnderWay['lastReading']>['status'], atMs = cutoffMs) =>
    ({ lastReading: { readAtMs: atMs, status } }) as const;
  it.each<[string, Partial<PurchaseUnderWay>, string | null]>([
    ['not read yet', {}, 'read'],
    ['read before the cut-off', read('requires_action', cutoffMs - 1), 'read'],
    ['that waits for the bank', read('requires_action'), null],
    ['that is back after a decline', read('requires_confirmation'), null],
    ['that was canceled', read('canceled'), null],
    ['that was paid', read('succeeded'), 'settle'],
    ['that is being processed', read('processing'), 'wait'],
    ['that is unknown', read('unknown'), 'wait'],
    ['started at the cut-off', { openedAtMs: cutoffMs }, null],
    ['that is final', { state: 'succeeded' }, null],
    ['that has no payment', { paymentIntentId: null }, null],
  ])('%s: %s', (_, change, todo) => {
    const waiting = purchaseHoldsBack({ ...underWay, ...change }, cutoffMs);
    expect(waiting?.todo ?? null).toBe(todo);
    const decision = decide({ purchasesUnderWay: [{ ...underWay, ...change }] });
    expect(decision.status).toBe(todo === null ? 'issued' : 'deferred');
  });
});

describe('any invoice', () => {
  const amounts = fc.integer({ min: 1, max: 30_000_000 }).map(micros);
  const months = fc.constantFrom('2026-08', '2026-10', '2026-11', '2026-12').map(period);
  const lots = fc
    .array(
      fc.record({
        kind: fc.constantFrom('purchased' as const, 'purchased' as const, 'free' as const),
        ...{ amount: amounts, heldShare: fc.constantFrom(0, 0, 0.5, 1) },
        acquiredAtMs: fc
          .tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0, 30))
          .map(([second, daysAgo]) => cutoffMs - daysAgo * dayMs + second * 1_000),
        frozenAtMs: fc.constantFrom(null, null, null, cutoffMs - 1),
        expiresAtMs: fc.constantFrom(null, null, cutoffMs, cutoffMs + dayMs),
      }),
      { maxLength: 5 },
    )
    .map((drawn) =>
      drawn.map(({ heldShare, amount, ...rest }, index): CreditLot => {
        const held = micros(Math.floor(amount * heldShare));
        return { lotId: index + 1, amount, remaining: amount, held, scope: null, ...rest };
      }),
    );
  const states = fc.record({
    lots,
    unbilledPeriods: fc.uniqueArray(fc.record({ period: months, amount: amounts }), {
      selector: (part) => part.period,
    }),
    code: fc.constantFrom('usd' as const, 'jpy' as const, 'gbp' as const),
    taxCountry: fc.constantFrom(null, 'DE', 'JP'),
  });

  const paidBy = (lotId: number, parts: readonly { lotId: number; amount: number }[]) =>
    parts.filter((part) => part.lotId === lotId).reduce((total, { amount }) => total + amount, 0);

  it('R38 R39 splits what is unbilled exactly, by credits of before, in cents, or not at all', () => {
    fc.assert(
      fc.property(states, ({ code, taxCountry, ...state }) => {
        const currencies = { ...together202511.currencies, gbp: together202511.currencies.eur };
        const policy = { ...together202511, currencies: currencies as never };
        const facts = factsOf({ ...state, account: { ...account, currency: code, taxCountry } });
        const { credits, net, carried, tax, amount } = reckonInvoice(facts, termsOf(), policy);
        for (const { period: month, amount: unbilled } of state.unbilledPeriods) {
          const parts = [...credits, ...net, ...carried].filter((part) => part.period === month);
          const paid = sum(...parts.map((part) => part.amount));
          expect(paid).toBe(month <= november ? unbilled : 0);
        }
        for (const { lotId, period: month } of credits) {
          const source = state.lots.find((one) => one.lotId === lotId);
          expect(source).toMatchObject({ kind: 'purchased', frozenAtMs: null });
          expect(source?.acquiredAtMs).toBeLessThan(Math.min(cutoffMs, cutoffMsOf(month)));
        }
        const money = currency(code);
        const netTotal = sum(...net.map((part) => part.amount));
        const least = fromMinorUnits(money.minimumChargeMinorUnits, money);
        expect(amount).toBe(netTotal + tax.amount);
        expect(amount % microsPerMinorUnit(money)).toBe(0);
        expect(amount === 0 || amount >= least).toBe(true);
        const carriedTotal = sum(...carried.map((part) => part.amount));
        if (amount > 0) expect(carriedTotal).toBeLessThan(microsPerMinorUnit(money));
        // Credits that could pay a month are never left while something is asked for it.
        for (const { period: month } of [...net, ...carried]) {
          const unused = state.lots.filter(
            (one) =>
              one.kind === 'purchased' &&
              one.frozenAtMs === null &&
              one.acquiredAtMs < Math.min(cutoffMs, cutoffMsOf(month)) &&
              (one.expiresAtMs ?? Infinity) > cutoffMs &&
              one.remaining - one.held > paidBy(one.lotId, credits),
          );
          expect(unused).toEqual([]);
        }
      }),
    );
  });

  it('R65 leaves nothing unbilled up to its month, and no lot below what is held', () => {
    fc.assert(
      fc.property(states, (state) => {
        const decision = decide({ lots: state.lots, unbilledPeriods: state.unbilledPeriods });
        if (decision.status !== 'issued') throw new Error(decision.status);
        const transfers = transfersOf(decision.event, 8);
        const left = unbilledAfter(state.unbilledPeriods, transfers);
        const upTo = left.filter((part) => part.period <= november);
        expect(upTo.every((part) => part.amount === 0)).toBe(true);
        const carried = sum(...decision.event.carried.map((part) => part.amount));
        const later = (parts: readonly { period: Period; amount: number }[]) =>
          parts.find((part) => part.period === nextPeriod(november))?.amount ?? 0;
        expect(later(left)).toBe(later(state.unbilledPeriods) + carried);
        for (const one of lotsAfter(state.lots, transfers)) {
          expect(one.remaining).toBeGreaterThanOrEqual(one.held);
        }
      }),
    );
  });
});

it('B8 the id of an invoice says account and month', () => {
  const id = invoiceIdFor(account.accountId, november);
  expect(id).toBe(`inv_${account.accountId.slice(5)}_202611`);
  expect(invoiceIdFor(account.accountId, november, 2)).toBe(`${id}_2`);
  expect(accountOfId(`${id}_2`)).toBe(account.accountId);
});
