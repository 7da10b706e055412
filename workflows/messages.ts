import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SavedCard } from '../domain/payment-methods.ts';
import type { DeclineExplanation } from '../domain/declines.ts';
import type { Refusal } from '../domain/failures.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';

/**
 * The contract with everyone who starts or talks to a workflow. Payloads are plain JSON: ids,
 * numbers, words; never a name, a mail address or card data.
 */

/** Where workflows, and the activities of ledger and mail, are taken from. */
export const defaultTaskQueue = 'billing';

/** Calls to Stripe have a queue of their own, which the server keeps under Stripe's rate limit. */
export function stripeTaskQueueOf(taskQueue: string): string {
  return `${taskQueue}-stripe`;
}

/** Messages to servers of others, which may be slow, take no slot from anything else. */
export function webhookTaskQueueOf(taskQueue: string): string {
  return `${taskQueue}-webhooks`;
}

/** Set on every workflow; registered by `npx solvent setup`. Ids and codes only. */
export const searchAttributes = {
  accountId: defineSearchAttributeKey('AccountId', 'KEYWORD'),
  invoiceId: defineSearchAttributeKey('InvoiceId', 'KEYWORD'),
  paymentState: defineSearchAttributeKey('PaymentState', 'KEYWORD'),
  declineCode: defineSearchAttributeKey('DeclineCode', 'KEYWORD'),
  needsReview: defineSearchAttributeKey('NeedsReview', 'BOOL'),
};

export interface PurchaseInput {
  readonly accountId: string;
  readonly purchaseId: string;
  /** Credits asked for, in micro-units of the currency. */
  readonly amount: number;
  readonly currency: string;
  /** "pm_…" or "ctoken_…"; null: the default card on file. */
  readonly paymentMethod: string | null;
  readonly confirmDuplicate: boolean;
  /** Where the bank's page sends the customer back to. */
  readonly returnUrl: string;
  /** Hash of what the caller asked, compared when the same id is asked for again (B19). */
  readonly requestHash: string;
  /**
   * True where the payment watch starts a run for one that was lost: it looks what became of the
   * payment and never confirms one, since nobody waits for a charge any more.
   */
  readonly followsUp?: boolean;
}

/** An answer, and the hash of the request that made it: a repeat with other input is told so. */
export interface Answer<Outcome> {
  readonly requestHash: string;
  readonly outcome: Outcome;
}

/** Sent together with the start of `purchase`: answers the first outcome. */
export const purchaseUpdate = defineUpdate<Answer<PurchaseOutcome>>('purchase');
/** The customer is back from the bank's page: look at the payment now. */
export const confirmPurchaseUpdate = defineUpdate<PurchaseOutcome>('confirm');
export const purchaseStatusQuery = defineQuery<PurchaseOutcome>('status');

/** What an operator answers about a payment whose outcome stayed unknown. */
export type Resolution = { readonly decision: 'look_again' } | { readonly decision: 'call_off' };
export const resolvePurchaseUpdate = defineUpdate<PurchaseOutcome, [Resolution]>('resolve');

/** The customer wants the link to the bank's page mailed anew. */
export const authenticationLinkSignal = defineSignal('sendAuthenticationLink');

/** A webhook about one of the workflow's objects came: look at the object. */
export const processorEventSignal = defineSignal<[{ readonly type: string }]>('processorEvent');
/** The account's test clock was moved: waits are to be reckoned anew. */
export const clockMovedSignal = defineSignal<[{ readonly offsetMs: number }]>('clockMoved');

export interface CardSetupInput {
  readonly accountId: string;
  readonly setupId: string;
  /** "pm_…" or "ctoken_…". */
  readonly source: string;
  readonly makeDefault: boolean;
  /** Who asks, for the audit log: "portal", "api_key:key_…". */
  readonly actor: string;
  readonly returnUrl: string;
  readonly requestHash: string;
}

export type CardSetupOutcome = { readonly setupId: string } & (
  | { readonly status: 'saved'; readonly card: SavedCard }
  | { readonly status: 'refused'; readonly refusal: Refusal }
  | { readonly status: 'declined'; readonly decline: DeclineExplanation }
  | { readonly status: 'requires_action'; readonly actionUrl: string | null }
  | { readonly status: 'pending' }
);

/** Sent together with the start of `cardSetup`: answers the first outcome. */
export const cardSetupUpdate = defineUpdate<Answer<CardSetupOutcome>>('setUpCard');
export const confirmCardSetupUpdate = defineUpdate<CardSetupOutcome>('confirm');
export const cardSetupStatusQuery = defineQuery<CardSetupOutcome>('status');

export interface CardRemovalInput {
  readonly accountId: string;
  readonly paymentMethodId: string;
  readonly actor: string;
  readonly nowMs: number;
}

export type CardRemovalOutcome =
  { readonly status: 'removed' } | { readonly status: 'refused'; readonly refusal: Refusal };

export interface WebhookDeliveryInput {
  readonly endpointId: string;
  /** What earlier runs did, where a run continues as a new one. */
  readonly report?: WebhookDeliveryReport;
}

/** How many attempts of one endpoint's messages succeeded, and how many did not. */
export interface WebhookDeliveryReport {
  readonly delivered: number;
  readonly failed: number;
}

/** The ledger has something more to send to the workflow's endpoint. */
export const webhooksDueSignal = defineSignal('webhooksDue');
export const webhookDeliverySummary = 'Send messages to a webhook endpoint';

/** A card that Stripe has news of. */
export interface CardUpdateInput {
  /** Stripe's "pm_…". */
  readonly paymentMethodId: string;
}

export const cardUpdateSummary = 'Bring a card on file up to date with what Stripe shows';

export interface CardUpdateReport {
  readonly card: 'updated' | 'taken_off' | 'not_on_file';
}

/** What one sweep did. */
export interface SweepReport {
  readonly webhooksRelayed: number;
  readonly accountsMailed: number;
  /** Their mails could not be handed over now; the next sweep tries again. */
  readonly accountsNotMailed: number;
  /** Endpoints whose messages were left over. */
  readonly webhookEndpoints: number;
  /** Holds whose time was over: what they reserved is free again. */
  readonly holdsExpired: number;
  /** Of those, what could not be ended now; the next sweep tries again. */
  readonly holdsLeft: number;
}

/** Empty at the begin; the rest is handed on when a run continues as a new one. */
export interface CreditExpiryInput {
  readonly place?: { readonly list: 'expired' | 'expiring'; readonly after: string | null };
  readonly report?: CreditExpiryReport;
}

/** How many lots of credits lost what was left of them, and of how many the end was announced. */
export interface CreditExpiryReport {
  readonly expired: number;
  readonly announced: number;
}

/** Empty at the begin; the rest is handed on when a run continues as a new one. */
type WatchedList = 'purchases' | 'collections' | 'payments';

export interface PaymentWatchInput {
  readonly place?: { readonly list: WatchedList; readonly after: string | null };
  readonly createdFromMs?: number;
  readonly report?: PaymentWatchReport;
}

/** What one watch found and did. */
export interface PaymentWatchReport {
  /** Payments at Stripe that were compared with the ledger. */
  readonly looked: number;
  readonly canceled: number;
  /** Purchases and collections whose run was lost and started again. */
  readonly followed: number;
  /** Findings that a person has to look at. */
  readonly reviews: number;
}

/** A month's run; the optional fields are handed on when it continues as a new one. */
export interface InvoiceRunInput {
  /** "2026-11" */
  readonly period: string;
  /** Only this account, whose own time may be ahead; null: all. */
  readonly accountId: string | null;
  readonly parts?: readonly InvoiceRunRange[];
  readonly left?: InvoicesWaiting;
  readonly pauses?: number;
  readonly readAfter?: string | null;
  /** Activities until it continues as a new one; absent: as many as a history bears well. */
  readonly mostSteps?: number;
}

/** How far one range of accounts is. */
export interface InvoiceRunRange {
  readonly part: number;
  readonly accounts: number;
  readonly walked: number;
  readonly isDone: boolean;
}

/** Accounts whose invoice is not issued yet, and why. */
export interface InvoicesWaiting {
  /** For a payment to become known (R40). */
  readonly waiting: number;
  /** Of these, for longer than 24 hours. */
  readonly overdue: number;
  /** The ledger refused them. */
  readonly failed: number;
}

export interface InvoiceRunStand extends InvoicesWaiting {
  readonly period: string;
  readonly accounts: number;
  readonly walked: number;
  readonly isWalked: boolean;
}

export interface InvoiceRunReport extends Omit<InvoicesWaiting, 'overdue'> {
  readonly status: 'done' | 'canceled';
  readonly period: string;
  /** What became of the one account's; null: the run was of all. */
  readonly invoice: 'not_closed' | 'nothing' | 'deferred' | 'carried' | 'issued' | null;
  /** Of the month, in all; null: the run was of one account. */
  readonly invoices: number | null;
  readonly toCollect: number | null;
}

export const invoiceRunProgressQuery = defineQuery<InvoiceRunStand>('progress');

export interface InvoiceCalendarReport {
  readonly status: 'started' | 'already_started';
  readonly period: string;
}

export function invoiceRunSummary(period: string): string {
  return `Issue the invoices of ${period}`;
}
