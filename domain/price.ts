import type { CurrencyCode } from './currencies.ts';
import { meters, stepsPerUnit, type Meter, type Quantity } from './meter.ts';
import { divideHalfEven, micros, MICROS_PER_UNIT, type Micros } from './money.ts';

/**
 * What usage costs: `amount` major units of the currency, a decimal string, for each `per` units
 * of the meter (`{ amount: "0.18", per: 1000000 }`). Never a float: 0.18 has none.
 */
export interface Rate {
  readonly amount: string;
  readonly per: number;
  /**
   * Graduated volume tiers, ascending: units beyond `from` units of the period's total cost this
   * amount for each `per`; those before keep theirs.
   */
  readonly tiers: readonly RateTier[];
}

export interface RateTier {
  /** Whole units of the meter. */
  readonly from: number;
  readonly amount: string;
}

/** What a price is for. Among the prices of one key exactly one is in force at any instant. */
export interface PriceKey {
  readonly currency: CurrencyCode;
  readonly model: string;
  readonly meter: Meter;
}

/** A row of the price book. It is never changed; a later one takes its place from its own instant. */
export interface PriceEntry extends PriceKey {
  readonly priceId: number;
  /** Null: from then on it is not sold. */
  readonly rate: Rate | null;
  /** Milliseconds since 1970; included. */
  readonly effectiveFromMs: number;
}

/** An entry that something can be charged under. */
export interface Price extends PriceEntry {
  readonly rate: Rate;
}

/** All entries, by what they are for, each key's in the order they take effect. */
export interface PriceBook {
  readonly entries: ReadonlyMap<string, readonly PriceEntry[]>;
  readonly byId: ReadonlyMap<number, PriceEntry>;
  /** Those that anything has a price in. */
  readonly currencies: readonly CurrencyCode[];
}

/** Sorts entries into a book, in whatever order they come. */
export function priceBookOf(entries: readonly PriceEntry[]): PriceBook {
  const book = new Map<string, PriceEntry[]>();
  for (const entry of entries) {
    const key = priceKeyText(entry);
    const others = book.get(key);
    if (others === undefined) book.set(key, [entry]);
    else others.push(entry);
  }
  for (const rows of book.values()) rows.sort((a, b) => a.effectiveFromMs - b.effectiveFromMs);
  return {
    entries: book,
    byId: new Map(entries.map((entry) => [entry.priceId, entry])),
    currencies: [...new Set(entries.map(({ currency }) => currency))],
  };
}

/** The entries of one key in the order they take effect; none where it never had a price. */
export function entriesOf(book: PriceBook, key: PriceKey): readonly PriceEntry[] {
  return book.entries.get(priceKeyText(key)) ?? [];
}

/**
 * The price in force when the usage happened, whenever it is told: past usage keeps its price
 * (B14: one price or none, never two). Undefined before the first one, and where it is not sold.
 */
export function priceAt(book: PriceBook, key: PriceKey, atMs: number): Price | undefined {
  const entry = entriesOf(book, key).findLast(({ effectiveFromMs }) => effectiveFromMs <= atMs);
  return entry !== undefined && isSold(entry) ? entry : undefined;
}

function isSold(entry: PriceEntry): entry is Price {
  return entry.rate !== null;
}

/** The same text for the same key, another for any other. */
export function priceKeyText({ currency, model, meter }: PriceKey): string {
  return `${currency} ${meter} ${model}`;
}

/**
 * What usage adds to the charge of a price in a period (R69): the rounded amount of the total after
 * it, less the rounded amount of the total before. So the sum over all usage is one rounding of the
 * whole, however it was cut into events and in whatever order it came. A price that changes within
 * a period is another price, with a total of its own. Below zero where usage was taken back.
 * @throws RangeError where an amount leaves the exact integers; {@link totalWith} tells beforehand.
 */
export function chargeFor(totalBefore: Quantity, totalAfter: Quantity, price: Price): Micros {
  return micros(amountOf(totalAfter, price) - amountOf(totalBefore, price));
}

/** The charge for a whole period's total: exact, then rounded once, half to even, to the micro-unit. */
export function amountOf(total: Quantity, { meter, rate }: Pick<Price, 'meter' | 'rate'>): Micros {
  return micros(Number(roundedAmount(BigInt(total), meter, rate)));
}

/**
 * The total after a further quantity; undefined where it, or its charge, would leave the integers
 * that are held exactly (2^53 - 1): a month of that is absurd, and the usage has to be refused.
 */
export function totalWith(total: Quantity, more: Quantity, price: Price): Quantity | undefined {
  const after = total + more;
  if (!Number.isSafeInteger(after)) return undefined;
  const amount = roundedAmount(BigInt(after), price.meter, price.rate);
  return amount > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : (after as Quantity);
}

/** Micro-units. The one rounding of usage: everything before it is exact. */
function roundedAmount(total: bigint, meter: Meter, rate: Rate): bigint {
  const steps = BigInt(stepsPerUnit(meter));
  const scale = 10n ** BigInt(placesOf(rate));
  const brackets = [{ from: 0, amount: rate.amount }, ...rate.tiers];
  let exact = 0n;
  for (const [index, { from, amount }] of brackets.entries()) {
    const start = BigInt(from) * steps;
    if (total <= start) break;
    const next = brackets[index + 1];
    const end = next === undefined ? total : smaller(total, BigInt(next.from) * steps);
    exact += (end - start) * scaled(amount, scale);
  }
  return divideHalfEven(exact * BigInt(MICROS_PER_UNIT), steps * scale * BigInt(rate.per));
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Decimals that hold every amount of the rate. */
function placesOf({ amount, tiers }: Rate): number {
  return tiers.reduce((most, tier) => Math.max(most, decimalsOf(tier.amount)), decimalsOf(amount));
}

function decimalsOf(amount: string): number {
  const point = amount.indexOf('.');
  return point === -1 ? 0 : amount.length - point - 1;
}

/** `amount x scale`, exactly; `scale` is a power of ten that holds all its decimals. */
function scaled(amount: string, scale: bigint): bigint {
  return (BigInt(amount.replace('.', '')) * scale) / 10n ** BigInt(decimalsOf(amount));
}

/** As many digits as a price may have; published ones have up to 24 decimals per token. */
const amountPattern = /^\d{1,9}(\.\d{1,24})?$/;
const mostPer = 1_000_000_000;
const mostTiers = 20;

/** What is wrong with a rate, in words for whoever set it; undefined where nothing is. */
export function faultOfRate({ amount, per, tiers }: Rate): string | undefined {
  if (![amount, ...tiers.map((tier) => tier.amount)].every((text) => amountPattern.test(text))) {
    return 'a price is a decimal with at most 9 digits before the point and 24 behind, such as 0.18';
  }
  if (!Number.isSafeInteger(per) || per < 1 || per > mostPer) {
    return `a price is for a whole number of units from 1 to ${mostPer}`;
  }
  if (tiers.length > mostTiers) return `a price has at most ${mostTiers} volume tiers`;
  const froms = [0, ...tiers.map((tier) => tier.from)];
  const ascend = froms.every((from, index) => index === 0 || from > (froms[index - 1] ?? 0));
  if (!ascend || !froms.every(Number.isSafeInteger)) {
    return 'volume tiers begin at whole numbers of units, each above the one before';
  }
  return undefined;
}

/** True where both charge the same for any quantity: "0.18" per 1,000,000 is "0.00018" per 1,000. */
export function isSameRate(a: Rate, b: Rate): boolean {
  const scale = 10n ** BigInt(Math.max(placesOf(a), placesOf(b)));
  const isSame = (ofA: string, ofB: string) =>
    scaled(ofA, scale) * BigInt(b.per) === scaled(ofB, scale) * BigInt(a.per);
  return (
    isSame(a.amount, b.amount) &&
    a.tiers.length === b.tiers.length &&
    a.tiers.every(({ from, amount }, index) => {
      const other = b.tiers[index];
      return other !== undefined && from === other.from && isSame(amount, other.amount);
    })
  );
}

/** "0.18 per 1,000,000 input tokens", the amounts of tiers behind it; the currency is told apart. */
export function formatRate({ amount, per, tiers }: Rate, meter: Meter): string {
  const { unit, units } = meters[meter];
  const base = `${amount} per ${per === 1 ? unit : `${grouped(per)} ${units}`}`;
  const further = tiers.map((tier) => `${tier.amount} beyond ${grouped(tier.from)}`);
  return [base, ...further].join(', ');
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
