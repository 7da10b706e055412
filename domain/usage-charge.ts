import type { CreditLot, LotPart } from './account.ts';
import type { UsageCharge } from './billing-events.ts';
import { sum, ZERO, type Micros } from './money.ts';
import type { Period } from './period.ts';
import type { Policy } from './policy.ts';
import { allocate, type Means } from './spendable.ts';

export interface UsageCost {
  readonly cost: Micros;
  /** Null: not said. */
  readonly model: string | null;
  /** See `postingPeriodOf`. */
  readonly postingPeriod: Period;
}

/**
 * Charges a cost to what the account has: free credits, purchased ones, then what it may owe. What
 * nothing is left for is charged to nobody, or owed past the limit where the policy says so (R21).
 * What is owed belongs to the month that the usage is posted to (R43).
 */
export function chargeUsage(
  { cost, model, postingPeriod }: UsageCost,
  means: Means,
  policy: Policy,
): UsageCharge {
  const { lots, postpaid, missing } = allocate(cost, means);
  const isBilled = policy.usageBeyondSpendable === 'billed';
  const owed = isBilled ? sum(postpaid, missing) : postpaid;
  const kindOf = new Map(means.lots.map(({ lotId, kind }) => [lotId, kind]));
  const ofKind = (kind: CreditLot['kind']): LotPart[] =>
    lots.filter(({ lotId }) => kindOf.get(lotId) === kind);
  return {
    model,
    cost,
    free: ofKind('free'),
    purchased: ofKind('purchased'),
    unbilled: owed === 0 ? null : { period: postingPeriod, amount: owed },
    writtenOff: isBilled ? ZERO : missing,
  };
}
