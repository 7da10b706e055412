import type { Context } from 'hono';
import type { AccessDecision } from '../domain/access.ts';
import type { Account } from '../domain/account.ts';
import { failure, refusal, type Refusal } from '../domain/failures.ts';
import { holdAnswer, type HoldAnswer } from '../domain/hold-answer.ts';
import { isAccountId } from '../domain/ids.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { assertMaySee } from './access.ts';
import { refusedAccess } from './access-resource.ts';
import type { ApiEnvironment, HttpDependencies } from './dependencies.ts';
import { holdInput } from './hold-resource.ts';
import { ProblemError, problemOf, type Problem } from './problems.ts';
import { problemOfInvalid } from './validation.ts';

export type Placed =
  | { readonly status: 'admitted' | 'stored'; readonly hold: HoldAnswer }
  | { readonly status: 'refused'; readonly error: ProblemError };

/** Places one hold of a call: a list is answered hold by hold. */
export async function placeOne(
  item: unknown,
  context: Context<ApiEnvironment>,
  schedule: PolicySchedule,
  dependencies: HttpDependencies,
): Promise<Placed> {
  const parsed = holdInput.safeParse(item);
  if (!parsed.success) return { status: 'refused', error: problemOfInvalid(parsed.error) };
  const { account: accountId, id: holdId, cost, model = null, ttlSeconds } = parsed.data;
  if (!isVisible(context, accountId)) return refused(refusal('account_not_found'));
  const outcome = await dependencies.holds.place({
    accountId,
    holdId,
    cost,
    model,
    ttlMs: ttlMsOf(ttlSeconds),
    policies: schedule,
    nowMs: dependencies.nowMs(),
  });
  switch (outcome.status) {
    case 'admitted':
    case 'stored':
      return { status: outcome.status, hold: holdAnswer(outcome.hold, ownerOf(outcome.account)) };
    case 'failed':
      return refused(outcome.refusal);
    case 'refused': {
      const account = ownerOf(outcome.account);
      const { decision } = outcome;
      if (decision.code !== null) {
        dependencies.refusals.count(accountId, { code: decision.code, atMs: decision.atMs });
      }
      return { status: 'refused', error: refusedError(decision, account, schedule, dependencies) };
    }
  }
}

function refused(reason: Refusal): Placed {
  return { status: 'refused', error: problemFor(reason) };
}

export function problemFor(reason: Refusal): ProblemError {
  return new ProblemError(reason, {});
}

/** A decision as the problem that every way of asking answers. */
export function refusedError(
  decision: AccessDecision,
  account: Account,
  schedule: PolicySchedule,
  { settings }: HttpDependencies,
): ProblemError {
  const policy = policyAt(schedule, decision.atMs);
  const { refusal: reason, members } = refusedAccess(decision, account, policy, settings.publicUrl);
  return new ProblemError(reason, members);
}

export function problemOfError(
  { refusal: reason, members }: ProblemError,
  publicUrl: string,
): Problem {
  return problemOf(reason, publicUrl, members);
}

/** The desk answers the account with all that is no failure. */
export function ownerOf(account: Account | null): Account {
  if (account === null) throw new Error('a hold was answered without its account');
  return account;
}

export function ttlMsOf(ttlSeconds: number | undefined): number | null {
  return ttlSeconds === undefined ? null : ttlSeconds * 1_000;
}

/** @throws SolventError account_not_found. */
export function assertVisible(context: Context<ApiEnvironment>, accountId: string): void {
  if (!isAccountId(accountId)) throw failure('account_not_found');
  assertMaySee(context.var.caller, accountId);
}

function isVisible({ var: { caller } }: Context<ApiEnvironment>, accountId: string): boolean {
  return isAccountId(accountId) && (caller.accountId === null || caller.accountId === accountId);
}
