import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { searchAttributes } from '../workflows/messages.ts';
import { failure } from '../domain/failures.ts';
import { available, isDeadline } from './answers.ts';

/** A workflow that called for a person (the search attribute NeedsReview). */
export interface Review {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  /** `ended`: it failed, or was ended, before anybody had looked. */
  readonly state: 'running' | 'ended';
  readonly startedAtMs: number;
  /** The end of what the workflow tells of itself, oldest first; empty where it cannot tell now. */
  readonly story: readonly string[];
}

const mostShown = 50;
const listWaitMs = 5_000;
/** A page that only shows the number does without it. */
const countWaitMs = 1_000;
const storyWaitMs = 3_000;
const linesShown = 6;

/** One that completed got its answer; one that continued as new is there under its next run. */
const waitingQuery =
  'NeedsReview = true and ExecutionStatus in ("Running", "Failed", "Terminated", "TimedOut")';
/** Each hour's watch looks at all payments anew, so that only what the last one found counts. */
const watchQuery = 'WorkflowType = "paymentWatch" and ExecutionStatus = "Completed"';

/**
 * What waits for a person, newest first: at most 50, and what the last payment watch found.
 * @throws SolventError temporarily_unavailable.
 */
export async function listReviews(temporal: Client): Promise<Review[]> {
  const [waiting, [lastWatch]] = await within(temporal, listWaitMs, () =>
    Promise.all([first(temporal, waitingQuery, mostShown), first(temporal, watchQuery, 1)]),
  );
  const watch =
    lastWatch?.typedSearchAttributes.get(searchAttributes.needsReview) === true ? [lastWatch] : [];
  return Promise.all([...waiting, ...watch].map((run) => reviewOf(temporal, run)));
}

/** How many workflows wait for a person. @throws SolventError temporarily_unavailable. */
export async function countReviews(temporal: Client): Promise<number> {
  return within(temporal, countWaitMs, async () => {
    return (await temporal.workflow.count(waitingQuery)).count;
  });
}

/** No answer in time is none. */
async function within<T>(temporal: Client, waitMs: number, call: () => Promise<T>): Promise<T> {
  try {
    return await available(() => temporal.withDeadline(Date.now() + waitMs, call));
  } catch (error) {
    if (isDeadline(error)) throw failure('temporarily_unavailable');
    throw error;
  }
}

async function first(
  temporal: Client,
  query: string,
  most: number,
): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const run of temporal.workflow.list({ query, pageSize: most })) {
    found.push(run);
    if (found.length === most) break;
  }
  return found;
}

async function reviewOf(temporal: Client, run: WorkflowExecutionInfo): Promise<Review> {
  const { workflowId, runId, type, status, startTime } = run;
  return {
    workflowId,
    runId,
    workflowType: type,
    state: status.name === 'RUNNING' ? 'running' : 'ended',
    startedAtMs: startTime.getTime(),
    story: linesOf(await detailsOf(temporal, run)),
  };
}

/** As the Temporal UI shows it; a worker has to be there to tell it. */
async function detailsOf(temporal: Client, { workflowId, runId }: WorkflowExecutionInfo) {
  const handle = temporal.workflow.getHandle(workflowId, runId);
  try {
    const told = await temporal.withDeadline(Date.now() + storyWaitMs, () =>
      handle.query<{ currentDetails?: string | null }>('__temporal_workflow_metadata'),
    );
    return told.currentDetails ?? '';
  } catch {
    // Whatever keeps it from telling, the row itself leads to it.
    return '';
  }
}

/** Without Markdown's marks and the title, which the workflow's id tells as well. */
function linesOf(details: string): string[] {
  return details
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.replaceAll('**', '').replace(/^- /, ''))
    .slice(-linesShown);
}
