import type { ChargeAttempt } from './charge-attempt.ts';
import type { CollectionPause, PauseReason } from './collection-times.ts';
import type { CurrencyCode } from './currencies.ts';
import type { Invoice } from './invoices.ts';
import type { SavedCard } from './payment-methods.ts';

/** What becomes of an issued invoice next. */
export type CollectionStep =
  /** Paid, void, forgiven, uncollectible: nothing is charged by itself. */
  | { readonly step: 'over' }
  /** Now. `attempt`: of this invoice, from 1. */
  | { readonly step: 'charge'; readonly paymentMethodId: string; readonly attempt: number }
  | { readonly step: 'wait'; readonly why: WaitReason; readonly chargeAtMs: number }
  /** Null: until somebody ends it. */
  | { readonly step: 'paused'; readonly reason: PauseReason; readonly untilMs: number | null }
  /** Waits for another card, an updater event, or a payment. */
  | { readonly step: 'needs_card'; readonly why: CardReason }
  /** The customer has to confirm on-session; the link is mailed. */
  | { readonly step: 'needs_authentication' }
  /** Where the payment was blocked, another card goes on by itself. */
  | { readonly step: 'needs_operator'; readonly why: 'duplicate' | 'configuration' | 'blocked' }
  /** It becomes uncollectible. */
  | { readonly step: 'give_up' };

/** What decided the instant of the next charge: the last of these that moved it. */
export type WaitReason = 'charge_day' | 'retry' | 'daytime' | 'advice' | 'budget';

/** `not_automatic`: imported, or its own kind is never charged by itself. */
export type CardReason =
  'no_card' | 'card_expired' | 'card_refused' | 'retries_used_up' | 'not_automatic';

/** Who wanted a charge. Networks count what the customer began apart from what we begin. */
export type ChargeOrigin = 'scheduled' | 'customer' | 'operator';

/** A charge for the invoice, as it ended. */
export interface InvoiceAttempt extends ChargeAttempt {
  readonly origin: ChargeOrigin;
  /** What it was charged to, see {@link methodNameOf}. */
  readonly method: string;
}

/** A charge to a card, whatever it paid and whoever owed it: what networks count. */
export interface CardAttempt extends ChargeAttempt {
  readonly origin: ChargeOrigin;
  readonly currency: CurrencyCode;
}

/** All that the next step depends on, besides policy and time. */
export interface CollectionFacts {
  readonly invoice: Pick<Invoice, 'state' | 'due' | 'dueAtMs' | 'chargeAtMs'>;
  readonly currency: CurrencyCode;
  /** Of this invoice, oldest first, the customer's own tries included. */
  readonly attempts: readonly InvoiceAttempt[];
  /** On file. */
  readonly cards: readonly SavedCard[];
  /** Of the last 30 days, by fingerprint of the cards on file, this invoice's included, of all accounts. */
  readonly cardAttempts: readonly CardAttempt[];
  readonly pauses: readonly CollectionPause[];
  /** Days after the first charge, where an operator gave this invoice others than the policy's. */
  readonly retryAfterDays: readonly number[] | null;
  /** An operator's wish to charge now, until a charge has answered it. */
  readonly retryAskedAtMs: number | null;
  /** IANA name of the customer's time zone; null: UTC. */
  readonly timeZone: string | null;
}

/** Payment method and expiry: a renewed card is a new method. */
export function methodNameOf({ paymentMethodId, card }: SavedCard): string {
  const month = String(card.expiryMonth).padStart(2, '0');
  return `${paymentMethodId}:${card.expiryYear}-${month}`;
}

/** When the card is charged by itself the next time, to be recorded; null: no charge is planned. */
export function nextChargeAtMs(step: CollectionStep, nowMs: number): number | null {
  if (step.step === 'charge') return nowMs;
  return step.step === 'wait' ? step.chargeAtMs : null;
}
