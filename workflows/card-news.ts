import { workflowIdOf } from '../domain/workflow-ids.ts';
import { paymentMethodChangedSignal } from './collection-messages.ts';
import * as step from './proxies.ts';
import { tell } from './tell.ts';

/**
 * Tells what is being collected from an account that a card of it changed: one that waits for a card
 * then charges it by itself. What does not run yet looks at the cards when it starts.
 */
export async function tellCollections(accountId: string): Promise<void> {
  const { invoiceIds } = await step.listOpenCollections({ accountId });
  await Promise.all(
    invoiceIds.map((invoiceId) =>
      tell(workflowIdOf('collection', invoiceId), (handle) =>
        handle.signal(paymentMethodChangedSignal),
      ),
    ),
  );
}
