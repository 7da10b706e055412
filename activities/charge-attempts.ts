import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import { explainDecline } from '../domain/declines.ts';
import { micros } from '../domain/money.ts';
import type { Capture, FailedCharge } from '../domain/payment.ts';

/** A confirm that was declined, as the workflow knows it. */
export interface DeclinedAttempt {
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly amount: number;
  readonly failedCharge: FailedCharge;
}

/** The attempt that a declined charge was; one that the bank asked to confirm is told apart. */
export function declinedAttemptOf(declined: DeclinedAttempt, nowMs: number): ChargeAttempt {
  const { failedCharge, amount, ...ids } = declined;
  const { card, ...codes } = failedCharge;
  const asked = explainDecline(codes).class === 'authentication';
  return {
    ...ids,
    ...codes,
    amount: micros(amount),
    cardFingerprint: card?.fingerprint ?? null,
    cardBrand: card?.brand ?? null,
    outcome: asked ? 'authentication_failed' : 'declined',
    attemptedAtMs: nowMs,
  };
}

/** The attempt that a captured charge was. */
export function succeededAttemptOf(
  capture: Capture,
  ids: Pick<ChargeAttempt, 'attemptId' | 'paymentIntentId'>,
): ChargeAttempt {
  const { card, networkAdviceCode, chargeId, amount, capturedAtMs } = capture;
  return {
    ...ids,
    chargeId,
    amount,
    outcome: 'succeeded',
    cardFingerprint: card.fingerprint,
    cardBrand: card.brand,
    declineCode: null,
    adviceCode: null,
    networkDeclineCode: null,
    networkAdviceCode,
    attemptedAtMs: capturedAtMs,
  };
}
