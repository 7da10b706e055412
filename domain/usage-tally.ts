import type { UsageLine } from './billing-events.ts';
import type { CurrencyCode } from './currencies.ts';
import { refusal, type Refusal } from './failures.ts';
import { NOTHING_USED, quantity, type Quantity } from './meter.ts';
import { subtract, sum, ZERO, type Micros } from './money.ts';
import { comparePeriods, periodOf, type Period } from './period.ts';
import { amountOf, priceAt, totalWith, type Price, type PriceBook } from './price.ts';
import { postingPeriodOf } from './usage-postings.ts';
import type { RecordedUsage, UsageEvent } from './usage.ts';

/** What an account used at one price in the month the usage happened in, and what that costs. */
export interface UsageTotal {
  readonly priceId: number;
  readonly period: Period;
  readonly quantity: Quantity;
  /** The rounded cost of the whole (R69), also of what was written off. */
  readonly cost: Micros;
}

/** A total after one more line of a charge. */
export function totalAfter(before: UsageTotal | undefined, line: UsageLine): UsageTotal {
  const { priceId, period } = line;
  return {
    priceId,
    period,
    quantity: quantity((before?.quantity ?? 0) + line.quantity),
    cost: sum(before?.cost ?? ZERO, line.amount),
  };
}

/** The same text for the same price and month. */
export function totalName({ priceId, period }: Pick<UsageTotal, 'priceId' | 'period'>): string {
  return `${priceId} ${period}`;
}

interface Priced {
  readonly price: Price;
  readonly quantity: Quantity;
}

export type PricedUsage =
  | { readonly status: 'priced'; readonly quantities: readonly Priced[] }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * The prices of an event: those in force when the usage happened (B14). A meter that shows nothing
 * needs none, as long as the model has any: its row has to say which model it was.
 */
export function priceQuantities(
  { model, quantities, occurredAtMs }: UsageEvent,
  currency: CurrencyCode,
  book: PriceBook,
): PricedUsage {
  const priced: Priced[] = [];
  for (const { meter, quantity: used } of quantities) {
    const price = priceAt(book, { currency, model, meter }, occurredAtMs);
    if (price !== undefined) priced.push({ price, quantity: used });
    else if (used > 0) return notPriced(`${meter} of ${model}`, currency, occurredAtMs);
  }
  if (priced.length === 0) return notPriced(model, currency, occurredAtMs);
  return { status: 'priced', quantities: priced };
}

function notPriced(what: string, currency: CurrencyCode, atMs: number): PricedUsage {
  const when = new Date(atMs).toISOString();
  const detail = `Nothing is set for ${what} in ${currency} at ${when}. See GET /v1/prices; an operator adds a price with \`npx solvent prices set\`.`;
  return { status: 'refused', refusal: refusal('usage_not_priced', detail) };
}

/** What is charged together: one model's usage that is invoiced in the same month. */
export interface ChargeableLines {
  readonly model: string;
  readonly postingPeriod: Period;
  readonly lines: readonly UsageLine[];
}

/** A price's month while usage is added to it. */
interface Running {
  readonly price: Price;
  readonly period: Period;
  readonly before: UsageTotal | undefined;
  total: number;
  /** A total that is known to be counted exactly, and so is every smaller one. */
  exactUpTo: number;
  isUsed: boolean;
}

/** Adds up the usage of one decision, on top of what was used before. */
export class UsageTally {
  readonly #totals: ReadonlyMap<string, UsageTotal>;
  /** By model in the order of appearance, then by {@link totalName}. */
  readonly #models = new Map<string, Map<string, Running>>();
  /** The rows of the events that were added. */
  readonly recorded: RecordedUsage[] = [];

  constructor(totals: ReadonlyMap<string, UsageTotal>) {
    this.#totals = totals;
  }

  /** Adds all that an event used, or, where a total would leave the exact numbers, nothing. */
  add({ model, occurredAtMs }: UsageEvent, quantities: readonly Priced[]): Refusal | null {
    const period = periodOf(occurredAtMs);
    const running = quantities.map(({ price }) => this.#runningOf(model, price, period));
    const more = (at: number) => quantities[at]?.quantity ?? NOTHING_USED;
    if (!running.every((one, at) => fits(one, more(at)))) {
      return refusal('usage_quantity_too_large');
    }
    for (const [at, one] of running.entries()) {
      one.total += more(at);
      one.isUsed = true;
    }
    return null;
  }

  /** Keeps the row of an event that was added. */
  record(row: RecordedUsage): RecordedUsage {
    this.recorded.push(row);
    return row;
  }

  /** Earlier months first, then models in the order of appearance. */
  linesByCharge(nowMs: number): ChargeableLines[] {
    const charges = [...this.#models].flatMap(([model, prices]) => {
      const lines = [...prices.values()].filter(({ isUsed }) => isUsed).map(lineOf);
      const postedIn = (line: UsageLine) => postingPeriodOf(line.period, nowMs);
      return [...new Set(lines.map(postedIn))].map((postingPeriod) => {
        const own = lines.filter((line) => postedIn(line) === postingPeriod);
        return { model, postingPeriod, lines: own };
      });
    });
    return charges.toSorted((a, b) => comparePeriods(a.postingPeriod, b.postingPeriod));
  }

  #runningOf(model: string, price: Price, period: Period): Running {
    const prices = this.#models.get(model) ?? new Map<string, Running>();
    this.#models.set(model, prices);
    const name = totalName({ priceId: price.priceId, period });
    const known = prices.get(name);
    if (known !== undefined) return known;
    const before = this.#totals.get(name);
    const total = before?.quantity ?? 0;
    const running: Running = { price, period, before, total, exactUpTo: -1, isUsed: false };
    prices.set(name, running);
    return running;
  }
}

/**
 * Whether a total can still be counted exactly with some more. Asked for twice the total, so that
 * not every event of thousands needs the long arithmetic: what holds for it holds for less.
 */
function fits(running: Running, more: Quantity): boolean {
  const after = running.total + more;
  if (after <= running.exactUpTo) return true;
  if (!Number.isSafeInteger(after)) return false;
  const ample = Math.min(2 * after, Number.MAX_SAFE_INTEGER);
  const exactUpTo = [ample, after].find(
    (most) => totalWith(NOTHING_USED, quantity(most), running.price) !== undefined,
  );
  running.exactUpTo = exactUpTo ?? running.exactUpTo;
  return exactUpTo !== undefined;
}

function lineOf({ price, period, before, total }: Running): UsageLine {
  return {
    priceId: price.priceId,
    period,
    quantity: quantity(total - (before?.quantity ?? 0)),
    amount: subtract(amountOf(quantity(total), price), before?.cost ?? ZERO),
  };
}
