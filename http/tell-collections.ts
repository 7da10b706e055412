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
