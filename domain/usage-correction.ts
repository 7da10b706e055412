import type { CreditLot, LotPart, UnbilledPeriod } from './account.ts';
import type { UnbilledPart, UsageCharged, UsageCorrected } from './billing-events.ts';
import { refusal, type Refusal } from './failures.ts';
import { quantity, type Quantity } from './meter.ts';
import { micros, smaller, subtract, sum, totalOf, ZERO, type Micros } from './money.ts';
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
  const { eventId, event } = charged;
  const owed = takeBack(facts, event);
  if ('code' in owed) return owed;
  const costs = correctedCosts(facts, charged, book, nowMs);
  const back = totalOf(costs.map(({ back: amount }) => ({ amount })));
  const given = giveBack(facts, { event, owed, costs }, back, nowMs);
  const isOver = ({ lotId }: LotPart) => isLotOver(lotNamed(facts, lotId), nowMs);
  const ended = [...given.free, ...given.purchased].filter(isOver);
  return {
    kind: 'usage_corrected',
    eventId,
    reason,
    unbilled: given.unbilled,
    free: given.free.filter((part) => !isOver(part)),
    purchased: given.purchased.filter((part) => !isOver(part)),
    ended: totalOf(ended),
    postings: correctingPostings(costs, given),
  };
}

function lotNamed({ lots }: CorrectionFacts, lotId: number): CreditLot {
  const lot = lots.find((other) => other.lotId === lotId);
  if (lot === undefined) throw new Error(`usage was paid from lot ${lotId}, which is not there`);
  return lot;
}

function isLotOver({ expiresAtMs }: CreditLot, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
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

/** A posting that is taken back. */
interface CorrectedCost {
  readonly posting: UsagePosting;
  /** The month it is taken back in. */
  readonly postingPeriod: Period;
  /** What the month costs less without it. */
  readonly cost: Micros;
  /** What of that was charged to somebody, and is given back. */
  readonly back: Micros;
}

/**
 * All that is left of a month is charged as a whole (R69): what is given back is what the month costs
 * less without this usage, by a rounding or a volume tier another amount than was paid for it then.
 */
function correctedCosts(
  { totals, invoicedUntil }: CorrectionFacts,
  { event, occurredAtMs }: ChargedUsage,
  book: PriceBook,
  nowMs: number,
): CorrectedCost[] {
  return postingsOf(event, occurredAtMs).map((posting) => {
    const { postingPeriod: charged, writtenOff } = posting;
    const isInvoiced = invoicedUntil !== null && invoicedUntil >= charged;
    const postingPeriod = isInvoiced ? laterPeriod(charged, periodOf(nowMs)) : charged;
    const cost = costOf(posting, totals, book);
    const back = cost > writtenOff ? subtract(cost, writtenOff) : ZERO;
    return { posting, postingPeriod, cost, back };
  });
}

interface GivenBack {
  readonly unbilled: readonly UnbilledPart[];
  readonly purchased: readonly LotPart[];
  readonly free: readonly LotPart[];
}

/**
 * Where an amount goes back to: to what paid this usage, what paid last first. What is more than that
 * was paid by other usage of the same prices: it goes to what is unbilled of the same months, or to
 * credits that were spent. What of it is on an invoice by now finds no place (decision 0016).
 */
function giveBack(
  facts: CorrectionFacts,
  usage: {
    readonly event: UsageCharged;
    readonly owed: readonly UnbilledPart[];
    readonly costs: readonly CorrectedCost[];
  },
  amount: Micros,
  nowMs: number,
): GivenBack {
  let missing = amount;
  const unbilled = new Map<Period, Micros>();
  const lots = new Map<number, Micros>();
  const give = <Key>(to: Map<Key, Micros>, key: Key, most: number): void => {
    const part = smaller(missing, micros(Math.max(0, most)));
    if (part > 0) to.set(key, sum(to.get(key) ?? ZERO, part));
    missing = subtract(missing, part);
  };
  const spent = (lot: CreditLot) => lot.amount - lot.remaining - (lots.get(lot.lotId) ?? 0);
  for (const part of usage.owed) give(unbilled, part.period, part.amount);
  const { charges } = usage.event;
  const paidBy = [
    ...charges.flatMap((one) => one.purchased),
    ...charges.flatMap((one) => one.free),
  ];
  for (const part of paidBy) {
    const lot = lotNamed(facts, part.lotId);
    give(lots, lot.lotId, isLotOver(lot, nowMs) ? part.amount : Math.min(part.amount, spent(lot)));
  }
  const months = new Set(usage.costs.map(({ posting }) => posting.postingPeriod));
  for (const { period, amount: left } of facts.unbilledPeriods) {
    if (months.has(period)) give(unbilled, period, left - (unbilled.get(period) ?? 0));
  }
  for (const lot of facts.lots) if (!isLotOver(lot, nowMs)) give(lots, lot.lotId, spent(lot));
  const ofKind = (kind: CreditLot['kind']): LotPart[] =>
    [...lots].flatMap(([lotId, part]) =>
      lotNamed(facts, lotId).kind === kind ? [{ lotId, amount: part }] : [],
    );
  return {
    unbilled: [...unbilled].map(([period, part]) => ({ period, amount: part })),
    purchased: ofKind('purchased'),
    free: ofKind('free'),
  };
}

/** What is given back is shared by the postings in their order; below zero, as they take back. */
function correctingPostings(costs: readonly CorrectedCost[], given: GivenBack): UsagePosting[] {
  const left = {
    unbilled: totalOf(given.unbilled),
    purchased: totalOf(given.purchased),
    free: totalOf(given.free),
  };
  return costs.map(({ posting, postingPeriod, cost, back }) => {
    let missing = back;
    const take = (pot: keyof typeof left): Micros => {
      const part = smaller(missing, left[pot]);
      left[pot] = subtract(left[pot], part);
      missing = subtract(missing, part);
      return part;
    };
    const unbilled = take('unbilled');
    const purchased = take('purchased');
    const free = take('free');
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
