import type { PurchaseState } from './purchase.ts';
import { isFinal } from './purchase.ts';
import type { PaymentStatus } from './payment.ts';

/** A purchase, as far as an invoice's wait for it goes. */
export interface PurchaseUnderWay {
  readonly purchaseId: string;
  readonly state: PurchaseState;
  readonly paymentIntentId: string | null;
  readonly openedAtMs: number;
  /** The last time Stripe's object was read, in the account's own time; null: never. */
  readonly lastReading: PaymentReading | null;
}

export interface PaymentReading {
  readonly readAtMs: number;
  /** `unknown`: it was asked for, and no answer came. */
  readonly status: PaymentStatus['status'] | 'unknown';
}

/** A purchase that an invoice waits for, and what has to be done about it first (R40). */
export interface WaitingPurchase {
  readonly purchaseId: string;
  /**
   * `read`: read its payment at Stripe and record what it says. `settle`: it was paid; post its
   * credits first. `wait`: the bank has not answered; read it again later.
   */
  readonly todo: 'read' | 'settle' | 'wait';
}

/** Those that hold an invoice of this cut-off back. */
export function waitingFor(
  purchases: readonly PurchaseUnderWay[],
  cutoffMs: number,
): WaitingPurchase[] {
  return purchases.flatMap((purchase) => purchaseHoldsBack(purchase, cutoffMs) ?? []);
}

/**
 * Whether the credits of a purchase might have been bought before the cut-off without our knowing
 * yet (R40); null: no. One that was started at or after it is bought after it. What Stripe says of
 * the payment at or after the cut-off decides: where nothing was captured by then, any capture is
 * later. A payment that no id was recorded for was not confirmed: a later confirm is after.
 */
export function purchaseHoldsBack(
  { purchaseId, state, openedAtMs, paymentIntentId, lastReading }: PurchaseUnderWay,
  cutoffMs: number,
): WaitingPurchase | null {
  if (isFinal(state) || openedAtMs >= cutoffMs || paymentIntentId === null) return null;
  if (lastReading === null || lastReading.readAtMs < cutoffMs) return { purchaseId, todo: 'read' };
  switch (lastReading.status) {
    case 'requires_action':
    case 'requires_confirmation':
    case 'canceled':
      return null;
    case 'succeeded':
      return { purchaseId, todo: 'settle' };
    case 'processing':
    case 'unknown':
      return { purchaseId, todo: 'wait' };
  }
}

/** An account whose invoice waits longer than this is an operator's (R40). */
export const deferralAlarmMs = 24 * 3_600_000;
