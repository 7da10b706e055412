import { describe, expect, it } from 'vitest';
import { playCollection } from '../../domain/collection-play.ts';
import { recordedInvoice } from '../../domain/collection-recorded.ts';
import { generatedInvoice, type PlayableInvoice } from '../../domain/collection-response.ts';
import { simulateCollection } from '../../domain/collection-simulation.ts';
import type { Policy } from '../../domain/policy.ts';
import { situations } from './collection-histories.ts';
import {
  answerOf,
  at,
  chargeAtMs,
  factsOf,
  mastercard,
  play,
  policy,
} from './collection-situations.ts';
import { dollars } from './samples.ts';

const generated = (seed: number, count: number) =>
  Array.from({ length: count }, (_, index) => generatedInvoice(seed, index));
const retryingAfter = (retryAfterDays: readonly number[]): Policy => ({
  ...policy,
  ...{ version: 'other', collection: { ...policy.collection, retryAfterDays } },
});

describe('a simulation of generated invoices', () => {
  it('gives the same for the same seed, and other things for another', () => {
    const first = simulateCollection(generated(7, 500), policy);
    expect(simulateCollection(generated(7, 500), policy)).toEqual(first);
    expect(simulateCollection(generated(8, 500), policy)).not.toEqual(first);
    expect(simulateCollection(generated(7, 250), policy).askedFor).toBeLessThan(first.askedFor);
  });

  it('meets the same banks and customers under every policy', () => {
    const [usual, none] = [policy, retryingAfter([])].map((one) =>
      simulateCollection(generated(1, 2_000), one),
    );
    if (usual === undefined || none === undefined) throw new Error('nothing was played');
    expect(none.askedFor).toBe(usual.askedFor);
    expect(none.collected).toBeLessThan(usual.collected);
    expect(none.charges).toBeLessThan(usual.charges);
    expect(none.suspended).toBeGreaterThan(usual.suspended);
    expect(none.uncollected).toBeGreaterThan(usual.uncollected);
  });

  it('is answered as the model says: 85 of 100 by the first charge', () => {
    const once = generated(3, 4_000).filter((invoice) => {
      const { facts } = playCollection({ ...invoice, policy });
      return facts.attempts.length === 1 && facts.attempts[0]?.outcome === 'succeeded';
    });
    expect(once.length / 4_000).toBeCloseTo(0.85, 1);
  });

  it('plays ten thousand invoices', () => {
    expect(simulateCollection(generated(1, 10_000), policy).invoices).toBe(10_000);
  });
});

describe('the outcome', () => {
  const one = (banks: readonly string[], change = {}): PlayableInvoice => ({
    ...{ facts: factsOf(change), startMs: at(-1), events: [], react: () => null },
    answer: ({ attempt }) => answerOf(banks[attempt - 1] ?? banks.at(-1) ?? 'paid'),
  });

  it('counts money, days, charges, budgets and suspensions', () => {
    const soft = 'insufficient_funds';
    const invoices = [
      one(['paid']),
      one([soft, 'paid']),
      one([soft, soft, 'paid']),
      one([soft], { card: mastercard }),
    ];
    expect(simulateCollection(invoices, policy)).toEqual({
      ...{ policyVersion: policy.version, invoices: 4, askedFor: dollars(120) },
      ...{ collected: dollars(90), charges: 1 + 2 + 3 + 5, declines: 0 + 1 + 2 + 5 },
      // Of 0, 1 day 8 hours and 3 days 8 hours.
      ...{ medianDaysToCollect: 4 / 3, medianDaysOfDeclined: (4 / 3 + 10 / 3) / 2 },
      // Five declines of a Mastercard within 30 days, and two of a Visa.
      ...{ budgetShareUsed: 5 / 35, suspended: 1, uncollected: 1 },
    });
  });

  it('is empty for no invoices', () => {
    expect(simulateCollection([], policy)).toMatchObject({
      ...{ invoices: 0, askedFor: 0, collected: 0, medianDaysToCollect: null, budgetShareUsed: 0 },
    });
  });
});

describe('a recorded collection, replayed under the policy it had', () => {
  const played = situations
    .map((situation) => ({ situation, result: play(situation) }))
    .filter(({ situation: { facts }, result }) => {
      return result.charges.length > 0 && facts?.cardAttempts === undefined;
    });

  it.each(played)('is charged again as it was: $situation.name', ({ situation, result }) => {
    const before = factsOf(situation);
    const { facts } = playCollection({
      ...recordedInvoice({ ...before, attempts: result.facts.attempts }),
      policy: situation.policy ?? policy,
    });
    const told = ({ attempts }: typeof facts) =>
      attempts.map(({ attemptedAtMs, outcome, origin }) => [attemptedAtMs, outcome, origin]);
    expect(told(facts)).toEqual(told(result.facts));
    expect(facts.invoice.due).toBe(result.facts.invoice.due);
  });

  it('meets its bank at other instants where the policy differs', () => {
    const history = played.find(({ situation }) => situation.name.includes('third try'));
    if (history === undefined) throw new Error('no such history');
    const recorded = recordedInvoice({
      ...factsOf({}),
      attempts: history.result.facts.attempts,
    });
    // It was paid on day 3; whoever asks on day 2 hears what the bank said on day 1.
    const { facts } = playCollection({ ...recorded, policy: retryingAfter([2, 6]) });
    expect(facts.attempts.map(({ outcome, attemptedAtMs }) => [outcome, attemptedAtMs])).toEqual([
      ['declined', chargeAtMs],
      ['declined', at(2, 8)],
      ['succeeded', at(6, 8)],
    ]);
  });
});
