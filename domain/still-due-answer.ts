import type { CurrencyCode } from './currencies.ts';
import { decimal, instant } from './answer-values.ts';
import { stillDueNote, type StillDue } from './still-due.ts';

/** What programs are told of invoices that a purchase does not pay (R48). */
export function stillDueAnswer(stillDue: StillDue, code: CurrencyCode, publicUrl: string) {
  const { due, pastDue, serviceStopsAtMs, invoices } = stillDue;
  return {
    currency: code as string,
    due: decimal(due, code),
    pastDue: decimal(pastDue, code),
    note: stillDueNote(stillDue, code),
    serviceStopsAt: instant(serviceStopsAtMs),
    invoices: invoices.map((invoice) => {
      const { invoiceId: id, number, dueAtMs, isPastDue } = invoice;
      return {
        id,
        number,
        due: decimal(invoice.due, code),
        dueAt: instant(dueAtMs),
        pastDue: isPastDue,
        payUrl: `${publicUrl}/billing/invoices/${id}/pay`,
      };
    }),
  };
}
