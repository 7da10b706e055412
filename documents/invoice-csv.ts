import { csvLine } from '../domain/csv.ts';
import { currency as currencyOf } from '../domain/currencies.ts';
import type { InvoiceDocument } from '../domain/documents.ts';
import { formatDecimal, type Micros } from '../domain/money.ts';

const header = [
  ...['invoice', 'currency', 'model', 'meter', 'usage_month', 'quantity', 'price'],
  ...['cost', 'free_credits', 'purchased_credits', 'to_pay', 'not_charged'],
];

/** An invoice's lines as CSV (RFC 4180): amounts are decimal numbers in major units, exact. */
export function invoiceCsv({ number, currency, lines }: InvoiceDocument): string {
  const money = currencyOf(currency);
  const show = (amount: Micros): string => formatDecimal(amount, money);
  const rows = lines.map((line) =>
    csvLine([
      ...[number, currency, line.model, line.meter ?? '', line.usagePeriod],
      // Without the separators of thousands that people read it with.
      ...[(line.quantity ?? '').replaceAll(',', ''), line.price ?? ''],
      ...[line.cost, line.free, line.purchased, line.unbilled, line.writtenOff].map(show),
    ]),
  );
  return [csvLine(header), ...rows].join('');
}
