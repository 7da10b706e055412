import { explainDecline, saysPrepaid } from '../domain/declines.ts';
import { refusal } from '../domain/failures.ts';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import { micros } from '../domain/money.ts';
import type { Capture } from '../domain/payment.ts';
import * as changes from '../ledger/collection-changes.ts';
import { listCollectionsToStart, markCollectionsStarted } from '../ledger/collection-starts.ts';
import { giveUpCollection } from '../ledger/collection-write-off.ts';
import * as collections from '../ledger/collections.ts';
import type { InvoiceName } from '../ledger/collection-rows.ts';
import * as found from '../ledger/found-payments.ts';
import * as endings from '../ledger/invoice-payment-endings.ts';
import * as payments from '../ledger/invoice-payments.ts';
import * as objects from '../ledger/payment-objects.ts';
import { listOpenCollections } from '../ledger/open-collections.ts';
import { declinedAttemptOf, succeededAttemptOf, type DeclinedAttempt } from './charge-attempts.ts';
import type { Dependencies } from './dependencies.ts';

/** Amounts are micro-units of the account's currency; every `nowMs` is the clock's. */

export interface OpenInvoicePaymentInput extends Omit<payments.OpenInvoicePayment, 'amount'> {
  readonly amount: number | null;
}

export interface SettleInvoicePaymentInput extends payments.PaymentName {
  readonly paymentIntentId: string;
  readonly attemptId: string;
  readonly capture: Capture;
  readonly method: string;
  /** The account's own time. */
  readonly attemptedAtMs: number;
  readonly nowMs: number;
}

export interface DeclineInvoicePaymentInput extends payments.PaymentName {
  readonly attempt: DeclinedAttempt;
  readonly method: string;
  /** The account's own time. */
  readonly attemptedAtMs: number;
  readonly nowMs: number;
}

export interface EndInvoicePaymentInput extends payments.PaymentName {
  readonly ending: Exclude<endings.PaymentEnding, { status: 'declined' }>;
  readonly isObjectCanceled: boolean;
  readonly nowMs: number;
}

/** Activities that keep the collection of an invoice in the ledger. */
export const createCollectionActivities = ({ ledger, policies }: Dependencies) => ({
  async takeCollectionTurn(input: collections.CollectionTurnInput) {
    return collections.takeCollectionTurn(ledger, input, await policies.read());
  },

  async openInvoicePayment(input: OpenInvoicePaymentInput) {
    const amount = input.amount === null ? null : micros(input.amount);
    return payments.openInvoicePayment(ledger, { ...input, amount }, await policies.read());
  },

  async recordPaymentObject(
    input: payments.PaymentName & { paymentIntentId: string; nowMs: number },
  ): Promise<void> {
    await objects.recordPaymentObject(ledger, input);
  },

  async recordPaymentAuthentication(
    input: payments.PaymentName & { reminder: number; nowMs: number },
  ): Promise<void> {
    await payments.recordPaymentAuthentication(ledger, input);
  },

  async settleInvoicePayment(input: SettleInvoicePaymentInput) {
    const { capture, attemptId, paymentIntentId, attemptedAtMs } = input;
    // Not when Stripe captured it: attempts are counted by the account's own days.
    const made = succeededAttemptOf(capture, { attemptId, paymentIntentId });
    const attempt = { ...made, attemptedAtMs };
    const order = { ...input, attempt };
    return endings.settleInvoicePayment(ledger, order, await policies.read());
  },

  /** Records a decline; one that says the card is prepaid is told as such (R10). */
  async declineInvoicePayment(input: DeclineInvoicePaymentInput): Promise<InvoicePayment> {
    const { failedCharge } = input.attempt;
    const decline = explainDecline(failedCharge);
    const ending: endings.PaymentEnding = saysPrepaid(failedCharge)
      ? { status: 'refused', refusal: refusal('card_prepaid_not_supported') }
      : { status: 'declined', decline, asksCustomer: decline.class === 'authentication' };
    const attempt = declinedAttemptOf(input.attempt, input.attemptedAtMs);
    const order = { ...input, attempt, ending, isObjectCanceled: false };
    return endings.closeInvoicePayment(ledger, order, await policies.read());
  },

  /** Ends a payment that no charge was tried for. */
  async endInvoicePayment(input: EndInvoicePaymentInput): Promise<InvoicePayment> {
    const order = { ...input, attempt: null, method: '' };
    return endings.closeInvoicePayment(ledger, order, await policies.read());
  },

  /** Stripe confirms that the open payment object can never be paid any more. */
  async dropPaymentObject(
    input: InvoiceName & { paymentIntentId: string; nowMs: number },
  ): Promise<void> {
    await objects.dropPaymentObject(ledger, input);
  },

  async giveUpCollection(input: InvoiceName & { nowMs: number }): Promise<void> {
    await giveUpCollection(ledger, input, await policies.read());
  },

  /** Books what Stripe took for the invoice and the ledger did not know of. */
  async bookFoundPayment(input: found.BookFoundPayment): Promise<changes.CollectionChangeOutcome> {
    return found.bookFoundPayment(ledger, input, await policies.read());
  },

  async changeCollection(
    input: changes.CollectionChange,
  ): Promise<changes.CollectionChangeOutcome> {
    return changes.changeCollection(ledger, input, await policies.read());
  },

  /** Collections whose charge day has come, and whose workflow was not started yet. */
  async listCollectionsToStart(input: { nowMs: number; limit: number }) {
    return { collections: await listCollectionsToStart(ledger, input) };
  },

  /** Invoices of the account that something is still done about. */
  async listOpenCollections(input: { accountId: string }): Promise<{ invoiceIds: string[] }> {
    return { invoiceIds: await listOpenCollections(ledger, input) };
  },

  async markCollectionsStarted(input: { collections: InvoiceName[]; nowMs: number }) {
    await markCollectionsStarted(ledger, input);
  },
});
