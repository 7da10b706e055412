import type { CardAttempt, CollectionFacts, CollectionStep } from '../../domain/collection.ts';
import {
  playCollection,
  type ChargeAnswer,
  type Played,
  type PlayedEvent,
} from '../../domain/collection-play.ts';
import type { SavedCard } from '../../domain/payment-methods.ts';
import { together202511, type Policy } from '../../domain/policy.ts';
import { dollars, visa } from './samples.ts';

const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** The 3rd of November 2026, 00:00 UTC. */
export const chargeAtMs = Date.UTC(2026, 10, 3);

export const policy: Policy = together202511;

export const visaCard: SavedCard = {
  ...{
    paymentMethodId: 'pm_visa',
    card: visa,
    isDefault: true,
    savedAtMs: chargeAtMs - 90 * dayMs,
  },
};
export const mastercard = aCard('pm_mastercard', { brand: 'mastercard', fingerprint: 'fp_master' });

export function aCard(paymentMethodId: string, card: Partial<SavedCard['card']>): SavedCard {
  return { ...visaCard, paymentMethodId, card: { ...visa, ...card } };
}

/** A bank's answer: a decline code, with more where it matters; 'paid' where it is a yes. */
export type Said = string | (Partial<ChargeAnswer> & { readonly declineCode: string });

export interface Situation {
  readonly name: string;
  readonly rule: string;
  /** In order; the last one is said for ever. */
  readonly banks: readonly [Said, ...Said[]];
  readonly card?: SavedCard | null;
  readonly timeZone?: string;
  /** Changes the facts before anything happens. */
  readonly facts?: Partial<CollectionFacts>;
  readonly events?: readonly PlayedEvent[];
  readonly policy?: Policy;
  /** When it is charged: days after the charge day's begin and the customer's clock, "1 08:00". */
  readonly charges: readonly string[];
  /** What it waits for in the end. */
  readonly end: string;
}

export function factsOf({ card = visaCard, timeZone, facts }: Partial<Situation>): CollectionFacts {
  return {
    invoice: {
      ...{ state: 'open', due: dollars(30), chargeAtMs, dueAtMs: chargeAtMs + dayMs },
    },
    ...{ currency: 'usd', attempts: [], cards: card === null ? [] : [card], cardAttempts: [] },
    ...{ pauses: [], retryAfterDays: null, retryAskedAtMs: null, timeZone: timeZone ?? null },
    ...facts,
  };
}

export function answerOf(said: Said): ChargeAnswer {
  if (said === 'paid') return { outcome: 'succeeded' };
  return { outcome: 'declined', ...(typeof said === 'string' ? { declineCode: said } : said) };
}

export interface Result extends Played {
  readonly steps: readonly { readonly step: CollectionStep; readonly atMs: number }[];
  readonly charges: readonly string[];
  readonly end: string;
}

export function play(situation: Situation): Result {
  const { banks, events = [] } = situation;
  const steps: { step: CollectionStep; atMs: number }[] = [];
  const played = playCollection({
    ...{ facts: factsOf(situation), startMs: chargeAtMs - 2 * dayMs, events },
    policy: situation.policy ?? policy,
    answer: ({ attempt }) => answerOf(banks[attempt - 1] ?? banks.at(-1) ?? 'paid'),
    react: (step, atMs) => {
      steps.push({ step, atMs });
      return null;
    },
  });
  const last = played.step.step === 'give_up' ? steps.at(-1)?.step : played.step;
  return {
    ...{ ...played, steps },
    charges: played.facts.attempts
      .filter(({ origin }) => origin !== 'customer')
      .map(({ attemptedAtMs }) => timeOf(attemptedAtMs, situation.timeZone ?? 'UTC')),
    end: last === undefined ? '' : nameOf(last),
  };
}

export function nameOf(step: CollectionStep): string {
  if ('why' in step) return `${step.step}: ${step.why}`;
  return step.step === 'paused' ? `paused: ${step.reason}` : step.step;
}

/** "1 08:00": days after the charge day by the calendar, and what the customer's clock shows. */
export function timeOf(atMs: number, timeZone: string): string {
  const local = new Date(
    new Date(atMs).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T') + 'Z',
  );
  const day = Math.floor((local.getTime() - chargeAtMs) / dayMs);
  return `${day} ${local.toISOString().slice(11, 16)}`;
}

/** Declines of a card, some hours before the charge day, for something else than the invoice. */
export function otherDeclines(
  hoursBefore: readonly number[],
  changes: Partial<CardAttempt> = {},
): CardAttempt[] {
  return hoursBefore.map((hours, index) => ({
    ...{ attemptId: `other-${index}`, paymentIntentId: 'pi_other', chargeId: null },
    ...{ cardFingerprint: 'fp_visa', cardBrand: 'visa', amount: dollars(30), currency: 'usd' },
    ...{ outcome: 'declined', declineCode: 'insufficient_funds', adviceCode: null },
    ...{ networkDeclineCode: null, networkAdviceCode: null, origin: 'scheduled' },
    attemptedAtMs: chargeAtMs - hours * hourMs,
    ...changes,
  }));
}

export const at = (days: number, hours = 0) => chargeAtMs + days * dayMs + hours * hourMs;

/** From then on another card is the default. */
export function newCard(atMs: number, card: SavedCard): PlayedEvent {
  return { atMs, change: (facts) => ({ ...facts, cards: [card] }) };
}

/** The customer tries to pay, with the card on file, and is declined. */
export function customerTries(atMs: number, declineCode: string): PlayedEvent {
  return {
    atMs,
    change: (facts) => {
      const card = facts.cards[0] ?? visaCard;
      const [declined] = otherDeclines([0], {
        ...{ attemptId: `customer-${atMs}`, attemptedAtMs: atMs, origin: 'customer', declineCode },
        ...{ cardFingerprint: card.card.fingerprint, cardBrand: card.card.brand },
      });
      if (declined === undefined) return facts;
      const { expiryMonth, expiryYear } = card.card;
      const method = `${card.paymentMethodId}:${expiryYear}-${String(expiryMonth).padStart(2, '0')}`;
      return {
        ...facts,
        attempts: [...facts.attempts, { ...declined, method }],
        cardAttempts: [...facts.cardAttempts, declined],
      };
    },
  };
}

/** An operator wants a charge now. */
export function retryNow(atMs: number): PlayedEvent {
  return { atMs, change: (facts) => ({ ...facts, retryAskedAtMs: atMs }) };
}

/** The customer was there and did not confirm: the bank was not asked for money. */
export function failedConfirmation(atMs: number): PlayedEvent {
  const { change } = customerTries(atMs, 'payment_intent_authentication_failure');
  return {
    atMs,
    change: (facts) => {
      const { attempts, ...changed } = change(facts);
      return {
        ...{ ...changed, cardAttempts: facts.cardAttempts },
        attempts: attempts.map((attempt) =>
          attempt.attemptedAtMs === atMs
            ? { ...attempt, outcome: 'authentication_failed' as const }
            : attempt,
        ),
      };
    },
  };
}
