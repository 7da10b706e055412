import type { Client } from '@temporalio/client';

/** The kinds of the events that each of the two left behind, from start to end. */
export interface Histories {
  readonly purchase: readonly string[];
  readonly bare: readonly string[];
}

/** Reads one history of each, of runs that had the machine to themselves. */
export async function readHistories(temporal: Client): Promise<Histories> {
  return {
    purchase: await eventsOf(temporal, 'purchase'),
    bare: await eventsOf(temporal, 'bare'),
  };
}

async function eventsOf(temporal: Client, workflowType: string): Promise<string[]> {
  const query = `WorkflowType = "${workflowType}" and ExecutionStatus = "Completed"`;
  for await (const { workflowId } of temporal.workflow.list({ query, pageSize: 1 })) {
    const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).map((event) => {
      const attributes = Object.keys(event).find((name) => name.endsWith('EventAttributes'));
      return attributes?.slice(0, -'EventAttributes'.length) ?? 'unknown';
    });
  }
  throw new Error(`there is no history of a ${workflowType}`);
}

/** "38 events, 6 workflow tasks, 5 activities, 2 markers of local activities, 1 upsert" */
export function describeHistory(events: readonly string[]): string {
  const count = (kind: string) => events.filter((event) => event === kind).length;
  return [
    `${events.length} events`,
    `${count('workflowTaskCompleted')} workflow tasks`,
    `${count('activityTaskScheduled')} activities`,
    `${count('markerRecorded')} local activities`,
    `${count('upsertWorkflowSearchAttributes')} upsert`,
    `${count('workflowExecutionUpdateCompleted')} update`,
  ].join(', ');
}
