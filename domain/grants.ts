import type { Account, AccountId } from './account.ts';
import type { CurrencyCode } from './currencies.ts';
import { refusal, type Refusal } from './failures.ts';
import { sum, type Micros } from './money.ts';
import { periodOf } from './period.ts';
import { currencyPolicyOf, type Policy } from './policy.ts';

/**
 * Free credits that an operator gives (R24, R28). One amount, of free credits: nothing here could
 * set a paid amount beside it (B5).
 */
export interface GrantTerms {
  readonly amount: Micros;
  /** Models or services they may be used for; null: any. */
  readonly scope: readonly string[] | null;
  /** Null: never. */
  readonly expiresAtMs: number | null;
  /** For operators; never shown to the customer. */
  readonly reason: string;
}

export const grantStates = ['awaiting_second_person', 'posted', 'rejected', 'withdrawn'] as const;
export type GrantState = (typeof grantStates)[number];

export interface Grant extends GrantTerms {
  readonly accountId: AccountId;
  readonly grantId: string;
  readonly currency: CurrencyCode;
  readonly state: GrantState;
  /** As the audit log names them: "operator:ada", "api_key:key_…". */
  readonly requestedBy: string;
  /** The account's own time. */
  readonly requestedAtMs: number;
  /** Who approved, rejected or withdrew it; null: nobody had to, or nobody has. */
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
  /** Its credits, once posted. */
  readonly lotId: number | null;
}

const mostScopes = 20;
const longestName = 200;
const longestReason = 500;

/** Why these credits may not be given to this account now; null: they may. */
export function refuseGrant(terms: GrantTerms, account: Account, nowMs: number): Refusal | null {
  if (account.status === 'closed') return refusal('account_closed');
  const fault = faultOf(terms, nowMs);
  return fault === null ? null : refusal('grant_not_possible', fault);
}

function faultOf({ amount, scope, expiresAtMs, reason }: GrantTerms, nowMs: number): string | null {
  if (amount <= 0) return 'The amount must be above zero.';
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return 'The expiry must be in the future.';
  if (reason.trim() === '' || reason.length > longestReason) {
    return `The reason must have 1 to ${longestReason} characters.`;
  }
  if (scope === null) return null;
  const isNamed = scope.every((name) => name.trim() !== '' && name.length <= longestName);
  const isOnce = new Set(scope).size === scope.length;
  return scope.length >= 1 && scope.length <= mostScopes && isNamed && isOnce
    ? null
    : `The scope must be 1 to ${mostScopes} different names of models or services.`;
}

/**
 * Whether one person may not give this alone (R64): with what the same person's grants brought the
 * account within 24 hours, it is above the policy's limit. Parts count together, so that splitting
 * a grant does not help.
 */
export function needsSecondPerson(
  { amount, requestedBy }: Pick<Grant, 'amount' | 'requestedBy'>,
  postedWithinDay: readonly Pick<Grant, 'amount' | 'requestedBy'>[],
  { currency }: Pick<Account, 'currency'>,
  policy: Policy,
): boolean {
  const own = postedWithinDay.filter((grant) => grant.requestedBy === requestedBy);
  const total = sum(amount, ...own.map((grant) => grant.amount));
  return total > currencyPolicyOf(policy, currency).secondPersonAbove;
}

/** Why this person may not approve it; null: they may, or it is posted already. */
export function refuseApproval(grant: Grant, actor: string): Refusal | null {
  if (grant.state === 'rejected' || grant.state === 'withdrawn') {
    return refusal('grant_decided', `It was ${grant.state}.`);
  }
  const isOwn = grant.state === 'awaiting_second_person' && grant.requestedBy === actor;
  return isOwn ? refusal('grant_needs_second_person') : null;
}

/** What becomes of a grant that is turned down: whoever asked for it takes it back. */
export function rejectionOf(grant: Grant, actor: string): 'rejected' | 'withdrawn' {
  return grant.requestedBy === actor ? 'withdrawn' : 'rejected';
}

/** True where both ask for the same: then one is a repeat of the other. */
export function isSameGrant(a: GrantTerms, b: GrantTerms): boolean {
  return (
    a.amount === b.amount &&
    a.expiresAtMs === b.expiresAtMs &&
    a.reason === b.reason &&
    JSON.stringify(a.scope) === JSON.stringify(b.scope)
  );
}

/**
 * The idempotency key of a grant that recurs each month: made of campaign and month, so that it is
 * given once however often it is asked for (B13).
 */
export function campaignKey(campaign: string, nowMs: number): string {
  return `campaign/${campaign}/${periodOf(nowMs)}`;
}
