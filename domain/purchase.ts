import type { Account, Balances, UnbilledPeriod } from './account.ts';
import type {
  PackPurchased,
  PaymentUnapplied,
  PurchaseClosed,
  PurchaseEnding,
  PurchaseOpened,
  UnbilledPart,
} from './billing-events.ts';
import { currency, isCurrencyCode } from './currencies.ts';
import type { DeclineExplanation } from './declines.ts';
import { refusal, type Refusal } from './failures.ts';
import {
  dividesIntoMinorUnits,
  formatMoney,
  smaller,
  subtract,
  sum,
  ZERO,
  type Micros,
} from './money.ts';
import type { CardSource, Capture } from './payment.ts';
import { choosePaymentSource, type SavedCard } from './payment-methods.ts';
import { cutoffMsOf } from './period.ts';
import type { Policy } from './policy.ts';
import { taxOn, type Tax } from './tax.ts';

/** A purchase as the ledger keeps it: what was asked, and how far it is. */
export interface Purchase {
  readonly purchaseId: string;
  readonly accountId: string;
  readonly state: PurchaseState;
  readonly credits: Micros;
  readonly tax: Micros;
  readonly currency: string;
  readonly paymentIntentId: string | null;
  readonly openedAtMs: number;
  /** Since when the bank asks the customer; null where it never did. */
  readonly authenticationSinceMs: number | null;
  readonly finalAtMs: number | null;
  readonly receipt: PurchaseReceipt | null;
  readonly decline: DeclineExplanation | null;
  readonly refusal: Refusal | null;
}

/** `returned`: the money was captured, could not become credits, and goes back (R10). */
export type PurchaseState =
  'pending' | 'requires_action' | 'succeeded' | 'declined' | 'refused' | 'canceled' | 'returned';

/** True once nothing can become of the purchase any more: a final state never changes back (B2). */
export function isFinal(state: PurchaseState): boolean {
  return state !== 'pending' && state !== 'requires_action';
}

export interface PurchaseReceipt {
  readonly receiptNumber: string;
  readonly chargeId: string;
  readonly lotId: number;
  readonly capturedAtMs: number;
  /** What of the credits paid this month's usage at once (R22). */
  readonly paidUnbilled: Micros;
}

/** The account's receipts are numbered without gaps: R-000001, R-000002, … */
export function receiptNumberOf(sequence: number): string {
  return `R-${String(sequence).padStart(6, '0')}`;
}

/** What a caller asks for. Amounts are the credits wanted; tax comes on top. */
export interface PurchaseRequest {
  readonly purchaseId: string;
  readonly amount: Micros;
  readonly currency: string;
  /** The customer said that a second purchase of the same amount is meant (R5). */
  readonly confirmDuplicate: boolean;
  /** "pm_…" or "ctoken_…"; null: the default card on file. */
  readonly paymentMethodId: string | null;
}

/** What the ledger knows of the account at the moment of deciding. */
export interface PurchaseFacts {
  readonly account: Account;
  readonly balances: Balances;
  readonly unbilledPeriods: readonly UnbilledPeriod[];
  /** The account's purchases that are not final. */
  readonly openPurchases: readonly Pick<Purchase, 'purchaseId' | 'credits'>[];
  readonly cards: readonly SavedCard[];
}

/** What a purchase will cost and do, as shown before it and charged by it (R22, R45). */
export interface PurchasePreview {
  readonly credits: Micros;
  readonly tax: Tax;
  /** What the card is charged. */
  readonly total: Micros;
  /** Of the credits: used at once for this month's usage that nothing paid yet. */
  readonly paysUnbilled: Micros;
  /** Of the credits: what is added to the balance. */
  readonly addsToBalance: Micros;
}

/** Says whether the amount can be bought at all, and what it costs (R4, R69, R70). */
export function previewPurchase(
  { account, unbilledPeriods }: Pick<PurchaseFacts, 'account' | 'unbilledPeriods'>,
  { amount, currency: code }: Pick<PurchaseRequest, 'amount' | 'currency'>,
  policy: Policy,
  nowMs: number,
): PurchasePreview | Refusal {
  if (account.status === 'closed') return refusal('account_closed');
  if (!isCurrencyCode(code)) return refusal('currency_not_supported', `It was "${code}".`);
  const limits = policy.currencies[code];
  if (limits === undefined) return refusal('currency_not_supported', `It was "${code}".`);
  if (code !== account.currency) {
    return refusal('currency_mismatch', `It is kept in ${account.currency}.`);
  }
  const money = currency(code);
  const { minimumPurchase: minimum, maximumPurchase: maximum } = limits;
  if (amount < minimum) {
    const detail = `The smallest purchase is ${formatMoney(minimum, money)}.`;
    return refusal('amount_below_minimum', detail, { asked: amount, minimum });
  }
  if (amount > maximum) {
    const detail = `The largest purchase is ${formatMoney(maximum, money)}.`;
    return refusal('amount_above_maximum', detail, { asked: amount, maximum });
  }
  if (!dividesIntoMinorUnits(amount, money)) {
    return refusal('amount_not_chargeable', undefined, { asked: amount });
  }
  const place = { country: account.taxCountry, region: account.taxRegion };
  const tax = taxOn(amount, place, policy.taxRates, money);
  const paysUnbilled = sum(...paidUnbilledBy(amount, unbilledPeriods, nowMs).map((p) => p.amount));
  return {
    credits: amount,
    tax,
    total: sum(amount, tax.amount),
    paysUnbilled,
    addsToBalance: subtract(amount, paysUnbilled),
  };
}

export type OpenDecision =
  | { readonly admitted: true; readonly event: PurchaseOpened; readonly source: CardSource }
  | { readonly admitted: false; readonly event: PurchaseClosed; readonly refusal: Refusal };

/**
 * Admits or refuses a purchase before anything is asked of Stripe. A second one of the same amount
 * while the first is open needs an explicit confirmation (R5).
 */
export function decideOpenPurchase(
  facts: PurchaseFacts,
  request: PurchaseRequest,
  policy: Policy,
  nowMs: number,
): OpenDecision {
  const { purchaseId } = request;
  const preview = previewPurchase(facts, request, policy, nowMs);
  if ('code' in preview) return refused(purchaseId, preview);
  const twin = facts.openPurchases.find(({ credits }) => credits === request.amount);
  if (twin !== undefined && !request.confirmDuplicate) {
    const detail = `The other one is ${twin.purchaseId}.`;
    return refused(purchaseId, refusal('duplicate_purchase_pending', detail));
  }
  const source = choosePaymentSource(facts.cards, request.paymentMethodId);
  if ('code' in source) return refused(purchaseId, source);
  const { credits, tax } = preview;
  return {
    admitted: true,
    event: { kind: 'purchase_opened', purchaseId, credits, tax: tax.amount },
    source,
  };
}

function refused(purchaseId: string, reason: Refusal): OpenDecision {
  return {
    admitted: false,
    event: closePurchase(purchaseId, { status: 'refused', refusal: reason }),
    refusal: reason,
  };
}

/** The event of a purchase that ends without money and without credits. */
export function closePurchase(purchaseId: string, ending: PurchaseEnding): PurchaseClosed {
  return { kind: 'purchase_closed', purchaseId, ending };
}

/**
 * Turns captured money into credits, or, where it may not become credits (the account was closed
 * meanwhile, the charge shows a prepaid card, the amount is another, the customer was already told
 * that nothing was charged: R62), into money owed back. The policy is the one in force at capture: it
 * says whether these credits end some day (R2).
 */
export function decideSettlePurchase(
  { account, unbilledPeriods }: Pick<PurchaseFacts, 'account' | 'unbilledPeriods'>,
  purchase: Pick<Purchase, 'purchaseId' | 'credits' | 'tax' | 'state' | 'refusal'>,
  capture: Capture,
  cardRefusal: Refusal | null,
  receiptNumber: string,
  { purchasedCreditsExpireAfterMs: expireAfterMs }: CreditsPolicy,
): PackPurchased | PaymentUnapplied {
  const { purchaseId, credits, tax } = purchase;
  const { chargeId, amount, capturedAtMs } = capture;
  const reason = refuseCredits(account, purchase, amount) ?? cardRefusal;
  if (reason !== null) {
    return { kind: 'payment_unapplied', purchaseId, chargeId, amount, refusal: reason };
  }
  return {
    kind: 'pack_purchased',
    purchaseId,
    chargeId,
    credits,
    tax,
    receiptNumber,
    capturedAtMs,
    paidUnbilled: paidUnbilledBy(credits, unbilledPeriods, capturedAtMs),
    ...(expireAfterMs === null ? {} : { expiresAtMs: capturedAtMs + expireAfterMs }),
  };
}

/** Why captured money may not become credits, the card apart; null: it may. */
function refuseCredits(
  { status }: Account,
  { credits, tax, state, refusal: told }: Pick<Purchase, 'credits' | 'tax' | 'state' | 'refusal'>,
  amount: Micros,
): Refusal | null {
  if (status === 'closed') return refusal('account_closed');
  const expected = sum(credits, tax);
  if (amount !== expected) {
    return refusal('internal_error', 'The card was charged another amount.', { amount, expected });
  }
  return isFinal(state) ? (told ?? refusal('card_declined')) : null;
}

type CreditsPolicy = Pick<Policy, 'purchasedCreditsExpireAfterMs'>;

/**
 * The unbilled usage that credits bought at `capturedAtMs` pay: oldest month first, and only months
 * whose cut-off is later. Credits never pay a month that was closed before they were bought (R39).
 */
export function paidUnbilledBy(
  credits: Micros,
  unbilledPeriods: readonly UnbilledPeriod[],
  capturedAtMs: number,
): readonly UnbilledPart[] {
  let left = credits;
  const open = unbilledPeriods
    .filter(({ period }) => cutoffMsOf(period) > capturedAtMs)
    .toSorted((a, b) => (a.period < b.period ? -1 : 1));
  const parts: UnbilledPart[] = [];
  for (const { period, amount } of open) {
    const paid = smaller(left, amount);
    if (paid > ZERO) parts.push({ period, amount: paid });
    left = subtract(left, paid);
  }
  return parts;
}
