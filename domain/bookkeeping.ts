import type { Balances } from './account.ts';
import type { BillingEvent } from './billing-events.ts';
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
export type HouseBook = 'processor' | 'tax' | 'promotions' | 'opening';
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
    case 'purchase_opened':
    case 'purchase_closed':
      return [];
  }
}

function move(
  debitBook: Book,
  creditBook: Book,
  amount: Micros,
  { lotId = null, period = null }: { lotId?: number | null; period?: Period | null } = {},
): Transfer {
  return { debitBook, creditBook, amount, lotId, period };
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
export function balancesAfter(before: Balances, event: BillingEvent): Balances {
  const transfers = transfersOf(event, before.version + 1);
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
