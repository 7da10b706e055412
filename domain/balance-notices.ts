import type { BillingEvent } from './billing-events.ts';
import { sum, type Micros } from './money.ts';
import type { BalanceNotice, CreditNotice } from './notices.ts';
import { currencyPolicyOf, type Policy } from './policy.ts';
import { owedOf, standingBy, type Standing, type StandingFacts } from './standing.ts';
import { tierOf, tierReaches } from './tiers.ts';

/** One change to an account, as far as its customer is told of it. */
export interface BalanceChange {
  readonly before: StandingFacts;
  readonly after: StandingFacts;
  /** The billing events that led from one to the other; none where only a setting changed. */
  readonly events: readonly BillingEvent[];
}

/**
 * What the customer is told of a change: each line that a balance crossed by it, once (R61), and a
 * tier that was reached or a limit that fell under what is owed (R30). Where several thresholds of
 * one kind are crossed at once, only the last one counts.
 */
export function noticesOfCrossing(
  { before, after, events }: BalanceChange,
  policy: Policy,
  nowMs: number,
): readonly BalanceNotice[] {
  const { version } = after.balances;
  return [
    ...lowBalance(before, after),
    ...freeCreditsUsedUp(before, after, events),
    ...tierReached(before, after, policy, nowMs),
    ...limitCrossed(before, after, policy, nowMs),
  ].map((notice) => ({ ...notice, version }));
}

/** A notice without the place in the account's life that names it. */
type Draft = BalanceNotice extends infer Notice
  ? Notice extends BalanceNotice
    ? Omit<Notice, 'version'>
    : never
  : never;

/** Credits fell to one of the customer's thresholds, or below it. */
function lowBalance(before: StandingFacts, after: StandingFacts): Draft[] {
  const remaining = creditsOf(after);
  const was = creditsOf(before);
  if (remaining >= was) return [];
  let threshold: Micros | null = null;
  for (const line of after.account.lowBalanceThresholds) {
    const isCrossed = remaining <= line && line < was;
    if (isCrossed && (threshold === null || line < threshold)) threshold = line;
  }
  return threshold === null ? [] : [{ kind: 'low_balance', threshold, remaining }];
}

function creditsOf({ balances: { free, purchased } }: StandingFacts): Micros {
  return sum(free, purchased);
}

function freeCreditsUsedUp(
  before: StandingFacts,
  { balances: { free, purchased } }: StandingFacts,
  events: readonly BillingEvent[],
): Draft[] {
  if (free > 0 || before.balances.free === 0) return [];
  const hasExpired = events.some(
    (event) => event.kind === 'credits_expired' && event.lotKind === 'free',
  );
  return [{ kind: 'free_credits_used_up', cause: hasExpired ? 'expiry' : 'use', purchased }];
}

function tierReached(
  before: StandingFacts,
  after: StandingFacts,
  policy: Policy,
  nowMs: number,
): Draft[] {
  const paid = after.balances.lifetimePaid;
  const { plan, currency } = after.account;
  if (paid === before.balances.lifetimePaid && plan === before.account.plan) return [];
  const row = currencyPolicyOf(policy, currency);
  const was = tierOf(before.account.plan, before.balances.lifetimePaid, row);
  const tier = tierOf(plan, paid, row);
  if (tier === was || !tierReaches(tier, was)) return [];
  return [{ kind: 'tier_reached', tier, limit: standingBy(after, policy, nowMs).limit }];
}

/** The limit fell under what is owed, or what is owed rose to a share of the limit. */
function limitCrossed(
  before: StandingFacts,
  after: StandingFacts,
  policy: Policy,
  nowMs: number,
): Draft[] {
  const owesMore = owedOf(after.balances) > owedOf(before.balances);
  if (!owesMore && isLimitedAlike(before, after)) return [];
  const was = standingBy(before, policy, nowMs);
  const { owed, limit } = standingBy(after, policy, nowMs);
  if (limit < was.limit && limit < owed) return [{ kind: 'balance_limit_lowered', owed, limit }];
  if (limit === 0) return [];
  const crossed = policy.balanceLimitNoticePercents.filter(
    (percent) => reaches({ owed, limit }, percent) && !reaches(was, percent),
  );
  if (crossed.length === 0) return [];
  return [{ kind: 'balance_limit_share_reached', percent: Math.max(...crossed), owed, limit }];
}

/**
 * True where nothing changed by which a balance limit can fall. A card that can be charged for
 * longer lowers none.
 */
export function isLimitedAlike(before: StandingFacts, after: StandingFacts): boolean {
  const [a, b] = [before.account, after.account];
  return (
    (before.cardUsableUntilMs ?? 0) <= (after.cardUsableUntilMs ?? 0) &&
    before.balances.lifetimePaid === after.balances.lifetimePaid &&
    (a === b ||
      (a.plan === b.plan &&
        a.ownBalanceLimit === b.ownBalanceLimit &&
        a.balanceLimitCeiling === b.balanceLimitCeiling))
  );
}

/** Something that is owed is more than any share of a limit of nothing. */
function reaches({ owed, limit }: Pick<Standing, 'owed' | 'limit'>, percent: number): boolean {
  return owed > 0 && owed >= shareOf(limit, percent);
}

/** A share in percent, rounded up to the micro-unit; exact for every amount. */
function shareOf(amount: Micros, percent: number): number {
  const rest = amount % 100;
  return ((amount - rest) / 100) * percent + Math.ceil((rest * percent) / 100);
}

/** The grant's own mail; one that ends sooner than an expiry is announced says so itself (R28). */
export function noticeOfGrant(
  event: Extract<BillingEvent, { kind: 'credits_granted' }>,
  lotId: number,
  policy: Policy,
  nowMs: number,
): CreditNotice {
  const { amount, scope, expiresAtMs } = event;
  const endsSoon = expiresAtMs !== null && expiresAtMs - nowMs <= policy.freeCreditsExpiryNoticeMs;
  return { kind: 'credits_granted', lotId, amount, scope, expiresAtMs, endsSoon };
}
