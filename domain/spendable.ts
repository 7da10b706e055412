import type { Balances, CreditLot, LotPart } from './account.ts';
import { smaller, subtract, sum, ZERO, type Micros } from './money.ts';

/** What something is paid from: credits of lots in their order, then the room under the limit. */
export interface Means {
  readonly lots: readonly UsableLot[];
  /** What may still be owed: the limit less what is owed and what open holds reserved of it. */
  readonly room: Micros;
}

/** A lot that a request may use, and what of it no other hold has reserved. */
export interface UsableLot {
  readonly lotId: number;
  readonly kind: CreditLot['kind'];
  readonly available: Micros;
}

export interface Allocation {
  /** Credits, lot by lot, in the order they are used (R27). */
  readonly lots: readonly LotPart[];
  /** What is owed instead. */
  readonly postpaid: Micros;
  /** What nothing was left for. */
  readonly missing: Micros;
}

/**
 * The lots a request may use (R20: in scope, unexpired, unfrozen) in the order of R27: free credits
 * first, those that end earliest before the others; then purchased ones, oldest first.
 */
export function usableLots(
  lots: readonly CreditLot[],
  model: string | null,
  nowMs: number,
): readonly UsableLot[] {
  return lots
    .filter((lot) => lot.remaining > lot.held && isUsable(lot, model, nowMs))
    .toSorted(inOrderOfUse)
    .map(({ lotId, kind, remaining, held }) => {
      return { lotId, kind, available: subtract(remaining, held) };
    });
}

function isUsable(lot: CreditLot, model: string | null, nowMs: number): boolean {
  if (lot.frozenAtMs !== null) return false;
  if (lot.expiresAtMs !== null && lot.expiresAtMs <= nowMs) return false;
  return isInScope(lot, model);
}

/** Credits without a scope are good for anything; a request without a model uses only those. */
export function isInScope({ scope }: Pick<CreditLot, 'scope'>, model: string | null): boolean {
  return scope === null || (model !== null && scope.includes(model));
}

/** For sorting lots into the order they are used in (R27). */
export function inOrderOfUse(a: CreditLot, b: CreditLot): number {
  if (a.kind !== b.kind) return a.kind === 'free' ? -1 : 1;
  const byExpiry = a.kind === 'free' ? byEarliest(a.expiresAtMs, b.expiresAtMs) : 0;
  return byExpiry || a.acquiredAtMs - b.acquiredAtMs || a.lotId - b.lotId;
}

/** Null, never, comes after every time. */
function byEarliest(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? Infinity) < (b ?? Infinity) ? -1 : 1;
}

/** What may still be owed; nothing where the limit was lowered under what is owed (R22). */
export function roomUnder(
  limit: Micros,
  owed: Micros,
  { heldPostpaid }: Pick<Balances, 'heldPostpaid'>,
): Micros {
  const room = limit - owed - heldPostpaid;
  return room > 0 ? subtract(subtract(limit, owed), heldPostpaid) : ZERO;
}

/** All that could be spent at once (R20). */
export function spendableOf({ lots, room }: Means): Micros {
  let total = room;
  for (const { available } of lots) total = sum(total, available);
  return total;
}

/** Pays a cost from the means, in their order. */
export function allocate(cost: Micros, { lots, room }: Means): Allocation {
  const parts: LotPart[] = [];
  let left = cost;
  for (const { lotId, available } of lots) {
    if (left === 0) break;
    const amount = smaller(left, available);
    parts.push({ lotId, amount });
    left = subtract(left, amount);
  }
  const postpaid = smaller(left, room);
  return { lots: parts, postpaid, missing: subtract(left, postpaid) };
}

/** Free credits that are good for other models or services than this request's (R28). */
export function freeOutOfScope(
  lots: readonly CreditLot[],
  model: string | null,
  nowMs: number,
): Micros {
  const outOfScope = lots.filter(
    (lot) =>
      lot.kind === 'free' &&
      lot.frozenAtMs === null &&
      (lot.expiresAtMs === null || lot.expiresAtMs > nowMs) &&
      !isInScope(lot, model),
  );
  return sum(...outOfScope.map(({ remaining }) => remaining));
}
