import type { AccessFacts } from './access.ts';
import type { UsageCharge, UsageCharged, UsageLine } from './billing-events.ts';
import { balancesAfter, transfersOf } from './bookkeeping.ts';
import { refusal, type Refusal } from './failures.ts';
import { decideSettle, meansOf } from './hold-decisions.ts';
import type { Hold } from './holds.ts';
import { lotsAfter } from './lots.ts';
import type { Meter, Quantity } from './meter.ts';
import { sum, type Micros } from './money.ts';
import type { Policy } from './policy.ts';
import type { PriceBook } from './price.ts';
import { chargeUsage } from './usage-charge.ts';
import type { PricedQuantity } from './usage-quantities.ts';
import {
  priceQuantities,
  totalAfter,
  totalName,
  UsageTally,
  type ChargeableLines,
  type UsageTotal,
} from './usage-tally.ts';

/** What somebody used, as it is told to us. */
export interface UsageEvent {
  /** A UUID made from its id: what it is known by within the account, for ever (R66). */
  readonly usageKey: string;
  readonly occurredAtMs: number;
  readonly model: string;
  /** Each meter once. */
  readonly quantities: readonly MeteredQuantity[];
  /** The hold its request ran under; null: none. */
  readonly holdId: string | null;
}

export interface MeteredQuantity {
  readonly meter: Meter;
  readonly quantity: Quantity;
}

/** An event that was charged, as it is kept. Its model and meters are those of its prices. */
export interface RecordedUsage {
  readonly usageKey: string;
  readonly occurredAtMs: number;
  readonly quantities: readonly PricedQuantity[];
}

/** What deciding about usage takes beside what access depends on. */
export interface UsageFacts {
  /** Of the events that are told: those that were told before, by their keys. */
  readonly recorded: ReadonlyMap<string, RecordedUsage>;
  /** Of the prices and months that they may be charged at, by `totalName`. */
  readonly totals: ReadonlyMap<string, UsageTotal>;
}

export type UsageAnswer =
  /** Charged now; `hold` says what became of the one it names. */
  | { readonly status: 'accepted'; readonly hold: 'settled' | 'ended' | 'unknown' | null }
  /** Told before in the same words: nothing happened. */
  | { readonly status: 'duplicate' }
  | { readonly status: 'conflict' | 'rejected'; readonly refusal: Refusal };

export interface UsageDecision {
  /** One for each event, in their order. */
  readonly answers: readonly UsageAnswer[];
  /** Null where nothing was accepted. */
  readonly event: UsageCharged | null;
  /** The hold that was settled. */
  readonly hold: Hold | null;
  readonly recorded: readonly RecordedUsage[];
}

/** What is in force while usage is decided about. */
export interface UsageRules {
  readonly book: PriceBook;
  readonly policy: Policy;
  /** The account's own time. */
  readonly nowMs: number;
}

type Facts = AccessFacts & { readonly usage: UsageFacts };

/**
 * Charges usage that was told by itself: each event once, at the price of its instant, up to what
 * is spendable now (R21, R66, R69). A bad event is answered and left out; the others count.
 */
export function decideUsage(
  facts: Facts,
  events: readonly UsageEvent[],
  rules: UsageRules,
): UsageDecision {
  const { tally, answers } = take(facts, events, rules);
  const charges = chargeAll(facts, tally.linesByCharge(rules.nowMs), rules);
  return {
    answers,
    event: charges.length === 0 ? null : { kind: 'usage_charged', holdId: null, charges },
    hold: null,
    recorded: tally.recorded,
  };
}

/**
 * Charges the usage of one request that ran under a hold, and ends the hold (R20). One that was
 * ended before, or that nobody knows, reserves nothing: the usage is charged all the same (R21).
 */
export function decideHoldUsage(
  facts: Facts,
  event: UsageEvent,
  hold: Hold | null,
  rules: UsageRules,
): UsageDecision {
  const isOpen = hold?.state === 'open' || hold?.state === 'expired';
  if (!isOpen) {
    const decision = decideUsage(facts, [event], rules);
    const became = hold === null ? 'unknown' : 'ended';
    return { ...decision, answers: decision.answers.map((answer) => withHold(answer, became)) };
  }
  const { tally, answers } = take(facts, [event], rules);
  const [used] = tally.linesByCharge(rules.nowMs);
  if (used === undefined) return { answers, event: null, hold: null, recorded: [] };
  const { postingPeriod } = used;
  const cost = costOf(used.lines);
  // What it really ran decides which credits it may use, not what was asked for.
  const asRun = { ...hold, model: event.model };
  const settled = decideSettle(facts, asRun, { cost, postingPeriod }, rules.policy, rules.nowMs);
  const charges = settled.event.charges.map((charge) => ({ ...charge, lines: used.lines }));
  return {
    answers: answers.map((answer) => withHold(answer, 'settled')),
    event: { ...settled.event, charges },
    hold: { ...settled.hold, model: hold.model },
    recorded: tally.recorded,
  };
}

function withHold(answer: UsageAnswer, hold: 'settled' | 'ended' | 'unknown'): UsageAnswer {
  return answer.status === 'accepted' ? { status: 'accepted', hold } : answer;
}

/** Sorts the events, and adds up what those that count have used. */
function take({ account, usage }: Facts, events: readonly UsageEvent[], rules: UsageRules) {
  const { book, policy, nowMs } = rules;
  const tally = new UsageTally(usage.totals);
  const told = new Map(usage.recorded);
  const answers = events.map((event): UsageAnswer => {
    const earlier = told.get(event.usageKey);
    if (earlier !== undefined) return repeated(event, earlier, book);
    if (account.status === 'closed') return rejected(refusal('account_closed'));
    const mistimed = refuseTime(event, policy, nowMs);
    if (mistimed !== null) return rejected(mistimed);
    const priced = priceQuantities(event, account.currency, book);
    if (priced.status === 'refused') return rejected(priced.refusal);
    const tooLarge = tally.add(event, priced.quantities);
    if (tooLarge !== null) return rejected(tooLarge);
    const quantities = priced.quantities.map(({ price, quantity }) => {
      return { priceId: price.priceId, quantity };
    });
    const { usageKey, occurredAtMs } = event;
    told.set(usageKey, tally.record({ usageKey, occurredAtMs, quantities }));
    return { status: 'accepted', hold: null };
  });
  return { tally, answers };
}

function rejected(reason: Refusal): UsageAnswer {
  return { status: 'rejected', refusal: reason };
}

function repeated(event: UsageEvent, earlier: RecordedUsage, book: PriceBook): UsageAnswer {
  return isSame(event, earlier, book)
    ? { status: 'duplicate' }
    : { status: 'conflict', refusal: refusal('usage_conflict') };
}

/** By model and meters, not by prices: an earlier price may have been recorded since. */
function isSame(event: UsageEvent, earlier: RecordedUsage, book: PriceBook): boolean {
  if (event.occurredAtMs !== earlier.occurredAtMs) return false;
  const entries = earlier.quantities.map(({ priceId, quantity }) => {
    const entry = book.byId.get(priceId);
    if (entry === undefined) throw new Error(`usage has the price ${priceId}, the book has not`);
    return { model: entry.model, meter: entry.meter, quantity };
  });
  const quantityOf = (quantities: readonly MeteredQuantity[], meter: Meter) =>
    quantities.find((one) => one.meter === meter)?.quantity ?? 0;
  return (
    entries.every(({ model }) => model === event.model) &&
    [...entries, ...event.quantities].every(
      ({ meter }) => quantityOf(entries, meter) === quantityOf(event.quantities, meter),
    )
  );
}

function refuseTime({ occurredAtMs }: UsageEvent, { usage }: Policy, nowMs: number) {
  const earliestMs = nowMs - usage.maximumAgeMs;
  const latestMs = nowMs + usage.maximumAheadMs;
  if (occurredAtMs >= earliestMs && occurredAtMs <= latestMs) return null;
  const [earliest, latest] = [earliestMs, latestMs].map((ms) => new Date(ms).toISOString());
  return refusal('usage_time_out_of_range', `Now it may be from ${earliest} to ${latest}.`);
}

/** Each is charged from what the ones before it left. */
function chargeAll(
  facts: AccessFacts,
  used: readonly ChargeableLines[],
  { policy, nowMs }: UsageRules,
): UsageCharge[] {
  let left = facts;
  return used.map(({ model, postingPeriod, lines }, index) => {
    const means = meansOf(left, { model }, policy, nowMs);
    const cost = costOf(lines);
    const charge = { ...chargeUsage({ cost, model, postingPeriod }, means, policy), lines };
    if (index < used.length - 1) left = afterCharge(left, charge);
    return charge;
  });
}

function costOf(lines: readonly UsageLine[]): Micros {
  return sum(...lines.map(({ amount }) => amount));
}

function afterCharge(facts: AccessFacts, charge: UsageCharge): AccessFacts {
  const event: UsageCharged = { kind: 'usage_charged', holdId: null, charges: [charge] };
  const transfers = transfersOf(event, facts.balances.version + 1);
  return {
    ...facts,
    lots: lotsAfter(facts.lots, transfers),
    balances: balancesAfter(facts.balances, event, transfers),
  };
}

/** What is known of usage after a decision, for the next one about the same account. */
export function usageAfter(
  before: UsageFacts,
  event: UsageCharged,
  recorded: readonly RecordedUsage[],
): UsageFacts {
  const lines = event.charges.flatMap((charge) => charge.lines ?? []);
  if (lines.length === 0) return before;
  const totals = new Map(before.totals);
  for (const line of lines) {
    const name = totalName(line);
    totals.set(name, totalAfter(totals.get(name), line));
  }
  return {
    totals,
    recorded: new Map([...before.recorded, ...recorded.map((row) => [row.usageKey, row] as const)]),
  };
}
