import { z } from '@hono/zod-openapi';
import { instant } from '../domain/answer-values.ts';
import { cardName, isExpired } from '../domain/cards.ts';
import type { SavedCard } from '../domain/payment-methods.ts';

/** A card on file as the API shows it. */
export const cardSchema = z
  .object({
    id: z.string().openapi({ example: 'pm_1QPz3nEXAMPLE' }),
    name: z.string().openapi({ example: 'Visa •••• 4242' }),
    brand: z.string(),
    last4: z.string(),
    funding: z.string().openapi({ description: '"credit" or "debit"; prepaid is refused (R9).' }),
    wallet: z.string().nullable(),
    country: z.string().nullable(),
    expiryMonth: z.int(),
    expiryYear: z.int(),
    expired: z.boolean(),
    default: z.boolean().openapi({ description: 'The card that is charged when none is named.' }),
    savedAt: z.iso.datetime(),
  })
  .openapi('Card');

export function cardResource(
  { paymentMethodId, card, isDefault, savedAtMs }: SavedCard,
  nowMs: number,
) {
  const { brand, last4, funding, wallet, country, expiryMonth, expiryYear } = card;
  return {
    id: paymentMethodId,
    name: cardName(card),
    brand,
    last4,
    funding,
    wallet,
    country,
    expiryMonth,
    expiryYear,
    expired: isExpired(card, nowMs),
    default: isDefault,
    savedAt: instant(savedAtMs),
  };
}
