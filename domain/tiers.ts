import { subtract, ZERO, type Micros } from './money.ts';
import type { CurrencyPolicy } from './policy.ts';

/** How an account is sold to: Build by card, the others by contract, set by an operator (R29). */
export type Plan = 'build' | 'scale' | 'enterprise';

/** `limited` is an account that has never paid (R26). */
export type Tier = 'limited' | `build_${number}` | 'scale' | 'enterprise';

/** The Build tier from which an operator may set a higher ceiling (R17). */
const leastBuildTierWithOwnCeiling = 5;

/** The tier by plan and lifetime paid spend; free credits never count (R26, R29). */
export function tierOf(plan: Plan, lifetimePaid: Micros, policy: CurrencyPolicy): Tier {
  if (plan !== 'build') return plan;
  let reached = 0;
  for (const threshold of policy.buildTierThresholds) {
    if (lifetimePaid >= threshold) reached += 1;
  }
  return reached === 0 ? 'limited' : `build_${reached}`;
}

/** The tier in words: "Build Tier 2", "Scale", "Limited". */
export function tierName(tier: Tier): string {
  if (tier.startsWith('build_')) return `Build Tier ${tier.slice('build_'.length)}`;
  return tier.charAt(0).toUpperCase() + tier.slice(1);
}

/** True where what needs `least` can be used from `tier` (R31). */
export function tierReaches(tier: Tier, least: Tier): boolean {
  return rankOf(tier) >= rankOf(least);
}

/** True where an operator may set a ceiling of the account's own (R17). */
export function mayHaveOwnCeiling(tier: Tier): boolean {
  return rankOf(tier) >= leastBuildTierWithOwnCeiling;
}

/** What is still to be spent until a Build tier is reached; null where spending never reaches it. */
export function missingSpend(
  lifetimePaid: Micros,
  least: Tier,
  policy: CurrencyPolicy,
): Micros | null {
  const threshold = policy.buildTierThresholds[rankOf(least) - 1];
  if (threshold === undefined) return null;
  return lifetimePaid >= threshold ? ZERO : subtract(threshold, lifetimePaid);
}

function rankOf(tier: Tier): number {
  switch (tier) {
    case 'limited':
      return 0;
    case 'scale':
      return 1_000;
    case 'enterprise':
      return 1_001;
    default:
      return Number(tier.slice('build_'.length));
  }
}
