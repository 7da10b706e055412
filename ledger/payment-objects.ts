import { applyChange } from './change.ts';
import type { InvoiceName } from './collection-rows.ts';
import { collectionReads, invoiceOf, storedOf } from './collections.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import { paymentOf, type PaymentName } from './invoice-payments.ts';

/**
 * Records the payment object that an invoice is to be paid by, before it is confirmed. There is one
 * at a time: the next is made only when this one is known to be paid or canceled. A repeat changes
 * nothing.
 * @throws SolventError account_not_found, invoice_not_found; Error where another one is open.
 */
export async function recordPaymentObject(
  ledger: Ledger,
  input: PaymentName & { readonly paymentIntentId: string; readonly nowMs: number },
): Promise<void> {
  const { accountId, invoiceId, paymentId, paymentIntentId } = input;
  await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: null,
    decide(facts): Decision<null> {
      const collection = storedOf(facts, invoiceOf(facts, invoiceId));
      const payment = { ...paymentOf(facts, paymentId), paymentIntentId };
      if (collection.paymentIntentId === paymentIntentId) return { payment, result: null };
      if (collection.paymentIntentId !== null) {
        throw new Error(`${invoiceId} has ${collection.paymentIntentId} open already`);
      }
      const { paymentObjects } = collection;
      return {
        payment,
        collection: { ...collection, paymentIntentId, paymentObjects: paymentObjects + 1 },
        locators: [{ kind: 'payment_intent', key: paymentIntentId }],
        result: null,
      };
    },
  });
}

/**
 * Records that Stripe confirmed the open payment object canceled: it can never be paid any more.
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function dropPaymentObject(
  ledger: Ledger,
  input: InvoiceName & { readonly paymentIntentId: string; readonly nowMs: number },
): Promise<void> {
  const { accountId, invoiceId, paymentIntentId } = input;
  await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: null,
    decide(facts): Decision<null> {
      const collection = storedOf(facts, invoiceOf(facts, invoiceId));
      return collection.paymentIntentId === paymentIntentId
        ? { collection: { ...collection, paymentIntentId: null }, result: null }
        : { result: null };
    },
  });
}
