import { pauseAt, type CollectionPause } from './collection-times.ts';
import { dayMs } from './durations.ts';
import { refusal, type Refusal } from './failures.ts';
import { isPayable } from './invoice-payments.ts';
import type { Invoice } from './invoices.ts';

/** What an operator may do about an invoice that is to be paid. Reasons are for operators. */
export type CollectionAction =
  | { readonly kind: 'pause'; readonly reason: string }
  | { readonly kind: 'resume' }
  /** The customer promised to pay until then. */
  | { readonly kind: 'promise'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'retry_now' }
  /** Of the whole account: days after the first charge; null: the policy's again. */
  | { readonly kind: 'schedule'; readonly retryAfterDays: readonly number[] | null }
  | { readonly kind: 'write_off'; readonly reason: string }
  | { readonly kind: 'forgive'; readonly reason: string };

/** Ends what pauses or promises last, and begins another one where it is not null. */
export interface PauseChange {
  readonly begin: {
    readonly reason: 'operator' | 'promise';
    readonly untilMs: number | null;
  } | null;
}

export type DecidedChange =
  | { readonly status: 'refused'; readonly refusal: Refusal }
  /** It is so already. */
  | { readonly status: 'unchanged' }
  | {
      readonly status: 'changed';
      readonly pause?: PauseChange;
      readonly retryAskedAtMs?: number;
    }
  | { readonly status: 'rescheduled'; readonly retryAfterDays: readonly number[] | null }
  | { readonly status: 'written_off' | 'forgiven'; readonly reason: string };

export const mustBeRetrySchedule = 'must be up to 20 rising whole numbers from 1 to 60';

/** Whether an account can have its retries on these days after the first charge. */
export function isRetrySchedule(days: readonly number[]): boolean {
  const isRising = days.every((day, at) => day > (days[at - 1] ?? 0));
  return isRising && days.length <= 20 && days.every((day) => Number.isInteger(day) && day <= 60);
}

interface ChangedFacts {
  readonly invoice: Pick<Invoice, 'state' | 'due'>;
  readonly pauses: readonly CollectionPause[];
}

/** A promise or a schedule beyond this is a slip of the pen. */
export const longestPromiseDays = 90;

/** Decides an operator's action (R50): nothing is done about an invoice that asks for nothing. */
export function decideCollectionChange(
  action: CollectionAction,
  { invoice, pauses }: ChangedFacts,
  nowMs: number,
): DecidedChange {
  if (action.kind === 'forgive') {
    if (invoice.state === 'forgiven') return { status: 'unchanged' };
    return isPayable(invoice)
      ? { status: 'forgiven', reason: action.reason }
      : refused('collection_not_open');
  }
  if (action.kind === 'write_off' && invoice.state === 'uncollectible') {
    return { status: 'unchanged' };
  }
  if (invoice.state !== 'open' || invoice.due === 0) return refused('collection_not_open');
  const under = pauseAt(pauses, nowMs);
  switch (action.kind) {
    case 'pause':
      return under?.reason === 'operator' && under.untilMs === null
        ? { status: 'unchanged' }
        : { status: 'changed', pause: { begin: { reason: 'operator', untilMs: null } } };
    case 'resume':
      if (under === null) return refused('collection_not_paused');
      return under.reason === 'operator' || under.reason === 'promise'
        ? { status: 'changed', pause: { begin: null } }
        : refused('collection_pause_not_operators');
    case 'promise': {
      const { untilMs } = action;
      const isSensible = untilMs > nowMs && untilMs <= nowMs + longestPromiseDays * dayMs;
      return isSensible
        ? { status: 'changed', pause: { begin: { reason: 'promise', untilMs } } }
        : refused('promise_not_in_future');
    }
    case 'retry_now':
      return { status: 'changed', retryAskedAtMs: nowMs };
    case 'schedule':
      return { status: 'rescheduled', retryAfterDays: action.retryAfterDays };
    case 'write_off':
      return { status: 'written_off', reason: action.reason };
  }
}

function refused(code: Refusal['code']): DecidedChange {
  return { status: 'refused', refusal: refusal(code) };
}
