import type { DeclineExplanation } from './declines.ts';
import { refusal, type Refusal } from './failures.ts';
import type { Micros } from './money.ts';
import type { Purchase, PurchaseReceipt } from './purchase.ts';

/** How a purchase stands, as everyone who asks is told: page, API, command line, Temporal UI. */
export type PurchaseOutcome = { readonly purchaseId: string } & (
  | {
      readonly status: 'succeeded';
      readonly credits: Micros;
      readonly tax: Micros;
      readonly receipt: PurchaseReceipt;
    }
  | { readonly status: 'declined'; readonly decline: DeclineExplanation }
  /** Never sent to the processor, or turned down by it before it could act. */
  | { readonly status: 'refused'; readonly refusal: Refusal }
  | { readonly status: 'canceled'; readonly refusal: Refusal }
  /** Captured, could not become credits, and goes back to the card. */
  | { readonly status: 'returned'; readonly refusal: Refusal }
  /** The bank asks the customer to confirm; null where the link is not known yet. */
  | { readonly status: 'requires_action'; readonly actionUrl: string | null }
  | { readonly status: 'pending' }
);

/** The outcome that the ledger's row of a purchase tells. */
export function outcomeOf(purchase: Purchase, actionUrl: string | null = null): PurchaseOutcome {
  const { purchaseId, state, credits, tax } = purchase;
  switch (state) {
    case 'pending':
      return { purchaseId, status: state };
    case 'requires_action':
      return { purchaseId, status: state, actionUrl };
    case 'succeeded':
      return { purchaseId, status: state, credits, tax, receipt: stored(purchase.receipt) };
    case 'declined':
      return { purchaseId, status: state, decline: stored(purchase.decline) };
    case 'refused':
    case 'canceled':
    case 'returned':
      return { purchaseId, status: state, refusal: purchase.refusal ?? refusal('internal_error') };
  }
}

function stored<T>(value: T | null): T {
  if (value === null) throw new Error('a final purchase is stored with its outcome');
  return value;
}
