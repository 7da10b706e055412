import type { Balances } from './account.ts';
import type { BillingEvent, UsageCharge } from './billing-events.ts';
import { micros, sum, type Micros } from './money.ts';
import type { Period } from './period.ts';

/**
 * The books. An account's liabilities are what we owe it, its assets what it owes us. House books
 * have no running total: theirs are sums over transfers (no hot row).
 */
const accountBooks = {
  purchased: 'liability',
  free: 'liability',
  refunds_due: 'liability',
  unbilled: 'asset',
  invoiced: 'asset',
} as const;

export type AccountBook = keyof typeof accountBooks;
export type HouseBook = 'processor' | 'tax' | 'promotions' | 'opening' | 'revenue';
export type Book = AccountBook | HouseBook;

/** One movement between two books: balanced by construction, its amount above zero. */
export interface Transfer {
  readonly debitBook: Book;
  readonly creditBook: Book;
  readonly amount: Micros;
  /** The lot whose credits move; set exactly when `purchased` or `free` is one of the books. */
  readonly lotId: number | null;
  /** The month whose usage is paid or recorded; set exactly when `unbilled` is one of the books. */
  readonly period: Period | null;
  /** The invoice that is asked for or paid; set exactly when `invoiced` is one of the books. */
  readonly invoiceId: string | null;
}

/**
 * The transfers of an event (DESIGN, the table of billing events). `eventId` becomes the id of a
 * lot that the event makes.
 */
export function transfersOf(event: BillingEvent, eventId: number): readonly Transfer[] {
  return draftsOf(event, eventId).filter(({ amount }) => amount > 0);
}

function draftsOf(event: BillingEvent, lotId: number): Transfer[] {
  switch (event.kind) {
    case 'opening_balance':
      return [
        move('opening', 'purchased', event.purchased, { lotId }),
        ...event.unbilled.map(({ period, amount }) =>
          move('unbilled', 'opening', amount, { period }),
        ),
        ...event.invoices.map(({ invoiceId, amount }) =>
          move('invoiced', 'opening', amount, { invoiceId }),
        ),
      ];
    case 'credits_granted':
      return [move('promotions', 'free', event.amount, { lotId })];
    case 'pack_purchased':
      return [
        move('processor', 'purchased', event.credits, { lotId }),
        move('processor', 'tax', event.tax),
        ...event.paidUnbilled.map(({ period, amount }) =>
          move('purchased', 'unbilled', amount, { lotId, period }),
        ),
      ];
    case 'payment_unapplied':
      return [move('processor', 'refunds_due', event.amount)];
    case 'refund_paid':
      return [move('refunds_due', 'processor', event.amount)];
    case 'usage_charged':
      return event.charges.flatMap(draftsOfCharge);
    case 'credits_expired':
      // What was bought and not used in time is earned; what was given is taken back.
      return event.lotKind === 'free'
        ? [move('free', 'promotions', event.amount, { lotId: event.lotId })]
        : [move('purchased', 'revenue', event.amount, { lotId: event.lotId })];
    case 'purchase_opened':
    case 'purchase_closed':
      return [];
  }
}

/** No revenue for what free credits paid: nobody pays for it. */
function draftsOfCharge({ free, purchased, unbilled }: UsageCharge): Transfer[] {
  return [
    ...free.map(({ lotId, amount }) => move('free', 'promotions', amount, { lotId })),
    ...purchased.map(({ lotId, amount }) => move('purchased', 'revenue', amount, { lotId })),
    ...(unbilled === null
      ? []
      : [move('unbilled', 'revenue', unbilled.amount, { period: unbilled.period })]),
  ];
}

function move(
  debitBook: Book,
  creditBook: Book,
  amount: Micros,
  about: Partial<Pick<Transfer, 'lotId' | 'period' | 'invoiceId'>> = {},
): Transfer {
  const { lotId = null, period = null, invoiceId = null } = about;
  return { debitBook, creditBook, amount, lotId, period, invoiceId };
}

/** Money paid by card for packs and invoices, without tax: what moves tiers (R29, R45). */
export function lifetimePaidBy(event: BillingEvent): Micros {
  return event.kind === 'pack_purchased' ? event.credits : micros(0);
}

/** What a list of transfers adds to one of an account's books; negative where it takes away. */
export function changeOf(book: AccountBook, transfers: readonly Transfer[]): Micros {
  const grows = accountBooks[book] === 'liability' ? 'creditBook' : 'debitBook';
  const shrinks = accountBooks[book] === 'liability' ? 'debitBook' : 'creditBook';
  return sum(
    ...transfers.map((transfer) => {
      if (transfer[grows] === book) return transfer.amount;
      return micros(transfer[shrinks] === book ? 0 - transfer.amount : 0);
    }),
  );
}

/** The balances after one event: the books by its transfers, lifetime spend, one version more. */
export function balancesAfter(
  before: Balances,
  event: BillingEvent,
  transfers: readonly Transfer[] = transfersOf(event, before.version + 1),
): Balances {
  return {
    ...before,
    purchased: sum(before.purchased, changeOf('purchased', transfers)),
    free: sum(before.free, changeOf('free', transfers)),
    refundsDue: sum(before.refundsDue, changeOf('refunds_due', transfers)),
    unbilled: sum(before.unbilled, changeOf('unbilled', transfers)),
    invoiced: sum(before.invoiced, changeOf('invoiced', transfers)),
    lifetimePaid: sum(before.lifetimePaid, lifetimePaidBy(event)),
    version: before.version + 1,
  };
}
