import type { OpenInvoice } from './account.ts';
import type { BillingEvent } from './billing-events.ts';

/** The invoices that an event makes, as they stand right after. */
export function invoicesMadeBy(event: BillingEvent): readonly OpenInvoice[] {
  if (event.kind !== 'opening_balance') return [];
  return event.invoices.map(({ invoiceId, number, amount, dueAtMs }) => {
    return { invoiceId, number, due: amount, dueAtMs };
  });
}
