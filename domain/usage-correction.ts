import type { CreditLot, LotPart, UnbilledPeriod } from './account.ts';
import type { UnbilledPart, UsageCharged, UsageCorrected } from './billing-events.ts';
import { refusal, type Refusal } from './failures.ts';
import { quantity, type Quantity } from './meter.ts';
import { micros, smaller, subtract, sum, ZERO, type Micros } from './money.ts';
import { laterPeriod, periodOf, type Period } from './period.ts';
import { amountOf, type PriceBook } from './price.ts';
import { postingsOf, type UsagePosting } from './usage-postings.ts';
import { totalName, type UsageTotal } from './usage-tally.ts';

/** Usage as it was charged. */
export interface ChargedUsage {
  readonly eventId: number;
  readonly event: UsageCharged;
  /** The account's own time. */
  readonly occurredAtMs: number;
}

export interface Carried {
  readonly from: Period;
  readonly to: Period;
  readonly amount: Micros;
}

export interface CorrectionFacts {
  readonly unbilledPeriods: readonly UnbilledPeriod[];
  /** Those that it was paid from, also where nothing is left of them. */
  readonly lots: readonly CreditLot[];
  /** Of the prices and months that it was charged at, by `totalName`. */
  readonly totals: ReadonlyMap<string, UsageTotal>;
  /** The last month that an invoice was issued of; null: none. */
  readonly invoicedUntil: Period | null;
  /** What of a month's unbilled usage counts as another month's by now; null: nothing. */
  readonly carried: Carried | null;
}

/**
 * Gives back what usage was paid with, to where it came from (R43). What was owed for it and is on
 * an invoice already cannot be given back like this: that takes a credit note, or another invoice.
 */
export function decideUsageCorrection(
  facts: CorrectionFacts,
  charged: ChargedUsage,
  reason: string,
  book: PriceBook,
  nowMs: number,
): UsageCorrected | Refusal {
  const { eventId, event, occurredAtMs } = charged;
  const unbilled = takeBack(facts, event);
  if ('code' in unbilled) return unbilled;
  const isOver = ({ lotId }: LotPart) => {
    const lot = facts.lots.find((other) => other.lotId === lotId);
    if (lot === undefined) throw new Error(`usage was paid from lot ${lotId}, which is not there`);
    return lot.expiresAtMs !== null && lot.expiresAtMs <= nowMs;
  };
  const free = event.charges.flatMap((charge) => charge.free);
  const purchased = event.charges.flatMap((charge) => charge.purchased);
  const ended = [...free, ...purchased].filter(isOver);
  return {
    kind: 'usage_corrected',
    eventId,
    reason,
    unbilled,
    free: free.filter((part) => !isOver(part)),
    purchased: purchased.filter((part) => !isOver(part)),
    ended: sum(...ended.map(({ amount }) => amount)),
    postings: correctingPostings(facts, event, occurredAtMs, book, nowMs),
  };
}

/** What is owed no longer, from where it is still unbilled. */
function takeBack(
  { unbilledPeriods, carried }: CorrectionFacts,
  { charges }: UsageCharged,
): UnbilledPart[] | Refusal {
  const left = new Map(unbilledPeriods.map(({ period, amount }) => [period, amount]));
  const parts: UnbilledPart[] = [];
  const take = (period: Period, asked: Micros): Micros => {
    const unbilled = left.get(period) ?? ZERO;
    const amount = smaller(asked, unbilled);
    if (amount > 0) parts.push({ period, amount });
    left.set(period, subtract(unbilled, amount));
    return amount;
  };
  for (const { period, amount } of addUp(charges.flatMap(({ unbilled }) => unbilled ?? []))) {
    // What was carried is what is left of the month's newest usage.
    const isCarried = carried?.from === period;
    const ofCarried = isCarried ? take(carried.to, smaller(amount, carried.amount)) : ZERO;
    const ofMonth = subtract(amount, ofCarried);
    const unbilled = take(period, ofMonth);
    if (unbilled < ofMonth) {
      return refusal('usage_already_invoiced', undefined, { asked: ofMonth, unbilled });
    }
  }
  return parts;
}

function addUp(parts: readonly UnbilledPeriod[]): UnbilledPeriod[] {
  const totals = new Map<Period, Micros>();
  for (const { period, amount } of parts) {
    totals.set(period, sum(totals.get(period) ?? ZERO, amount));
  }
  return [...totals].map(([period, amount]) => ({ period, amount }));
}

/**
 * All that is left of a month is charged as a whole (R69): what the correction takes off the cost
 * is what the month costs less without it. Where that is another amount than was paid for it then
 * (a volume tier, a rounding), the difference is charged to nobody.
 */
function correctingPostings(
  { totals, invoicedUntil }: CorrectionFacts,
  event: UsageCharged,
  occurredAtMs: number,
  book: PriceBook,
  nowMs: number,
): UsagePosting[] {
  return postingsOf(event, occurredAtMs).map((posting) => {
    const { free, purchased, unbilled, postingPeriod: charged } = posting;
    const isInvoiced = invoicedUntil !== null && invoicedUntil >= charged;
    const postingPeriod = isInvoiced ? laterPeriod(charged, periodOf(nowMs)) : charged;
    const cost = costOf(posting, totals, book);
    return {
      ...posting,
      postingPeriod,
      quantity: (0 - posting.quantity) as Quantity,
      cost: less(cost),
      free: less(free),
      purchased: less(purchased),
      unbilled: less(unbilled),
      writtenOff: subtract(sum(free, purchased, unbilled), cost),
    };
  });
}

function costOf(
  posting: UsagePosting,
  totals: ReadonlyMap<string, UsageTotal>,
  book: PriceBook,
): Micros {
  const { priceId, usagePeriod: period } = posting;
  if (priceId === 0) return posting.cost;
  const price = book.byId.get(priceId);
  const total = totals.get(totalName({ priceId, period }));
  if (price === undefined || price.rate === null || total === undefined) {
    throw new Error(`usage at the price ${priceId} in ${period} is not there`);
  }
  const { meter, rate } = price;
  const left = amountOf(quantity(total.quantity - posting.quantity), { meter, rate });
  return subtract(amountOf(total.quantity, { meter, rate }), left);
}

function less(amount: Micros): Micros {
  return micros(0 - amount);
}

/** The totals once corrections were made. */
export function totalsAfter(
  totals: ReadonlyMap<string, UsageTotal>,
  corrections: readonly UsageCorrected[],
): ReadonlyMap<string, UsageTotal> {
  const after = new Map(totals);
  for (const { priceId, usagePeriod: period, ...less } of corrections.flatMap(
    ({ postings }) => postings,
  )) {
    const name = totalName({ priceId, period });
    const before = after.get(name);
    if (before === undefined) continue;
    after.set(name, {
      priceId,
      period,
      cost: sum(before.cost, less.cost),
      quantity: quantity(before.quantity + less.quantity),
    });
  }
  return after;
}
