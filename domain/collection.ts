import { isExpired, usableUntilMs } from './cards.ts';
import type { ChargeAttempt } from './charge-attempt.ts';
import {
  forbiddenUntilMs,
  isOurs,
  methodStateOf,
  needsReconciliation,
} from './collection-history.ts';
import { askedCharge, scheduledCharge } from './collection-schedule.ts';
import { dueTimes, pauseAt, type CollectionPause, type PauseReason } from './collection-times.ts';
import { currency, type CurrencyCode } from './currencies.ts';
import type { Invoice } from './invoices.ts';
import { isChargeable } from './money.ts';
import type { SavedCard } from './payment-methods.ts';
import type { Policy } from './policy.ts';

/** What becomes of an issued invoice next. */
export type CollectionStep =
  /** Paid, void, forgiven, uncollectible: nothing is charged by itself. */
  | { readonly step: 'over' }
  /** Now. `attempt`: of this invoice, from 1. */
  | { readonly step: 'charge'; readonly paymentMethodId: string; readonly attempt: number }
  | { readonly step: 'wait'; readonly why: WaitReason; readonly chargeAtMs: number }
  /** Null: until somebody ends it. */
  | { readonly step: 'paused'; readonly reason: PauseReason; readonly untilMs: number | null }
  /** Waits for another card, an updater event, or a payment. */
  | { readonly step: 'needs_card'; readonly why: CardReason }
  /** The customer has to confirm on-session; the link is mailed. */
  | { readonly step: 'needs_authentication' }
  /** Where the payment was blocked, another card goes on by itself. */
  | { readonly step: 'needs_operator'; readonly why: OperatorReason }
  /** It becomes uncollectible. */
  | { readonly step: 'give_up' };

/** What decided the instant of the next charge: the last of these that moved it. */
export type WaitReason = 'charge_day' | 'retry' | 'daytime' | 'advice' | 'budget';

/** `not_automatic`: imported, or its own kind is never charged by itself. */
export type CardReason =
  'no_card' | 'card_expired' | 'card_refused' | 'retries_used_up' | 'not_automatic';

/** `amount`: more, or less, than a card can be charged at once. */
export type OperatorReason = 'duplicate' | 'configuration' | 'blocked' | 'amount';

/** Who wanted a charge. Networks count what the customer began apart from what we begin. */
export type ChargeOrigin = 'scheduled' | 'customer' | 'operator';

/** A charge for the invoice, as it ended. */
export interface InvoiceAttempt extends ChargeAttempt {
  readonly origin: ChargeOrigin;
  /** What it was charged to, as `methodNameOf` names it. */
  readonly method: string;
}

/** A charge to a card, whatever it paid and whoever owed it: what networks count. */
export interface CardAttempt extends ChargeAttempt {
  readonly origin: ChargeOrigin;
  readonly currency: CurrencyCode;
}

/** All that the next step depends on, besides policy and time. */
export interface CollectionFacts {
  readonly invoice: Pick<Invoice, 'state' | 'due' | 'dueAtMs' | 'chargeAtMs'>;
  readonly currency: CurrencyCode;
  /** Of this invoice, oldest first, the customer's own tries included. */
  readonly attempts: readonly InvoiceAttempt[];
  /** On file. */
  readonly cards: readonly SavedCard[];
  /** Of the last 30 days, by fingerprint of the cards on file, this invoice's included, of all accounts. */
  readonly cardAttempts: readonly CardAttempt[];
  readonly pauses: readonly CollectionPause[];
  /** Days after the first charge, where an operator gave this invoice others than the policy's. */
  readonly retryAfterDays: readonly number[] | null;
  /** An operator's wish to charge now, until a charge has answered it. */
  readonly retryAskedAtMs: number | null;
  /** IANA name of the customer's time zone; null: UTC. */
  readonly timeZone: string | null;
}

/**
 * Decides what becomes of an issued invoice next, from recorded facts alone (R47 to R53). Asked again
 * before `wakeAtMs`, with the same facts, the answer is the same.
 */
export function nextStep(facts: CollectionFacts, policy: Policy, nowMs: number): CollectionStep {
  const { invoice, pauses } = facts;
  if (invoice.state !== 'open' || invoice.due === 0) return { step: 'over' };
  const pause = pauseAt(pauses, nowMs);
  if (pause !== null) return { step: 'paused', ...pause };
  const { giveUpAtMs } = dueTimes({ ...invoice, pauses, nextChargeAtMs: null }, policy);
  if (giveUpAtMs !== null && nowMs >= giveUpAtMs) return { step: 'give_up' };
  if (invoice.chargeAtMs === null) return { step: 'needs_card', why: 'not_automatic' };
  return chargeOf(facts, invoice.chargeAtMs, policy, nowMs);
}

/** The default card alone is charged by itself, and only where nothing in its history forbids it. */
function chargeOf(
  facts: CollectionFacts,
  firstChargeAtMs: number,
  policy: Policy,
  nowMs: number,
): CollectionStep {
  const { attempts, cards } = facts;
  if (!isChargeable(facts.invoice.due, currency(facts.currency))) {
    return { step: 'needs_operator', why: 'amount' };
  }
  const isAsked = isRetryAsked(facts);
  if (!isAsked && needsReconciliation(attempts))
    return { step: 'needs_operator', why: 'duplicate' };
  const card = cards.find(({ isDefault }) => isDefault);
  if (card === undefined) {
    return { step: 'needs_card', why: cards.length === 0 ? 'no_card' : 'card_expired' };
  }
  if (isExpired(card.card, nowMs)) return { step: 'needs_card', why: 'card_expired' };
  const state = methodStateOf(card, facts, nowMs);
  if (state === 'refused') return { step: 'needs_card', why: 'card_refused' };
  if (state === 'authentication') return { step: 'needs_authentication' };
  if (state !== 'usable' && !isAsked) return { step: 'needs_operator', why: state };
  const planning = { card, facts, policy, nowMs };
  const planned = isAsked ? askedCharge(planning) : scheduledCharge(planning, firstChargeAtMs);
  if (planned === null) return { step: 'needs_card', why: 'retries_used_up' };
  if (planned.chargeAtMs > nowMs) return { step: 'wait', ...planned };
  const { paymentMethodId } = card;
  return { step: 'charge', paymentMethodId, attempt: attempts.length + 1 };
}

/** A charge of ours after it has answered an operator's wish. */
function isRetryAsked({ retryAskedAtMs, attempts }: CollectionFacts): boolean {
  if (retryAskedAtMs === null) return false;
  return !attempts.some((attempt) => isOurs(attempt) && attempt.attemptedAtMs >= retryAskedAtMs);
}

/** When the card is charged by itself the next time, to be recorded; null: no charge is planned. */
export function nextChargeAtMs(step: CollectionStep, nowMs: number): number | null {
  if (step.step === 'charge') return nowMs;
  return step.step === 'wait' ? step.chargeAtMs : null;
}

/**
 * The next instant at which time alone changes anything: what is to be done, or how the invoice
 * stands. Now, where there is something to do; null: never.
 */
export function wakeAtMs(
  facts: CollectionFacts,
  step: CollectionStep,
  policy: Policy,
  nowMs: number,
): number | null {
  if (step.step === 'over') return null;
  if (step.step === 'charge' || step.step === 'give_up') return nowMs;
  const { invoice, pauses, cards } = facts;
  const due = dueTimes({ ...invoice, pauses, nextChargeAtMs: nextChargeAtMs(step, nowMs) }, policy);
  const card = cards.find(({ isDefault }) => isDefault);
  const instants = [
    nextChargeAtMs(step, nowMs),
    ...[due.pastDueAtMs, due.graceEndsAtMs, due.giveUpAtMs],
    ...pauses.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]),
    card === undefined ? null : usableUntilMs([card.card]),
    ...(card === undefined ? [] : forbiddenUntilMs(card, facts)),
  ].filter((instant) => instant !== null && instant > nowMs);
  return instants.length === 0 ? null : Math.min(...instants.map(Number));
}
