import { Worker } from '@temporalio/worker';
import type { Recording } from './recordings.ts';

/** What became of a recording's replay; `refusal` is null where the code does what was recorded. */
export interface Replay {
  readonly name: string;
  readonly refusal: Error | null;
}

/** Replays the recordings, one after the other, against bundled workflows. */
export async function replayAll(
  recordings: readonly Recording[],
  workflowBundle: { readonly codePath: string } | { readonly code: string },
): Promise<Replay[]> {
  const histories = recordings.map(({ name, history }) => ({ workflowId: name, history }));
  const replays: Replay[] = [];
  const results = Worker.runReplayHistories({ workflowBundle }, histories);
  for await (const { workflowId, error } of results) {
    replays.push({ name: workflowId, refusal: error ?? null });
  }
  return replays;
}
