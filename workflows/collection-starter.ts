import { continueAsNew, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import {
  collectionSummary,
  type CollectionInput,
  type CollectionStarterInput,
  type CollectionStarterReport,
} from './collection-messages.ts';
import { collection } from './collection.ts';
import { searchAttributes } from './messages.ts';
import * as step from './proxies.ts';
import { AccountClock } from './time.ts';

/** In one list: a history holds two events for each start, and a task a list of them. */
const pageSize = 100;
/** Of a run: abandoned children count as pending until a new run takes over. */
const mostOfRun = 1_000;

/**
 * Starts the workflow of each invoice whose charge day has come, once, a page at a time, and waits
 * for none of them to end. The sweep starts it where there is anything to start.
 */
export async function collectionStarter({
  started = 0,
}: CollectionStarterInput): Promise<CollectionStarterReport> {
  const clock = new AccountClock();
  let ofRun = 0;
  for (;;) {
    const nowMs = clock.clockMs();
    const { collections } = await step.listCollectionsToStart({ nowMs, limit: pageSize });
    if (collections.length === 0) return { started: started + ofRun };
    await Promise.all(collections.map(startCollection));
    await step.markCollectionsStarted({ collections, nowMs });
    ofRun += collections.length;
    if (ofRun >= mostOfRun || workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof collectionStarter>({ started: started + ofRun });
    }
  }
}

/** False where it runs already, since somebody paid or an operator began it. */
export async function startCollection({
  accountId,
  invoiceId,
  number = invoiceId,
}: CollectionInput & { readonly number?: string }): Promise<boolean> {
  try {
    await startChild(collection, {
      workflowId: workflowIdOf('collection', invoiceId),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{ accountId, invoiceId }],
      typedSearchAttributes: [
        { key: searchAttributes.accountId, value: accountId },
        { key: searchAttributes.invoiceId, value: invoiceId },
      ],
      staticSummary: collectionSummary(number),
      priority: { priorityKey: 3 },
    });
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}
