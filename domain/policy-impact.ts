import type { AccountId } from './account.ts';
import type { CurrencyCode } from './currencies.ts';
import { subtract, type Micros } from './money.ts';
import type { Policy } from './policy.ts';
import { standingBy, type StandingFacts } from './standing.ts';

/** What a change of policy does to the balance limits of accounts kept in one currency. */
export interface CurrencyImpact {
  readonly currency: CurrencyCode;
  /** Open accounts looked at. */
  readonly accounts: number;
  readonly lower: number;
  readonly higher: number;
  /** Of the lower ones: what is owed is more than the new limit, so that use stops (R22). */
  readonly owingMore: number;
  /** The largest changes, at most ten, the largest first. */
  readonly largest: readonly LimitChange[];
}

export interface LimitChange {
  readonly accountId: AccountId;
  readonly before: Micros;
  readonly after: Micros;
  readonly owed: Micros;
}

const shownAtMost = 10;

/** The impact with one account more, as it stands at `nowMs` under both policies. */
export function withAccount(
  impacts: readonly CurrencyImpact[],
  facts: StandingFacts,
  { before, after, nowMs }: { before: Policy; after: Policy; nowMs: number },
): readonly CurrencyImpact[] {
  const { accountId, currency } = facts.account;
  const { limit: limitBefore } = standingBy(facts, before, nowMs);
  const { limit: limitAfter, owed } = standingBy(facts, after, nowMs);
  const change = { accountId, before: limitBefore, after: limitAfter, owed };
  const impact = impacts.find((row) => row.currency === currency) ?? none(currency);
  return [...impacts.filter((row) => row.currency !== currency), counted(impact, change)].toSorted(
    (a, b) => (a.currency < b.currency ? -1 : 1),
  );
}

function none(currency: CurrencyCode): CurrencyImpact {
  return { currency, accounts: 0, lower: 0, higher: 0, owingMore: 0, largest: [] };
}

function counted(impact: CurrencyImpact, change: LimitChange): CurrencyImpact {
  const difference = subtract(change.after, change.before);
  const isLower = difference < 0;
  return {
    ...impact,
    accounts: impact.accounts + 1,
    lower: impact.lower + (isLower ? 1 : 0),
    higher: impact.higher + (difference > 0 ? 1 : 0),
    owingMore: impact.owingMore + (isLower && change.owed > change.after ? 1 : 0),
    largest:
      difference === 0
        ? impact.largest
        : [...impact.largest, change].toSorted(byDifference).slice(0, shownAtMost),
  };
}

function byDifference(a: LimitChange, b: LimitChange): number {
  const size = ({ before, after }: LimitChange) => Math.abs(after - before);
  return size(b) - size(a) || (a.accountId < b.accountId ? -1 : 1);
}
