import type { Balances } from './account.ts';
import type { Micros } from './money.ts';
import type { Card } from './cards.ts';
import { isExpired } from './cards.ts';
import { refusal, type Refusal } from './failures.ts';

/** A card on file: what is shown of it, never its number. */
export interface SavedCard {
  /** Stripe's payment method. */
  readonly paymentMethodId: string;
  readonly card: Card;
  readonly isDefault: boolean;
  readonly savedAtMs: number;
}

/**
 * The last valid card stays while anything is owed or the balance limit is above zero (R12): only
 * then could a debt arise that no card can pay. Returns null where it may be removed.
 */
export function refuseRemoval(
  card: SavedCard,
  cards: readonly SavedCard[],
  balances: Pick<Balances, 'unbilled' | 'invoiced'>,
  balanceLimit: Micros,
  nowMs: number,
): Refusal | null {
  const others = cards.filter(
    (other) => other.paymentMethodId !== card.paymentMethodId && !isExpired(other.card, nowMs),
  );
  if (others.length > 0) return null;
  const owed = balances.unbilled + balances.invoiced;
  if (owed > 0) return refusal('payment_method_in_use', undefined, { owed });
  if (balanceLimit > 0) return refusal('payment_method_in_use', undefined, { balanceLimit });
  return null;
}
