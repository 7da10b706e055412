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

const weekly = {
  ...policy,
  collection: { ...policy.collection, retryAfterDays: [3, 6, 9, 12, 15] },
};
const noon = ['0 00:00'];
const usual = ['0 00:00', '1 08:00', '3 08:00', '5 08:00', '7 08:00'];
const refused = 'needs_card: card_refused';
const usedUp = 'needs_card: retries_used_up';
const second = aCard('pm_second', { fingerprint: 'fp_second' });
const third = aCard('pm_third', { fingerprint: 'fp_third' });
const renewed = aCard('pm_visa', { expiryYear: 2034 });
const soft = 'insufficient_funds';
const advised = (networkAdviceCode: string) => ({
  declineCode: 'generic_decline',
  networkAdviceCode,
});

/** Histories, each with the charges it leads to. */
export const situations: readonly Situation[] = [
  {
    ...{ name: 'The first charge is paid', rule: 'R38', banks: ['paid'] },
    ...{ charges: noon, end: 'over' },
  },
  {
    ...{
      name: 'Not enough money, paid on the third try',
      rule: 'R49',
      banks: [soft, soft, 'paid'],
    },
    ...{ charges: usual.slice(0, 3), end: 'over' },
  },
  {
    ...{ name: 'Not enough money every time', rule: 'R49', banks: [soft] },
    ...{ charges: usual, end: usedUp },
  },
  {
    ...{ name: 'A hard code after a soft one ends the card', rule: 'R49' },
    ...{ banks: [soft, 'lost_card', soft], charges: usual.slice(0, 2), end: refused },
  },
  {
    name: 'Three technical failures, then not enough money',
    ...{ rule: 'R49', banks: ['processing_error', 'processing_error', 'processing_error', soft] },
    ...{ charges: ['0 00:00', '0 08:00', '1 08:00', ...usual.slice(2)], end: usedUp },
  },
  {
    name: 'Not enough money, then a technical failure: an hour later, on the same day',
    ...{ rule: 'R49', banks: [soft, 'processing_error', soft] },
    ...{ charges: ['0 00:00', '1 08:00', '1 09:00', ...usual.slice(2)], end: usedUp },
  },
  {
    ...{ name: 'Not enough money twice, then a no without a reason', rule: 'R49' },
    ...{ banks: [soft, soft, 'generic_decline'], charges: [...usual.slice(0, 3), '7 08:00'] },
    end: usedUp,
  },
  {
    ...{ name: 'A no without a reason, by a longer schedule: three retries', rule: 'R49' },
    ...{ banks: ['do_not_honor'], policy: weekly },
    ...{ charges: ['0 00:00', '3 08:00', '6 08:00', '9 08:00'], end: usedUp },
  },
  {
    ...{ name: 'An operator gave this invoice another schedule', rule: 'R49', banks: [soft] },
    ...{ facts: { retryAfterDays: [2, 10] }, charges: ['0 00:00', '2 08:00', '10 08:00'] },
    end: usedUp,
  },
  {
    ...{ name: 'The holder has to confirm', rule: 'R13', banks: ['authentication_required'] },
    ...{ charges: noon, end: 'needs_authentication' },
  },
  {
    ...{ name: 'No card on file', rule: 'R50', banks: [soft], card: null },
    ...{ charges: [], end: 'needs_card: no_card' },
  },
  {
    name: 'No card on file, one is saved at night on day 2: charged at once',
    ...{ rule: 'R49', banks: ['paid'], card: null, events: [newCard(at(2, 3), visaCard)] },
    ...{ charges: ['2 03:00'], end: 'over' },
  },
  {
    ...{ name: 'The card has expired', rule: 'R11', banks: [soft] },
    ...{ card: aCard('pm_old', { expiryMonth: 10, expiryYear: 2026 }) },
    ...{ charges: [], end: 'needs_card: card_expired' },
  },
  {
    ...{ name: 'Imported: never charged by itself', rule: 'R47', banks: [soft] },
    facts: { invoice: { state: 'open', due: dollars(30), chargeAtMs: null, dueAtMs: at(1) } },
    ...{ charges: [], end: 'needs_card: not_automatic' },
  },
  {
    name: 'Lost; another card on day 2 at 22:00 starts anew by day',
    ...{ rule: 'R49', banks: ['lost_card', soft], events: [newCard(at(2, 22), second)] },
    charges: ['0 00:00', '3 08:00', '4 08:00', '6 08:00', '8 08:00', '10 08:00'],
    end: usedUp,
  },
  {
    name: 'Expired; the bank renews the card on day 4 at noon',
    ...{ rule: 'R49', banks: ['expired_card', 'paid'], events: [newCard(at(4, 12), renewed)] },
    ...{ charges: ['0 00:00', '4 12:00'], end: 'over' },
  },
  {
    name: 'Renewed an hour after the charge: not twice on one day',
    ...{ rule: 'R49', banks: [soft, 'paid'], events: [newCard(at(0, 9), renewed)] },
    ...{ charges: ['0 00:00', '1 08:00'], end: 'over' },
  },
  {
    name: 'A third card has what is left of the second one’s schedule',
    ...{ rule: 'R49', banks: ['lost_card', soft, soft, 'stolen_card', soft] },
    events: [newCard(at(2, 12), second), newCard(at(5, 13), third)],
    charges: ['0 00:00', '2 12:00', '3 12:00', '5 12:00', '7 12:00', '9 12:00'],
    end: usedUp,
  },
  {
    name: 'At most eight charges in 14 days: the ninth waits',
    ...{ rule: 'R49', banks: ['processing_error'], events: [newCard(at(7, 12), second)] },
    charges: [
      ...['0 00:00', '0 08:00', '1 08:00', '3 08:00', '5 08:00', '7 08:00', '7 12:00', '7 13:00'],
      ...['14 08:00', '15 08:00'],
    ],
    end: usedUp,
  },
  {
    name: 'The customer tries, too: that day is left out, and no slot is lost',
    ...{ rule: 'R49', banks: [soft], events: [customerTries(at(3, 7), soft)] },
    ...{ charges: ['0 00:00', '1 08:00', '4 08:00', '5 08:00', '7 08:00'], end: usedUp },
  },
  {
    name: 'The customer’s own try is refused for good',
    ...{ rule: 'R49', banks: [soft], events: [customerTries(at(2, 7), 'stolen_card')] },
    ...{ charges: usual.slice(0, 2), end: refused },
  },
  {
    ...{ name: 'A failed confirmation of the holder leaves the schedule', rule: 'R49' },
    ...{ banks: [soft], events: [failedConfirmation(at(2, 7))] },
    ...{ charges: usual, end: usedUp },
  },
  {
    name: 'An operator wants a charge at night, and the schedule goes on',
    ...{ rule: 'R49', banks: [soft], events: [retryNow(at(2, 2))] },
    ...{ charges: ['0 00:00', '1 08:00', '2 02:00', '3 08:00', '5 08:00', '7 08:00'], end: usedUp },
  },
  {
    ...{ name: 'An operator’s wish does not pass a hard code', rule: 'R49', banks: ['lost_card'] },
    ...{ events: [retryNow(at(2, 2))], charges: noon, end: refused },
  },
  {
    name: 'An operator’s wish waits as long as the bank asks',
    ...{ rule: 'R49', card: mastercard, banks: [advised('26'), 'paid'] },
    ...{ events: [retryNow(at(0, 5))], charges: ['0 00:00', '2 00:00'], end: 'over' },
  },
  {
    name: 'An operator’s wish waits a day where the processor stopped the card itself',
    ...{ rule: 'R49', banks: ['card_decline_rate_limit_exceeded', 'paid'] },
    ...{ events: [retryNow(at(0, 5))], charges: ['0 00:00', '1 00:00'], end: 'over' },
  },
  {
    name: 'Charged twice? An operator looks, then wants a charge',
    ...{ rule: 'R59', banks: ['duplicate_transaction', soft], events: [retryNow(at(1, 10))] },
    charges: ['0 00:00', '1 10:00', '3 08:00', '5 08:00', '7 08:00'],
    end: usedUp,
  },
  {
    name: 'Charged twice? Another card changes nothing about it',
    ...{ rule: 'R59', banks: ['duplicate_transaction'], events: [newCard(at(1, 10), second)] },
    ...{ charges: noon, end: 'needs_operator: duplicate' },
  },
  {
    ...{ name: 'Blocked before the bank; another card goes on', rule: 'R49' },
    ...{ banks: ['highest_risk_level', 'paid'], events: [newCard(at(1, 10), second)] },
    ...{ charges: ['0 00:00', '1 10:00'], end: 'over' },
  },
  {
    name: 'A pause from day 2 to day 6: the schedule moves by it',
    ...{ rule: 'R50', banks: [soft] },
    facts: { pauses: [{ reason: 'operator', fromMs: at(2), untilMs: at(6) }] },
    ...{ charges: ['0 00:00', '1 08:00', '7 08:00', '9 08:00', '11 08:00'], end: usedUp },
  },
  {
    name: 'A promise to pay by day 4 12:30 over the charge day',
    ...{ rule: 'R50', banks: ['paid'] },
    facts: { pauses: [{ reason: 'promise', fromMs: at(-1), untilMs: at(4, 12.5) }] },
    ...{ charges: ['4 12:30'], end: 'over' },
  },
  {
    name: 'Los Angeles: first on the evening before, then at the same hour',
    ...{ rule: 'R49', timeZone: 'America/Los_Angeles', banks: [soft] },
    ...{ charges: ['-1 16:00', '0 16:00', '2 16:00', '4 16:00', '6 16:00'], end: usedUp },
  },
  {
    ...{ name: 'Auckland: in the afternoon', rule: 'R49', timeZone: 'Pacific/Auckland' },
    ...{ banks: [soft], charges: ['0 13:00', '1 13:00', '3 13:00', '5 13:00', '7 13:00'] },
    end: usedUp,
  },
  {
    ...{ name: 'Berlin: first at night, then by day', rule: 'R49', timeZone: 'Europe/Berlin' },
    ...{ banks: [soft], charges: ['0 01:00', ...usual.slice(1)], end: usedUp },
  },
  {
    name: 'The card was forbidden by Visa for another payment two days before',
    ...{ rule: 'R49', banks: [soft] },
    facts: { cardAttempts: otherDeclines([48], { networkDeclineCode: '46' }) },
    // 30 days after that decline, by the clock of the first charge.
    ...{ charges: ['28 00:00', '29 08:00', '31 08:00', '33 08:00', '35 08:00'], end: usedUp },
  },
  {
    name: 'Another payment’s advice asks for four days',
    ...{ rule: 'R49', card: mastercard, banks: ['paid'] },
    facts: {
      cardAttempts: otherDeclines([24], {
        ...{ cardFingerprint: 'fp_master', cardBrand: 'mastercard', networkAdviceCode: '27' },
      }),
    },
    ...{ charges: ['3 08:00'], end: 'over' },
  },
];

function failedConfirmation(atMs: number): PlayedEvent {
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
