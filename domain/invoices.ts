import type { OpenInvoice } from './account.ts';
import type { BillingEvent, TaxedAmount } from './billing-events.ts';
import { changeOf, type Transfer } from './bookkeeping.ts';
import { divideHalfEven, micros, subtract, sum, ZERO, type Micros } from './money.ts';
import type { Period } from './period.ts';
import type { Tax } from './tax.ts';

/** `imported`: issued elsewhere, for an existing customer who was brought in. */
export type InvoiceKind = 'imported' | 'monthly' | 'final';

/** Past due is no state: it is an open invoice's due date and the time (R53). */
export type InvoiceState = 'open' | 'paid' | 'void' | 'uncollectible' | 'forgiven';

/** An invoice as the ledger keeps it. Amounts are facts of its issue, but those from `due` on. */
export interface Invoice {
  readonly invoiceId: string;
  /** "INV-000042"; empty until it is recorded (R46). */
  readonly number: string;
  readonly kind: InvoiceKind;
  /** The month; null on imported ones, as its cut-off. */
  readonly period: Period | null;
  readonly cutoffMs: number | null;
  /** Usage of before that no invoice asked for yet: carried forward to here, or brought in. */
  readonly broughtForward: Micros;
  readonly carriedForward: Micros;
  /** The month it counts as; null: it is never asked for. */
  readonly carriedTo: Period | null;
  /** What is asked for, tax included. */
  readonly amount: Micros;
  readonly tax: Tax;
  readonly issuedAtMs: number;
  readonly issuedEventId: number;
  /** The begin of the day the card is charged; null on imported ones. */
  readonly chargeAtMs: number | null;
  /** The end of the day it is to be paid by. */
  readonly dueAtMs: number;
  /** The void one that it stands for. */
  readonly replaces: string | null;
  readonly state: InvoiceState;
  /** What is still to be paid, tax included, and the tax in it. */
  readonly due: Micros;
  readonly dueTax: Micros;
  readonly paid: Micros;
  /** What credit notes took off what was due. */
  readonly credited: Micros;
  /** What an operator no longer asks for. */
  readonly forgiven: Micros;
  /** What credit notes took back in all, of what was due and of what was paid. */
  readonly creditNotes: TaxedAmount;
  readonly voidedEventId: number | null;
  readonly voidedAtMs: number | null;
}

/** The open invoices after an event: those it makes, and what it moves of the others (R52). */
export function openInvoicesAfter(
  before: readonly OpenInvoice[],
  event: BillingEvent,
  transfers: readonly Transfer[],
): readonly OpenInvoice[] {
  const made = invoicesMadeBy(event);
  const isNew = new Set(made.map(({ invoiceId }) => invoiceId));
  const isMoved = ({ invoiceId }: Transfer) => invoiceId !== null && !isNew.has(invoiceId);
  if (made.length === 0 && !transfers.some(isMoved)) return before;
  const others = before.map((invoice) => {
    const moved = transfers.filter(({ invoiceId }) => invoiceId === invoice.invoiceId);
    if (moved.length === 0) return invoice;
    const tax = changeOf('invoiced_tax', moved);
    return {
      ...invoice,
      due: sum(invoice.due, changeOf('invoiced', moved), tax),
      dueTax: sum(invoice.dueTax, tax),
    };
  });
  return [...others, ...made].filter(({ due }) => due > 0);
}

/** Its charge day says nothing more as long as nobody paused anything: the due date does. */
const notBegun = { chargeAtMs: null, pauses: [], nextChargeAtMs: null };

/** The invoices that an event makes, as they stand right after; none where nothing is due. */
export function invoicesMadeBy(event: BillingEvent): readonly OpenInvoice[] {
  if (event.kind === 'invoice_issued') {
    const { invoiceId, net, tax, dueAtMs } = event;
    const due = sum(tax, ...net.map(({ amount }) => amount));
    const invoice = { invoiceId, number: '', due, dueTax: tax, dueAtMs };
    return due === 0 ? [] : [{ ...invoice, ...notBegun }];
  }
  if (event.kind !== 'opening_balance') return [];
  return event.invoices.map(({ invoiceId, number, amount, dueAtMs }) => {
    return { invoiceId, number, due: amount, dueTax: ZERO, dueAtMs, ...notBegun };
  });
}

/**
 * Splits a part of what is due into net and tax, in the proportion of the whole: however it is paid,
 * the parts add up to what was due of each. Throws RangeError where it is more than is due.
 */
export function shareOfDue(
  { due, dueTax }: Pick<OpenInvoice, 'due' | 'dueTax'>,
  amount: Micros,
): TaxedAmount {
  if (amount < 0 || amount > due) throw new RangeError(`${amount} is no part of the ${due} due`);
  if (amount === 0) return { net: ZERO, tax: ZERO };
  const tax = micros(Number(divideHalfEven(BigInt(dueTax) * BigInt(amount), BigInt(due))));
  return { net: subtract(amount, tax), tax };
}
