import type Stripe from 'stripe';
import type { Card } from '../domain/cards.ts';
import { knownDeclineCodes } from '../domain/declines.ts';
import type { FailedCharge } from '../domain/payment.ts';

/** The card of a payment method, or of a confirmation token's preview, in our words. */
export function cardOf(method: {
  type: string;
  card?: Stripe.PaymentMethod.Card | Stripe.ConfirmationToken.PaymentMethodPreview.Card | null;
}): Card {
  const { type, card } = method;
  return {
    type,
    brand: card?.brand ?? type,
    last4: card?.last4 ?? '',
    funding: card?.funding ?? 'unknown',
    fingerprint: card?.fingerprint ?? null,
    wallet: card?.wallet?.type ?? null,
    iin: card?.iin ?? null,
    expiryMonth: card?.exp_month ?? 12,
    expiryYear: card?.exp_year ?? 9999,
    country: card?.country ?? null,
  };
}

/** The card as a charge saw it: its funding may differ from what was read before (R10). */
export function chargedCardOf(details: Stripe.Charge.PaymentMethodDetails | null): Card | null {
  const card = details?.card;
  if (!details || !card) return null;
  return {
    type: details.type,
    brand: card.brand ?? 'unknown',
    last4: card.last4 ?? '',
    funding: card.funding ?? 'unknown',
    fingerprint: card.fingerprint ?? null,
    wallet: card.wallet?.type ?? null,
    iin: card.iin ?? null,
    expiryMonth: card.exp_month,
    expiryYear: card.exp_year,
    country: card.country,
  };
}

/** What Stripe says of a decline, on an error, a PaymentIntent or a SetupIntent: the same fields. */
interface StripeDecline {
  readonly code?: string | null | undefined;
  readonly decline_code?: string | null | undefined;
  readonly advice_code?: string | null | undefined;
  readonly network_advice_code?: string | null | undefined;
  readonly network_decline_code?: string | null | undefined;
  readonly charge?: string | { id: string } | null | undefined;
  readonly payment_method?: Stripe.PaymentMethod | null | undefined;
}

/** `outcome`: of the very charge that was declined; null where there is none, or it was not read. */
export function failedChargeOf(
  decline: StripeDecline,
  outcome: Stripe.Charge.Outcome | null = null,
): FailedCharge {
  const { payment_method: method } = decline;
  return {
    chargeId: chargeIdOf(decline),
    card: method ? cardOf(method) : null,
    // The client writes '' where Stripe sent no decline code; its `code` then says what happened.
    declineCode: blockOf(outcome) ?? (decline.decline_code || decline.code || 'generic_decline'),
    adviceCode: decline.advice_code ?? null,
    networkDeclineCode: decline.network_decline_code ?? null,
    networkAdviceCode: decline.network_advice_code ?? null,
  };
}

/**
 * A charge that Stripe itself blocked reads `fraudulent` like one that the bank took for fraud; only
 * the charge's outcome tells them apart. Null where Stripe did not block it. A set-up makes no charge,
 * and its SetupAttempt has no outcome: what Stripe blocked of it stays `fraudulent`.
 */
function blockOf(outcome: Stripe.Charge.Outcome | null): string | null {
  if (outcome?.type !== 'blocked') return null;
  const { reason } = outcome;
  return reason !== null && knownDeclineCodes.includes(reason) ? reason : 'blocked';
}

/** The charge that an error is about; null where Stripe made none. */
export function chargeIdOf({ charge }: Pick<StripeDecline, 'charge'>): string | null {
  return typeof charge === 'string' ? charge : (charge?.id ?? null);
}
