import { saysPrepaid, type DeclineCodes } from './declines.ts';
import { refusal, type Refusal } from './failures.ts';
import type { Policy } from './policy.ts';

/** What is known of a card before it is used. No number, no holder: never in our hands (R15). */
export interface Card {
  /** Stripe's type of the payment method: "card", "link", … */
  readonly type: string;
  readonly brand: string;
  readonly last4: string;
  /** "credit", "debit", "prepaid", "unknown", or a word Stripe adds later. */
  readonly funding: string;
  /** The same for the same card number in the whole Stripe account. */
  readonly fingerprint: string | null;
  /** "apple_pay", "google_pay", "link", …; null where the card itself was entered. */
  readonly wallet: string | null;
  /** The first digits, where Stripe shows them. */
  readonly iin: string | null;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  /** ISO 3166 country of the bank. */
  readonly country: string | null;
}

/** What the operator's own BIN table says of a card (R10); `not_available` is never "passed". */
export type BinAnswer = 'credit' | 'debit' | 'prepaid' | 'not_available';

export type CardUse = 'save' | 'pay_on_session' | 'pay_off_session';

export interface CardEvidence {
  readonly card: Card;
  readonly binAnswer: BinAnswer;
  /** True where this fingerprint was refused as prepaid before: refused stays refused (R10). */
  readonly fingerprintRefused: boolean;
}

/** Who said that a card is prepaid; kept with the refusal for the operator. */
export type PrepaidSource = 'processor' | 'bin_table' | 'refused_before';

export type CardDecision =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      readonly refusal: Refusal;
      readonly prepaidSource: PrepaidSource | null;
    };

/**
 * Says whether a card may be used (R9, R10, R11). Where sources disagree, prepaid wins; a wallet
 * must show `credit` or `debit`; `unknown` funding is a policy switch and is never kept on file.
 */
export function decideCard(
  { card, binAnswer, fingerprintRefused }: CardEvidence,
  use: CardUse,
  policy: Policy,
  nowMs: number,
): CardDecision {
  if (card.type === 'link' || card.brand === 'link' || card.wallet === 'link') {
    return refused(refusal('card_brand_not_supported'));
  }
  if (card.type !== 'card') return refused(refusal('payment_method_not_card'));

  const prepaidSource = prepaidSaidBy(card, binAnswer, fingerprintRefused);
  if (prepaidSource !== null) {
    return refused(refusal('card_prepaid_not_supported'), prepaidSource);
  }
  if (card.funding !== 'credit' && card.funding !== 'debit') {
    if (card.wallet !== null) return refused(refusal('card_wallet_not_supported'));
    if (use !== 'pay_on_session' || policy.unknownFundingOnSession === 'refused') {
      return refused(refusal('card_funding_unknown', unknownFundingAdvice[use]));
    }
  }
  if (isExpired(card, nowMs)) return refused(refusal('card_expired'));
  return { accepted: true };
}

const unknownFundingAdvice: Record<CardUse, string> = {
  save: 'It cannot be kept on file.',
  pay_on_session: 'It cannot be used for a payment.',
  pay_off_session: 'It cannot be charged automatically.',
};

function refused(reason: Refusal, prepaidSource: PrepaidSource | null = null): CardDecision {
  return { accepted: false, refusal: reason, prepaidSource };
}

function prepaidSaidBy(
  card: Card,
  binAnswer: BinAnswer,
  fingerprintRefused: boolean,
): PrepaidSource | null {
  if (card.funding === 'prepaid') return 'processor';
  if (binAnswer === 'prepaid') return 'bin_table';
  return fingerprintRefused ? 'refused_before' : null;
}

/**
 * Looks at the funding again once a card was charged: the charge, or the network's advice, may show
 * a prepaid card that nothing showed before (R10). Null where the money may become credits.
 */
export function refuseChargedCard(
  { funding }: Pick<Card, 'funding'>,
  networkAdvice: Pick<DeclineCodes, 'networkAdviceCode'>,
): Refusal | null {
  const isPrepaid = funding === 'prepaid' || saysPrepaid(networkAdvice);
  return isPrepaid ? refusal('card_prepaid_not_supported') : null;
}

/** A card is good through the last instant of its expiry month. */
export function isExpired(
  { expiryMonth, expiryYear }: Pick<Card, 'expiryMonth' | 'expiryYear'>,
  nowMs: number,
): boolean {
  return nowMs >= Date.UTC(expiryYear, expiryMonth, 1);
}

/** When the last of the cards expires: from then on none can be charged; null without cards. */
export function usableUntilMs(
  cards: readonly Pick<Card, 'expiryMonth' | 'expiryYear'>[],
): number | null {
  if (cards.length === 0) return null;
  return Math.max(...cards.map((card) => Date.UTC(card.expiryYear, card.expiryMonth, 1)));
}

/** A card as people name it: "Visa •••• 4242". */
export function cardName({ brand, last4 }: Pick<Card, 'brand' | 'last4'>): string {
  return `${brandName(brand)} •••• ${last4}`;
}

/** "Visa" */
export function brandName(brand: string): string {
  return `${brand.charAt(0).toUpperCase()}${brand.slice(1)}`;
}
