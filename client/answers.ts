import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { failure } from '../domain/failures.ts';

/** The time is over; what was asked goes on. */
export function isDeadline(error: unknown): boolean {
  return error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error);
}

/** The call's answer; undefined where there is no such workflow, or it is closed. */
export async function ifKnown<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Turns "Temporal does not answer", and a workflow that an operator ended before it could answer,
 * into the one failure a caller can act on: repeat the call with the same key.
 */
export async function available<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isDeadline(error)) throw error;
    const cannotAnswer =
      isGrpcServiceError(error) ||
      isGrpcServiceError((error as Error).cause) ||
      error instanceof WorkflowUpdateFailedError ||
      error instanceof WorkflowFailedError;
    if (cannotAnswer) throw failure('temporarily_unavailable');
    throw error;
  }
}
