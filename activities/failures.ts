import { ApplicationFailure } from '@temporalio/common';
import { SolventError } from '../domain/failures.ts';
import { classifyProcessorError } from '../gateway/outcome.ts';
import { classifyLedgerError } from '../ledger/errors.ts';

/**
 * Turns what an activity throws into Temporal's failures: here alone is said whether a retry helps.
 * Messages carry no names, addresses or card data, since histories keep them.
 */
export function toApplicationFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof SolventError) {
    return ApplicationFailure.nonRetryable(error.message, error.code);
  }
  const processor = classifyProcessorError(error);
  if (processor !== undefined) {
    return ApplicationFailure.create({
      type: processor.type,
      message: processor.message,
      // These stay as they are however often the request is repeated.
      nonRetryable:
        processor.type === 'processor_rejected' || processor.type === 'processor_failed',
      ...(processor.retryAfterMs === undefined ? {} : { nextRetryDelay: processor.retryAfterMs }),
    });
  }
  const ledger = classifyLedgerError(error);
  if (ledger !== undefined) {
    // A broken invariant stays broken until a mend is deployed; money that was taken must not be
    // dropped until then, so the step stays pending, with its error, where operators see it.
    return ApplicationFailure.retryable(ledger.message, ledger.type);
  }
  return error;
}
