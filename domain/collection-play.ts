import {
  nextChargeAtMs,
  nextStep,
  wakeAtMs,
  type CollectionFacts,
  type CollectionStep,
  type InvoiceAttempt,
} from './collection.ts';
import { refusesService } from './access.ts';
import type { DeclineCodes } from './declines.ts';
import { ZERO } from './money.ts';
import { methodNameOf, type SavedCard } from './payment-methods.ts';
import type { Policy } from './policy.ts';

/** What a bank says to one charge; codes that are not said are null. */
export type ChargeAnswer =
  | { readonly outcome: 'succeeded' }
  | ({ readonly outcome: 'declined'; readonly declineCode: string } & Partial<DeclineCodes>);

/** What happens beside the charges: a new card, a payment by the customer, an operator's pause. */
export interface PlayedEvent {
  readonly atMs: number;
  readonly change: (facts: CollectionFacts) => CollectionFacts;
}

export interface PlayedCharge {
  /** Of the invoice, from 1. */
  readonly attempt: number;
  readonly atMs: number;
  readonly card: SavedCard;
}

/** An invoice's collection, told what banks and people do. */
export interface Play {
  readonly facts: CollectionFacts;
  readonly startMs: number;
  readonly policy: Policy;
  readonly answer: (charge: PlayedCharge) => ChargeAnswer;
  /** In order of time. */
  readonly events: readonly PlayedEvent[];
  /** What people do about what they are told: asked whenever it waits for something else. */
  readonly react: (step: CollectionStep, atMs: number) => PlayedEvent | null;
}

/** How a played collection ended. */
export interface Played {
  readonly facts: CollectionFacts;
  readonly step: CollectionStep;
  readonly atMs: number;
  /** When service was first refused for it; null: never. */
  readonly suspendedAtMs: number | null;
}

/**
 * Plays one invoice's collection through `nextStep`, from instant to instant at which anything
 * happens, until it is over or given up, or waits for somebody for ever.
 */
export function playCollection({ policy, answer, react, ...play }: Play): Played {
  let { facts, startMs: nowMs } = play;
  let events = play.events;
  let told = '';
  let suspendedAtMs: number | null = null;
  for (;;) {
    for (; events[0] !== undefined && events[0].atMs <= nowMs; events = events.slice(1)) {
      facts = events[0].change(facts);
    }
    const step = nextStep(facts, policy, nowMs);
    const planned = { pauses: facts.pauses, nextChargeAtMs: nextChargeAtMs(step, nowMs) };
    if (refusesService({ ...facts.invoice, ...planned }, policy, nowMs)) suspendedAtMs ??= nowMs;
    if (step.step === 'over' || step.step === 'give_up') {
      return { facts, step, atMs: nowMs, suspendedAtMs };
    }
    if (step.step === 'charge') {
      facts = afterCharge(facts, step, nowMs, answer);
      continue;
    }
    const tells = 'why' in step ? `${step.step} ${step.why}` : step.step;
    const reaction = tells === told ? null : react(step, nowMs);
    told = tells;
    if (reaction !== null) events = [...events, reaction].toSorted((a, b) => a.atMs - b.atMs);
    const instants = [wakeAtMs(facts, step, policy, nowMs), events[0]?.atMs ?? null];
    const wakes = instants.filter((atMs) => atMs !== null);
    if (wakes.length === 0) return { facts, step, atMs: nowMs, suspendedAtMs };
    nowMs = Math.max(nowMs, Math.min(...wakes));
  }
}

function afterCharge(
  facts: CollectionFacts,
  { attempt, paymentMethodId }: Extract<CollectionStep, { step: 'charge' }>,
  nowMs: number,
  answer: Play['answer'],
): CollectionFacts {
  const card = facts.cards.find((one) => one.paymentMethodId === paymentMethodId);
  if (card === undefined) throw new Error(`${paymentMethodId} is charged, and not on file`);
  const attemptId = `attempt-${attempt}`;
  if (facts.attempts.some((other) => other.attemptId === attemptId)) {
    throw new Error(`${attemptId} is made twice`);
  }
  const origin = facts.retryAskedAtMs === null ? 'scheduled' : 'operator';
  const answered = answer({ attempt, atMs: nowMs, card });
  const made: InvoiceAttempt = {
    attemptId,
    origin,
    method: methodNameOf(card),
    amount: facts.invoice.due,
    paymentIntentId: 'played',
    chargeId: null,
    attemptedAtMs: nowMs,
    cardFingerprint: card.card.fingerprint,
    cardBrand: card.card.brand,
    declineCode: null,
    adviceCode: null,
    networkDeclineCode: null,
    networkAdviceCode: null,
    ...answered,
  };
  const { currency, invoice } = facts;
  const isPaid = answered.outcome === 'succeeded';
  return {
    ...facts,
    invoice: isPaid ? { ...invoice, state: 'paid', due: ZERO } : invoice,
    attempts: [...facts.attempts, made],
    cardAttempts: [...facts.cardAttempts, { ...made, currency }],
    retryAskedAtMs: null,
  };
}
