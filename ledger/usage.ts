import type { Account, AccountId } from '../domain/account.ts';
import type { UsageCharge } from '../domain/billing-events.ts';
import { refusal } from '../domain/failures.ts';
import { subtract, sum, ZERO, type Micros } from '../domain/money.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import type { PriceBook, PriceKey } from '../domain/price.ts';
import type { UsageAnswer, UsageEvent } from '../domain/usage.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import { applyChanges, type Change, type ChangeOutcome } from './change.ts';
import type { Ledger } from './database.ts';
import { createLane, type LaneOptions } from './lane.ts';
import type { Prices } from './prices.ts';
import { holdUsageChange, usageChange, type UsageResult, type UsageTime } from './usage-changes.ts';
import { settleByUsage, type SettleByUsage } from './usage-settling.ts';
import type { Answered, SettleOutcome } from './holds.ts';

export interface ReportedEvent extends UsageEvent {
  readonly accountId: AccountId;
}

export interface ReportUsage {
  readonly events: readonly ReportedEvent[];
  readonly policies: PolicySchedule;
  /** The clock; an account's own time is reckoned from it under the lock. */
  readonly nowMs: number;
}

export interface UsageReport {
  /** One for each event, in their order. */
  readonly answers: readonly UsageAnswer[];
  /** What was charged now, by account; accounts of which nothing was accepted are not in it. */
  readonly charged: readonly ChargedUsage[];
}

export interface ChargedUsage {
  readonly account: Account;
  /** The cost, less what was written off. */
  readonly charged: Micros;
  /** What nothing was left for: charged to nobody (R21). */
  readonly writtenOff: Micros;
}

/** The way in for usage: what is told at the same time is charged in one transaction. */
export interface UsageDesk {
  /** @throws LedgerUnavailable; then the same events can be told again, and count once. */
  report(request: ReportUsage): Promise<UsageReport>;
  /** Settles a hold by what was used, of the model it was placed for. */
  settle(request: SettleByUsage): Promise<Answered<SettleOutcome>>;
}

/** What is asked for in one batch of changes, and answered together. */
type Work = readonly Change<unknown>[];

/**
 * Two batches at once keep the database busy. Requests of a few events and requests of hundreds
 * gather apart, so that a batch is some thousand events at most, of whichever kind.
 */
export const usageBatches = { width: 2, small: 250, large: 5 };
const fewEvents = 20;

/** How many requests of few, and of many, events make a batch, and how many run at once. */
export type UsageBatches = typeof usageBatches;

/** Two lanes that gather requests by how many events they have. */
export function usageLanes<Item, Outcome>(
  run: LaneOptions<Item, Outcome>['run'],
  { width, small, large }: UsageBatches,
): (item: Item, events: number) => Promise<Outcome> {
  const few = createLane({ run, width, maxItems: small });
  const many = createLane({ run, width, maxItems: large });
  return (item, events) => (events > fewEvents ? many : few)(item);
}

/** `ledger`: two connections of its own, so that big batches stand in nobody's way. */
export function openUsageDesk(
  ledger: Ledger,
  prices: Prices,
  batches: UsageBatches = usageBatches,
): UsageDesk {
  const run = async (items: readonly Work[]): Promise<readonly ChangeOutcome<unknown>[][]> => {
    const outcomes = await applyChanges(ledger, items.flat());
    let at = 0;
    return items.map(({ length }) => outcomes.slice(at, (at += length)));
  };
  const ask = usageLanes(run, batches);

  async function reportAt(request: ReportUsage, book: PriceBook): Promise<UsageReport> {
    const parts = partsOf(request.events, { ...request, book });
    const outcomes = await ask(
      parts.map(({ change }) => change),
      request.events.length,
    );
    const answers = new Array<UsageAnswer>(request.events.length);
    const charges = new Map<AccountId, ChargedUsage>();
    for (const [index, part] of parts.entries()) {
      const outcome = outcomes[index] as ChangeOutcome<UsageResult> | undefined;
      if (outcome?.status !== 'recorded') {
        for (const at of part.places) answers[at] = unknownAccount;
        continue;
      }
      const { result, facts } = outcome;
      for (const [number, at] of part.places.entries()) {
        answers[at] = result.answers[number] ?? unknownAccount;
      }
      if (result.event !== null) addCharges(charges, facts.account, result.event.charges);
    }
    return { answers, charged: [...charges.values()] };
  }

  return {
    async report(request) {
      const book = await prices.read();
      const first = await reportAt(request, book);
      const open = request.events.flatMap((event, at) => (isNotPriced(first, at) ? [at] : []));
      if (open.length === 0) return first;
      // A first price may hold at once; the copy of the prices is some seconds old.
      const events = open.flatMap((at) => request.events[at] ?? []);
      const newer = await prices.read(await keysOf(ledger, events));
      if (newer === book) return first;
      const second = await reportAt({ ...request, events }, newer);
      return merged(first, second, open);
    },
    settle: (request) => settleByUsage(request, { ledger, prices, ask: (work) => ask(work, 1) }),
  };
}

/** One change for an account's events, and one for each that settles a hold. */
function partsOf(events: readonly ReportedEvent[], time: UsageTime) {
  const plain = new Map<AccountId, number[]>();
  const parts: { change: Change<unknown>; places: number[] }[] = [];
  for (const [at, event] of events.entries()) {
    const { accountId, holdId } = event;
    if (holdId !== null) {
      const change = holdUsageChange(accountId, { ...event, holdId }, time);
      parts.push({ change, places: [at] });
      continue;
    }
    const places = plain.get(accountId);
    if (places === undefined) plain.set(accountId, [at]);
    else places.push(at);
  }
  // Holds first: what they reserved is theirs, and what is left is for usage without one.
  for (const [accountId, places] of plain) {
    const own = places.flatMap((at) => events[at] ?? []);
    parts.push({ change: usageChange(accountId, own, time), places });
  }
  return parts;
}

const unknownAccount: UsageAnswer = { status: 'rejected', refusal: refusal('account_not_found') };

function addCharges(
  charges: Map<AccountId, ChargedUsage>,
  account: Account,
  made: readonly UsageCharge[],
): void {
  const before = charges.get(account.accountId);
  const cost = sum(...made.map((charge) => charge.cost));
  const writtenOff = sum(...made.map((charge) => charge.writtenOff));
  charges.set(account.accountId, {
    account,
    charged: sum(before?.charged ?? ZERO, subtract(cost, writtenOff)),
    writtenOff: sum(before?.writtenOff ?? ZERO, writtenOff),
  });
}

function isNotPriced({ answers }: UsageReport, at: number): boolean {
  const answer = answers[at];
  return answer?.status === 'rejected' && answer.refusal.code === 'usage_not_priced';
}

function merged(first: UsageReport, second: UsageReport, places: readonly number[]): UsageReport {
  const answers = [...first.answers];
  for (const [number, at] of places.entries())
    answers[at] = second.answers[number] ?? unknownAccount;
  const charged = new Map(first.charged.map((one) => [one.account.accountId, one]));
  for (const { account, ...more } of second.charged) {
    const before = charged.get(account.accountId);
    charged.set(account.accountId, {
      account,
      charged: sum(before?.charged ?? ZERO, more.charged),
      writtenOff: sum(before?.writtenOff ?? ZERO, more.writtenOff),
    });
  }
  return { answers, charged: [...charged.values()] };
}

/** The prices that events lack, in the currencies of their accounts. */
async function keysOf(ledger: Ledger, events: readonly ReportedEvent[]): Promise<PriceKey[]> {
  const accounts = await ledger.snapshot((session) =>
    readAccounts(session, [...new Set(events.map(({ accountId }) => uuidOf(accountId)))]),
  );
  const currencies = new Map(accounts.map(({ accountId, currency }) => [accountId, currency]));
  return events.flatMap(({ accountId, model, quantities }) => {
    const currency = currencies.get(accountId);
    return currency === undefined
      ? []
      : quantities.map(({ meter }) => ({ currency, model, meter }));
  });
}
