import type { CurrencyCode } from './currencies.ts';
import { hourMs } from './durations.ts';
import { micros, MICROS_PER_UNIT, type Micros } from './money.ts';
import type { Tier } from './tiers.ts';

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
    /** So long a payment of an invoice that waits for the bank holds back a charge that is due (B1). */
    readonly holdsBackChargeMs: number;
  };
  /** After this long without a known outcome an operator is called (R6). */
  readonly unknownOutcomeAlarmMs: number;
  /** `none`: fully prepaid. Every account's balance limit is zero, contracts included (R68). */
  readonly postpaid: 'allowed' | 'none';
  /** Whether accounts of Build Tier 1 to 4 may choose less than the ceiling (R18). */
  readonly balanceLimitChoice: 'up_to_ceiling' | 'fixed';
  /** What becomes of usage that nothing spendable is left for (R21). */
  readonly usageBeyondSpendable: 'written_off' | 'billed';
  /** The least tier a model can be used from; a model without a row is open to all (R31). */
  readonly modelTiers: Readonly<Record<string, Tier>>;
  readonly holds: {
    /** How long a hold lasts that names no time of its own. */
    readonly defaultTtlMs: number;
    readonly maximumTtlMs: number;
  };
  readonly usage: {
    /** Usage that happened longer ago is refused: its months were invoiced and explained long since. */
    readonly maximumAgeMs: number;
    /**
     * How far ahead of the account's own time usage may be: clocks differ. At most half a minute: a
     * price is known to every program 40 seconds before it holds (`priceCopyMaximumAgeMs`).
     */
    readonly maximumAheadMs: number;
  };
  /** Credits bought under this policy end after this long; null: never (R1, R2). */
  readonly purchasedCreditsExpireAfterMs: number | null;
  /** How long before free credits end their holder is told (R28). */
  readonly freeCreditsExpiryNoticeMs: number;
  /** Shares of the balance limit, in percent, whose crossing is told by mail (R61). */
  readonly balanceLimitNoticePercents: readonly number[];
  readonly invoices: {
    /** The day of the next month on which what is due is charged (R38). */
    readonly chargeDay: number;
  };
  /** How long after its due date an unpaid invoice leaves service on (R50). */
  readonly graceAfterDueMs: number;
  readonly collection: {
    /** Days after the first charge on which a declined card is charged again (R49). */
    readonly retryAfterDays: readonly number[];
    /** At most so many charges of one invoice by itself in any `attemptsWithinMs`. */
    readonly maximumAttempts: number;
    readonly attemptsWithinMs: number;
    /** Hours of the customer's day within which cards are charged again; `until` is exclusive. */
    readonly daytimeHours: { readonly from: number; readonly until: number };
    /** How long after the charge day an unpaid invoice becomes uncollectible (R50). */
    readonly uncollectibleAfterMs: number;
  };
}

export interface CurrencyPolicy {
  readonly minimumPurchase: Micros;
  readonly maximumPurchase: Micros;
  /** The most an account may owe where no operator set it another ceiling (R16). */
  readonly balanceLimitCeiling: Micros;
  /** The most an operator may set as ceiling of Build Tier 5, Scale and Enterprise (R17). */
  readonly maximumBalanceLimitCeiling: Micros;
  /** A grant of free credits above this needs a second person (R64). */
  readonly secondPersonAbove: Micros;
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
    balanceLimitCeiling: units(ceiling),
    maximumBalanceLimitCeiling: units(ceiling * 10_000),
    secondPersonAbove: units(ceiling),
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
    holdsBackChargeMs: hourMs,
  },
  unknownOutcomeAlarmMs: 15 * 60_000,
  postpaid: 'allowed',
  balanceLimitChoice: 'up_to_ceiling',
  usageBeyondSpendable: 'written_off',
  modelTiers: {
    'deepseek-ai/DeepSeek-R1': 'build_1',
    'meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo': 'build_2',
    'black-forest-labs/FLUX.1-pro': 'build_3',
  },
  holds: { defaultTtlMs: 10 * 60_000, maximumTtlMs: 24 * hourMs },
  usage: { maximumAgeMs: 92 * 24 * hourMs, maximumAheadMs: 30_000 },
  purchasedCreditsExpireAfterMs: null,
  freeCreditsExpiryNoticeMs: 7 * 24 * hourMs,
  balanceLimitNoticePercents: [50, 80, 100],
  invoices: { chargeDay: 3 },
  graceAfterDueMs: 7 * 24 * hourMs,
  collection: {
    retryAfterDays: [1, 3, 5, 7],
    maximumAttempts: 8,
    attemptsWithinMs: 14 * 24 * hourMs,
    daytimeHours: { from: 8, until: 20 },
    uncollectibleAfterMs: 90 * 24 * hourMs,
  },
};

/** The same provider fully prepaid: nobody owes anything, contracts included. */
export const together2026: Policy = {
  ...together202511,
  version: 'together-2026',
  postpaid: 'none',
};
