import pg from 'pg';

/** SQLSTATE class 23: something the tables themselves forbid. */
const integrityClass = '23';
/** Class 22: a value that a column cannot hold. */
const dataClass = '22';

/**
 * A named constraint of the ledger stopped a change: an assumption of ours is broken, and nothing
 * was recorded. Its name is the constraint's ("balances_free_not_negative"), so that logs, tests
 * and the Temporal UI say which; "data_22021" where a value itself cannot be held. Trying again
 * gives the same.
 */
export class ConstraintViolation extends Error {
  override readonly name: string;

  constructor(constraint: string, cause: pg.DatabaseError) {
    super(cause.message, { cause });
    this.name = constraint;
  }
}

/** The database did not answer, or gave up: whether it recorded anything is not known; repeat the call. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** What a statement or a connection threw, as the ledger throws it. */
export function databaseError(error: unknown): Error {
  const { message } = error as Error;
  if (!(error instanceof pg.DatabaseError)) return new LedgerUnavailable(message, { cause: error });
  const { code, constraint } = error;
  if (code?.startsWith(dataClass) === true) return new ConstraintViolation(`data_${code}`, error);
  return constraint !== undefined && code?.startsWith(integrityClass) === true
    ? new ConstraintViolation(constraint, error)
    : new LedgerUnavailable(`${message} (SQLSTATE ${code})`, { cause: error });
}

/**
 * What an error of this folder means to those who retry: `ledger_invariant` stays wrong however
 * often it is repeated. Undefined for an error that is not the ledger's.
 */
export function classifyLedgerError(
  error: unknown,
):
  | { readonly type: 'ledger_invariant' | 'ledger_unavailable'; readonly message: string }
  | undefined {
  if (error instanceof ConstraintViolation) {
    return { type: 'ledger_invariant', message: `${error.name}: ${error.message}` };
  }
  if (error instanceof LedgerUnavailable) {
    return { type: 'ledger_unavailable', message: error.message };
  }
  return undefined;
}
