import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  nextChargeAtMs,
  nextStep,
  wakeAtMs,
  type CardAttempt,
  type CollectionFacts,
  type InvoiceAttempt,
} from '../../domain/collection.ts';
import { playCollection, type PlayedEvent } from '../../domain/collection-play.ts';
import { dueTimes } from '../../domain/collection-times.ts';
import { readDecline } from '../../domain/decline-reading.ts';
import { knownDeclineCodes } from '../../domain/declines.ts';
import type { Policy } from '../../domain/policy.ts';
import {
  aCard,
  answerOf,
  at,
  chargeAtMs,
  customerTries,
  dayMs,
  factsOf,
  newCard,
  otherDeclines,
  policy,
  retryNow,
} from './collection-situations.ts';

const hourMs = 3_600_000;
const soft = ['insufficient_funds', 'generic_decline', 'processing_error', 'try_again_later'];
const said = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...soft).map((declineCode) => ({ declineCode })) },
  fc.record({
    declineCode: fc.constantFrom(...soft, ...knownDeclineCodes),
    networkAdviceCode: fc.constantFrom(null, null, '02', '24', '26', '27', '30', '03', '40'),
    networkDeclineCode: fc.constantFrom(null, null, '51', '05', '91', '54', '46', '1A'),
    adviceCode: fc.constantFrom(null, null, 'try_again_later', 'do_not_try_again'),
  }),
);

const cards = [
  aCard('pm_visa', { fingerprint: 'fp_visa' }),
  aCard('pm_visa', { fingerprint: 'fp_visa', expiryYear: 2033 }),
  aCard('pm_visa_again', { fingerprint: 'fp_visa' }),
  aCard('pm_master', { brand: 'mastercard', fingerprint: 'fp_master' }),
  aCard('pm_other', { brand: 'amex', fingerprint: null }),
  aCard('pm_short', { brand: 'visa', fingerprint: 'fp_short', expiryMonth: 11, expiryYear: 2026 }),
] as const;
const card = fc.constantFrom(...cards);

const instants = fc.integer({ min: -3 * 24 * 4, max: 40 * 24 * 4 }).map((q) => at(0, q / 4));
const events: fc.Arbitrary<PlayedEvent[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.tuple(instants, card).map(([ms, one]) => newCard(ms, one)) },
      fc.tuple(instants, said).map(([ms, one]) => customerTries(ms, one.declineCode)),
      instants.map(retryNow),
    ),
    { maxLength: 6 },
  )
  .map((all) => all.toSorted((a, b) => a.atMs - b.atMs));

const pauses = fc.array(
  fc.tuple(instants, fc.integer({ min: 0, max: 12 * 24 })).map(([fromMs, hours]) => ({
    reason: 'dispute' as const,
    fromMs,
    untilMs: fromMs + hours * hourMs,
  })),
  { maxLength: 2 },
);

/** Many declines of the card for other things: budgets are nearly used up. */
const others: fc.Arbitrary<CardAttempt[]> = fc
  .record({
    count: fc.constantFrom(0, 0, 8, 18, 30),
    stepHours: fc.constantFrom(0.5, 2, 18),
    networkAdviceCode: fc.constantFrom(null, null, null, '26', '21'),
    brand: fc.constantFrom('visa', 'mastercard'),
  })
  .map(({ count, stepHours, networkAdviceCode, brand: cardBrand }) => {
    const hours = Array.from({ length: count }, (_, index) => (count - index) * stepHours);
    const cardFingerprint = cardBrand === 'visa' ? 'fp_visa' : 'fp_master';
    return otherDeclines(hours, { cardFingerprint, cardBrand }).map((one, index) =>
      index === count - 1 ? { ...one, networkAdviceCode } : one,
    );
  });

const policies: fc.Arbitrary<Policy> = fc
  .record({
    retryAfterDays: fc.constantFrom(
      [1, 3, 5, 7],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      [3, 6, 9],
      [],
    ),
    maximumAttempts: fc.constantFrom(8, 3, 15),
    daytimeHours: fc.constantFrom(
      { from: 8, until: 20 },
      { from: 0, until: 24 },
      { from: 22, until: 24 },
    ),
  })
  .map((collection) => ({ ...policy, collection: { ...policy.collection, ...collection } }));

const histories = fc.record({
  ...{ events, pauses, others, policy: policies, card },
  banks: fc.array(said, { minLength: 60, maxLength: 60 }),
  timeZone: fc.constantFrom(
    null,
    'Europe/Berlin',
    'America/Los_Angeles',
    'Asia/Kolkata',
    'Pacific/Apia',
  ),
});
type History = typeof histories extends fc.Arbitrary<infer Value> ? Value : never;

/** Never paid: every charge that can be made is made. */
function played({ card: first, ...history }: History): CollectionFacts {
  const facts = { ...factsOf({ card: first }), timeZone: history.timeZone };
  const { facts: after } = playCollection({
    facts: { ...facts, pauses: history.pauses, cardAttempts: history.others },
    ...{ startMs: at(-2), policy: history.policy, events: history.events, react: () => null },
    answer: ({ attempt }) => {
      const one = history.banks[attempt - 1];
      if (one === undefined) throw new Error('more charges than two schedules can have');
      return answerOf(one);
    },
  });
  return after;
}

interface Made {
  readonly attempt: InvoiceAttempt;
  readonly before: readonly InvoiceAttempt[];
  readonly onCardBefore: readonly CardAttempt[];
}

/** Every charge of ours, with what was known when it was made. */
function chargesOf(facts: CollectionFacts): Made[] {
  return facts.attempts.flatMap((attempt, index) => {
    if (attempt.origin === 'customer') return [];
    const before = facts.attempts.slice(0, index);
    const earlier = facts.cardAttempts.filter(
      ({ attemptId, attemptedAtMs }) =>
        attemptId !== attempt.attemptId && attemptedAtMs <= attempt.attemptedAtMs,
    );
    const isSame = (other: CardAttempt | InvoiceAttempt) =>
      attempt.cardFingerprint === null
        ? 'method' in other && other.method === attempt.method
        : other.cardFingerprint === attempt.cardFingerprint;
    return [{ attempt, before, onCardBefore: earlier.filter(isSame) }];
  });
}

function everyCharge(check: (made: Made, history: History, facts: CollectionFacts) => void) {
  let charges = 0;
  fc.assert(
    fc.property(histories, (history) => {
      const facts = played(history);
      for (const made of chargesOf(facts)) {
        charges += 1;
        check(made, history, facts);
      }
    }),
    { numRuns: 400 },
  );
  expect(charges).toBeGreaterThan(400);
}

const localDay = (ms: number, timeZone: string | null) =>
  new Date(ms).toLocaleString('sv-SE', { timeZone: timeZone ?? 'UTC' }).slice(0, 10);
const localHour = (ms: number, timeZone: string | null) =>
  Number(new Date(ms).toLocaleString('sv-SE', { timeZone: timeZone ?? 'UTC' }).slice(11, 13));
const isHard = (one: InvoiceAttempt) =>
  one.outcome === 'declined' &&
  ['hard', 'data', 'consent_gone', 'authentication'].includes(readDecline(one).class);

it('R49 the first hard code ends a method for the invoice', () => {
  everyCharge(({ attempt, before }) => {
    const ended = before.filter((one) => one.method === attempt.method && isHard(one));
    expect(ended).toEqual([]);
  });
});

it('R49 a card that a network forbids is not charged for 30 days, whatever it was charged for', () => {
  everyCharge(({ attempt, onCardBefore }) => {
    const bans = onCardBefore.filter(
      (one) => readDecline(one).isNever && one.attemptedAtMs > attempt.attemptedAtMs - 30 * dayMs,
    );
    expect(bans).toEqual([]);
  });
});

it('R49 no charge comes before the time that advice asks for', () => {
  everyCharge(({ attempt, onCardBefore }) => {
    for (const one of onCardBefore) {
      const untilMs =
        one.attemptedAtMs + (one.outcome === 'declined' ? readDecline(one).waitMs : 0);
      expect(attempt.attemptedAtMs).toBeGreaterThanOrEqual(untilMs);
    }
  });
});

it('R49 no charge exceeds a budget of its network', () => {
  everyCharge(({ attempt, onCardBefore }) => {
    const within = (ms: number) =>
      onCardBefore.filter(
        ({ attemptedAtMs, outcome }) =>
          outcome === 'declined' && attemptedAtMs > attempt.attemptedAtMs - ms,
      );
    if (attempt.cardBrand === 'mastercard') {
      expect(within(dayMs).length).toBeLessThan(10);
      expect(within(30 * dayMs).length).toBeLessThan(35);
    }
    if (attempt.cardBrand === 'visa') {
      const same = within(30 * dayMs).filter(
        ({ amount, origin }) => amount === attempt.amount && origin !== 'customer',
      );
      expect(same.length).toBeLessThan(20);
    }
  });
});

it('R49 at most so many charges by itself in 14 days, and none on another’s day', () => {
  everyCharge(({ attempt, before }, history) => {
    if (attempt.origin === 'operator') return;
    const ours = before.filter(({ origin }) => origin !== 'customer');
    const recent = ours.filter((one) => one.attemptedAtMs > attempt.attemptedAtMs - 14 * dayMs);
    expect(recent.length).toBeLessThan(history.policy.collection.maximumAttempts);
    const { timeZone } = history;
    const day = localDay(attempt.attemptedAtMs, timeZone);
    const onDay = before.filter(
      (one) =>
        (one.method === attempt.method ||
          (one.cardFingerprint !== null && one.cardFingerprint === attempt.cardFingerprint)) &&
        localDay(one.attemptedAtMs, timeZone) === day,
    );
    if (ours.length === 0) return;
    const last = onDay.at(-1);
    const isRepeat =
      last !== undefined && last.origin !== 'customer' && readDecline(last).class === 'technical';
    if (!isRepeat) expect(onDay).toEqual([]);
    else expect(attempt.attemptedAtMs - last.attemptedAtMs).toBeGreaterThanOrEqual(hourMs);
  });
});

it('R49 R50 retries are by day, and nothing is charged before the charge day or in a pause', () => {
  everyCharge(({ attempt, before }, history) => {
    const ms = attempt.attemptedAtMs;
    const isPaused = history.pauses.some(({ fromMs, untilMs }) => fromMs <= ms && ms < untilMs);
    expect(isPaused).toBe(false);
    if (attempt.origin === 'operator') return;
    expect(ms).toBeGreaterThanOrEqual(chargeAtMs);
    if (!before.some(({ origin }) => origin !== 'customer')) return;
    const { from, until } = history.policy.collection.daytimeHours;
    const hour = localHour(ms, history.timeZone);
    expect(hour >= from && hour < until, `${hour} o’clock`).toBe(true);
  });
});

it('R49 a plain no is followed by three retries at most, each three days after the last charge', () => {
  everyCharge(({ attempt, before }) => {
    if (attempt.origin === 'operator') return;
    const own = before.filter(
      ({ method, origin }) => method === attempt.method && origin !== 'customer',
    );
    const last = own.at(-1);
    if (last === undefined || readDecline(last).class !== 'soft_weak') return;
    expect(own.filter((one) => readDecline(one).class === 'soft_weak').length).toBeLessThan(4);
    expect(attempt.attemptedAtMs - last.attemptedAtMs).toBeGreaterThanOrEqual(3 * dayMs);
  });
});

it('R49 of the methods only the first and the second begin a schedule', () => {
  everyCharge(({ attempt, before }, history) => {
    if (attempt.origin === 'operator') return;
    const ours = before.filter(({ origin }) => origin !== 'customer');
    const methods = [...new Set(ours.map(({ method }) => method))];
    if (methods.length < 3 || methods.includes(attempt.method)) return;
    const second = ours.find(({ method }) => method === methods[1]);
    const days = Math.max(0, ...history.policy.collection.retryAfterDays);
    const paused = history.pauses.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
    // Budgets, advice and the ceiling may put the last slot off, but each only once.
    const latest = (second?.attemptedAtMs ?? 0) + days * dayMs + paused + 45 * dayMs;
    expect(attempt.attemptedAtMs).toBeLessThan(latest);
    expect(days).toBeGreaterThan(0);
  });
});

it('B12 asked again before it wakes, the answer is the same, and so is how the invoice stands', () => {
  let waits = 0;
  const moments = fc.record({
    ...{ history: histories, attempts: fc.nat({ max: 8 }) },
    ...{
      afterMs: fc.integer({ min: 0, max: 30 * dayMs }),
      shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
        minLength: 4,
        maxLength: 4,
      }),
    },
  });
  fc.assert(
    fc.property(moments, ({ history, attempts: count, afterMs, shares }) => {
      const all = played(history);
      const attempts = all.attempts.slice(0, count);
      const lastMs = attempts.at(-1)?.attemptedAtMs ?? at(-2);
      const facts: CollectionFacts = {
        ...{ ...all, attempts },
        cardAttempts: all.cardAttempts.filter(({ attemptedAtMs }) => attemptedAtMs <= lastMs),
        retryAskedAtMs: shares[0] !== undefined && shares[0] > 0.8 ? lastMs : null,
      };
      const nowMs = lastMs + afterMs;
      const step = nextStep(facts, history.policy, nowMs);
      const wakeMs = wakeAtMs(facts, step, history.policy, nowMs);
      if (step.step === 'over') expect(wakeMs).toBe(null);
      if (step.step === 'charge' || step.step === 'give_up') expect(wakeMs).toBe(nowMs);
      if (wakeMs === null || wakeMs === nowMs) return;
      waits += 1;
      const due = { ...facts.invoice, ...facts, nextChargeAtMs: nextChargeAtMs(step, nowMs) };
      const times = Object.values(dueTimes(due, history.policy)) as (number | null)[];
      for (const share of [...shares, 1]) {
        const ms = Math.min(wakeMs - 1, Math.floor(nowMs + (wakeMs - nowMs) * share));
        expect(nextStep(facts, history.policy, ms)).toEqual(step);
        for (const time of times) {
          if (time !== null) expect(ms >= time).toBe(nowMs >= time);
        }
      }
    }),
    { numRuns: 1_000 },
  );
  expect(waits).toBeGreaterThan(300);
});

it('R49 whatever is declined, it ends: with the schedule, or on the last day', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const facts = played(history);
      const ours = facts.attempts.filter(({ origin }) => origin !== 'customer');
      const methods = new Set(ours.map(({ method }) => method)).size;
      const asked = ours.filter(({ origin }) => origin === 'operator').length;
      const slots = history.policy.collection.retryAfterDays.length;
      // Two schedules, the first charge of each, and two technical repeats of each method.
      expect(ours.length).toBeLessThanOrEqual(2 * (slots + 1) + 2 * methods + asked);
    }),
    { numRuns: 200 },
  );
});
