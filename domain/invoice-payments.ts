import type { InvoicePaid } from './billing-events.ts';
import type { ChargeOrigin } from './collection.ts';
import { maximumChargeMinorUnits, type Currency } from './currencies.ts';
import type { DeclineExplanation } from './declines.ts';
import { refusal, type Refusal } from './failures.ts';
import { shareOfDue, type Invoice } from './invoices.ts';
import {
  dividesIntoMinorUnits,
  formatMoney,
  fromMinorUnits,
  isChargeable,
  smaller,
  subtract,
  sum,
  ZERO,
  type Micros,
} from './money.ts';
import type { Capture } from './payment.ts';
import type { Policy } from './policy.ts';

/**
 * One try to pay an invoice by card (R47), as it was asked for and as it ended. An invoice has at most
 * one that is not final, whoever asked for it (B1).
 */
export interface InvoicePayment {
  readonly paymentId: string;
  readonly invoiceId: string;
  readonly origin: ChargeOrigin;
  readonly state: InvoicePaymentState;
  /** What the card is charged: all that is due, or less where a part was asked for (R52). */
  readonly amount: Micros;
  /** "pm_…" or "ctoken_…". */
  readonly method: string;
  /** Hash of what the caller asked; null where nobody did. */
  readonly requestHash: string | null;
  readonly paymentIntentId: string | null;
  readonly chargeId: string | null;
  /** Since when the bank asks the customer; null where it never did. */
  readonly authenticationSinceMs: number | null;
  readonly decline: DeclineExplanation | null;
  readonly refusal: Refusal | null;
  readonly openedAtMs: number;
  readonly finalAtMs: number | null;
}

/** What a payment is opened with. */
export type PaymentOpening = Pick<
  InvoicePayment,
  'paymentId' | 'invoiceId' | 'origin' | 'amount' | 'method' | 'requestHash' | 'openedAtMs'
>;

/** A payment as it begins: Stripe was asked for nothing yet. */
export function openedPayment(opening: PaymentOpening): InvoicePayment {
  return {
    ...opening,
    state: 'pending',
    paymentIntentId: null,
    chargeId: null,
    authenticationSinceMs: null,
    decline: null,
    refusal: null,
    finalAtMs: null,
  };
}

export type InvoicePaymentState =
  'pending' | 'requires_action' | 'succeeded' | 'declined' | 'refused' | 'canceled';

/** True once nothing can become of the payment any more: a final state never changes back (B2). */
export function isPaymentFinal(state: InvoicePaymentState): boolean {
  return state !== 'pending' && state !== 'requires_action';
}

/**
 * When a payment that waits for the bank is called off for a charge by itself, since an invoice is
 * never paid in two ways at once (B1): a customer who went away must not use up the days on which the
 * card on file would have paid (R49), while grace goes by (R50). So long as the policy says they have
 * for the bank's question, whatever is planned. Null: nothing is planned that it keeps waiting.
 */
export function yieldsAtMs(
  { origin, authenticationSinceMs }: Pick<InvoicePayment, 'origin' | 'authenticationSinceMs'>,
  plannedChargeAtMs: number | null,
  { holdsBackChargeMs }: Pick<Policy['authentication'], 'holdsBackChargeMs'>,
): number | null {
  if (origin !== 'customer' || authenticationSinceMs === null) return null;
  if (plannedChargeAtMs === null) return null;
  return Math.max(plannedChargeAtMs, authenticationSinceMs + holdsBackChargeMs);
}

/** How a payment of an invoice stands, as everyone who asks is told. */
export type InvoicePaymentOutcome = {
  readonly paymentId: string;
  readonly invoiceId: string;
} & (
  | { readonly status: 'succeeded'; readonly amount: Micros }
  | { readonly status: 'declined'; readonly decline: DeclineExplanation }
  /** Nothing was charged: nothing is due, or the card may not be used. */
  | { readonly status: 'refused'; readonly refusal: Refusal }
  | { readonly status: 'canceled'; readonly refusal: Refusal }
  /** The bank asks the customer to confirm; null where the link is not known yet. */
  | { readonly status: 'requires_action'; readonly actionUrl: string | null }
  | { readonly status: 'pending' }
);

/** The outcome that the ledger's row of a payment tells. */
export function paymentOutcomeOf(
  payment: InvoicePayment,
  actionUrl: string | null = null,
): InvoicePaymentOutcome {
  const { paymentId, invoiceId, state, amount } = payment;
  const name = { paymentId, invoiceId };
  switch (state) {
    case 'pending':
      return { ...name, status: state };
    case 'requires_action':
      return { ...name, status: state, actionUrl };
    case 'succeeded':
      return { ...name, status: state, amount };
    case 'declined':
      if (payment.decline === null) throw new Error('a declined payment is stored with its reason');
      return { ...name, status: state, decline: payment.decline };
    case 'refused':
    case 'canceled':
      return { ...name, status: state, refusal: payment.refusal ?? refusal('internal_error') };
  }
}

/** Who still has to pay: an uncollectible invoice, too, for ever (R50). */
export function isPayable({ state, due }: Pick<Invoice, 'state' | 'due'>): boolean {
  return (state === 'open' || state === 'uncollectible') && due > 0;
}

/**
 * What may be charged now: all that is due, or the part asked for; or why nothing is (R52). Neither a
 * part nor what it leaves may be less than Stripe charges: what is left could not be paid any more.
 */
export function amountToCharge(
  { state, due }: Pick<Invoice, 'state' | 'due'>,
  asked: Micros | null,
  money: Currency,
): Micros | Refusal {
  if (!isPayable({ state, due })) return refusal('invoice_nothing_due');
  if (asked === null || asked === due) {
    return isChargeable(due, money) ? due : refusedDue(due, money);
  }
  if (asked > due) return refusal('invoice_payment_too_large', undefined, { asked, due });
  if (!dividesIntoMinorUnits(asked, money)) {
    return refusal('amount_not_chargeable', undefined, { asked });
  }
  const minimum = fromMinorUnits(money.minimumChargeMinorUnits, money);
  if (asked < minimum || subtract(due, asked) < minimum) {
    const least = formatMoney(minimum, money);
    const detail = `Each is at least ${least}; or pay all of it.`;
    return refusal('invoice_payment_too_small', detail, { asked, due, minimum });
  }
  return isChargeable(asked, money) ? asked : refusedDue(asked, money);
}

/**
 * Why a payment that waits for bank or processor is called off, where it still can be: credited, void
 * or forgiven meanwhile, the invoice would not be charged so much any more, and the excess would only
 * be owed back. Null: it goes on.
 */
export function whyNotAwaited(
  invoice: Pick<Invoice, 'state' | 'due'>,
  amount: Micros,
  money: Currency,
): 'invoice_nothing_due' | 'invoice_due_changed' | null {
  if (!isPayable(invoice)) return 'invoice_nothing_due';
  return typeof amountToCharge(invoice, amount, money) === 'number' ? null : 'invoice_due_changed';
}

function refusedDue(asked: Micros, money: Currency): Refusal {
  const minimum = fromMinorUnits(money.minimumChargeMinorUnits, money);
  const maximum = fromMinorUnits(maximumChargeMinorUnits, money);
  const detail =
    asked < minimum
      ? `A card is charged ${formatMoney(minimum, money)} at least. Please write to us.`
      : `A card is charged ${formatMoney(maximum, money)} at most at once. Pay it in parts.`;
  return refusal('invoice_due_not_chargeable', detail, { asked, minimum, maximum });
}

/**
 * Captured money pays what is due of the invoice, net and tax in proportion; what came in beyond it is
 * owed back (B1). It never becomes credits.
 */
export function decideInvoicePaid(
  invoice: Invoice,
  { paymentId, capture }: { readonly paymentId: string; readonly capture: Capture },
): { readonly event: InvoicePaid; readonly invoice: Invoice } {
  const { invoiceId, due } = invoice;
  const { chargeId, capturedAtMs, amount } = capture;
  const pays = isPayable(invoice) ? smaller(amount, due) : ZERO;
  const paid = shareOfDue(invoice, pays);
  const left = subtract(due, pays);
  const writtenOff = invoice.state === 'uncollectible';
  const event: InvoicePaid = {
    kind: 'invoice_paid',
    invoiceId,
    paymentId,
    chargeId,
    capturedAtMs,
    paid,
    excess: subtract(amount, pays),
    writtenOff: writtenOff && pays > 0,
  };
  const after: Invoice = {
    ...invoice,
    due: left,
    dueTax: subtract(invoice.dueTax, paid.tax),
    paid: sum(invoice.paid, pays),
    state: pays > 0 && left === 0 ? 'paid' : invoice.state,
  };
  return { event, invoice: after };
}
