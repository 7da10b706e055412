import { isFinal, type Purchase } from './purchase.ts';

/** A payment as a list of Stripe's shows it. */
export interface ListedPayment {
  readonly paymentIntentId: string;
  /** `open`: money may still be taken, or is being taken. */
  readonly state: 'open' | 'succeeded' | 'canceled';
  /** What it is for, from its metadata: a purchase's id, or an invoice's with "/" and a number. */
  readonly operationId: string;
}

/** What the ledger knows of an invoice whose payment Stripe lists. */
export interface WatchedInvoice {
  /** Whether anything is to be paid of it. */
  readonly isPayable: boolean;
  /** The payment object that is open, as far as it is recorded. */
  readonly openPaymentIntentId: string | null;
  /** True while a payment of it is not final. */
  readonly isCharging: boolean;
  /** The payment objects that paid it, or a part of it. */
  readonly paidBy: readonly string[];
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

const howToBook = 'look at both, then book it with `npx solvent collections book`';

/** The invoice that a payment is for; undefined where it is for none. */
export function invoiceOfOperation(operationId: string): string | undefined {
  return /^(inv_[^/]+)\/[0-9]+$/.exec(operationId)?.[1];
}

/**
 * Compares a payment at Stripe with what the ledger knows of its invoice. `follow`: its collection
 * has to run, which looks first and knows what to do.
 */
export function judgeInvoicePayment(
  { paymentIntentId, state, operationId }: ListedPayment,
  invoice: WatchedInvoice | undefined,
): Finding {
  if (state === 'canceled') return asItShouldBe;
  if (invoice === undefined) {
    return {
      kind: 'review',
      why: `is ${state} for ${operationId}, which the ledger does not know`,
    };
  }
  const { isPayable, openPaymentIntentId, isCharging, paidBy } = invoice;
  const isRecorded = openPaymentIntentId === paymentIntentId;
  if (state === 'succeeded') {
    if (paidBy.includes(paymentIntentId)) return asItShouldBe;
    // One that was made and never recorded is found by the run that made it.
    return isCharging && (isRecorded || openPaymentIntentId === null)
      ? { kind: 'follow' }
      : {
          kind: 'review',
          why: `was paid for ${operationId}, and the ledger knows of no charge: ${howToBook}`,
        };
  }
  // While the invoice asks for anything, its next charge takes up what is open.
  if (isPayable) return isCharging ? { kind: 'follow' } : asItShouldBe;
  return isRecorded ? { kind: 'follow' } : { kind: 'cancel' };
}
