import type { CollectionFacts } from './collection.ts';
import { dayMs } from './durations.ts';
import type { ChargeAnswer, Play, PlayedEvent } from './collection-play.ts';
import { micros, MICROS_PER_UNIT, ZERO } from './money.ts';
import type { SavedCard } from './payment-methods.ts';

/** An invoice, and how its bank and its customer will behave, whatever the policy. */
export type PlayableInvoice = Pick<Play, 'facts' | 'startMs' | 'answer' | 'events' | 'react'>;

/**
 * The response model: how generated invoices are answered. It is our assumption, in round numbers,
 * not measured: it compares policies, it forecasts nothing.
 */
export const responseModel: readonly string[] = [
  'Each invoice has a card and a customer of its own; it asks for $5 to $500.',
  'Of 100 invoices 85 are paid by the first charge.',
  '6 find too little money on the card, until some day of the next 14.',
  '4 are declined without a reason; every later charge is approved in one case of four.',
  '1 finds the bank out of order, for up to two days.',
  '1 has to be confirmed by the customer; 3 find a card that is lost or expired.',
  'Who is asked to confirm, or for another card, does so within 20 days; three in ten never do.',
  'A new card pays. Nobody is moved by being suspended.',
];

/** Generated invoices are charged on one day, as those of a month are. */
const chargeAtMs = Date.UTC(2026, 10, 3);

const timeZones = [null, 'America/New_York', 'America/Los_Angeles', 'Europe/Berlin', 'Asia/Tokyo'];
const brands = [...Array<string>(6).fill('visa'), ...Array<string>(3).fill('mastercard'), 'amex'];

/** The invoice of this number: the same for the same seed, whatever else is generated. */
export function generatedInvoice(seed: number, index: number): PlayableInvoice {
  const draw = drawsOf(seed, index);
  const dollars = Math.floor(5 * 100 ** draw());
  const card = aCard('pm_first', index, pick(brands, draw()));
  const facts: CollectionFacts = {
    invoice: {
      state: 'open',
      due: micros(dollars * MICROS_PER_UNIT),
      chargeAtMs,
      dueAtMs: chargeAtMs + dayMs,
    },
    currency: 'usd',
    attempts: [],
    cards: [card],
    cardAttempts: [],
    pauses: [],
    retryAfterDays: null,
    retryAskedAtMs: null,
    timeZone: pick(timeZones, draw()),
  };
  const bank = bankOf(draw);
  return {
    facts,
    startMs: chargeAtMs - dayMs,
    events: [],
    react: reactionOf(draw, index),
    answer: (charge) => {
      return charge.card.paymentMethodId === card.paymentMethodId ? bank(charge) : paid;
    },
  };
}

const paid: ChargeAnswer = { outcome: 'succeeded' };
const declined = (declineCode: string): ChargeAnswer => ({ outcome: 'declined', declineCode });

/** Everything is drawn beforehand, so that policies that charge otherwise meet the same bank. */
function bankOf(draw: () => number): Play['answer'] {
  const [kind, one, two] = [draw() * 100, draw(), draw()];
  const coins = Array.from({ length: 32 }, draw);
  if (kind < 85) return () => paid;
  if (kind < 91) return until(chargeAtMs + one * 14 * dayMs, 'insufficient_funds');
  if (kind < 95) {
    return ({ attempt }) => {
      const isApproved = attempt > 1 && (coins[attempt % coins.length] ?? 1) < 0.25;
      return isApproved ? paid : declined('generic_decline');
    };
  }
  if (kind < 96) return until(chargeAtMs + one * 2 * dayMs, 'processing_error');
  if (kind < 97) return () => declined('authentication_required');
  return () => declined(two < 0.5 ? 'lost_card' : 'expired_card');
}

function until(atMs: number, declineCode: string): Play['answer'] {
  return (charge) => (charge.atMs < atMs ? declined(declineCode) : paid);
}

function reactionOf(draw: () => number, index: number): Play['react'] {
  const [afterMs, willingness] = [draw() * 20 * dayMs, draw()];
  let hasReacted = false;
  return (step, atMs) => {
    const isAsked = step.step === 'needs_card' || step.step === 'needs_authentication';
    if (!isAsked || hasReacted || willingness < 0.3) return null;
    hasReacted = true;
    const at = Math.floor(atMs + afterMs);
    return step.step === 'needs_card'
      ? { atMs: at, change: (facts) => ({ ...facts, cards: [aCard('pm_new', index, 'visa')] }) }
      : paidAt(at);
  };
}

/** The customer pays all that is due. */
function paidAt(atMs: number): PlayedEvent {
  return {
    atMs,
    change: (facts) => ({ ...facts, invoice: { ...facts.invoice, state: 'paid', due: ZERO } }),
  };
}

function aCard(paymentMethodId: string, index: number, brand: string): SavedCard {
  return {
    paymentMethodId,
    isDefault: true,
    savedAtMs: 0,
    card: {
      type: 'card',
      brand,
      last4: '0000',
      funding: 'credit',
      wallet: null,
      iin: null,
      fingerprint: `${paymentMethodId}_${index}`,
      expiryMonth: 12,
      expiryYear: 2099,
      country: null,
    },
  };
}

function pick<Item>(items: readonly Item[], share: number): Item {
  const item = items[Math.floor(share * items.length)];
  if (item === undefined) throw new RangeError(`${share} is no share of ${items.length}`);
  return item;
}

/** Numbers from 0 to 1, exclusive, that look drawn by chance (xorshift, 32 bits). */
function drawsOf(seed: number, index: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  if (state === 0) state = 1;
  const draw = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  // Neighbouring seeds begin alike.
  for (let round = 0; round < 8; round += 1) draw();
  return draw;
}
