import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';

/** Signals another workflow; one that is closed, or was never there, needs no telling. */
export async function tell(
  workflowId: string,
  signal: (handle: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<void> {
  try {
    await signal(getExternalWorkflowHandle(workflowId));
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
