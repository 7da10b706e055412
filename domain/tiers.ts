import type { Micros } from './money.ts';
import type { CurrencyPolicy } from './policy.ts';

/** How an account is sold to: Build by card, the others by contract, set by an operator (R29). */
export type Plan = 'build' | 'scale' | 'enterprise';

/** `limited` is an account that has never paid (R26). */
export type Tier = 'limited' | `build_${number}` | 'scale' | 'enterprise';

/** The tier by plan and lifetime paid spend; free credits never count (R26, R29). */
export function tierOf(plan: Plan, lifetimePaid: Micros, policy: CurrencyPolicy): Tier {
  if (plan !== 'build') return plan;
  const reached = policy.buildTierThresholds.filter((threshold) => lifetimePaid >= threshold);
  return reached.length === 0 ? 'limited' : `build_${reached.length}`;
}

/** The tier in words: "Build Tier 2", "Scale", "Limited". */
export function tierName(tier: Tier): string {
  if (tier.startsWith('build_')) return `Build Tier ${tier.slice('build_'.length)}`;
  return tier.charAt(0).toUpperCase() + tier.slice(1);
}
