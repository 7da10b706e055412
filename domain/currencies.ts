/** A currency Solvent can keep accounts in. Facts of the currency; limits are policy. */
export interface Currency {
  /** ISO 4217 code in lower case, as Stripe writes it. */
  readonly code: CurrencyCode;
  readonly symbol: string;
  /** Decimals of the unit cards are charged in: 2 for cents, 0 for yen. */
  readonly minorUnitDigits: 0 | 2;
  /** Stripe's least charge, in minor units (docs, "Minimum and maximum charge amounts"). */
  readonly minimumChargeMinorUnits: number;
}

export type CurrencyCode = 'usd' | 'eur' | 'gbp' | 'jpy';

/** Stripe's largest charge, in minor units of any of them: eight digits (the same page). */
export const maximumChargeMinorUnits = 99_999_999;

const rows: Record<CurrencyCode, Currency> = {
  usd: { code: 'usd', symbol: '$', minorUnitDigits: 2, minimumChargeMinorUnits: 50 },
  eur: { code: 'eur', symbol: '€', minorUnitDigits: 2, minimumChargeMinorUnits: 50 },
  gbp: { code: 'gbp', symbol: '£', minorUnitDigits: 2, minimumChargeMinorUnits: 30 },
  jpy: { code: 'jpy', symbol: '¥', minorUnitDigits: 0, minimumChargeMinorUnits: 50 },
};

export const currencyCodes = Object.keys(rows) as CurrencyCode[];

/** True where the text is the code of a currency with a row; any other is refused (R69). */
export function isCurrencyCode(code: string): code is CurrencyCode {
  return Object.hasOwn(rows, code);
}

/** The facts of a currency. */
export function currency(code: CurrencyCode): Currency {
  return rows[code];
}
