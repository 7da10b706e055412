import type { CurrencyCode } from '../domain/currencies.ts';
import type { Meter } from '../domain/meter.ts';
import type { PriceEntry, RateTier } from '../domain/price.ts';
import type { Ledger, Session } from './database.ts';

/** A row of the price book, with when it ends and where it comes from. */
export interface RecordedPrice extends PriceEntry {
  /** When the next one of its key takes effect; null: none is recorded. */
  readonly effectiveUntilMs: number | null;
  readonly source: string;
}

interface PriceRow extends Omit<RecordedPrice, 'rate'> {
  readonly amount: string | null;
  readonly per: number | null;
  readonly tiers: readonly RateTier[];
}

const columns = `price_id as "priceId", currency, model, meter, amount, per, tiers, source,
  effective_from as "effectiveFromMs", lead(effective_from) over (
    partition by currency, model, meter order by effective_from
  ) as "effectiveUntilMs"`;

/** Reads all prices: inside a transaction as that sees them. */
export async function readPriceRows(from: Ledger | Session): Promise<RecordedPrice[]> {
  const sql = `select ${columns} from prices`;
  const rows = 'run' in from ? await from.run<PriceRow>(sql) : await from.read<PriceRow>(sql);
  return rows.map(priceOf);
}

/** Prices in the order of their keys, behind the price `after`. */
export async function readPriceRowsAfter(
  ledger: Ledger,
  input: { readonly model: string | null; readonly after: number | null; readonly limit: number },
): Promise<RecordedPrice[]> {
  const { model, after, limit } = input;
  // Ends are found among all prices of a key, before a page is cut out of them.
  const rows = await ledger.run<PriceRow>(
    `select * from (select ${columns} from prices where $1::text is null or model = $1) as p
     where $2::integer is null or (currency, model, meter, "effectiveFromMs") > (
       select currency, model, meter, effective_from from prices where price_id = $2
     )
     order by currency, model, meter, "effectiveFromMs" limit $3`,
    [model, after, limit],
  );
  return rows.map(priceOf);
}

function priceOf({ amount, per, tiers, ...row }: PriceRow): RecordedPrice {
  const currency: CurrencyCode = row.currency;
  const meter: Meter = row.meter;
  const rate = amount === null || per === null ? null : { amount, per, tiers };
  return { ...row, currency, meter, rate };
}
