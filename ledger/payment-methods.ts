import type { AccountId } from '../domain/account.ts';
import type { Card } from '../domain/cards.ts';
import type { Refusal } from '../domain/failures.ts';
import {
  cardsWith,
  cardsWithDefault,
  cardsWithout,
  refuseRemoval,
  type SavedCard,
} from '../domain/payment-methods.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { standingOf } from '../domain/standing.ts';
import { uuidOf } from './account-id.ts';
import type { AuditEntry } from './audit.ts';
import { readCards, type StoredCard } from './card-rows.ts';
import { applyChange } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';

export interface CardChange {
  readonly accountId: AccountId;
  /** Stripe's "pm_…". */
  readonly paymentMethodId: string;
  /** Who asks, for the audit log: "portal", "api_key:key_…", "card-setup". */
  readonly actor: string;
  readonly nowMs: number;
}

/** The cards on file, oldest first; empty also where there is no such account. */
export async function listCards(
  ledger: Ledger,
  { accountId }: { readonly accountId: AccountId },
): Promise<SavedCard[]> {
  const rows = await ledger.snapshot((session) => readCards(session, [uuidOf(accountId)]));
  return rows.filter(({ removedAtMs }) => removedAtMs === null).map(savedCardOf);
}

/**
 * Keeps a card that was set up at Stripe. The first usable card becomes the default, an expired one
 * never does (R11). A card that is on file already is brought up to date.
 * @throws SolventError account_not_found; ConstraintViolation `payment_methods_not_prepaid`, since
 * such a card is refused before it comes here (R9).
 */
export async function saveCard(
  ledger: Ledger,
  change: CardChange & { readonly card: Card; readonly makeDefault: boolean },
): Promise<SavedCard> {
  const { card, makeDefault } = change;
  return changeCards(ledger, change, (facts, before) => {
    const { paymentMethodId, nowMs } = change;
    const saved = { paymentMethodId, card, savedAtMs: before?.savedAtMs ?? nowMs };
    const cards = cardsWith(facts.cards, saved, makeDefault, nowMs);
    const result = onlyCard(cards, paymentMethodId);
    const audit = auditOf(change, 'payment_method.save');
    return { result, cards: cards.map(onFile), ...(before === undefined ? { audit } : {}) };
  });
}

/**
 * Renews what is known of a card, after Stripe's updater told of a new number or expiry. Undefined
 * where it is not on file any more.
 * @throws SolventError account_not_found; ConstraintViolation `payment_methods_not_prepaid`: a
 * card that turned out prepaid is discarded instead (R9).
 */
export async function updateCard(
  ledger: Ledger,
  change: CardChange & { readonly card: Card },
): Promise<SavedCard | undefined> {
  return changeCards(ledger, change, (_, before) => {
    if (before === undefined) return { result: undefined };
    const updated = { ...before, card: change.card };
    const audit = auditOf(change, 'payment_method.update');
    return { result: savedCardOf(updated), cards: [updated], audit };
  });
}

export type DefaultCardOutcome =
  | { readonly status: 'set'; readonly cards: readonly SavedCard[] }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Makes a card the one that is charged where none is named; refused for an expired one (R11).
 * @throws SolventError account_not_found.
 */
export async function setDefaultCard(
  ledger: Ledger,
  change: CardChange,
): Promise<DefaultCardOutcome> {
  return changeCards(ledger, change, (facts, before): Decision<DefaultCardOutcome> => {
    const cards = cardsWithDefault(facts.cards, change.paymentMethodId, change.nowMs);
    if ('code' in cards) return { result: { status: 'refused', refusal: cards } };
    const result = { status: 'set' as const, cards: cards.map(savedCardOf) };
    if (before?.isDefault === true) return { result };
    const audit = auditOf(change, 'payment_method.set_default');
    return { result, cards: cards.map(onFile), audit };
  });
}

export type RemovalOutcome =
  { readonly status: 'removed' } | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Takes a card off file, unless it is the last usable one and anything is owed or could be (R12).
 * One that is off file already is `removed`.
 * @throws SolventError account_not_found.
 */
export async function removeCard(
  ledger: Ledger,
  change: CardChange,
  policies: PolicySchedule,
): Promise<RemovalOutcome> {
  const decide = (facts: AccountFacts, before?: StoredCard): Decision<RemovalOutcome> => {
    if (before === undefined) return { result: { status: 'removed' } };
    const { balances, cards } = facts;
    const { limit } = standingOf(facts, policyAt(policies, change.nowMs), change.nowMs);
    const refusal = refuseRemoval(before, cards, balances, limit, change.nowMs);
    if (refusal !== null) return { result: { status: 'refused', refusal } };
    return remove(change, facts, before);
  };
  return changeCards(ledger, change, decide, policies);
}

/**
 * Takes a card off file whatever is owed: it turned out prepaid, or its holder revoked it (R10).
 * @throws SolventError account_not_found.
 */
export async function discardCard(
  ledger: Ledger,
  change: CardChange,
  policies: PolicySchedule,
): Promise<void> {
  const decide = (facts: AccountFacts, before?: StoredCard): Decision<RemovalOutcome> =>
    before === undefined ? { result: { status: 'removed' } } : remove(change, facts, before);
  await changeCards(ledger, change, decide, policies);
}

function remove(
  change: CardChange,
  facts: AccountFacts,
  before: StoredCard,
): Decision<RemovalOutcome> {
  const { paymentMethodId, nowMs } = change;
  const kept = cardsWithout(facts.cards, paymentMethodId, nowMs).map(onFile);
  return {
    result: { status: 'removed' },
    cards: [...kept, { ...before, isDefault: false, removedAtMs: nowMs }],
    audit: auditOf(change, 'payment_method.remove'),
  };
}

async function changeCards<Result>(
  ledger: Ledger,
  { accountId, paymentMethodId }: CardChange,
  decide: (facts: AccountFacts, before: StoredCard | undefined) => Decision<Result>,
  policies?: PolicySchedule,
): Promise<Result> {
  const { result } = await applyChange(ledger, {
    accountId,
    reads: { cards: true },
    // A card is on file or not, default or not: saying so twice changes nothing.
    entry: null,
    ...(policies && { policies }),
    decide: (facts) =>
      decide(
        facts,
        facts.cards.find((card) => card.paymentMethodId === paymentMethodId),
      ),
  });
  return result;
}

function auditOf(
  { actor, paymentMethodId, nowMs }: CardChange,
  action: string,
): Omit<AuditEntry, 'accountId'> {
  return { actor, action, detail: { paymentMethodId }, occurredAtMs: nowMs };
}

function onlyCard(cards: readonly SavedCard[], paymentMethodId: string): SavedCard {
  const card = cards.find((candidate) => candidate.paymentMethodId === paymentMethodId);
  if (card === undefined) throw new Error(`${paymentMethodId} is not among the cards`);
  return savedCardOf(card);
}

function savedCardOf({ paymentMethodId, card, isDefault, savedAtMs }: SavedCard): SavedCard {
  return { paymentMethodId, card, isDefault, savedAtMs };
}

function onFile(card: SavedCard): StoredCard {
  return { ...savedCardOf(card), removedAtMs: null };
}
