import type { OpenInvoice } from './account.ts';
import { dueTimes, serviceStopsAtMs } from './collection-times.ts';
import { currency, type CurrencyCode } from './currencies.ts';
import { timeText } from './date-words.ts';
import { formatMoney, sum, type Micros } from './money.ts';
import type { Policy } from './policy.ts';

/** What tells whether an open invoice is past due (R50). */
export interface DueMoment {
  /** The account's own time. */
  readonly nowMs: number;
  readonly policy: Policy;
  /** Of the account: all of which something is still to be paid. */
  readonly openInvoices: readonly OpenInvoice[];
}

/**
 * Unpaid after its due date (R50): no state, but facts and the time. A pause, a promise or a dispute
 * moves that date.
 */
export function isPastDue(
  { invoiceId }: { readonly invoiceId: string },
  { openInvoices, policy, nowMs }: DueMoment,
): boolean {
  const invoice = openInvoices.find((open) => open.invoiceId === invoiceId);
  if (invoice === undefined || invoice.due === 0) return false;
  const { pastDueAtMs } = dueTimes(invoice, policy);
  return pastDueAtMs !== null && nowMs >= pastDueAtMs;
}

/** What of an account's invoices is still to be paid, each by its own charge (R47). */
export interface StillDue {
  /** The oldest first. */
  readonly invoices: readonly (OpenInvoice & { readonly isPastDue: boolean })[];
  readonly due: Micros;
  /** Of it: past due. */
  readonly pastDue: Micros;
  /** When service stops for the first of those past due; null: nothing is, or a pause is on. */
  readonly serviceStopsAtMs: number | null;
}

/** Null where nothing is to be paid. */
export function stillDueOf(moment: DueMoment): StillDue | null {
  const invoices = moment.openInvoices
    .filter(({ due }) => due > 0)
    .map((invoice) => ({ ...invoice, isPastDue: isPastDue(invoice, moment) }));
  if (invoices.length === 0) return null;
  const late = invoices.filter((invoice) => invoice.isPastDue);
  const stops = late.flatMap(
    (invoice) => serviceStopsAtMs(dueTimes(invoice, moment.policy), moment.nowMs) ?? [],
  );
  return {
    invoices,
    due: sum(...invoices.map(({ due }) => due)),
    pastDue: sum(...late.map(({ due }) => due)),
    serviceStopsAtMs: stops.length === 0 ? null : Math.min(...stops),
  };
}

/** What buying credits does not do, said before a purchase and after it (R48). */
export function stillDueNote({ due, pastDue }: StillDue, code: CurrencyCode): string {
  const money = currency(code);
  return pastDue > 0
    ? `${formatMoney(pastDue, money)} is past due, and stays past due: credits never pay an ` +
        'invoice, whatever the balance. Pay it by its own charge to a card.'
    : `${formatMoney(due, money)} of invoices stays due: credits never pay an invoice. It is paid ` +
        'by its own charge to a card.';
}

/** When service stops for what is past due, or that it did, and what becomes of credits (R50, R52). */
export function serviceNote({ serviceStopsAtMs }: StillDue, nowMs: number): string | null {
  if (serviceStopsAtMs === null) return null;
  if (nowMs < serviceStopsAtMs) {
    return `Your requests run until ${timeText(serviceStopsAtMs)}. Then they are refused until it is paid.`;
  }
  return (
    'Your requests are refused until it is paid. Your credits stay untouched, and are there again ' +
    'the moment it is.'
  );
}
