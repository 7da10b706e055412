import { decideChargedCard } from '../domain/cards.ts';
import type { PurchaseEnding } from '../domain/billing-events.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import { currency as currencyOf, type CurrencyCode } from '../domain/currencies.ts';
import { refusal, type Refusal } from '../domain/failures.ts';
import { formatMoney, micros, sum } from '../domain/money.ts';
import {
  cardSourceOf,
  type Capture,
  type CardSource,
  type FailedCharge,
} from '../domain/payment.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import type { Policy } from '../domain/policy.ts';
import type { Purchase } from '../domain/purchase.ts';
import * as accounts from '../ledger/accounts.ts';
import * as ledger from '../ledger/purchases.ts';
import type { Dependencies } from './dependencies.ts';

export interface OpenPurchaseInput {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string | null;
  readonly confirmDuplicate: boolean;
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
  OpenedPurchase | { readonly status: 'refused'; readonly refusal: Refusal };

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

export interface DeclinedAttempt {
  readonly attemptId: string;
  readonly paymentIntentId: string;
  readonly amount: number;
  readonly failedCharge: FailedCharge;
}
