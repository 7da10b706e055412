import type { Invoice } from '../../domain/invoices.ts';
import { stateOf } from '../pages/invoices.tsx';

/** An invoice's state in a word. Customers are told of past due alone, whoever still collects it. */
export function invoiceStateOf(invoice: Invoice, isLate: boolean): ReturnType<typeof stateOf> {
  if (invoice.state === 'uncollectible') return { word: 'Uncollectible', tone: 'bad' };
  return stateOf(invoice, isLate);
}
