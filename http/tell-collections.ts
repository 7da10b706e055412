import type { AccountId } from '../domain/account.ts';
import { readPayable } from '../ledger/open-invoices.ts';
import type { HttpDependencies } from './dependencies.ts';

/**
 * Tells the workflows of invoices, after the answer, that something changed which they may wait for.
 * Best effort: before each charge, and once a day, they look in the ledger themselves.
 */
export function tellCollections(
  invoiceIds: readonly string[],
  what: 'card' | 'invoice',
  { client, afterAnswer, log }: Pick<HttpDependencies, 'client' | 'afterAnswer' | 'log'>,
): void {
  for (const invoiceId of invoiceIds) {
    const told = client.collections.tell(invoiceId, what).catch((error: unknown) => {
      log.warn({ err: error, invoiceId }, 'a collection was not told of a change');
    });
    afterAnswer.run(told);
  }
}

/** The same for all that an account has still to pay: when its card is charged may have changed. */
export async function tellOpenCollections(
  accountId: AccountId,
  dependencies: Pick<HttpDependencies, 'ledger' | 'client' | 'afterAnswer' | 'log'>,
): Promise<void> {
  const { openInvoices } = await readPayable(dependencies.ledger, accountId);
  const invoiceIds = openInvoices.map(({ invoiceId }) => invoiceId);
  tellCollections(invoiceIds, 'invoice', dependencies);
}
