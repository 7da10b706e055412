import { createHash } from 'node:crypto';
import type { AccountId } from '../domain/account.ts';
import { invoicePaymentIdFor } from '../domain/ids.ts';

/**
 * The id of a charge that nobody asked for with a key of their own: of an invoice, the `number`th
 * payment of all (from 0). A turn that is taken again before it was recorded gives the same.
 */
export function scheduledPaymentId(
  accountId: AccountId,
  invoiceId: string,
  number: number,
): string {
  const digest = createHash('sha256').update(`${invoiceId} scheduled ${number}`).digest('hex');
  return invoicePaymentIdFor(accountId, digest.slice(0, 16));
}
