import type { CurrencyCode } from './currencies.ts';
import { refusal, type Refusal } from './failures.ts';
import type { Capture, PaymentStatus } from './payment.ts';

/** A payment as Stripe shows it, of which the ledger may know no charge. */
export interface FoundPayment {
  readonly paymentIntentId: string;
  /** What it is for, from its metadata: "inv_…/2"; null where it does not say. */
  readonly operationId: string | null;
  /** Of Stripe's, in small letters. */
  readonly currency: string;
  /** "pm_…"; null where it shows none. */
  readonly method: string | null;
  readonly status: PaymentStatus;
}

/** Money that an operator may book on an invoice: what was taken, and as its how many-th object. */
export interface BookablePayment {
  readonly capture: Capture;
  /** The number in the operation's name: later objects count on from it. */
  readonly objectNumber: number;
}

/** Only money that was taken for this very invoice, in its currency, is booked on it (R47, B17). */
export function bookablePayment(
  found: FoundPayment | null,
  invoiceId: string,
  currency: CurrencyCode,
): BookablePayment | Refusal {
  if (found === null) return refused('Stripe knows no such payment.');
  const { operationId, status } = found;
  const [, number] = new RegExp(`^${invoiceId}/([0-9]{1,6})$`).exec(operationId ?? '') ?? [];
  if (number === undefined) return refused(`It is for ${operationId ?? 'nothing that it names'}.`);
  if (found.currency !== currency) return refused(`It is in ${found.currency}.`);
  if (status.status !== 'succeeded') return refused(`It is ${status.status}.`);
  return { capture: status.capture, objectNumber: Number(number) };
}

function refused(detail: string): Refusal {
  return refusal('payment_not_bookable', detail);
}
