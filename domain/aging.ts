import type { CurrencyCode } from './currencies.ts';
import { sum, type Micros } from './money.ts';

/**
 * How long ago an unpaid invoice was due, by the date it says: a pause or a promise moves what is done
 * about it, not how old it is.
 */
export const agingBuckets = [
  'current',
  '1 to 7 days',
  '8 to 30 days',
  '31 to 60 days',
  '61 to 90 days',
  'over 90 days',
] as const;

/** Whole days past the due date that are over when each bucket but the first begins. */
export const agingFromDays: readonly number[] = [0, 7, 30, 60, 90];

/** What is to be paid of the invoices of a currency in one bucket, tax included. */
export interface AgingRow {
  readonly currency: CurrencyCode;
  /** Its place in {@link agingBuckets}. */
  readonly bucket: number;
  readonly invoices: number;
  readonly amount: Micros;
  /** Of the amount: no longer collected, and still owed. */
  readonly uncollectible: Micros;
}

/** What is owed in one currency, by age, and what the ledger's books say of the same. */
export interface Aging {
  readonly currency: CurrencyCode;
  /** One for each of {@link agingBuckets}. */
  readonly buckets: readonly Pick<AgingRow, 'invoices' | 'amount' | 'uncollectible'>[];
  readonly total: Pick<AgingRow, 'invoices' | 'amount' | 'uncollectible'>;
  /** The books of invoiced usage and its tax; the same as the total, or an error of ours. */
  readonly booked: Micros;
}

/** Lays the rows out by currency; a bucket without a row has nothing in it. */
export function agingOf(
  rows: readonly AgingRow[],
  booked: readonly { readonly currency: CurrencyCode; readonly booked: Micros }[],
): Aging[] {
  return booked.map(({ currency, booked: inBooks }) => {
    const own = rows.filter((row) => row.currency === currency);
    const buckets = agingBuckets.map((_, bucket) =>
      added(own.filter((row) => row.bucket === bucket)),
    );
    return { currency, buckets, total: added(own), booked: inBooks };
  });
}

function added(rows: readonly AgingRow[]): Aging['total'] {
  return {
    invoices: rows.reduce((count, { invoices }) => count + invoices, 0),
    amount: sum(...rows.map(({ amount }) => amount)),
    uncollectible: sum(...rows.map(({ uncollectible }) => uncollectible)),
  };
}
