import type { CollectionFacts, InvoiceAttempt } from './collection.ts';
import { dayMs } from './durations.ts';
import { isOurs } from './collection-history.ts';
import type { ChargeAnswer, PlayedCharge, PlayedEvent } from './collection-play.ts';
import type { PlayableInvoice } from './collection-response.ts';
import { smaller, subtract, ZERO } from './money.ts';
import { methodNameOf, type SavedCard } from './payment-methods.ts';

/** A collection as the ledger has it, with one charge of ours at least. */
export interface RecordedCollection extends Pick<
  CollectionFacts,
  'currency' | 'attempts' | 'pauses' | 'retryAfterDays' | 'timeZone'
> {
  /** As it was issued: all of it still to be paid. */
  readonly invoice: Pick<CollectionFacts['invoice'], 'due' | 'chargeAtMs' | 'dueAtMs'>;
}

/** How recorded collections are answered; said wherever they are replayed. */
export const replayModel: readonly string[] = [
  'A charge is answered as the recorded one before it on the same card was; the first one, as the first.',
  'Customers, operators and new cards come when they came; a card, when it was first charged.',
  'Other charges of the same cards are not counted to the networks’ budgets.',
  'Invoices that were never charged by themselves are left out.',
];

/** The same invoice, card, customer and operator once more. */
export function recordedInvoice(recorded: RecordedCollection): PlayableInvoice {
  const { attempts, invoice, ...kept } = recorded;
  const ours = attempts.filter(isOurs);
  const [first] = ours;
  if (first === undefined) throw new Error('nothing of it was charged');
  const startMs = Math.min(invoice.chargeAtMs ?? first.attemptedAtMs, first.attemptedAtMs) - dayMs;
  return {
    facts: {
      ...kept,
      invoice: { ...invoice, state: 'open' },
      attempts: [],
      cardAttempts: [],
      cards: [],
      retryAskedAtMs: null,
    },
    startMs,
    events: eventsOf(attempts),
    react: () => null,
    answer: (charge) => answerOf(ours, charge),
  };
}

function answerOf(ours: readonly InvoiceAttempt[], { card, atMs }: PlayedCharge): ChargeAnswer {
  const onCard = ours.filter(({ method }) => method === card.paymentMethodId);
  const said = onCard.findLast(({ attemptedAtMs }) => attemptedAtMs <= atMs) ?? onCard[0];
  if (said === undefined) throw new Error(`${card.paymentMethodId} was never charged`);
  if (said.outcome === 'succeeded') return { outcome: 'succeeded' };
  const { adviceCode, networkDeclineCode, networkAdviceCode } = said;
  const declineCode =
    said.outcome === 'authentication_failed' ? 'authentication_required' : said.declineCode;
  return {
    outcome: 'declined',
    declineCode: declineCode ?? 'generic_decline',
    adviceCode,
    networkDeclineCode,
    networkAdviceCode,
  };
}

function eventsOf(attempts: readonly InvoiceAttempt[]): readonly PlayedEvent[] {
  let method: string | null = null;
  return attempts.flatMap((attempt): PlayedEvent[] => {
    const { attemptedAtMs: atMs, origin } = attempt;
    if (origin === 'customer') return [{ atMs, change: (facts) => withTry(facts, attempt) }];
    const isNew = attempt.method !== method;
    method = attempt.method;
    return [
      ...(isNew
        ? [{ atMs, change: (facts: CollectionFacts) => ({ ...facts, cards: [cardOf(attempt)] }) }]
        : []),
      ...(origin === 'operator'
        ? [{ atMs, change: (facts: CollectionFacts) => ({ ...facts, retryAskedAtMs: atMs }) }]
        : []),
    ];
  });
}

/** What the customer paid is paid, as long as so much is still due. */
function withTry(facts: CollectionFacts, attempt: InvoiceAttempt): CollectionFacts {
  const { invoice, attempts, cardAttempts, currency } = facts;
  const paid = attempt.outcome === 'succeeded' ? smaller(attempt.amount, invoice.due) : ZERO;
  const due = subtract(invoice.due, paid);
  return {
    ...facts,
    invoice: { ...invoice, due, state: due === 0 ? 'paid' : invoice.state },
    attempts: [...attempts, { ...attempt, method: methodNameOf(cardOf(attempt)) }],
    cardAttempts: [...cardAttempts, { ...attempt, currency }],
  };
}

/** The method's name is kept as the payment method, with an expiry far away. */
function cardOf({ method, cardBrand, cardFingerprint }: InvoiceAttempt): SavedCard {
  return {
    paymentMethodId: method,
    isDefault: true,
    savedAtMs: 0,
    card: {
      type: 'card',
      brand: cardBrand ?? '',
      last4: '0000',
      funding: 'credit',
      wallet: null,
      iin: null,
      fingerprint: cardFingerprint,
      expiryMonth: 12,
      expiryYear: 2099,
      country: null,
    },
  };
}
