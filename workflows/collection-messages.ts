import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CollectionAction } from '../domain/collection-changes.ts';
import type { ChargeOrigin, CollectionStep } from '../domain/collection.ts';
import type { Refusal } from '../domain/failures.ts';
import type { InvoicePaymentOutcome } from '../domain/invoice-payments.ts';
import type { InvoiceState } from '../domain/invoices.ts';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import type { Answer, Resolution } from './messages.ts';

/** The contract with everyone who pays an invoice, or looks after one that is past due. */

export interface CollectionInput {
  readonly accountId: string;
  readonly invoiceId: string;
}

export interface CollectionReport {
  readonly invoiceId: string;
  readonly state: InvoiceState;
}

export interface PayNowRequest {
  /** The caller's, derived from their idempotency key; the update's id as well. */
  readonly paymentId: string;
  readonly origin: Exclude<ChargeOrigin, 'scheduled'>;
  /** In micro-units; null: all that is due. */
  readonly amount: number | null;
  /** "pm_…" or "ctoken_…"; null: the default card on file. */
  readonly paymentMethod: string | null;
  /** Where the bank's page sends the customer back to. */
  readonly returnUrl: string;
  readonly requestHash: string;
}

/** Sent together with a start: pays the invoice by card, or answers why nothing is charged. */
export const payNowUpdate = defineUpdate<Answer<InvoicePaymentOutcome>, [PayNowRequest]>('payNow');
/** The customer is back from the bank's page: look at the payment now. */
export const confirmPaymentUpdate = defineUpdate<InvoicePaymentOutcome | null>('confirm');
/** What an operator answers about a payment whose outcome stayed unknown. */
export const resolvePaymentUpdate = defineUpdate<InvoicePaymentOutcome | null, [Resolution]>(
  'resolve',
);

type ActionOf<Kind extends CollectionAction['kind']> = Extract<CollectionAction, { kind: Kind }>;

/** What an operator asks for; `operationId` makes a repeat do nothing again. */
export interface Operation<Action extends CollectionAction = CollectionAction> {
  readonly operationId: string;
  /** Of what is asked for: the answer says it again. */
  readonly requestHash?: string;
  /** "operator:NAME", for the audit log. */
  readonly actor: string;
  readonly action: Action;
}

export type OperationOutcome = (
  { readonly status: 'done' } | { readonly status: 'refused'; readonly refusal: Refusal }
) & {
  /** Of what was asked first under this key (B19). */
  readonly requestHash?: string;
};

export const operationUpdates = {
  pause: defineUpdate<OperationOutcome, [Operation<ActionOf<'pause'>>]>('pause'),
  resume: defineUpdate<OperationOutcome, [Operation<ActionOf<'resume'>>]>('resume'),
  promise: defineUpdate<OperationOutcome, [Operation<ActionOf<'promise'>>]>('promiseToPay'),
  retry_now: defineUpdate<OperationOutcome, [Operation<ActionOf<'retry_now'>>]>('retryNow'),
  schedule: defineUpdate<OperationOutcome, [Operation<ActionOf<'schedule'>>]>('useSchedule'),
  write_off: defineUpdate<OperationOutcome, [Operation<ActionOf<'write_off'>>]>('writeOff'),
  forgive: defineUpdate<OperationOutcome, [Operation<ActionOf<'forgive'>>]>('forgive'),
} as const;

/** A payment at Stripe that an operator wants booked on the invoice. */
export interface Booking {
  /** "operator:NAME", for the audit log. */
  readonly actor: string;
  readonly paymentIntentId: string;
  readonly reason: string;
}

/** Books money that was taken for the invoice and the ledger knows nothing of; it charges nothing. */
export const bookPaymentUpdate = defineUpdate<OperationOutcome, [Booking]>('bookPayment');

/** The cards on file changed, or what Stripe knows of one. */
export const paymentMethodChangedSignal = defineSignal('paymentMethodChanged');
/** Something about the invoice changed elsewhere: a credit note, a void. */
export const invoiceChangedSignal = defineSignal('invoiceChanged');

export interface CollectionStatus {
  readonly invoiceId: string;
  /** What is due, in micro-units; null until the ledger was read. */
  readonly due: number | null;
  readonly step: CollectionStep | null;
  /** The same in words. */
  readonly words: string;
  /** The payment that is not final; null: none. */
  readonly payment: InvoicePaymentOutcome | null;
}

export const collectionStatusQuery = defineQuery<CollectionStatus>('status');

/** `number`: the invoice's, or its id where whoever starts it does not know that. */
export function collectionSummary(number: string): string {
  return `Collect invoice ${number}`;
}

/** One for the whole house: two at once would only start the same. */
export const collectionStarterId = workflowIdOf('collection-starter', 'house');
export const collectionStarterSummary = 'Start the collection of invoices whose day has come';

/** What one round of starting did. */
export interface CollectionStarterReport {
  readonly started: number;
}

export interface CollectionStarterInput {
  /** What earlier runs did, where a run continues as a new one. */
  readonly started?: number;
}
