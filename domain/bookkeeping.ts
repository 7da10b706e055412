import type { Balances } from './account.ts';
import type {
  BillingEvent,
  CreditNoted,
  DebtForgiven,
  InvoiceIssued,
  InvoicePaid,
  InvoiceVoided,
  UnbilledCarried,
  UsageCharge,
} from './billing-events.ts';
import { micros, smaller, subtract, sum, ZERO, type Micros } from './money.ts';
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
  invoiced_tax: 'asset',
} as const;

export type AccountBook = keyof typeof accountBooks;
export type HouseBook =
  | 'processor'
  | 'tax'
  | 'promotions'
  | 'opening'
  | 'revenue'
  | 'rounding'
  | 'bad_debt'
  /** Stands against what is asked for and no longer expected (decision 0015). */
  | 'allowance';
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
  /** The invoice that is asked for or paid; set exactly when `invoiced`, or its tax, is one of the books. */
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
    case 'usage_corrected':
      return [
        ...event.free.map(({ lotId, amount }) => move('promotions', 'free', amount, { lotId })),
        ...event.purchased.map(({ lotId, amount }) =>
          move('revenue', 'purchased', amount, { lotId }),
        ),
        ...event.unbilled.map(({ period, amount }) =>
          move('revenue', 'unbilled', amount, { period }),
        ),
      ];
    case 'invoice_issued':
      return draftsOfInvoice(event);
    case 'unbilled_carried':
      return draftsOfCarried(event);
    case 'invoice_voided':
      return draftsOfInvoice(event).map(({ debitBook, creditBook, ...transfer }) => {
        return { ...transfer, debitBook: creditBook, creditBook: debitBook };
      });
    case 'credit_noted':
      return draftsOfCreditNote(event);
    case 'invoice_paid':
      return draftsOfPaid(event);
    case 'debt_written_off':
      return [move('bad_debt', 'allowance', sum(event.amount.net, event.amount.tax))];
    case 'debt_forgiven':
      return draftsOfForgiven(event);
    case 'purchase_opened':
    case 'purchase_closed':
      return [];
  }
}

/** Tax stands beside what is asked for, in a book of its own: it counts against no limit (R16). */
function draftsOfInvoice(event: InvoiceIssued | InvoiceVoided): Transfer[] {
  const { invoiceId, credits, net, tax } = event;
  return [
    ...credits.map(({ lotId, period, amount }) =>
      move('purchased', 'unbilled', amount, { lotId, period }),
    ),
    ...net.map(({ period, amount }) => move('invoiced', 'unbilled', amount, { invoiceId, period })),
    move('invoiced_tax', 'tax', tax, { invoiceId }),
    ...(event.kind === 'invoice_issued' ? draftsOfCarried(event) : []),
  ];
}

/** A book cannot pay itself: what changes its month goes by way of `rounding`, or stays there. */
function draftsOfCarried({
  carried,
  carriedTo,
}: Pick<UnbilledCarried, 'carried' | 'carriedTo'>): Transfer[] {
  const total = sum(...carried.map(({ amount }) => amount));
  return [
    ...carried.map(({ period, amount }) => move('rounding', 'unbilled', amount, { period })),
    ...(carriedTo === null ? [] : [move('unbilled', 'rounding', total, { period: carriedTo })]),
  ];
}

/**
 * Revenue and tax are given back exactly. What is due may be split by a micro-unit in another way, of
 * payments that took their share of both: that much of one goes against the other.
 */
function draftsOfCreditNote({ invoiceId, net, tax, due, writtenOff }: CreditNoted): Transfer[] {
  const netOfNet = smaller(net, due.net);
  const taxOfTax = smaller(tax, due.tax);
  const taxOfNet = smaller(subtract(net, netOfNet), subtract(due.tax, taxOfTax));
  const netOfTax = smaller(subtract(tax, taxOfTax), subtract(due.net, netOfNet));
  return [
    move('revenue', 'invoiced', netOfNet, { invoiceId }),
    move('revenue', 'invoiced_tax', taxOfNet, { invoiceId }),
    move('revenue', 'refunds_due', subtract(net, sum(netOfNet, taxOfNet))),
    move('tax', 'invoiced_tax', taxOfTax, { invoiceId }),
    move('tax', 'invoiced', netOfTax, { invoiceId }),
    move('tax', 'refunds_due', subtract(tax, sum(taxOfTax, netOfTax))),
    ...(writtenOff ? [recovery(sum(due.net, due.tax))] : []),
  ];
}

/** Written-off debt that is asked for no more needs no allowance: it was no loss after all. */
function recovery(amount: Micros): Transfer {
  return move('allowance', 'bad_debt', amount);
}

function draftsOfPaid({ invoiceId, paid, excess, writtenOff }: InvoicePaid): Transfer[] {
  return [
    move('processor', 'invoiced', paid.net, { invoiceId }),
    move('processor', 'invoiced_tax', paid.tax, { invoiceId }),
    move('processor', 'refunds_due', excess),
    ...(writtenOff ? [recovery(sum(paid.net, paid.tax))] : []),
  ];
}

function draftsOfForgiven({ invoiceId, amount, writtenOff }: DebtForgiven): Transfer[] {
  const book = writtenOff ? 'allowance' : 'bad_debt';
  return [
    move(book, 'invoiced', amount.net, { invoiceId }),
    move(book, 'invoiced_tax', amount.tax, { invoiceId }),
  ];
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

/**
 * Money paid by card for packs and invoices, without tax, less what is returned of it: what moves
 * tiers (R29, R30, R45).
 */
export function lifetimePaidBy(event: BillingEvent): Micros {
  if (event.kind === 'credit_noted') {
    const returned = draftsOfCreditNote(event).filter(
      ({ debitBook, creditBook }) => debitBook === 'revenue' && creditBook === 'refunds_due',
    );
    return subtract(ZERO, sum(...returned.map(({ amount }) => amount)));
  }
  if (event.kind === 'invoice_paid') return event.paid.net;
  return event.kind === 'pack_purchased' ? event.credits : ZERO;
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
    invoicedTax: sum(before.invoicedTax, changeOf('invoiced_tax', transfers)),
    lifetimePaid: sum(before.lifetimePaid, lifetimePaidBy(event)),
    version: before.version + 1,
  };
}
