import { accountNowMs } from '../domain/account-time.ts';
import { refuseChargedCard } from '../domain/cards.ts';
import type { PurchaseEnding } from '../domain/billing-events.ts';
import { currency as currencyOf, type CurrencyCode } from '../domain/currencies.ts';
import { refusal, type FailureCode, type Refusal } from '../domain/failures.ts';
import { formatMoney, micros, sum } from '../domain/money.ts';
import { cardSourceOf, type Capture, type CardSource } from '../domain/payment.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import type { Policy } from '../domain/policy.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { isFinal, type Purchase } from '../domain/purchase.ts';
import { recordCustomer } from '../ledger/account-settings.ts';
import { readAccount } from '../ledger/accounts.ts';
import * as endings from '../ledger/purchase-endings.ts';
import * as openings from '../ledger/purchase-opening.ts';
import { declinedAttemptOf, succeededAttemptOf, type DeclinedAttempt } from './charge-attempts.ts';
import type { Dependencies } from './dependencies.ts';

export interface OpenPurchaseInput {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string | null;
  readonly confirmDuplicate: boolean;
  readonly returnUrl: string;
  readonly requestHash: string;
  /** The clock, without the account's test clock, which nobody has read yet. */
  readonly nowMs: number;
}

/** A purchase the ledger admitted, with all that its workflow needs to know from then on. */
export interface OpenedPurchase extends Pick<Policy, 'authentication' | 'unknownOutcomeAlarmMs'> {
  /** `stored`: an earlier run had opened it. */
  readonly status: 'opened' | 'stored';
  readonly purchase: Purchase;
  readonly source: CardSource;
  /** The card on file; null where a new card pays. */
  readonly card: SavedCard | null;
  readonly customerId: string | null;
  readonly currency: CurrencyCode;
  readonly testClockOffsetMs: number;
  /** What the card will be charged, in words. */
  readonly chargeText: string;
}

export type OpenPurchaseOutput =
  | OpenedPurchase
  /** Recorded and over, now or by an earlier run. */
  | { readonly status: 'final'; readonly purchase: Purchase }
  /** Not recorded: no such account, or the key was used for other input. */
  | { readonly status: 'failed'; readonly refusal: Refusal };

export interface SettlePurchaseInput {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly paymentIntentId: string;
  readonly capture: Capture;
  readonly attemptId: string;
  readonly nowMs: number;
}

export interface ClosePurchaseInput {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly ending: PurchaseEnding;
  readonly attempt: DeclinedAttempt | null;
  readonly nowMs: number;
}

/** Activities that keep a purchase in the ledger. */
export const createPurchaseActivities = ({ ledger, policies, clockMs }: Dependencies) => ({
  async openPurchase(input: OpenPurchaseInput): Promise<OpenPurchaseOutput> {
    const { paymentMethod, confirmDuplicate, returnUrl, requestHash } = input;
    const request = { paymentMethod, confirmDuplicate, returnUrl, requestHash };
    const schedule = await policies.read();
    const opened = await openings.openPurchase(
      ledger,
      { ...input, amount: micros(input.amount), paymentMethodId: paymentMethod, request },
      schedule,
    );
    if (opened.status === 'failed') return { status: 'failed', refusal: opened.refusal };
    const { status, purchase, account, source, card } = opened;
    if (status === 'refused' || source === null || isFinal(purchase.state)) {
      return { status: 'final', purchase };
    }
    const now = accountNowMs(account, input.nowMs);
    const { authentication, unknownOutcomeAlarmMs } = policyAt(schedule, now);
    const { customerId, currency, testClockOffsetMs } = account;
    const total = sum(purchase.credits, purchase.tax);
    const chargeText = formatMoney(total, currencyOf(currency));
    return {
      status,
      purchase,
      source,
      card,
      customerId,
      currency,
      testClockOffsetMs,
      chargeText,
      authentication,
      unknownOutcomeAlarmMs,
    };
  },

  async recordCustomer(input: { accountId: string; customerId: string }) {
    return recordCustomer(ledger, input);
  },

  async recordPayment(input: { accountId: string; purchaseId: string; paymentIntentId: string }) {
    await openings.recordPayment(ledger, input);
  },

  /** Each `reminder` (0 is the first notice) writes one notice to the customer (R13). */
  async markRequiresAction(input: {
    accountId: string;
    purchaseId: string;
    reminder: number;
    nowMs: number;
  }): Promise<void> {
    await openings.recordPaymentState(ledger, { ...input, state: 'requires_action' });
  },

  /** Writes the notice that mails the customer a new link; a final purchase gets none (R13). */
  async renewAuthenticationLink(input: {
    accountId: string;
    purchaseId: string;
    nowMs: number;
  }): Promise<void> {
    await openings.requestAuthenticationLink(ledger, input);
  },

  /** Credits, or, where the charge shows a card that may not pay, money owed back (R10). */
  async settlePurchase(input: SettlePurchaseInput): Promise<Purchase> {
    const { capture, attemptId, paymentIntentId } = input;
    const { card, networkAdviceCode } = capture;
    const settled = await endings.settlePurchase(
      ledger,
      {
        ...input,
        cardRefusal: refuseChargedCard(card, { networkAdviceCode }),
        attempt: succeededAttemptOf(capture, { attemptId, paymentIntentId }),
      },
      await policies.read(),
    );
    return settled.purchase;
  },

  async closePurchase(input: ClosePurchaseInput): Promise<Purchase> {
    const attempt = input.attempt === null ? null : declinedAttemptOf(input.attempt, input.nowMs);
    const schedule = await policies.read();
    const closed = await endings.closePurchase(ledger, { ...input, attempt }, schedule);
    return closed.purchase;
  },

  async recordRefundPaid(input: {
    accountId: string;
    purchaseId: string;
    refundId: string;
    amount: number;
    nowMs: number;
  }): Promise<void> {
    const amount = micros(input.amount);
    await endings.recordRefundPaid(ledger, { ...input, amount }, await policies.read());
  },

  /** What a card's set-up needs to know of the account; a closed one takes no cards. */
  async openCardSetup({ accountId, source: sourceId }: OpenCardSetupInput) {
    const state = await readAccount(ledger, { accountId });
    const source = cardSourceOf(sourceId);
    if (state === undefined) return refused('account_not_found');
    if (state.account.status === 'closed') return refused('account_closed');
    if (source === undefined) return refused('payment_method_not_found');
    const { customerId, testClockOffsetMs } = state.account;
    const nowMs = accountNowMs(state.account, clockMs());
    const { authentication } = policyAt(await policies.read(), nowMs);
    return { status: 'open' as const, source, customerId, testClockOffsetMs, authentication };
  },
});

interface OpenCardSetupInput {
  readonly accountId: string;
  /** "pm_…" or "ctoken_…". */
  readonly source: string;
}

function refused(code: FailureCode) {
  return { status: 'refused' as const, refusal: refusal(code) };
}
