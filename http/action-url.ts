import { SolventError } from '../domain/failures.ts';
import type { HttpDependencies } from './dependencies.ts';

/**
 * Where the customer confirms a payment to the bank. Only the purchase's workflow knows; null where
 * it does not say, and where it cannot be asked: what the ledger tells of the purchase stays true.
 */
export async function readActionUrl(
  purchaseId: string,
  client: HttpDependencies['client'],
): Promise<string | null> {
  try {
    const outcome = await client.purchaseStatus(purchaseId);
    return outcome?.status === 'requires_action' ? outcome.actionUrl : null;
  } catch (error) {
    if (error instanceof SolventError && error.code === 'temporarily_unavailable') return null;
    throw error;
  }
}
