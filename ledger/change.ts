import type { AccountId } from '../domain/account.ts';
import { failure } from '../domain/failures.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { withBalanceNotices } from './balance-notices.ts';
import type { Ledger, Session } from './database.ts';
import { outcomeOf, type Decision } from './decision.ts';
import { readRecorded, type RecordedChange } from './entries.ts';
import { lockFacts, type AccountFacts, type Reading } from './facts.ts';
import { hashOfInput, type Json } from './input-hash.ts';
import { Recording } from './recording.ts';
import { webhookMessagesOf } from './webhook-messages.ts';

/**
 * One change to one account, in the one shape that all have: load the facts under the account's
 * lock, decide by a pure function, record what was decided.
 */
export interface Change<Result> {
  readonly accountId: AccountId;
  /**
   * The head of the change's billing events, by whose key a repeat is known. Null where deciding
   * twice is deciding once (a state is reached); such a change records no billing events.
   */
  readonly entry: EntryHead | null;
  /** Where there is no entry and the change may move the balance limit: what is told goes by them. */
  readonly policies?: PolicySchedule;
  readonly reads?: Reading;
  /** May throw a SolventError: then nothing of the batch is recorded. */
  readonly decide: (facts: AccountFacts) => Decision<Result>;
}

export interface EntryHead {
  /**
   * Idempotency key, `<workflowId>:<step>`: unique within the account for ever. Null where the rows
   * that the change makes are what it happens once by, as those of usage events.
   */
  readonly key: string | null;
  /** What the caller asked: kind, amounts, ids. Never the time, never the policy (B19). */
  readonly input: Json;
  /** The version in force when it occurred is recorded with each event (R68). */
  readonly policies: PolicySchedule;
  readonly occurredAtMs: number;
}

export type ChangeOutcome<Result> =
  | {
      /** `stored`: a repeat. It decided nothing and gets the first one's result. */
      readonly status: 'recorded' | 'stored';
      readonly result: Result;
      /** The account's facts after the change. */
      readonly facts: AccountFacts;
    }
  | { readonly status: 'account_not_found' }
  /** The key was used before with other input. */
  | { readonly status: 'conflict' };

/**
 * Applies changes to any number of accounts in one transaction, with one lock for each account and
 * two round trips in all: what loads, then what records. Changes to the same account see each
 * other, in the order given.
 * @throws ConstraintViolation, LedgerUnavailable; then nothing was recorded.
 */
export async function applyChanges<Result>(
  ledger: Ledger,
  changes: readonly Change<Result>[],
): Promise<ChangeOutcome<Result>[]> {
  return ledger.transaction(async (session) => {
    const loaded = await load(session, changes);
    const recording = new Recording();
    const outcomes = changes.map((change) => decide(change, loaded, recording));
    recording.write(session);
    return outcomes;
  });
}

/**
 * Applies one change.
 * @throws SolventError account_not_found, idempotency_key_reused; and as {@link applyChanges}.
 */
export async function applyChange<Result>(ledger: Ledger, change: Change<Result>) {
  const [outcome] = await applyChanges(ledger, [change]);
  switch (outcome?.status) {
    case 'recorded':
    case 'stored':
      return outcome;
    case 'conflict':
      throw failure('idempotency_key_reused');
    case 'account_not_found':
    case undefined:
      throw failure('account_not_found');
  }
}

/** What a batch decides from; each decision brings it up to date for the next. */
interface Loaded {
  readonly facts: Map<AccountId, AccountFacts>;
  /** Changes recorded before, by account and key. */
  readonly recorded: Map<string, RecordedChange>;
}

async function load(session: Session, changes: readonly Change<unknown>[]): Promise<Loaded> {
  const keyed = changes.flatMap(({ accountId, entry }) =>
    entry === null || entry.key === null ? [] : [{ accountId, key: entry.key }],
  );
  const [facts, recorded] = await Promise.all([
    lockFacts(
      session,
      [...new Set(changes.map(({ accountId }) => accountId))],
      changes.map(({ accountId, reads }) => ({ accountId, ...reads })),
    ),
    readRecorded(session, keyed),
  ]);
  return { facts, recorded: new Map(recorded.map((row) => [nameOf(row), row])) };
}

function decide<Result>(
  change: Change<Result>,
  { facts, recorded }: Loaded,
  recording: Recording,
): ChangeOutcome<Result> {
  const { accountId, entry } = change;
  const before = facts.get(accountId);
  if (before === undefined) return { status: 'account_not_found' };
  const repeated = entry && repeatOf(accountId, entry, recorded);
  if (repeated === 'conflict') return { status: 'conflict' };
  if (repeated) return { status: 'stored', result: repeated.result as Result, facts: before };

  const decision = change.decide(before);
  const occurredAtMs = decision.occurredAtMs ?? entry?.occurredAtMs ?? null;
  const outcome = outcomeOf(before, decision, occurredAtMs);
  const { after, entries } = outcome;
  facts.set(accountId, after);
  if (decision.events !== undefined) {
    if (entry === null) throw new Error('billing events need the head of an entry');
    const row = recording.addEvents(before.account, entries, decision.result, entry);
    if (row !== null) recorded.set(nameOf(row), row);
  }
  const told = withBalanceNotices(decision, before, outcome, entry?.policies ?? change.policies);
  recording.addState(before, outcome, told);
  if (before.isListenedTo) recording.addMessages(webhookMessagesOf(before, told, entries));
  return { status: 'recorded', result: decision.result, facts: after };
}

function repeatOf(
  accountId: AccountId,
  { key, input }: EntryHead,
  recorded: Loaded['recorded'],
): RecordedChange | 'conflict' | undefined {
  const earlier = key === null ? undefined : recorded.get(nameOf({ accountId, key }));
  if (earlier === undefined) return undefined;
  return hashOfInput(input).equals(earlier.inputHash) ? earlier : 'conflict';
}

function nameOf({ accountId, key }: Pick<RecordedChange, 'accountId' | 'key'>): string {
  return `${accountId} ${key}`;
}
