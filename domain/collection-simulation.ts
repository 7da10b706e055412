import type { CollectionFacts } from './collection.ts';
import { dayMs } from './durations.ts';
import { isOurs } from './collection-history.ts';
import { playCollection, type Played } from './collection-play.ts';
import type { PlayableInvoice } from './collection-response.ts';
import { budgetShareUsed } from './network-budgets.ts';
import { sum, type Micros } from './money.ts';
import type { Policy } from './policy.ts';

/** What came of the same invoices under one policy. */
export interface CollectionOutcome {
  readonly policyVersion: string;
  readonly invoices: number;
  readonly askedFor: Micros;
  readonly collected: Micros;
  /** After the charge day; null where nothing was collected. */
  readonly medianDaysToCollect: number | null;
  /** Of those alone that the first charge did not pay. */
  readonly medianDaysOfDeclined: number | null;
  /** Made by itself. */
  readonly charges: number;
  readonly declines: number;
  /** The largest share that one card used up of one of its network's budgets, from 0 to 1. */
  readonly budgetShareUsed: number;
  /** Invoices that service was refused for at some time. */
  readonly suspended: number;
  /** Not collected in all the days that the policy allows, or waiting without an end. */
  readonly uncollected: number;
}

/** Plays each invoice through `nextStep` under the policy, alone. */
export function simulateCollection(
  invoices: Iterable<PlayableInvoice>,
  policy: Policy,
): CollectionOutcome {
  const results: Result[] = [];
  for (const invoice of invoices) {
    results.push(resultOf(invoice.facts, playCollection({ ...invoice, policy })));
  }
  const collected = results.filter(({ isCollected }) => isCollected);
  const declinedFirst = collected.filter(({ declines, days }) => declines > 0 || days > 1);
  const count = (of: (result: Result) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    policyVersion: policy.version,
    invoices: results.length,
    askedFor: sum(...results.map(({ due }) => due)),
    collected: sum(...collected.map(({ due }) => due)),
    medianDaysToCollect: median(collected.map(({ days }) => days)),
    medianDaysOfDeclined: median(declinedFirst.map(({ days }) => days)),
    charges: count(({ charges }) => charges),
    declines: count(({ declines }) => declines),
    budgetShareUsed: results.reduce((most, { share }) => Math.max(most, share), 0),
    suspended: count(({ isSuspended }) => (isSuspended ? 1 : 0)),
    uncollected: results.length - collected.length,
  };
}

interface Result {
  readonly due: Micros;
  readonly isCollected: boolean;
  readonly days: number;
  readonly charges: number;
  readonly declines: number;
  readonly share: number;
  readonly isSuspended: boolean;
}

function resultOf(before: CollectionFacts, { facts, step, atMs, suspendedAtMs }: Played): Result {
  const ours = facts.attempts.filter(isOurs);
  return {
    due: before.invoice.due,
    isCollected: step.step === 'over',
    days: (atMs - (before.invoice.chargeAtMs ?? before.invoice.dueAtMs)) / dayMs,
    charges: ours.length,
    declines: ours.filter(({ outcome }) => outcome === 'declined').length,
    share: largestShare(facts),
    isSuspended: suspendedAtMs !== null,
  };
}

/** Right after each charge, of the budgets that it counts to. */
function largestShare({ attempts, cardAttempts, currency }: CollectionFacts): number {
  const shares = attempts
    .filter(({ outcome }) => outcome === 'declined')
    .map(({ cardBrand, cardFingerprint, amount, origin, attemptedAtMs }) => {
      const onCard = cardAttempts.filter((other) => other.cardFingerprint === cardFingerprint);
      const charge = { brand: cardBrand ?? '', amount, currency, origin };
      return budgetShareUsed(charge, onCard, attemptedAtMs);
    });
  return Math.max(0, ...shares);
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [below, above] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[sorted.length >> 1]];
  return below === undefined || above === undefined ? null : (below + above) / 2;
}
