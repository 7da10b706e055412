import { z } from '@hono/zod-openapi';
import type { Account } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { dayMs } from '../domain/durations.ts';
import { readAccount } from '../ledger/accounts.ts';
import type { HttpDependencies } from './dependencies.ts';

const mustBeInstant =
  'must be a day or an instant in UTC, such as "2026-11-22" or "2026-11-22T19:38:59Z"';

/** An instant of the account's own time; a day stands for its first one. */
export const instantInput = z
  .union([z.iso.datetime(), z.iso.date()], { error: mustBeInstant })
  .refine((text) => Date.parse(text) >= 0, { error: 'must not be before 1970' })
  .openapi({ type: 'string', format: 'date-time', example: '2026-11-22T19:38:59Z' })
  .transform((text) => Date.parse(text));

/** @throws SolventError account_not_found. */
export async function accountAndNow(
  accountId: string,
  { ledger, nowMs }: Pick<HttpDependencies, 'ledger' | 'nowMs'>,
): Promise<{ readonly account: Account; readonly nowMs: number }> {
  const state = await readAccount(ledger, { accountId });
  if (state === undefined) throw failure('account_not_found');
  return { account: state.account, nowMs: accountNowMs(state.account, nowMs()) };
}

interface AskedRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly at?: number | undefined;
}

/** @throws SolventError invalid_request for a range that makes no sense. */
export function statementRange({ from, to, at }: AskedRange, nowMs: number) {
  if (to !== undefined && at !== undefined) {
    throw failure('invalid_request', 'Give to or at, not both.');
  }
  if (at !== undefined && at > nowMs) {
    throw failure('invalid_request', 'at must not be in the future.');
  }
  // What happened at that very instant belongs to it; we count whole milliseconds.
  const toMs = at === undefined ? (to ?? null) : at + 1;
  if (from !== undefined && toMs !== null && from > toMs) {
    throw failure('invalid_request', 'from must not be after to.');
  }
  return { fromMs: from ?? null, toMs };
}

const usualDays = 30;
const mostDays = 400;

/** Some last days where nothing else is asked for. @throws SolventError invalid_request. */
export function usageRange({ from, to }: AskedRange, nowMs: number) {
  const toMs = to ?? nowMs + 1;
  const lastDay = Math.floor((toMs - 1) / dayMs) * dayMs;
  const fromMs = from ?? lastDay - (usualDays - 1) * dayMs;
  if (fromMs > toMs) throw failure('invalid_request', 'from must not be after to.');
  if (toMs - fromMs > mostDays * dayMs) {
    throw failure('invalid_request', `Ask for at most ${mostDays} days at once.`);
  }
  return { fromMs, toMs };
}
