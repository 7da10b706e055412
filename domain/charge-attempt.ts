import type { Micros } from './money.ts';

/** One confirm of one payment, as it ended: the history that network budgets are counted from. */
export interface ChargeAttempt {
  /** The idempotency key of the confirm: obligation, attempt and method (B16). */
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly chargeId: string | null;
  readonly cardFingerprint: string | null;
  readonly cardBrand: string | null;
  readonly amount: Micros;
  readonly outcome: 'succeeded' | 'declined' | 'authentication_failed';
  readonly declineCode: string | null;
  readonly adviceCode: string | null;
  readonly networkDeclineCode: string | null;
  readonly networkAdviceCode: string | null;
  readonly attemptedAtMs: number;
}
