import type { CreditLot } from './account.ts';
import { subtract, ZERO, type Micros } from './money.ts';
import type { CreditNotice } from './notices.ts';
import type { Policy } from './policy.ts';

/**
 * What of a lot is over now: all that no running request holds (R28). Nothing, for ever, of a lot
 * without an expiry (R1).
 */
export function expiredOf(
  { expiresAtMs, remaining, held }: Pick<CreditLot, 'expiresAtMs' | 'remaining' | 'held'>,
  nowMs: number,
): Micros {
  if (expiresAtMs === null || nowMs < expiresAtMs) return ZERO;
  return subtract(remaining, held);
}

/**
 * What its holder is told before a lot ends; null where it is too early, too late, nothing is left,
 * or the lot was that short from the start, which its own mail said.
 */
export function noticeOfExpiry(lot: CreditLot, policy: Policy, nowMs: number): CreditNotice | null {
  const { lotId, kind: lotKind, remaining, scope, expiresAtMs, acquiredAtMs } = lot;
  const { freeCreditsExpiryNoticeMs: aheadMs } = policy;
  if (expiresAtMs === null || remaining === 0) return null;
  if (nowMs >= expiresAtMs || expiresAtMs - nowMs > aheadMs) return null;
  if (expiresAtMs - acquiredAtMs <= aheadMs) return null;
  return { kind: 'credits_expiring', lotId, lotKind, remaining, scope, expiresAtMs };
}
