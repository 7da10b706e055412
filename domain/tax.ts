import type { Currency } from './currencies.ts';
import { shareInMinorUnits, ZERO, type Micros } from './money.ts';
import type { TaxRate } from './policy.ts';

/** Tax on one price, shown apart from it; it never becomes credits or tier spend (R45). */
export interface Tax {
  readonly amount: Micros;
  /** "US-WA", or the country alone; null where no rate applies. */
  readonly place: string | null;
  readonly name: string | null;
  readonly partsPerMillion: number;
}

/** Where a customer is taxed: ISO 3166 country, and the region where rates differ by it. */
export interface TaxPlace {
  readonly country: string | null;
  readonly region: string | null;
}

/** Looks the most exact place up first: country and region, then the country alone. */
export function taxOn(
  price: Micros,
  { country, region }: TaxPlace,
  rates: Readonly<Record<string, TaxRate>>,
  money: Currency,
): Tax {
  const places = country === null ? [] : [`${country}-${region ?? ''}`, country];
  for (const place of places) {
    const rate = rates[place];
    if (rate === undefined) continue;
    const amount = shareInMinorUnits(price, rate.partsPerMillion, money);
    return { amount, place, name: rate.name, partsPerMillion: rate.partsPerMillion };
  }
  return { amount: ZERO, place: null, name: null, partsPerMillion: 0 };
}
