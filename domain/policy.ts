import type { CurrencyCode } from './currencies.ts';
import { micros, MICROS_PER_UNIT, type Micros } from './money.ts';

/** Values that rules compare with, dated and versioned; every decision records the version (R68). */
export interface Policy {
  readonly version: string;
  /** A currency without a row is refused (R69). */
  readonly currencies: Readonly<Partial<Record<CurrencyCode, CurrencyPolicy>>>;
  /** Whether a card of funding `unknown` may pay with its holder present (R9); never kept on file. */
  readonly unknownFundingOnSession: 'allowed' | 'refused';
  /** Tax in parts per million of the price, by place: "US-WA", "DE" (R45). */
  readonly taxRates: Readonly<Record<string, TaxRate>>;
  readonly authentication: {
    /** When the customer is reminded of a payment that waits for the bank's confirmation (R13). */
    readonly remindersAfterMs: readonly number[];
    /** When the payment that still waits is canceled. */
    readonly expiresAfterMs: number;
  };
  /** After this long without a known outcome an operator is called (R6). */
  readonly unknownOutcomeAlarmMs: number;
}

export interface CurrencyPolicy {
  readonly minimumPurchase: Micros;
  readonly maximumPurchase: Micros;
  /** The most an account of Build Tier 1-4 may owe (R16). */
  readonly buildBalanceLimitCeiling: Micros;
  /** Lifetime paid spend from which Build Tier 1, 2, … is reached (R29). */
  readonly buildTierThresholds: readonly Micros[];
}

/** The row of an account's currency: no account is made in a currency without one (R69). */
export function currencyPolicyOf(policy: Policy, code: CurrencyCode): CurrencyPolicy {
  const row = policy.currencies[code];
  if (row === undefined) throw new Error(`policy ${policy.version} has no row for ${code}`);
  return row;
}

export interface TaxRate {
  readonly name: string;
  readonly partsPerMillion: number;
}

const hourMs = 3_600_000;

function currencyPolicy(
  minimum: number,
  maximum: number,
  ceiling: number,
  tiers: readonly number[],
): CurrencyPolicy {
  const units = (value: number) => micros(value * MICROS_PER_UNIT);
  return {
    minimumPurchase: units(minimum),
    maximumPurchase: units(maximum),
    buildBalanceLimitCeiling: units(ceiling),
    buildTierThresholds: tiers.map(units),
  };
}

/**
 * The policy this system was created to implement: the help page of an AI API provider, November
 * 2025 (RULES, [core]). Amounts outside dollars and the tax rates are ours.
 */
export const together202511: Policy = {
  version: 'together-2025-11',
  currencies: {
    usd: currencyPolicy(5, 10_000, 100, [5, 50, 100, 250, 1_000]),
    eur: currencyPolicy(5, 10_000, 100, [5, 50, 100, 250, 1_000]),
    jpy: currencyPolicy(750, 1_500_000, 15_000, [750, 7_500, 15_000, 37_500, 150_000]),
  },
  unknownFundingOnSession: 'allowed',
  taxRates: {
    'US-WA': { name: 'Sales tax (Washington)', partsPerMillion: 65_000 },
    'US-NY': { name: 'Sales tax (New York)', partsPerMillion: 40_000 },
    'US-TX': { name: 'Sales tax (Texas)', partsPerMillion: 62_500 },
    DE: { name: 'VAT (Germany)', partsPerMillion: 190_000 },
    FR: { name: 'VAT (France)', partsPerMillion: 200_000 },
    GB: { name: 'VAT (United Kingdom)', partsPerMillion: 200_000 },
    JP: { name: 'Consumption tax (Japan)', partsPerMillion: 100_000 },
  },
  authentication: {
    remindersAfterMs: [24 * hourMs, 72 * hourMs],
    expiresAfterMs: 7 * 24 * hourMs,
  },
  unknownOutcomeAlarmMs: 15 * 60_000,
};
