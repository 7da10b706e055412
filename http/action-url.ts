import { SolventError } from '../domain/failures.ts';
import type { InvoicePayment } from '../domain/invoice-payments.ts';
import type { HttpDependencies } from './dependencies.ts';

/**
 * Where the customer confirms a payment to the bank. Only the purchase's workflow knows; null where
 * it does not say, and where it cannot be asked: what the ledger tells of the purchase stays true.
 */
export function readActionUrl(
  purchaseId: string,
  client: HttpDependencies['client'],
): Promise<string | null> {
  return orUnknown(async () => {
    const outcome = await client.purchaseStatus(purchaseId);
    return outcome?.status === 'requires_action' ? outcome.actionUrl : null;
  });
}

/** The same for a payment of an invoice, which the invoice's workflow knows. */
export async function readPaymentUrl(
  { invoiceId, paymentId, state }: Pick<InvoicePayment, 'invoiceId' | 'paymentId' | 'state'>,
  { client }: Pick<HttpDependencies, 'client'>,
): Promise<string | null> {
  if (state !== 'requires_action') return null;
  return orUnknown(async () => {
    const payment = (await client.collections.status(invoiceId))?.payment;
    const isIt = payment?.paymentId === paymentId && payment.status === 'requires_action';
    return isIt ? payment.actionUrl : null;
  });
}

/**
 * Whether a workflow knows of it, where the ledger has no row yet. One that cannot be asked may: it was
 * begun a moment ago, and is shown as under way rather than as an error.
 */
export async function isKnown(status: () => Promise<unknown>): Promise<boolean> {
  return (await orUnknown(status)) !== undefined;
}

/** Null where it cannot be asked. */
async function orUnknown<Told>(read: () => Promise<Told>): Promise<Told | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SolventError && error.code === 'temporarily_unavailable') return null;
    throw error;
  }
}
