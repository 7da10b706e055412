import type { AccountId } from '../domain/account.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { refusal } from '../domain/failures.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { decideHoldUsage, type MeteredQuantity, type UsageEvent } from '../domain/usage.ts';
import { uuidOf } from './account-id.ts';
import type { Change, ChangeOutcome } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';
import type { Answered, NotDone, SettleOutcome } from './holds.ts';
import type { Prices } from './prices.ts';
import { readingOf, recordingOf, rulesOf, type UsageTime } from './usage-changes.ts';
import { usageKeyOfHold } from './usage-key.ts';

export interface SettleByUsage {
  readonly accountId: AccountId;
  readonly holdId: string;
  readonly quantities: readonly MeteredQuantity[];
  readonly policies: PolicySchedule;
  /** The clock; an account's own time is reckoned from it. */
  readonly nowMs: number;
}

interface Parts {
  readonly ledger: Ledger;
  readonly prices: Prices;
  readonly ask: (work: readonly Change<unknown>[]) => Promise<readonly ChangeOutcome<unknown>[]>;
}

/**
 * Settles a hold by what its request used, at the prices of this moment. The hold's name is what it
 * happens once by; a repeat with the same quantities gets the first outcome.
 */
export async function settleByUsage(
  request: SettleByUsage,
  { ledger, prices, ask }: Parts,
): Promise<Answered<SettleOutcome>> {
  const { accountId } = request;
  const found = await readHoldPlace(ledger, request);
  if (found === undefined) return { ...notDone('hold_not_found'), account: null };
  const { model, currency, testClockOffsetMs } = found;
  if (model === null) {
    const refused = refusal('invalid_request', 'The hold names no model: settle it by its cost.');
    return { status: 'failed', refusal: refused, account: null };
  }
  const { quantities, policies, nowMs } = request;
  const book = await prices.read(quantities.map(({ meter }) => ({ currency, model, meter })));
  const event = {
    usageKey: usageKeyOfHold(request.holdId),
    occurredAtMs: nowMs + testClockOffsetMs,
    model,
    quantities,
    holdId: request.holdId,
  };
  const [outcome] = await ask([settling(accountId, event, { policies, nowMs, book })]);
  switch (outcome?.status) {
    case 'recorded':
    case 'stored': {
      const { result, facts } = outcome as typeof outcome & { readonly result: SettleOutcome };
      return { ...result, account: facts.account };
    }
    case 'conflict':
      return { ...notDone('hold_ended'), account: null };
    case 'account_not_found':
    case undefined:
      return { ...notDone('account_not_found'), account: null };
  }
}

function settling(
  accountId: AccountId,
  event: UsageEvent & { readonly holdId: string },
  time: UsageTime,
): Change<SettleOutcome> {
  const { holdId, quantities } = event;
  const used = Object.fromEntries(quantities.map(({ meter, quantity }) => [meter, quantity]));
  return {
    accountId,
    entry: {
      key: `hold/${holdId}:settle`,
      input: { usage: used },
      policies: time.policies,
      occurredAtMs: time.nowMs,
    },
    reads: { access: true, holdId, usage: readingOf([event], time.book) },
    decide: (facts) => decide(facts, event, time),
  };
}

function decide(
  facts: AccountFacts,
  event: UsageEvent & { readonly holdId: string },
  time: UsageTime,
): Decision<SettleOutcome> {
  const hold = facts.holds.get(event.holdId);
  if (hold === undefined) return { result: notDone('hold_not_found') };
  if (hold.state === 'released' || hold.state === 'settled')
    return { result: notDone('hold_ended') };
  const decision = decideHoldUsage(facts, event, hold, rulesOf(facts, time));
  const [answer] = decision.answers;
  if (answer?.status === 'rejected')
    return { result: { status: 'failed', refusal: answer.refusal } };
  const charge = decision.event?.charges[0];
  if (charge === undefined) throw new Error(`hold ${event.holdId} has usage, but was not settled`);
  return { result: { status: 'settled', charge }, ...recordingOf(decision, facts, time) };
}

interface HoldPlace {
  readonly model: string | null;
  readonly currency: CurrencyCode;
  readonly testClockOffsetMs: number;
}

/** What of a hold and its account never changes while it is settled, read before the lock. */
async function readHoldPlace(
  ledger: Ledger,
  { accountId, holdId }: SettleByUsage,
): Promise<HoldPlace | undefined> {
  const [place] = await ledger.run<HoldPlace>(
    `select model, currency, test_clock_offset_ms as "testClockOffsetMs"
     from holds join accounts using (account_id) where account_id = $1 and hold_id = $2`,
    [uuidOf(accountId), holdId],
  );
  return place;
}

function notDone(code: 'hold_not_found' | 'hold_ended' | 'account_not_found'): NotDone {
  return { status: 'failed', refusal: refusal(code) };
}
