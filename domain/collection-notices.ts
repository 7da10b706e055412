import type { DeclineExplanation } from './declines.ts';
import type { Refusal } from './failures.ts';
import type { Micros } from './money.ts';

/** What is told of an invoice that is to be paid (R61), each of it once (R62). */
export type CollectionNotice = { readonly invoiceId: string; readonly number: string } & (
  | {
      readonly kind: 'invoice_paid';
      readonly paymentId: string;
      /** What the card was charged. */
      readonly amount: Micros;
      /** What is still due of the invoice. */
      readonly due: Micros;
      /** What came in beyond what was due and is owed back. */
      readonly excess: Micros;
    }
  | {
      readonly kind: 'invoice_payment_declined';
      readonly paymentId: string;
      readonly amount: Micros;
      readonly decline: DeclineExplanation;
      /** When the card is charged again by itself; null: only once another one is on file. */
      readonly nextChargeAtMs: number | null;
    }
  | {
      /** The card on file cannot be charged; nothing was tried. */
      readonly kind: 'invoice_card_refused';
      readonly paymentId: string;
      readonly amount: Micros;
      readonly refusal: Refusal;
    }
  | {
      /** There is no card that could be charged. */
      readonly kind: 'invoice_card_needed';
      readonly due: Micros;
    }
  | {
      /** The bank asks for a confirmation; `reminder` counts from 0 (R13). */
      readonly kind: 'invoice_authentication_needed';
      readonly paymentId: string;
      readonly amount: Micros;
      readonly reminder: number;
    }
  | {
      readonly kind: 'invoice_past_due';
      readonly due: Micros;
      /** When service stops, should nothing be paid. */
      readonly graceEndsAtMs: number;
    }
  | { readonly kind: 'service_suspended'; readonly due: Micros }
  /** The last overdue invoice was paid, and `paymentId` did it (R51). */
  | { readonly kind: 'service_restored'; readonly paymentId: string }
);

/** Carries a link by which the invoice is paid; void once nothing is due any more. */
export function carriesInvoiceLink(
  notice: CollectionNotice,
): notice is Extract<CollectionNotice, { kind: 'invoice_authentication_needed' }> {
  return notice.kind === 'invoice_authentication_needed';
}
