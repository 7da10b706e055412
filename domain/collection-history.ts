import type { CardAttempt, CollectionFacts, InvoiceAttempt } from './collection.ts';
import { readDecline } from './decline-reading.ts';
import type { DeclineClass } from './declines.ts';
import { methodNameOf, type SavedCard } from './payment-methods.ts';

/** How long a network's "never again" holds for a card, whatever it pays. */
const banLastsMs = 30 * 24 * 3_600_000;

/**
 * What the whole history says of charging an invoice to one card by itself; the last code alone
 * would forget a hard one. `refused`: never again.
 */
export type MethodState = 'usable' | 'refused' | 'authentication' | 'configuration' | 'blocked';

/** What the history of the invoice and of the card says of charging this card by itself. */
export function methodStateOf(
  card: SavedCard,
  facts: Pick<CollectionFacts, 'attempts' | 'cardAttempts'>,
  nowMs: number,
): MethodState {
  const own = facts.attempts.filter(({ method }) => method === methodNameOf(card));
  const classes = own.flatMap((attempt) => classOf(attempt) ?? []);
  if (classes.some((one) => endsMethod.includes(one))) return 'refused';
  if (forbiddenUntilMs(card, facts).some((untilMs) => nowMs < untilMs)) return 'refused';
  if (own.some((attempt) => asksHolder(attempt))) return 'authentication';
  if (asksOperator(own, 'configuration')) return 'configuration';
  return asksOperator(own, 'blocked') ? 'blocked' : 'usable';
}

/** The ends of the networks' bans on charging the card at all, past ones too. */
export function forbiddenUntilMs(
  card: SavedCard,
  facts: Pick<CollectionFacts, 'attempts' | 'cardAttempts'>,
): readonly number[] {
  return attemptsOnCard(card, facts)
    .filter((attempt) => attempt.outcome === 'declined' && readDecline(attempt).isNever)
    .map(({ attemptedAtMs }) => attemptedAtMs + banLastsMs);
}

/** Declines after which a method is never charged again for this invoice. */
const endsMethod: readonly DeclineClass[] = ['data', 'hard', 'consent_gone'];

/** Stripe saw the same charge before: whether it was paid has to be found out first. */
export function needsReconciliation(attempts: readonly InvoiceAttempt[]): boolean {
  return asksOperator(attempts, 'check');
}

/** Of the invoice and of all else that the card was charged for; each once. */
export function attemptsOnCard(
  card: SavedCard,
  { attempts, cardAttempts }: Pick<CollectionFacts, 'attempts' | 'cardAttempts'>,
): readonly (CardAttempt | InvoiceAttempt)[] {
  const { fingerprint } = card.card;
  const known = cardAttempts.filter(
    ({ cardFingerprint }) => fingerprint !== null && cardFingerprint === fingerprint,
  );
  const ids = new Set(known.map(({ attemptId }) => attemptId));
  const own = attempts.filter((attempt) => isOn(card, attempt) && !ids.has(attempt.attemptId));
  return [...known, ...own];
}

/** Whether an attempt of the invoice charged this card, in this or another form. */
export function isOn(card: SavedCard, { method, cardFingerprint }: InvoiceAttempt): boolean {
  return (
    method === methodNameOf(card) ||
    (cardFingerprint !== null && cardFingerprint === card.card.fingerprint)
  );
}

/** What was begun by us; the customer's own tries use up none of the schedule. */
export function isOurs({ origin }: Pick<CardAttempt, 'origin'>): boolean {
  return origin !== 'customer';
}

/** Null where it was not declined. */
export function classOf(attempt: InvoiceAttempt): DeclineClass | null {
  return attempt.outcome === 'declined' ? readDecline(attempt).class : null;
}

/** A holder who was there and failed to confirm says nothing about charges without one. */
function asksHolder(attempt: InvoiceAttempt): boolean {
  if (attempt.outcome === 'authentication_failed') return isOurs(attempt);
  return classOf(attempt) === 'authentication';
}

/** True from such a decline on, until an operator charges again. */
function asksOperator(attempts: readonly InvoiceAttempt[], declineClass: DeclineClass): boolean {
  const last = attempts.findLast(
    (attempt) => attempt.origin === 'operator' || classOf(attempt) === declineClass,
  );
  return last !== undefined && classOf(last) === declineClass;
}
