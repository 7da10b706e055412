import type { CurrencyCode } from './currencies.ts';
import type { InvoicePayment } from './invoice-payments.ts';
import { decimal, instant } from './answer-values.ts';

/** A payment of an invoice as programs are told it. The card is not named: it may be gone. */
export function invoicePaymentAnswer(payment: InvoicePayment, code: CurrencyCode) {
  const { paymentId, invoiceId, state, amount, origin, decline, refusal } = payment;
  return {
    id: paymentId,
    invoice: invoiceId,
    status: state,
    currency: code as string,
    amount: decimal(amount, code),
    origin,
    chargeId: payment.chargeId,
    createdAt: instant(payment.openedAtMs),
    finalAt: instant(payment.finalAtMs),
    decline: decline === null ? null : declineAnswer(decline),
    refusal: refusal === null ? null : { code: refusal.code, message: refusal.message },
  };
}

/** Without what only the collection needs to know of it. */
function declineAnswer({ code, reason, whoCanFix, whatToDo }: NonNullable<Decline>) {
  return { code, reason, whoCanFix, whatToDo };
}

type Decline = InvoicePayment['decline'];
