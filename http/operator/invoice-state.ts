import { dateText } from '../../domain/date-words.ts';
import type { Invoice } from '../../domain/invoices.ts';
import { stateOf } from '../pages/invoices.tsx';

/** An invoice's state in a word. Customers are told of past due alone, whoever still collects it. */
export function invoiceStateOf(invoice: Invoice, isLate: boolean): ReturnType<typeof stateOf> {
  if (invoice.state === 'uncollectible') return { word: 'Uncollectible', tone: 'bad' };
  return stateOf(invoice, isLate);
}

/** The due date is the instant that the last day ends. */
export function lastDay({ dueAtMs }: Pick<Invoice, 'dueAtMs'>): string {
  return dateText(dueAtMs - 1);
}
