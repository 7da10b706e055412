import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';

/**
 * Signals another workflow; one that is closed, or was never there, mostly needs no telling. False
 * where it was such a one.
 */
export async function tell(
  workflowId: string,
  signal: (handle: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<boolean> {
  try {
    await signal(getExternalWorkflowHandle(workflowId));
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
