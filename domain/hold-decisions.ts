import {
  admit,
  decideAccess,
  type AccessDecision,
  type AccessFacts,
  type AccessRequest,
} from './access.ts';
import type { UsageCharged } from './billing-events.ts';
import { hasExpired, lotsAfterHold, reservedBy, withMore, type Hold } from './holds.ts';
import { larger, subtract, sum, ZERO, type Micros } from './money.ts';
import { periodOf } from './period.ts';
import type { Policy } from './policy.ts';
import { inOrderOfUse, roomUnder, usableLots, type Means, type UsableLot } from './spendable.ts';
import { standingBy } from './standing.ts';
import { chargeUsage, type UsageCost } from './usage-charge.ts';

export interface HoldRequest extends AccessRequest {
  readonly holdId: string;
  readonly ttlMs: number;
}

export type HoldDecision =
  | { readonly hold: Hold; readonly decision: null }
  /** Refused, with all that was compared. */
  | { readonly hold: null; readonly decision: AccessDecision };

/** Admits a request and reserves its worst-case cost, or says why not (R20). */
export function decideHold(
  facts: AccessFacts,
  request: HoldRequest,
  policy: Policy,
  nowMs: number,
): HoldDecision {
  const admitted = admit(facts, request, policy, nowMs);
  if (admitted === null) {
    return { hold: null, decision: decideAccess(facts, request, policy, nowMs) };
  }
  const { cost, model, holdId, ttlMs } = request;
  const { spendable, limit, owed, allocation } = admitted;
  const { lots, postpaid } = allocation;
  const hold: Hold = {
    holdId,
    state: 'open',
    model,
    cost,
    lots,
    postpaid,
    openedAtMs: nowMs,
    expiresAtMs: nowMs + ttlMs,
    admittedBy: {
      version: facts.balances.version,
      holdVersion: facts.balances.holdVersion + 1,
      policyVersion: policy.version,
      cost,
      spendable,
      limit,
      owed,
    },
    endedAtMs: null,
    endedHoldVersion: null,
    settledCost: null,
    writtenOff: null,
  };
  return { hold, decision: null };
}

/** `postingPeriod`: where the usage's own time says another month than this moment's. */
export type SettleCost = Pick<UsageCost, 'cost'> & Partial<Pick<UsageCost, 'postingPeriod'>>;

export interface SettleDecision {
  readonly hold: Hold;
  readonly event: UsageCharged;
}

/**
 * Charges a request's true cost, less or more than was held (R20, R21). What the hold reserved is
 * there for it, also credits that ended since; what goes beyond, and all of it where the hold had
 * expired, is charged up to what is spendable now. What an expired hold reserved is spendable again,
 * whether or not the sweep has come by.
 */
export function decideSettle(
  facts: AccessFacts,
  hold: Hold,
  used: SettleCost,
  policy: Policy,
  nowMs: number,
): SettleDecision {
  const isReserved = hold.state === 'open' && !hasExpired(hold, nowMs);
  const means = isReserved
    ? meansOfHold(facts, hold, policy, nowMs)
    : meansOf(withoutHold(facts, hold), hold, policy, nowMs);
  const { cost, postingPeriod = periodOf(nowMs) } = used;
  const charge = chargeUsage({ cost, model: hold.model, postingPeriod }, means, policy);
  return {
    hold: {
      ...ended(facts, hold, 'settled', nowMs),
      settledCost: cost,
      writtenOff: charge.writtenOff,
    },
    event: { kind: 'usage_charged', holdId: hold.holdId, charges: [charge] },
  };
}

function withoutHold(facts: AccessFacts, hold: Hold): AccessFacts {
  const given = reservedBy(hold);
  const heldPostpaid = subtract(facts.balances.heldPostpaid, given.postpaid);
  return {
    ...facts,
    lots: lotsAfterHold(facts.lots, given, reservedBy(null)),
    balances: { ...facts.balances, heldPostpaid },
  };
}

/** What a request of the hold's model could be paid from now, beside all holds. */
export function meansOf(
  facts: AccessFacts,
  { model }: Pick<Hold, 'model'>,
  policy: Policy,
  nowMs: number,
): Means {
  const { limit, owed } = standingBy(facts, policy, nowMs);
  return {
    lots: usableLots(facts.lots, model, nowMs),
    room: roomUnder(limit, owed, facts.balances),
  };
}

/** The same with what this hold reserved, which nothing may take from it any more (R22). */
function meansOfHold(facts: AccessFacts, hold: Hold, policy: Policy, nowMs: number): Means {
  const others = facts.balances.heldPostpaid - hold.postpaid;
  const { limit, owed } = standingBy(facts, policy, nowMs);
  const room = roomUnder(limit, owed, { heldPostpaid: others as Micros });
  const free = new Map(usableLots(facts.lots, hold.model, nowMs).map((lot) => [lot.lotId, lot]));
  const lots = facts.lots.toSorted(inOrderOfUse).flatMap((lot): UsableLot[] => {
    const own = hold.lots.find(({ lotId }) => lotId === lot.lotId)?.amount ?? ZERO;
    const available = sum(free.get(lot.lotId)?.available ?? ZERO, own);
    return available === 0 ? [] : [{ lotId: lot.lotId, kind: lot.kind, available }];
  });
  return { lots, room: larger(room, hold.postpaid) };
}

/** What to tell who runs a long request: go on, soon stop, pause now, stop now (R23). */
export type Instruction = 'continue' | 'warn' | 'pause' | 'stop';

export interface ExtendDecision {
  readonly instruction: Instruction;
  readonly decision: AccessDecision;
  /** The hold as it is after it; unchanged where nothing more is reserved. */
  readonly hold: Hold;
}

/**
 * Reserves more for a request that goes on: up to `cost` in all, and until `ttlMs` from now (R23).
 * A repeat reserves nothing more. Where another extension of the same size would not pass, the
 * caller is warned; where this one does not, it is told to pause, and what it holds stays until it
 * ends; where the account may not be served at all, or the hold has ended, to stop.
 */
export function decideExtend(
  facts: AccessFacts,
  hold: Hold,
  { cost, ttlMs }: { readonly cost: Micros; readonly ttlMs: number },
  policy: Policy,
  nowMs: number,
): ExtendDecision {
  const more = cost > hold.cost ? subtract(cost, hold.cost) : ZERO;
  const decision = decideAccess(facts, { cost: more, model: hold.model }, policy, nowMs);
  if (hold.state !== 'open' || hasExpired(hold, nowMs)) {
    return { instruction: 'stop', decision, hold };
  }
  if (!decision.allowed) {
    return { instruction: isForMoney(decision) ? 'pause' : 'stop', decision, hold };
  }
  const extended: Hold = {
    ...hold,
    ...withMore(hold, decision.allocation),
    cost: sum(hold.cost, more),
    expiresAtMs: Math.max(hold.expiresAtMs, nowMs + ttlMs),
  };
  const isLast = decision.spendable < 2 * more;
  return { instruction: isLast ? 'warn' : 'continue', decision, hold: extended };
}

/** A refusal that passes by itself, or by money: what was reserved may still be used up. */
function isForMoney({ code }: AccessDecision): boolean {
  return code === 'credits_exhausted' || code === 'balance_limit_reached' || code === 'holds_full';
}

/** Gives back what a hold reserved: the request was not run, or its time is over. */
export function endHold(
  facts: Pick<AccessFacts, 'balances'>,
  hold: Hold,
  state: 'released' | 'expired',
  nowMs: number,
): Hold {
  return hold.state === 'open' ? ended(facts, hold, state, nowMs) : hold;
}

/** A hold ends once: where its time was over before it is settled, that is when. */
function ended(
  { balances }: Pick<AccessFacts, 'balances'>,
  hold: Hold,
  state: Hold['state'],
  nowMs: number,
): Hold {
  if (hold.state !== 'open') return { ...hold, state };
  return { ...hold, state, endedAtMs: nowMs, endedHoldVersion: balances.holdVersion + 1 };
}
