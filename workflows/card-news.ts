import { workflowIdOf } from '../domain/workflow-ids.ts';
import { paymentMethodChangedSignal } from './collection-messages.ts';
import { startCollection } from './collection-starter.ts';
import * as step from './proxies.ts';
import { tell } from './tell.ts';

/**
 * Tells what is being collected from an account that a card of it changed: one that waits for a card
 * then charges it by itself. One whose run was lost gets another, which looks first.
 */
export async function tellCollections(accountId: string): Promise<void> {
  const { invoiceIds } = await step.listOpenCollections({ accountId });
  await Promise.all(
    invoiceIds.map(async (invoiceId) => {
      const workflowId = workflowIdOf('collection', invoiceId);
      const isTold = await tell(workflowId, (handle) => handle.signal(paymentMethodChangedSignal));
      if (!isTold) await startCollection({ accountId, invoiceId });
    }),
  );
}
