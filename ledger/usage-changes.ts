import type { AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { UsageCharged } from '../domain/billing-events.ts';
import { periodOf } from '../domain/period.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { priceAt, type PriceBook } from '../domain/price.ts';
import {
  decideHoldUsage,
  decideUsage,
  type UsageAnswer,
  type UsageDecision,
  type UsageEvent,
} from '../domain/usage.ts';
import type { Change } from './change.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts, UsageReading } from './facts.ts';

/** What is in force while usage is reported. */
export interface UsageTime {
  readonly policies: PolicySchedule;
  /** The clock; an account's own time is reckoned from it under the lock. */
  readonly nowMs: number;
  readonly book: PriceBook;
}

export interface UsageResult {
  /** One for each event, in their order. */
  readonly answers: readonly UsageAnswer[];
  /** Null where nothing was accepted. */
  readonly event: UsageCharged | null;
}

/** Charges events that name no hold; their rows are what makes it happen once. */
export function usageChange(
  accountId: AccountId,
  events: readonly UsageEvent[],
  time: UsageTime,
): Change<UsageResult> {
  return {
    accountId,
    entry: headOf(time),
    reads: { access: true, usage: readingOf(events, time.book) },
    decide: (facts) => decisionOf(decideUsage(facts, events, rulesOf(facts, time)), facts, time),
  };
}

/** Charges an event that names a hold, and settles it. */
export function holdUsageChange(
  accountId: AccountId,
  event: UsageEvent & { readonly holdId: string },
  time: UsageTime,
): Change<UsageResult> {
  const { holdId } = event;
  return {
    accountId,
    entry: headOf(time),
    reads: { access: true, holdId, usage: readingOf([event], time.book) },
    decide: (facts) => {
      const hold = facts.holds.get(holdId) ?? null;
      return decisionOf(decideHoldUsage(facts, event, hold, rulesOf(facts, time)), facts, time);
    },
  };
}

function headOf({ policies, nowMs }: UsageTime) {
  return { key: null, input: null, policies, occurredAtMs: nowMs };
}

/** What usage of this account is decided by, at the account's own time. */
export function rulesOf({ account }: AccountFacts, { policies, book, nowMs: clockMs }: UsageTime) {
  const nowMs = accountNowMs(account, clockMs);
  return { book, policy: policyAt(policies, nowMs), nowMs };
}

/** What a decision about usage records, with any result. */
export function recordingOf(
  { event, hold, recorded }: UsageDecision,
  { account }: AccountFacts,
  { nowMs }: UsageTime,
): Omit<Decision<never>, 'result'> {
  if (event === null) return {};
  return {
    events: [event],
    usage: recorded,
    occurredAtMs: accountNowMs(account, nowMs),
    ...(hold && { hold }),
  };
}

function decisionOf(
  decision: UsageDecision,
  facts: AccountFacts,
  time: UsageTime,
): Decision<UsageResult> {
  const { answers, event } = decision;
  return { result: { answers, event }, ...recordingOf(decision, facts, time) };
}

/**
 * What has to be read for events before the account's currency is known: their keys, and the totals
 * of their prices in every currency that has any.
 */
export function readingOf(events: readonly UsageEvent[], book: PriceBook): UsageReading {
  const prices = new Map<string, UsageReading['prices'][number]>();
  for (const { model, quantities, occurredAtMs } of events) {
    const period = periodOf(occurredAtMs);
    for (const { meter } of quantities) {
      for (const currency of book.currencies) {
        const priceId = priceAt(book, { currency, model, meter }, occurredAtMs)?.priceId;
        if (priceId !== undefined) prices.set(`${priceId} ${period}`, { priceId, period });
      }
    }
  }
  return { usageKeys: events.map(({ usageKey }) => usageKey), prices: [...prices.values()] };
}
