import type { UsageCharge } from '../../domain/billing-events.ts';
import { micros } from '../../domain/money.ts';
import type { PolicySchedule } from '../../domain/policy-schedule.ts';
import type { HoldDesk } from '../../ledger/holds.ts';

/** One request of a model: what it holds, and how it ends. All of it is the same at every repeat. */
export interface PlannedRequest {
  readonly accountId: string;
  readonly holdId: string;
  readonly cost: number;
  readonly extendTo: number | null;
  /** The true cost, or that it was never run, or that nobody ever says. */
  readonly ending: number | 'release' | 'none';
}

export type Call = 'place' | 'extend' | 'settle' | 'release';

/** How an answer is told apart: a repeat of a settle has to give the very same. */
export type Report = (call: Call, answer: string) => void;

interface Way {
  readonly desk: HoldDesk;
  readonly policies: PolicySchedule;
  readonly nowMs: number;
}

/** Goes the whole way of one request, as its client does: ends early where it is refused. */
export async function runRequest(
  request: PlannedRequest,
  { desk, policies, nowMs }: Way,
  report: Report,
): Promise<void> {
  const { accountId, holdId, extendTo, ending } = request;
  const name = { accountId, holdId, policies, nowMs };
  const placed = await desk.place({
    ...name,
    cost: micros(request.cost),
    model: null,
    ttlMs: null,
  });
  report('place', placed.status);
  if (placed.status !== 'admitted' && placed.status !== 'stored') return;
  if (extendTo !== null) {
    const extended = await desk.extend({ ...name, cost: micros(extendTo), ttlMs: null });
    report('extend', extended.status === 'answered' ? extended.instruction : extended.status);
  }
  if (ending === 'none') return;
  if (ending === 'release') {
    report('release', (await desk.release(name)).status);
    return;
  }
  const settled = await desk.settle({ ...name, cost: micros(ending) });
  report('settle', settled.status === 'settled' ? told(settled.charge) : settled.refusal.code);
}

/** A charge as a text that is the same for the same charge: stored JSON has an order of its own. */
function told({ cost, free, purchased, unbilled, writtenOff }: UsageCharge): string {
  const lots = [...free, ...purchased].map(({ lotId, amount }) => `lot ${lotId}: ${amount}`);
  const owed = `${unbilled?.period ?? 'no month'}: ${unbilled?.amount ?? 0}`;
  return [`cost ${cost}`, ...lots, owed, `written off ${writtenOff}`].join(', ');
}

/** A plan for some accounts: the same `seed` gives the same plan. */
export function planRequests(
  accountIds: readonly string[],
  count: number,
  seed: string,
): PlannedRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const accountId = accountIds[index % accountIds.length] ?? '';
    const cost = 250_000 * (1 + (index % 23));
    const way = index % 10;
    const holdId = `${seed}_${index}`;
    const request = { accountId, holdId, cost, extendTo: way % 3 === 0 ? cost * 2 : null };
    if (way === 7) return { ...request, ending: 'none' };
    if (way === 8) return { ...request, ending: 'release' };
    // Less than held, all of it, more than held, nothing.
    return { ...request, ending: Math.floor(cost * ([0.5, 1, 1.5, 0.25, 0][way % 5] ?? 1)) };
  });
}
