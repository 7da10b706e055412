import type { CreditLot, LotPart } from './account.ts';
import { sum, ZERO, type Micros } from './money.ts';

/**
 * The worst-case cost of a running request, reserved before it runs (R20): which lots it is
 * reserved from, and what of it may be owed. The numbers it was admitted by stay with it.
 */
export interface Hold {
  /** The caller's, unique within the account for ever. */
  readonly holdId: string;
  readonly state: 'open' | 'settled' | 'released' | 'expired';
  /** The model or service asked for; null: not said, then only unscoped credits are used. */
  readonly model: string | null;
  /** All that is reserved. */
  readonly cost: Micros;
  readonly lots: readonly LotPart[];
  readonly postpaid: Micros;
  readonly openedAtMs: number;
  readonly expiresAtMs: number;
  readonly admittedBy: Admission;
  /** Set once it has ended. */
  readonly endedAtMs: number | null;
  /** The account's hold version that ended it. */
  readonly endedHoldVersion: number | null;
  /** The request's true cost, once settled. */
  readonly settledCost: Micros | null;
  /** What of it was charged to nobody (R21). */
  readonly writtenOff: Micros | null;
}

/** Where in the account's life a hold was admitted, and the numbers compared then (R56, R68). */
export interface Admission {
  /** The billing event before it. */
  readonly version: number;
  /** Its own place among what was done to the account's holds. */
  readonly holdVersion: number;
  readonly policyVersion: string;
  /** The cost asked for at first; it may have been extended since. */
  readonly cost: Micros;
  readonly spendable: Micros;
  readonly limit: Micros;
  readonly owed: Micros;
}

/** What an open hold keeps from other requests; an ended one keeps nothing. */
export interface Reserved {
  readonly lots: readonly LotPart[];
  readonly postpaid: Micros;
}

const nothing: Reserved = { lots: [], postpaid: ZERO };

/** What a hold keeps from others now; nothing where there is none or it has ended. */
export function reservedBy(hold: Hold | null): Reserved {
  return hold?.state === 'open' ? hold : nothing;
}

/** The lots after a hold changed what it reserves of them. */
export function lotsAfterHold(
  lots: readonly CreditLot[],
  before: Reserved,
  after: Reserved,
): readonly CreditLot[] {
  if (before.lots.length === 0 && after.lots.length === 0) return lots;
  return lots.map((lot) => {
    const taken = partOf(after.lots, lot.lotId) - partOf(before.lots, lot.lotId);
    return taken === 0 ? lot : { ...lot, held: sum(lot.held, taken as Micros) };
  });
}

function partOf(parts: readonly LotPart[], lotId: number): number {
  let total = 0;
  for (const part of parts) if (part.lotId === lotId) total += part.amount;
  return total;
}

/** True once nobody may count on the reservation any more. */
export function hasExpired({ expiresAtMs }: Pick<Hold, 'expiresAtMs'>, nowMs: number): boolean {
  return nowMs >= expiresAtMs;
}

/** Two reservations together, lot by lot: an extension is added to what was reserved before. */
export function withMore(hold: Reserved, more: Reserved): Reserved {
  const lots = new Map(hold.lots.map((part) => [part.lotId, part.amount]));
  for (const { lotId, amount } of more.lots) {
    lots.set(lotId, sum(lots.get(lotId) ?? ZERO, amount));
  }
  return {
    lots: [...lots].map(([lotId, amount]) => ({ lotId, amount })),
    postpaid: sum(hold.postpaid, more.postpaid),
  };
}
