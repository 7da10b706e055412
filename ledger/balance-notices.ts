import { isLimitedAlike, noticeOfGrant, noticesOfCrossing } from '../domain/balance-notices.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import type { Decision, Entry } from './decision.ts';
import type { AccountFacts } from './facts.ts';

/**
 * The decision with what the customer is told of the balances that it moves (R61). Every change
 * comes through here, so that none can forget it.
 */
export function withBalanceNotices<Result>(
  decision: Decision<Result>,
  before: AccountFacts,
  { after, entries }: { readonly after: AccountFacts; readonly entries: readonly Entry[] },
  policies: PolicySchedule | undefined,
): Decision<Result> {
  if (entries.length === 0 && isLimitedAlike(before, after)) return decision;
  const [entry] = entries;
  const occurredAtMs =
    entry?.occurredAtMs ?? decision.occurredAtMs ?? decision.audit?.occurredAtMs ?? null;
  // What a processor tells of a card that stays on file ends no use of it at once.
  const keepsCard = entries.length === 0 && after.account === before.account;
  if (policies === undefined && keepsCard && after.cardUsableUntilMs !== null) return decision;
  if (policies === undefined || occurredAtMs === null) {
    throw new Error('a change that may move a balance limit needs policies and a time');
  }
  const policy = policyAt(policies, occurredAtMs);
  const events = entries.map(({ event }) => event);
  const told = [
    ...entries.flatMap(({ event, eventId }) =>
      event.kind === 'credits_granted' ? [noticeOfGrant(event, eventId, policy, occurredAtMs)] : [],
    ),
    ...noticesOfCrossing({ before, after, events }, policy, occurredAtMs),
  ];
  if (told.length === 0) return decision;
  const notices = told.map((notice) => ({ notice, occurredAtMs }));
  return { ...decision, notices: [...(decision.notices ?? []), ...notices] };
}
