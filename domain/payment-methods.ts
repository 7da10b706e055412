import type { Balances } from './account.ts';
import type { Micros } from './money.ts';
import type { Card } from './cards.ts';
import { isExpired } from './cards.ts';
import { refusal, type Refusal } from './failures.ts';
import { cardSourceOf, type CardSource } from './payment.ts';

/** A card on file: what is shown of it, never its number. */
export interface SavedCard {
  /** Stripe's payment method. */
  readonly paymentMethodId: string;
  readonly card: Card;
  readonly isDefault: boolean;
  readonly savedAtMs: number;
}

/** Payment method and expiry: a card that its bank renewed is a new method (R49). */
export function methodNameOf({
  paymentMethodId,
  card,
}: Pick<SavedCard, 'paymentMethodId' | 'card'>): string {
  const month = String(card.expiryMonth).padStart(2, '0');
  return `${paymentMethodId}:${card.expiryYear}-${month}`;
}

/**
 * What a payment is charged to: what was asked for, or else the default card on file. A source that
 * is not on file is a new card; whether it may be used is decided when Stripe has shown it.
 */
export function choosePaymentSource(
  cards: readonly SavedCard[],
  asked: string | null,
): CardSource | Refusal {
  const id = asked ?? cards.find(({ isDefault }) => isDefault)?.paymentMethodId;
  if (id === undefined) return refusal('payment_method_required');
  return cardSourceOf(id) ?? refusal('payment_method_not_found');
}

/** The cards after one more was saved. The first usable one becomes the default; an expired one never does (R11). */
export function cardsWith(
  cards: readonly SavedCard[],
  saved: Omit<SavedCard, 'isDefault'>,
  makeDefault: boolean,
  nowMs: number,
): readonly SavedCard[] {
  const others = cards.filter(({ paymentMethodId }) => paymentMethodId !== saved.paymentMethodId);
  const was = cards.find(({ paymentMethodId }) => paymentMethodId === saved.paymentMethodId);
  const isFirst = !others.some(({ isDefault }) => isDefault);
  const wanted = makeDefault || isFirst || was?.isDefault === true;
  const isDefault = wanted && !isExpired(saved.card, nowMs);
  return [
    ...others.map((other) => (isDefault ? { ...other, isDefault: false } : other)),
    { ...saved, isDefault },
  ];
}

/** The cards with another default, or why that one cannot be it (R11). */
export function cardsWithDefault(
  cards: readonly SavedCard[],
  paymentMethodId: string,
  nowMs: number,
): readonly SavedCard[] | Refusal {
  const chosen = cards.find((card) => card.paymentMethodId === paymentMethodId);
  if (chosen === undefined) return refusal('payment_method_not_found');
  if (isExpired(chosen.card, nowMs)) return refusal('card_expired');
  return cards.map((card) => ({ ...card, isDefault: card === chosen }));
}

/** The cards that stay when one is removed: the newest usable one takes over as the default. */
export function cardsWithout(
  cards: readonly SavedCard[],
  paymentMethodId: string,
  nowMs: number,
): readonly SavedCard[] {
  const others = cards.filter((card) => card.paymentMethodId !== paymentMethodId);
  if (others.some(({ isDefault }) => isDefault)) return others;
  const heir = others
    .filter(({ card }) => !isExpired(card, nowMs))
    .toSorted((a, b) => b.savedAtMs - a.savedAtMs)[0];
  return others.map((card) => ({ ...card, isDefault: card === heir }));
}

/**
 * The last valid card stays while anything is owed, or may be by what runs, or the balance limit is
 * above zero (R12): only then could a debt arise that no card can pay. Returns null where it may be
 * removed.
 */
export function refuseRemoval(
  card: SavedCard,
  cards: readonly SavedCard[],
  balances: Pick<Balances, 'unbilled' | 'invoiced' | 'invoicedTax' | 'heldPostpaid'>,
  balanceLimit: Micros,
  nowMs: number,
): Refusal | null {
  const others = cards.filter(
    (other) => other.paymentMethodId !== card.paymentMethodId && !isExpired(other.card, nowMs),
  );
  if (others.length > 0) return null;
  const { unbilled, invoiced, invoicedTax, heldPostpaid } = balances;
  const owed = unbilled + invoiced + invoicedTax + heldPostpaid;
  if (owed > 0) return refusal('payment_method_in_use', undefined, { owed });
  if (balanceLimit > 0) return refusal('payment_method_in_use', undefined, { balanceLimit });
  return null;
}
