import { currency, currencyCodes, isCurrencyCode, type CurrencyCode } from './currencies.ts';
import { dayMs, hourMs } from './durations.ts';
import {
  dividesIntoMinorUnits,
  formatDecimal,
  formatMoney,
  fromMinorUnits,
  parseDecimal,
  type Micros,
} from './money.ts';
import { together202511, type CurrencyPolicy, type Policy, type TaxRate } from './policy.ts';
import {
  cased,
  integer,
  list,
  nullable,
  object,
  oneOf,
  record,
  text,
  type Json,
  type Read,
} from './json-reader.ts';
import type { Tier } from './tiers.ts';

/**
 * A policy as JSON, the one form in which files, tables, API and command line carry it: amounts are
 * decimal strings in major units, all else is as in {@link Policy}.
 */
export function policyJson(policy: Policy): { readonly [name: string]: Json } {
  const rows = currencyCodes.flatMap((code) => {
    const row = policy.currencies[code];
    return row === undefined ? [] : [[code, currencyJson(row, code)] as const];
  });
  return { ...(policy as unknown as Record<string, Json>), currencies: Object.fromEntries(rows) };
}

function currencyJson(row: CurrencyPolicy, code: CurrencyCode): Json {
  const decimal = (amount: Micros) => formatDecimal(amount, currency(code));
  const entries: readonly (readonly [string, Micros | readonly Micros[]])[] = Object.entries(row);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'number' ? decimal(value) : value.map(decimal),
    ]),
  );
}

export type ParsedPolicy =
  | { readonly status: 'parsed'; readonly policy: Policy }
  /** Each a sentence that names the field and says what is allowed. */
  | { readonly status: 'faulty'; readonly faults: readonly string[] };

/** Reads a policy that somebody wrote: every field is needed, and none is allowed that has no meaning. */
export function parsePolicy(json: unknown): ParsedPolicy {
  return parse(json, undefined);
}

/**
 * Reads a policy that was recorded, perhaps by an earlier program: a field that did not exist then
 * has the value of the first policy. Throws where it cannot be read: it was checked when recorded.
 */
export function recordedPolicy(json: unknown): Policy {
  const parsed = parse(json, policyJson(together202511));
  if (parsed.status === 'parsed') return parsed.policy;
  throw new Error(`a recorded policy cannot be read: ${parsed.faults.join(' ')}`);
}

function parse(json: unknown, missing: Json | undefined): ParsedPolicy {
  const faults: string[] = [];
  const policy = policyReader(json, '', faults, missing);
  if (faults.length === 0) faults.push(...contradictionsIn(policy));
  return faults.length === 0 ? { status: 'parsed', policy } : { status: 'faulty', faults };
}

const yearMs = 365 * dayMs;

/** `payment-watch` looks this far back for open payments. */
const longestAuthenticationMs = 7 * dayMs;

function amountIn(code: CurrencyCode): Read<Micros> {
  const decimals = currency(code).minorUnitDigits;
  const example = decimals === 0 ? '"500"' : '"25.00"';
  return cased(`an amount of ${code} as a string, as ${example}`, (value) => {
    const amount = typeof value === 'string' ? parseDecimal(value) : undefined;
    if (amount === undefined || amount < 0) return undefined;
    return dividesIntoMinorUnits(amount, currency(code)) ? amount : undefined;
  });
}

function currencyReader(code: CurrencyCode): Read<CurrencyPolicy> {
  const amount = amountIn(code);
  return object<CurrencyPolicy>({
    minimumPurchase: amount,
    maximumPurchase: amount,
    balanceLimitCeiling: amount,
    maximumBalanceLimitCeiling: amount,
    secondPersonAbove: amount,
    buildTierThresholds: list(amount),
  });
}

const place = cased('a country as "DE", or with its region as "US-WA"', (value) =>
  typeof value === 'string' && /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(value) ? value : undefined,
);
const tier = cased('"limited", "build_1" and on, "scale" or "enterprise"', (value) =>
  typeof value === 'string' && /^(limited|build_[1-9]|scale|enterprise)$/.test(value)
    ? (value as Tier)
    : undefined,
);

const policyReader = object<Policy>({
  version: cased('1 to 63 small letters, digits, dots or dashes', (value) =>
    typeof value === 'string' && /^[a-z0-9][a-z0-9.-]{0,62}$/.test(value) ? value : undefined,
  ),
  currencies: record(
    cased(`one of ${currencyCodes.join(', ')}`, (value) =>
      typeof value === 'string' && isCurrencyCode(value) ? value : undefined,
    ),
    currencyReader,
  ),
  unknownFundingOnSession: oneOf('allowed', 'refused'),
  taxRates: record(place, () =>
    object<TaxRate>({ name: text(100), partsPerMillion: integer(0, 1_000_000) }),
  ),
  authentication: object<Policy['authentication']>({
    remindersAfterMs: list(integer(1, longestAuthenticationMs)),
    expiresAfterMs: integer(1, longestAuthenticationMs),
    holdsBackChargeMs: integer(0, longestAuthenticationMs),
  }),
  unknownOutcomeAlarmMs: integer(1, dayMs),
  postpaid: oneOf('allowed', 'none'),
  balanceLimitChoice: oneOf('up_to_ceiling', 'fixed'),
  usageBeyondSpendable: oneOf('written_off', 'billed'),
  modelTiers: record(text(200), () => tier),
  holds: object<Policy['holds']>({
    defaultTtlMs: integer(1_000, dayMs),
    maximumTtlMs: integer(1_000, 31 * dayMs),
  }),
  usage: object<Policy['usage']>({
    maximumAgeMs: integer(hourMs, yearMs),
    maximumAheadMs: integer(0, 30_000),
  }),
  purchasedCreditsExpireAfterMs: nullable(integer(dayMs, 100 * yearMs)),
  freeCreditsExpiryNoticeMs: integer(0, yearMs),
  balanceLimitNoticePercents: list(integer(1, 100)),
  invoices: object<Policy['invoices']>({ chargeDay: integer(1, 28) }),
  graceAfterDueMs: integer(0, yearMs),
  collection: object<Policy['collection']>({
    retryAfterDays: list(integer(1, 60)),
    maximumAttempts: integer(1, 15),
    attemptsWithinMs: integer(dayMs, 30 * dayMs),
    daytimeHours: object<Policy['collection']['daytimeHours']>({
      from: integer(0, 23),
      until: integer(1, 24),
    }),
    uncollectibleAfterMs: integer(dayMs, yearMs),
  }),
});

/** What each field allows, and the fields together do not. */
function contradictionsIn(policy: Policy): string[] {
  const { currencies, authentication, holds, balanceLimitNoticePercents, collection } = policy;
  const { from, until } = collection.daytimeHours;
  const rows = currencyCodes.flatMap((code) => {
    const row = currencies[code];
    return row === undefined ? [] : contradictionsInRow(row, code);
  });
  return [
    ...(Object.keys(currencies).length > 0 ? [] : ['currencies: at least one row is needed.']),
    ...rows,
    ...ascending('authentication.remindersAfterMs', authentication.remindersAfterMs),
    ...atMost(
      'authentication.remindersAfterMs',
      Math.max(0, ...authentication.remindersAfterMs),
      'authentication.expiresAfterMs',
      authentication.expiresAfterMs,
    ),
    ...atMost(
      'authentication.holdsBackChargeMs',
      authentication.holdsBackChargeMs,
      'authentication.expiresAfterMs',
      authentication.expiresAfterMs,
    ),
    ...atMost('holds.defaultTtlMs', holds.defaultTtlMs, 'holds.maximumTtlMs', holds.maximumTtlMs),
    ...ascending('balanceLimitNoticePercents', balanceLimitNoticePercents),
    ...ascending('collection.retryAfterDays', collection.retryAfterDays),
    // Daytime of an hour or less could fall into the one that a change of the clocks leaves out.
    ...atMost('collection.daytimeHours.from', from + 2, 'two hours before until', until),
  ];
}

function contradictionsInRow(row: CurrencyPolicy, code: CurrencyCode): string[] {
  const at = (name: keyof CurrencyPolicy) => `currencies.${code}.${name}`;
  const money = currency(code);
  const leastCharge = fromMinorUnits(money.minimumChargeMinorUnits, money);
  const least = formatMoney(leastCharge, money);
  const [first = 0] = row.buildTierThresholds;
  return [
    ...(row.minimumPurchase >= leastCharge
      ? []
      : [`${at('minimumPurchase')}: a card is charged at least ${least}.`]),
    ...atMost(
      ...([at('minimumPurchase'), row.minimumPurchase] as const),
      ...([at('maximumPurchase'), row.maximumPurchase] as const),
    ),
    ...atMost(
      ...([at('balanceLimitCeiling'), row.balanceLimitCeiling] as const),
      ...([at('maximumBalanceLimitCeiling'), row.maximumBalanceLimitCeiling] as const),
    ),
    ...(first > 0 ? [] : [`${at('buildTierThresholds')}: the first is above zero.`]),
    ...ascending(at('buildTierThresholds'), row.buildTierThresholds),
  ];
}

function atMost(name: string, value: number, otherName: string, other: number): string[] {
  return value <= other ? [] : [`${name}: at most ${otherName}.`];
}

function ascending(name: string, values: readonly number[]): string[] {
  const isAscending = values.every((value, index) => value > (values[index - 1] ?? -1));
  return isAscending ? [] : [`${name}: each is above the one before.`];
}
