import { currencyCodes } from './currencies.ts';
import { refusal, type Refusal } from './failures.ts';
import { withActivation, type PolicyActivation, type PolicySchedule } from './policy-schedule.ts';

/**
 * How long before it takes effect an activation is recorded at the least. Processes keep a copy of
 * the schedule for a part of it, and so never miss one that is in force.
 */
export const activationLeadMs = 60_000;

/** How long before credits begin to be sold with an expiry every account was told (R2). */
export const expiryNoticeMs = 90 * 86_400_000;

/**
 * Whether the schedule may be changed so. `withoutNotice` counts the open accounts that were not
 * told in time of an expiry that it brings (R2).
 */
export function refuseActivation(
  schedule: PolicySchedule,
  activation: PolicyActivation,
  { nowMs, withoutNotice }: { readonly nowMs: number; readonly withoutNotice: number },
): Refusal | null {
  const { effectiveAtMs, policy } = activation;
  if (effectiveAtMs < nowMs + activationLeadMs) {
    const earliest = new Date(nowMs + activationLeadMs).toISOString();
    return refusal('policy_effective_too_soon', `That is ${earliest} now.`);
  }
  const missing = lostCurrencies(withActivation(schedule, activation));
  if (missing.length > 0) {
    const detail = `Accounts may be kept in ${missing.join(', ')}: no later policy goes without it.`;
    return refusal('policy_invalid', detail);
  }
  if (policy.purchasedCreditsExpireAfterMs !== null && withoutNotice > 0) {
    const accounts =
      withoutNotice === 1 ? '1 open account has' : `${withoutNotice} open accounts have`;
    return refusal('policy_notice_missing', `${accounts} none that early.`);
  }
  return null;
}

/** Whether an expiry may be announced for that instant: later notices would come too late (R2). */
export function refuseAnnouncement(
  { effectiveAtMs, policy }: PolicyActivation,
  nowMs: number,
): Refusal | null {
  if (policy.purchasedCreditsExpireAfterMs === null) {
    return refusal('policy_invalid', 'Credits bought under it never expire: nothing to announce.');
  }
  if (effectiveAtMs >= nowMs + expiryNoticeMs) return null;
  const earliest = new Date(nowMs + expiryNoticeMs).toISOString();
  return refusal('policy_notice_missing', `From ${earliest} on it would be early enough.`);
}

/** Currencies that one policy has and the next one in force has not: their accounts had no rules. */
function lostCurrencies(schedule: PolicySchedule): string[] {
  return currencyCodes.filter((code) =>
    schedule.some(({ policy }, index) => {
      const next = schedule[index + 1]?.policy;
      const has = policy.currencies[code] !== undefined;
      return has && next !== undefined && next.currencies[code] === undefined;
    }),
  );
}
