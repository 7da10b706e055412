import type { AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure, refusal, type Refusal } from '../domain/failures.ts';
import {
  isSameGrant,
  needsSecondPerson,
  refuseApproval,
  refuseGrant,
  rejectionOf,
  type Grant,
  type GrantState,
  type GrantTerms,
} from '../domain/grants.ts';
import { accountOfId } from '../domain/ids.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { applyChange, type Change, type EntryHead } from './change.ts';
import { creditsGranted, grantInput } from './credits.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';
import { readGrantRow, readGrantsBefore } from './grant-rows.ts';

export interface GrantRequest extends GrantTerms {
  readonly accountId: AccountId;
  /** Derived from the caller's idempotency key: the same key is the same grant. */
  readonly grantId: string;
  /** Who asks: one person, as the audit log names them. */
  readonly actor: string;
  /** The clock; the account's own time is reckoned from it. */
  readonly nowMs: number;
}

export interface GrantDecision {
  readonly grantId: string;
  readonly actor: string;
  readonly nowMs: number;
}

export type GrantOutcome =
  /** As it stands now: posted, or waiting for a second person, or as it was decided before. */
  | { readonly status: 'recorded'; readonly grant: Grant }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Gives free credits, or has them wait for a second person where one may not give that much (R64).
 * A repeat gives nothing more (B13).
 * @throws SolventError account_not_found, idempotency_key_reused (the same id, other terms).
 */
export async function requestGrant(
  ledger: Ledger,
  request: GrantRequest,
  policies: PolicySchedule,
): Promise<GrantOutcome> {
  const { accountId, grantId, actor } = request;
  const terms = termsOf(request);
  const { result } = await applyChange<GrantOutcome>(ledger, {
    accountId,
    entry: entryOf(grantId, terms, policies, request.nowMs),
    reads: { grantId },
    decide(facts) {
      const { account } = facts;
      const earlier = facts.grants.get(grantId);
      if (earlier !== undefined) return repeated(earlier.grant, terms);
      const nowMs = accountNowMs(account, request.nowMs);
      const reason = refuseGrant(terms, account, nowMs);
      if (reason !== null) return refused(reason);
      const undecided = { decidedBy: null, decidedAtMs: null, lotId: null };
      const grant: Grant = {
        accountId,
        grantId,
        currency: account.currency,
        ...terms,
        ...undecided,
        state: 'awaiting_second_person',
        requestedBy: actor,
        requestedAtMs: nowMs,
      };
      const posted = [...facts.grants.values()].flatMap((row) =>
        row.isRecent && row.grant.state === 'posted' ? [row.grant] : [],
      );
      if (!needsSecondPerson(grant, posted, account, policyAt(policies, nowMs))) {
        return posting(facts, grant, 'credits.grant', actor, nowMs);
      }
      return recorded(grant, { actor, action: 'grant.request', occurredAtMs: nowMs });
    },
  });
  return result;
}

/**
 * Posts a grant that waited: someone else than who asked for it says so. Approving it again changes
 * nothing.
 * @throws SolventError grant_not_found.
 */
export async function approveGrant(
  ledger: Ledger,
  { grantId, actor, nowMs: clockMs }: GrantDecision,
  policies: PolicySchedule,
): Promise<GrantOutcome> {
  const asked = await existing(ledger, grantId);
  const terms = termsOf(asked);
  return changeGrant(ledger, asked, entryOf(grantId, terms, policies, clockMs), (facts, grant) => {
    const nowMs = accountNowMs(facts.account, clockMs);
    const reason = refuseApproval(grant, actor) ?? refuseGrant(terms, facts.account, nowMs);
    if (reason !== null) return refused(reason);
    const approved = { ...grant, decidedBy: actor, decidedAtMs: nowMs };
    return posting(facts, approved, 'grant.approve', actor, nowMs);
  });
}

/**
 * Turns a grant down that waits: `rejected`, or `withdrawn` by whoever asked for it.
 * @throws SolventError grant_not_found.
 */
export async function rejectGrant(
  ledger: Ledger,
  { grantId, actor, nowMs: clockMs }: GrantDecision,
): Promise<GrantOutcome> {
  const asked = await existing(ledger, grantId);
  return changeGrant(ledger, asked, null, ({ account }, grant) => {
    const state = rejectionOf(grant, actor);
    const isDecided = grant.state !== 'awaiting_second_person';
    if (isDecided && grant.state !== state) {
      return refused(refusal('grant_decided', `It was ${grant.state}.`));
    }
    if (isDecided) return { result: { status: 'recorded', grant } };
    const nowMs = accountNowMs(account, clockMs);
    const action = state === 'withdrawn' ? 'grant.withdraw' : 'grant.reject';
    const decided = { ...grant, state, decidedBy: actor, decidedAtMs: nowMs };
    return recorded(decided, { actor, action, occurredAtMs: nowMs });
  });
}

/** A grant as it stands; undefined where there is none. */
export async function readGrant(
  ledger: Ledger,
  { grantId }: { readonly grantId: string },
): Promise<Grant | undefined> {
  const accountId = accountOfId(grantId);
  if (accountId === undefined) return undefined;
  return readGrantRow(ledger, uuidOf(accountId), grantId);
}

export interface GrantPage {
  readonly grants: readonly Grant[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** One page of grants, newest first. A cursor that is none gives the first page. */
export async function listGrants(
  ledger: Ledger,
  input: {
    /** Null: any. */
    readonly state: GrantState | null;
    /** Null: all accounts. */
    readonly accountId: AccountId | null;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<GrantPage> {
  const { state, accountId, cursor, limit } = input;
  const before = cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
  const wanted = { state, uuid: accountId && uuidOf(accountId) };
  const rows = await readGrantsBefore(ledger, wanted, before, limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    grants: page.map(({ grant }) => grant),
    nextCursor: last === undefined ? null : String(last.seq),
  };
}

async function existing(ledger: Ledger, grantId: string): Promise<Grant> {
  const grant = await readGrant(ledger, { grantId });
  if (grant === undefined) throw failure('grant_not_found');
  return grant;
}

async function changeGrant(
  ledger: Ledger,
  { accountId, grantId }: Grant,
  entry: EntryHead | null,
  decide: (facts: AccountFacts, grant: Grant) => Decision<GrantOutcome>,
): Promise<GrantOutcome> {
  const change: Change<GrantOutcome> = {
    accountId,
    entry,
    reads: { grantId },
    decide(facts) {
      const row = facts.grants.get(grantId);
      if (row === undefined) throw failure('grant_not_found');
      return decide(facts, row.grant);
    },
  };
  return (await applyChange(ledger, change)).result;
}

/** The one posting of a grant, whoever's call leads to it, has this key and this input. */
function entryOf(
  grantId: string,
  terms: GrantTerms,
  policies: PolicySchedule,
  occurredAtMs: number,
): EntryHead {
  return { key: `grant/${grantId}`, input: grantInput(terms), policies, occurredAtMs };
}

function termsOf({ amount, scope, expiresAtMs, reason }: GrantTerms): GrantTerms {
  return { amount, scope, expiresAtMs, reason };
}

/** A repeat of one that has no posting to be known by. */
function repeated(earlier: Grant, terms: GrantTerms): Decision<GrantOutcome> {
  if (!isSameGrant(earlier, terms)) throw failure('idempotency_key_reused');
  return { result: { status: 'recorded', grant: earlier } };
}

function posting(
  facts: AccountFacts,
  grant: Grant,
  action: string,
  actor: string,
  nowMs: number,
): Decision<GrantOutcome> {
  const { lotId, events } = creditsGranted(facts, grant);
  const posted: Grant = { ...grant, state: 'posted', lotId };
  return {
    ...recorded(posted, { actor, action, occurredAtMs: nowMs }),
    events,
    occurredAtMs: nowMs,
  };
}

function recorded(
  grant: Grant,
  by: { readonly actor: string; readonly action: string; readonly occurredAtMs: number },
): Decision<GrantOutcome> {
  const { grantId, amount, lotId } = grant;
  const detail = { grantId, amount, ...(lotId === null ? {} : { lotId }) };
  return { result: { status: 'recorded', grant }, grant, audit: { ...by, detail } };
}

function refused(reason: Refusal): Decision<GrantOutcome> {
  return { result: { status: 'refused', refusal: reason } };
}
