import type { Card } from './cards.ts';
import type { DeclineCodes } from './declines.ts';
import type { Micros } from './money.ts';

/** A payment as Stripe's objects say it stands, in our words. */
export type PaymentStatus =
  | { readonly status: 'succeeded'; readonly capture: Capture }
  | { readonly status: 'processing' }
  | { readonly status: 'requires_action'; readonly actionUrl: string | null }
  /** Created, or back after a decline: nothing is under way. */
  | { readonly status: 'requires_confirmation'; readonly lastDecline: FailedCharge | null }
  | { readonly status: 'canceled' };

/**
 * The answer to a call that acts on a payment. `unknown`: Stripe may or may not have acted; read
 * the object. `rejected`: Stripe read the request and turned it down without acting.
 */
export type ActAnswer =
  | PaymentStatus
  | { readonly status: 'declined'; readonly failedCharge: FailedCharge }
  | { readonly status: 'rejected'; readonly code: string }
  | {
      readonly status: 'unknown';
      readonly why: string;
      /** True where the same call would only be told this again: Stripe stored it under the key. */
      readonly isStored: boolean;
    };

/** Money that has been taken, as the charge and its balance transaction say. */
export interface Capture {
  readonly chargeId: string;
  readonly amount: Micros;
  /** `balance_transaction.created`, whole seconds: when the credits are bought (R40). */
  readonly capturedAtMs: number;
  /** The card as the charge saw it: funding may differ from what was read before (R10). */
  readonly card: Card;
  readonly networkAdviceCode: string | null;
}

/** One charge that the bank, or Stripe, did not let through. */
export interface FailedCharge extends DeclineCodes {
  readonly chargeId: string | null;
  readonly card: Card | null;
}

/** How far putting a card on file is; it moves no money. */
export type SetupStatus =
  | { readonly status: 'succeeded'; readonly paymentMethodId: string; readonly card: Card }
  | { readonly status: 'requires_action'; readonly actionUrl: string | null }
  | { readonly status: 'declined'; readonly failedCharge: FailedCharge }
  | { readonly status: 'processing' }
  | { readonly status: 'canceled' };

/** A set-up as Stripe's object says it stands. */
export type SetupAnswer = { readonly setupIntentId: string } & SetupStatus;

/** Where a card comes from: one Stripe keeps, or one just entered in Stripe's form. */
export type CardSource =
  | { readonly kind: 'payment_method'; readonly id: string }
  | { readonly kind: 'confirmation_token'; readonly id: string };

/** Reads "pm_…" or "ctoken_…"; undefined for anything else. */
export function cardSourceOf(id: string): CardSource | undefined {
  if (/^pm_\w{1,200}$/.test(id)) return { kind: 'payment_method', id };
  if (/^ctoken_\w{1,200}$/.test(id)) return { kind: 'confirmation_token', id };
  return undefined;
}
