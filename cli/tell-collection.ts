import { SolventError } from '../domain/failures.ts';
import type { Session } from './session.ts';

/**
 * Tells an invoice's workflow that something changed which it may wait for. Where Temporal does not
 * answer, what was asked for is done all the same: the workflow looks in the ledger before it charges.
 */
export async function tellCollection(invoiceId: string, session: Session): Promise<void> {
  try {
    await (await session.client()).collections.tell(invoiceId, 'invoice');
  } catch (error) {
    if (!(error instanceof SolventError)) throw error;
    session.remark('Temporal does not answer; the collection sees this at its next step.');
  }
}
