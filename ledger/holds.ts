import type { AccessDecision } from '../domain/access.ts';
import type { Account, AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { UsageCharge } from '../domain/billing-events.ts';
import { refusal, type Refusal } from '../domain/failures.ts';
import {
  decideExtend,
  decideHold,
  decideSettle,
  endHold,
  type Instruction,
} from '../domain/hold-decisions.ts';
import { hasExpired, type Hold } from '../domain/holds.ts';
import type { Micros } from '../domain/money.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChanges, type Change, type ChangeOutcome } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';
import { createLane, type LaneOptions } from './lane.ts';

/** Which hold, and what is in force while it is asked about. */
interface HoldName {
  readonly accountId: AccountId;
  /** The caller's id of the request, unique within the account for ever. */
  readonly holdId: string;
  readonly policies: PolicySchedule;
  /** The clock; an account's own time is reckoned from it under the lock. */
  readonly nowMs: number;
}

export interface PlaceHold extends HoldName {
  /** The request's worst-case cost. */
  readonly cost: Micros;
  readonly model: string | null;
  /** Null: as long as the policy says. */
  readonly ttlMs: number | null;
}

export interface SettleHold extends HoldName {
  /** The request's true cost, less or more than was held. */
  readonly cost: Micros;
}

export interface ExtendHold extends HoldName {
  /** What is to be reserved in all, from the request's start. */
  readonly cost: Micros;
  readonly ttlMs: number | null;
}

export type HoldOutcome =
  | {
      /** `stored`: asked for before; it decided nothing and reserved nothing more. */
      readonly status: 'admitted' | 'stored';
      readonly hold: Hold;
    }
  | { readonly status: 'refused'; readonly decision: AccessDecision }
  | NotDone;

export type SettleOutcome = { readonly status: 'settled'; readonly charge: UsageCharge } | NotDone;

export type ExtendOutcome =
  | {
      readonly status: 'answered';
      readonly instruction: Instruction;
      readonly decision: AccessDecision;
      readonly hold: Hold;
    }
  | NotDone;

export type ReleaseOutcome =
  { readonly status: 'released' | 'stored'; readonly hold: Hold } | NotDone;

/** The call was wrong, and nothing was changed: account or hold unknown, or used otherwise. */
export interface NotDone {
  readonly status: 'failed';
  readonly refusal: Refusal;
}

/** An outcome, and the account it is about; none where there is no such account. */
export type Answered<Outcome> = Outcome & { readonly account: Account | null };

/** The way in for requests: what is asked at the same time is decided in one transaction. */
export interface HoldDesk {
  place(request: PlaceHold): Promise<Answered<HoldOutcome>>;
  settle(request: SettleHold): Promise<Answered<SettleOutcome>>;
  extend(request: ExtendHold): Promise<Answered<ExtendOutcome>>;
  release(request: HoldName): Promise<Answered<ReleaseOutcome>>;
}

/** Two batches at once keep the database busy while the program decides; more bring nothing. */
const twoBatches: Pick<LaneOptions<never, never>, 'width' | 'maxItems'> = {
  width: 2,
  maxItems: 300,
};

/** `ledger`: connections of its own, so that no long transaction stands in the way. */
export function openHoldDesk(ledger: Ledger, batches = twoBatches): HoldDesk {
  const lane = createLane<Change<unknown>, ChangeOutcome<unknown>>({
    run: (changes) => applyChanges(ledger, changes),
    ...batches,
  });
  const ask = async <Outcome>(change: Change<Outcome>): Promise<Answered<Outcome | NotDone>> => {
    const outcome = (await lane(change)) as ChangeOutcome<Outcome>;
    switch (outcome.status) {
      case 'recorded':
      case 'stored':
        return { ...outcome.result, account: outcome.facts.account };
      case 'conflict':
        return { ...notDone('hold_ended'), account: null };
      case 'account_not_found':
        return { ...notDone('account_not_found'), account: null };
    }
  };
  return {
    place: (request) => ask(placing(request)),
    settle: (request) => ask(settling(request)),
    extend: (request) => ask(extending(request)),
    release: (request) => ask(releasing(request)),
  };
}

function placing(request: PlaceHold): Change<HoldOutcome> {
  const { accountId, holdId, cost, model, policies } = request;
  return {
    accountId,
    entry: null,
    reads: { access: true, holdId },
    decide(facts) {
      const { account } = facts;
      const earlier = facts.holds.get(holdId);
      if (earlier !== undefined) return { result: repeated(earlier, request) };
      const nowMs = accountNowMs(account, request.nowMs);
      const policy = policyAt(policies, nowMs);
      const ttlMs = request.ttlMs ?? policy.holds.defaultTtlMs;
      if (ttlMs > policy.holds.maximumTtlMs) return { result: notDone('hold_too_long') };
      const wanted = { holdId, cost, model, ttlMs };
      const { decision, hold } = decideHold(facts, wanted, policy, nowMs);
      if (hold === null) return { result: { status: 'refused', decision } };
      return { hold, result: { status: 'admitted', hold } };
    },
  };
}

function repeated(earlier: Hold, { cost, model }: PlaceHold): HoldOutcome {
  const isSame = earlier.admittedBy.cost === cost && earlier.model === model;
  return isSame ? { status: 'stored', hold: earlier } : notDone('hold_reused');
}

function settling(request: SettleHold): Change<SettleOutcome> {
  const { accountId, holdId, cost, policies } = request;
  return {
    accountId,
    entry: { key: `hold/${holdId}:settle`, input: { cost }, policies, occurredAtMs: request.nowMs },
    reads: { access: true, holdId },
    decide: (facts): Decision<SettleOutcome> => {
      const { account } = facts;
      const before = facts.holds.get(holdId);
      if (before === undefined) return { result: notDone('hold_not_found') };
      if (before.state === 'released' || before.state === 'settled') {
        return { result: notDone('hold_ended') };
      }
      const nowMs = accountNowMs(account, request.nowMs);
      const { hold, event } = decideSettle(
        facts,
        before,
        { cost },
        policyAt(policies, nowMs),
        nowMs,
      );
      const [charge] = event.charges;
      if (charge === undefined) throw new Error('a settled hold has one charge');
      const result: SettleOutcome = { status: 'settled', charge };
      return { hold, events: [event], occurredAtMs: nowMs, result };
    },
  };
}

function extending(request: ExtendHold): Change<ExtendOutcome> {
  const { accountId, holdId, cost, policies } = request;
  return {
    accountId,
    entry: null,
    reads: { access: true, holdId },
    decide: (facts) => {
      const { account } = facts;
      const before = facts.holds.get(holdId);
      if (before === undefined) return { result: notDone('hold_not_found') };
      const nowMs = accountNowMs(account, request.nowMs);
      const policy = policyAt(policies, nowMs);
      const ttlMs = request.ttlMs ?? policy.holds.defaultTtlMs;
      if (ttlMs > policy.holds.maximumTtlMs) return { result: notDone('hold_too_long') };
      const answer = decideExtend(facts, before, { cost, ttlMs }, policy, nowMs);
      const result: ExtendOutcome = { status: 'answered', ...answer };
      if (answer.hold === before) return { result };
      return { hold: answer.hold, occurredAtMs: nowMs, result };
    },
  };
}

function releasing({ accountId, holdId, nowMs }: HoldName): Change<ReleaseOutcome> {
  return {
    accountId,
    entry: null,
    reads: { access: true, holdId },
    decide: (facts) => ended(facts, holdId, 'released', nowMs),
  };
}

/** Ends a hold whose time is over; one that was extended meanwhile stays open. */
export function expiringHold({
  accountId,
  holdId,
  nowMs,
}: Omit<HoldName, 'policies'>): Change<ReleaseOutcome> {
  return {
    accountId,
    entry: null,
    reads: { access: true, holdId },
    decide(facts) {
      const hold = facts.holds.get(holdId);
      const isOver = hold !== undefined && hasExpired(hold, accountNowMs(facts.account, nowMs));
      if (hold !== undefined && !isOver) return { result: { status: 'stored', hold } };
      return ended(facts, holdId, 'expired', nowMs);
    },
  };
}

/** Ends a hold without a charge; one that is ended already stays as it is. */
function ended(
  facts: AccountFacts,
  holdId: string,
  state: 'released' | 'expired',
  clockMs: number,
): Decision<ReleaseOutcome> {
  const { account } = facts;
  const before = facts.holds.get(holdId);
  if (before === undefined) return { result: notDone('hold_not_found') };
  if (before.state === 'settled') return { result: notDone('hold_ended') };
  const hold = endHold(facts, before, state, accountNowMs(account, clockMs));
  if (hold === before) return { result: { status: 'stored', hold } };
  return { hold, result: { status: 'released', hold } };
}

function notDone(code: Refusal['code']): NotDone {
  return { status: 'failed', refusal: refusal(code) };
}
