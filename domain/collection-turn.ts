import type { CollectionStep } from './collection.ts';
import type { CurrencyCode } from './currencies.ts';
import type { InvoicePayment } from './invoice-payments.ts';
import type { Invoice, InvoiceState } from './invoices.ts';
import type { SavedCard } from './payment-methods.ts';
import type { Policy } from './policy.ts';

/** What the workflow of an invoice's collection does next. */
export type CollectionTurn =
  /** Charge this, or see what became of it: the invoice's one payment that is not final (B1). */
  | {
      readonly turn: 'charge';
      readonly payment: InvoicePayment;
      /** False where an earlier run, or another one, opened it: what became of it is to be seen. */
      readonly isNew: boolean;
      /** When it makes way for a charge by itself, should it still wait for the bank; absent: never. */
      readonly yieldsAtMs?: number;
    }
  /** Null: until something happens. */
  | { readonly turn: 'wait'; readonly step: CollectionStep; readonly wakeAtMs: number | null }
  | { readonly turn: 'give_up' }
  | { readonly turn: 'over'; readonly state: InvoiceState };

/** What every turn tells beside what is to be done. */
export interface CollectionView extends Pick<Policy, 'authentication' | 'unknownOutcomeAlarmMs'> {
  readonly invoice: Pick<Invoice, 'number' | 'state' | 'due' | 'amount'>;
  readonly currency: CurrencyCode;
  readonly customerId: string | null;
  readonly testClockOffsetMs: number;
  /** Payment objects made at Stripe so far, and the one that is open. */
  readonly paymentObjects: number;
  readonly paymentIntentId: string | null;
  /** True where an earlier payment may have made an object whose id was lost. */
  readonly objectMayExist: boolean;
  /** Of the invoice's first payment, in the account's own time; null: there was none. */
  readonly firstPaymentAtMs: number | null;
  readonly lastPaymentId: string | null;
  /** The open one's last charge that is recorded: an older decline tells nothing of a new confirm. */
  readonly lastChargeId: string | null;
  /** The payment's card, where it is on file; null: a new card, or there is no payment. */
  readonly card: SavedCard | null;
}

/** A run looks at least so often: what is due may have changed elsewhere without a word. */
export const longestRestMs = 24 * 3_600_000;

/**
 * By when the run that took this turn looks again, in the account's time; one that did not was lost.
 * Null: nothing is left to be done, or whoever has something to be done starts it.
 */
export function looksAgainAtMs(turn: CollectionTurn, nowMs: number): number | null {
  switch (turn.turn) {
    case 'over':
      return null;
    case 'charge':
    case 'give_up':
      return nowMs;
    case 'wait':
      return turn.wakeAtMs === null ? null : Math.min(turn.wakeAtMs, nowMs + longestRestMs);
  }
}
