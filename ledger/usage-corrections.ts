import type { AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { BillingEvent } from '../domain/billing-events.ts';
import { failure, refusal, type Refusal } from '../domain/failures.ts';
import { sum, type Micros } from '../domain/money.ts';
import { periodOf } from '../domain/period.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import type { PriceBook } from '../domain/price.ts';
import { decideUsageCorrection, type ChargedUsage } from '../domain/usage-correction.ts';
import { uuidOf } from './account-id.ts';
import { applyChanges } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts, UsageReading } from './facts.ts';

export interface CorrectUsage {
  readonly accountId: AccountId;
  /** The billing event that charged the usage: all of it is taken back. */
  readonly eventId: number;
  readonly reason: string;
  readonly actor: string;
  /** The clock. */
  readonly nowMs: number;
}

export type CorrectOutcome =
  | {
      readonly status: 'corrected';
      /** What was given back: credits, and what is owed no longer. */
      readonly credits: Micros;
      readonly unbilled: Micros;
    }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Takes a charge of usage back, once: what paid it gets it again, and no tax moves. What was right
 * of it is told anew, under new ids. Asked for again in the same words, it answers the same.
 * @throws SolventError account_not_found, usage_not_found.
 */
export async function correctUsage(
  ledger: Ledger,
  asked: CorrectUsage,
  policies: PolicySchedule,
  book: PriceBook,
): Promise<CorrectOutcome> {
  const { accountId, eventId, reason, nowMs } = asked;
  const charged = await readCharged(ledger, { accountId, eventId });
  const [outcome] = await applyChanges(ledger, [
    {
      accountId,
      reads: {
        access: true,
        everyLot: true,
        usage: readingOf([charged]),
        corrects: [eventId],
        invoicing: { period: periodOf(charged.occurredAtMs), kind: 'monthly' },
      },
      entry: {
        key: `usage/${eventId}:correct`,
        input: { reason },
        policies,
        occurredAtMs: nowMs,
      },
      decide: (facts) => correction(facts, charged, asked, book),
    },
  ]);
  switch (outcome?.status) {
    case 'recorded':
    case 'stored':
      return outcome.result;
    case 'conflict':
      return { status: 'refused', refusal: refusal('usage_already_corrected') };
    case 'account_not_found':
    case undefined:
      throw failure('account_not_found');
  }
}

function correction(
  facts: AccountFacts,
  charged: ChargedUsage,
  { eventId, reason, actor, nowMs: clockMs }: CorrectUsage,
  book: PriceBook,
): Decision<CorrectOutcome> {
  if (facts.corrected.has(eventId)) {
    return { result: { status: 'refused', refusal: refusal('usage_already_corrected') } };
  }
  const nowMs = accountNowMs(facts.account, clockMs);
  const { unbilledPeriods, lots, usage, invoicing } = facts;
  const event = decideUsageCorrection(
    {
      unbilledPeriods,
      lots,
      totals: usage.totals,
      carried: null,
      invoicedUntil: invoicing?.invoicedUntil ?? null,
    },
    charged,
    reason,
    book,
    nowMs,
  );
  if ('code' in event) return { result: { status: 'refused', refusal: event } };
  const credits = sum(...[...event.free, ...event.purchased].map(({ amount }) => amount));
  return {
    events: [event],
    occurredAtMs: nowMs,
    audit: {
      actor,
      action: 'usage.correct',
      occurredAtMs: nowMs,
      detail: { eventId, reason, credits },
    },
    result: {
      status: 'corrected',
      credits,
      unbilled: sum(...event.unbilled.map(({ amount }) => amount)),
    },
  };
}

/** A charge of usage as it was recorded. @throws SolventError usage_not_found. */
export async function readCharged(
  ledger: Ledger,
  { accountId, eventId }: Pick<CorrectUsage, 'accountId' | 'eventId'>,
): Promise<ChargedUsage> {
  const [row] = await ledger.run<{ event: BillingEvent; occurredAtMs: number }>(
    `select payload -> 'event' as event, occurred_at as "occurredAtMs" from billing_events
     where account_id = $1 and event_id = $2`,
    [uuidOf(accountId), eventId],
  );
  if (row?.event.kind !== 'usage_charged') throw failure('usage_not_found');
  return { eventId, event: row.event, occurredAtMs: row.occurredAtMs };
}

/** The totals of the prices and months that usage was charged at. */
export function readingOf(charged: readonly ChargedUsage[]): UsageReading {
  const lines = charged.flatMap(({ event }) => event.charges.flatMap(({ lines: own = [] }) => own));
  return { usageKeys: [], prices: lines.map(({ priceId, period }) => ({ priceId, period })) };
}
