import { CommanderError } from 'commander';
import type { DeclineExplanation, WhoCanFix } from '../domain/declines.ts';
import { failures, SolventError, type FailureCode, type Refusal } from '../domain/failures.ts';
import { micros } from '../domain/money.ts';
import { BinFileError } from '../ledger/bin-file.ts';
import { ConstraintViolation, LedgerUnavailable } from '../ledger/errors.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import type { Json } from './json.ts';
import type { Session } from './session.ts';
import { storedDecimal } from './words.ts';

/** Says what went wrong, and what to do, on standard error; returns the exit code. */
export function reportFailure(error: unknown, session: Session): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version are answers, not mistakes; commander has printed what there is to say.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
  }
  if (error instanceof CommandEnded) return error.exitCode;
  if (error instanceof SolventError) return reportThrown(error, session);
  if (error instanceof BinFileError) {
    session.remark(`The file was not imported: ${error.message}`);
    return exitCodes.failed;
  }
  const { code, message, stack } = error as NodeJS.ErrnoException;
  const isDown =
    code !== undefined && /^(ECONN|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH)/.test(code);
  if (error instanceof LedgerUnavailable || isDown) {
    session.remark(`The ledger’s database does not answer: ${message || (code ?? '')}`);
    session.remark('Is the stack running? Start it with `npm start`, then repeat this command.');
    return exitCodes.unknown;
  }
  if (error instanceof ConstraintViolation) {
    session.remark(`The ledger refused this, and nothing was recorded: ${error.name}`);
    return exitCodes.failed;
  }
  session.remark(stack ?? String(error));
  return exitCodes.failed;
}

function reportThrown({ refusal }: SolventError, session: Session): ExitCode {
  if (session.json) session.print({ error: refusalJson(refusal) }, () => '');
  reportRefusal(refusal, session);
  return failures[refusal.code].retryable ? exitCodes.unknown : exitCodes.failed;
}

/** The code, the sentence every way in says, who can act, and what that means here. */
export function reportRefusal(refusal: Refusal, session: Session): void {
  const { whoCanAct } = failures[refusal.code];
  session.remark(`${refusal.code}: ${refusal.message}`);
  session.remark(`Who can act: ${whoCanAct}.`);
  const hint = hints[refusal.code];
  if (hint !== undefined) session.remark(hint);
}

export function reportDecline(decline: DeclineExplanation, session: Session): void {
  session.remark(`card_declined (${decline.code}): ${decline.reason}`);
  session.remark(`What to do: ${decline.whatToDo}`);
  session.remark(`Who can fix it: ${whoCanFixIt[decline.whoCanFix]}.`);
}

const whoCanFixIt: Record<WhoCanFix, string> = {
  customer: 'the customer',
  bank: 'only the customer’s bank',
  nobody: 'nobody has to act; it usually passes by itself',
  operator: 'the operator',
};

/** What the general words mean at a command line. */
const hints: Partial<Record<FailureCode, string>> = {
  duplicate_purchase_pending:
    'If a second one is meant, repeat with --confirm-duplicate and without --key.',
  payment_method_required: 'Add one: solvent cards add ACCOUNT --payment-method pm_card_visa',
  idempotency_key_reused:
    'Leave --key out, and a new one is made; a campaign gives each account one amount a month.',
  account_not_found: 'See them all: solvent accounts list',
  payment_method_not_found: 'See them: solvent cards list ACCOUNT',
  temporarily_unavailable:
    'Is the stack running? Start it with `npm start`, then repeat with the same --key.',
};

/** Amounts are told where it is known which currency they are in. */
export function refusalJson({ code, message, amounts }: Refusal, currencyCode?: string): Json {
  const row = failures[code];
  const compared = Object.entries(currencyCode === undefined ? {} : (amounts ?? {}));
  return {
    code,
    message,
    rule: 'rule' in row ? row.rule : null,
    whoCanAct: row.whoCanAct,
    retryable: row.retryable,
    amounts: Object.fromEntries(
      compared.map(([name, value]) => [name, storedDecimal(micros(value), currencyCode ?? '')]),
    ),
  };
}

export function declineJson({ code, reason, whoCanFix, whatToDo }: DeclineExplanation): Json {
  return { code, reason, whoCanFix, whatToDo };
}
