import { isFinal, type Purchase } from './purchase.ts';

/** A payment as a list of Stripe's shows it. */
export interface ListedPayment {
  readonly paymentIntentId: string;
  /** `open`: money may still be taken, or is being taken. */
  readonly state: 'open' | 'succeeded' | 'canceled';
  /** What it is for, from its metadata: a purchase's id. */
  readonly operationId: string;
}

export type Finding =
  | { readonly kind: 'as_it_should_be' }
  /** Its purchase is over, so it must not be taken any more. */
  | { readonly kind: 'cancel' }
  /** Its purchase is not over: a run has to be there that follows it. */
  | { readonly kind: 'follow' }
  /** A person has to look; never acted on by itself. */
  | { readonly kind: 'review'; readonly why: string };

const asItShouldBe: Finding = { kind: 'as_it_should_be' };

/**
 * Compares a payment at Stripe with what the ledger knows of its purchase. It can find that a
 * payment is to be canceled or followed, never that anything is to be charged.
 */
export function judgePayment(
  { paymentIntentId, state, operationId }: ListedPayment,
  purchase: Pick<Purchase, 'state' | 'paymentIntentId'> | undefined,
): Finding {
  if (purchase === undefined) {
    if (state === 'canceled') return asItShouldBe;
    return {
      kind: 'review',
      why: `is ${state} for ${operationId}, which the ledger does not know`,
    };
  }
  const { paymentIntentId: recorded } = purchase;
  if (recorded !== null && recorded !== paymentIntentId) {
    if (state === 'open') return { kind: 'cancel' };
    if (state === 'canceled') return asItShouldBe;
    return { kind: 'review', why: `was paid for ${operationId}, whose payment is ${recorded}` };
  }
  if (!isFinal(purchase.state)) return { kind: 'follow' };
  switch (state) {
    case 'open':
      return { kind: 'cancel' };
    case 'canceled':
      return asItShouldBe;
    case 'succeeded':
      return purchase.state === 'succeeded' || purchase.state === 'returned'
        ? asItShouldBe
        : { kind: 'review', why: `was paid for ${operationId}, which ended ${purchase.state}` };
  }
}
