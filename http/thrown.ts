import { HTTPException } from 'hono/http-exception';
import { failure, SolventError } from '../domain/failures.ts';
import { classifyLedgerError } from '../ledger/errors.ts';

/** Everything thrown as one of our failures. What is not known of stays an internal error. */
export function solventErrorOf(error: unknown): SolventError {
  if (error instanceof SolventError) return error;
  if (error instanceof HTTPException) return failureOfHono(error);
  return classifyLedgerError(error)?.type === 'ledger_unavailable'
    ? failure('temporarily_unavailable')
    : failure('internal_error');
}

/** Hono refuses a body it cannot read before our code sees it. */
function failureOfHono({ status }: HTTPException): SolventError {
  switch (status) {
    case 400:
      return failure('body_malformed');
    case 413:
      return failure('body_too_large');
    case 415:
      return failure('body_malformed', 'Send it as Content-Type: application/json.');
    default:
      return failure('internal_error');
  }
}
