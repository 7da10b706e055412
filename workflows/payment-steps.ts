import type { ActAnswer } from '../domain/payment.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import * as step from './proxies.ts';

/** Steps that payments of packs and of invoices have in common. */

/** A call to Stripe that got no answer for a minute says nothing of what Stripe did. */
export async function orUnknown(answer: Promise<ActAnswer>): Promise<ActAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (!step.wasGivenUp(error)) throw error;
    return { status: 'unknown', why: 'Stripe did not answer', isStored: false };
  }
}

/** The account's customer at Stripe, made now. */
export async function createCustomer(accountId: string, workflowId: string): Promise<string> {
  const created = await step.createCustomer({
    accountId,
    idempotencyKey: `${workflowId}:customer`,
  });
  // Where two ran at once, the first one recorded is the account's.
  const recorded = await step.recordCustomer({ accountId, ...created });
  return recorded.customerId;
}

interface PrepaidCard {
  readonly accountId: string;
  readonly workflowId: string;
  /** The card on file; null where a new card was used. */
  readonly card: SavedCard | null;
  readonly fingerprint: string | null;
  /** Who said that it is prepaid. */
  readonly source: string;
  readonly nowMs: number;
}

/** A prepaid card is remembered as such, and leaves the file where it was on it (R10). */
export async function turnAway(prepaid: PrepaidCard): Promise<void> {
  const { accountId, workflowId, card, fingerprint, source, nowMs } = prepaid;
  if (fingerprint !== null) await step.refuseFingerprint({ fingerprint, source, nowMs });
  if (card !== null) await discard({ accountId, workflowId, card, nowMs });
}

/** Takes a card off the file that cannot be charged, whatever is owed. */
export async function discard(
  order: Omit<PrepaidCard, 'fingerprint' | 'source' | 'card'> & { readonly card: SavedCard },
): Promise<void> {
  const { accountId, workflowId, card, nowMs } = order;
  const { paymentMethodId } = card;
  await step.discardCard({ accountId, paymentMethodId, actor: workflowId, nowMs });
  const idempotencyKey = `${workflowId}:detach:${paymentMethodId}`;
  await step.detachCard({ paymentMethodId, idempotencyKey });
}
