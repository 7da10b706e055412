import type { FailureCode } from '../domain/failures.ts';
import type { InvoicePayment, InvoicePaymentOutcome } from '../domain/invoice-payments.ts';
import type { PayNowRequest } from './collection-messages.ts';
import { Progress } from './progress.ts';

/** One payment of the invoice, and whoever waits for its outcome. */
export class PayNowTicket {
  readonly paymentId: string;
  readonly name: { readonly paymentId: string; readonly invoiceId: string };
  /** Null: the customer is not there, or nobody knows any more what they asked. */
  readonly request: PayNowRequest | null;
  readonly progress: Progress<InvoicePaymentOutcome>;
  /** What it is charged to, once that is known. */
  method: string | null;
  /** What it charges, once that is known. */
  amount: number | null;
  /** Set once someone, or a deadline, wants the payment called off if it still can be. */
  callOffReason: FailureCode | null = null;

  constructor(invoiceId: string, asked: PayNowRequest | InvoicePayment) {
    const { paymentId } = asked;
    this.paymentId = paymentId;
    this.name = { paymentId, invoiceId };
    this.request = 'returnUrl' in asked ? asked : null;
    this.method = 'returnUrl' in asked ? asked.paymentMethod : asked.method;
    this.amount = asked.amount;
    this.progress = new Progress<InvoicePaymentOutcome>({ ...this.name, status: 'pending' });
  }

  get outcome(): InvoicePaymentOutcome {
    return this.progress.outcome;
  }

  callOff(reason: FailureCode): void {
    this.callOffReason ??= reason;
  }

  report(outcome: InvoicePaymentOutcome): void {
    this.progress.report(outcome);
  }

  conclude(outcome: InvoicePaymentOutcome): void {
    this.progress.conclude(outcome);
  }
}
