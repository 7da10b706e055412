import type { CollectionStep, InvoiceAttempt } from './collection.ts';
import { dueTimes, serviceStopsAtMs, type DueFacts, type DueTimes } from './collection-times.ts';
import type { DeclineExplanation } from './declines.ts';
import type { Refusal } from './failures.ts';
import { isPayable, type InvoicePayment } from './invoice-payments.ts';
import type { Invoice } from './invoices.ts';
import type { Micros } from './money.ts';
import type { Policy } from './policy.ts';

/** What is told of an invoice that is to be paid (R61), each of it once (R62). */
export type CollectionNotice = { readonly invoiceId: string; readonly number: string } & (
  | {
      readonly kind: 'invoice_paid';
      readonly paymentId: string;
      /** What the card was charged. */
      readonly amount: Micros;
      /** What is still due of the invoice. */
      readonly due: Micros;
      /** What came in beyond what was due and is owed back. */
      readonly excess: Micros;
    }
  | {
      readonly kind: 'invoice_payment_declined';
      readonly paymentId: string;
      readonly amount: Micros;
      readonly decline: DeclineExplanation;
      /** When the card is charged again by itself; null: only once another one is on file. */
      readonly nextChargeAtMs: number | null;
    }
  | {
      /** The card on file cannot be charged; nothing was tried. */
      readonly kind: 'invoice_card_refused';
      readonly paymentId: string;
      readonly amount: Micros;
      readonly refusal: Refusal;
    }
  | {
      /** There is no card that could be charged. */
      readonly kind: 'invoice_card_needed';
      readonly due: Micros;
    }
  | {
      /** The bank asks for a confirmation; `reminder` counts from 0 (R13). */
      readonly kind: 'invoice_authentication_needed';
      readonly paymentId: string;
      readonly amount: Micros;
      readonly reminder: number;
    }
  | {
      /** What the bank was asked for was called off, since less is due; its link is dead (R13). */
      readonly kind: 'invoice_due_changed';
      readonly paymentId: string;
      /** What would have been charged. */
      readonly amount: Micros;
      readonly due: Micros;
    }
  | {
      /** Somebody with an older link asked for another; `renewal` as `renewalOf` counts (R13). */
      readonly kind: 'invoice_link_renewed';
      readonly due: Micros;
      readonly renewal: number;
    }
  | {
      readonly kind: 'invoice_past_due';
      readonly due: Micros;
      /** When service stops, should nothing be paid. */
      readonly graceEndsAtMs: number;
    }
  | { readonly kind: 'service_suspended'; readonly due: Micros }
  /** The last overdue invoice was paid, and `paymentId` did it (R51); null: it was forgiven. */
  | { readonly kind: 'service_restored'; readonly paymentId: string | null }
);

/** Carries a link by which the invoice is paid; void once nothing is due any more (R62). */
export function carriesInvoiceLink({ kind }: Pick<CollectionNotice, 'kind'>): boolean {
  switch (kind) {
    case 'invoice_payment_declined':
    case 'invoice_card_refused':
    case 'invoice_card_needed':
    case 'invoice_authentication_needed':
    case 'invoice_due_changed':
    case 'invoice_link_renewed':
    case 'invoice_past_due':
    case 'service_suspended':
      return true;
    case 'invoice_paid':
    case 'service_restored':
      return false;
  }
}

/** What there is to be told of follows from these. */
export interface ToldFacts {
  readonly invoice: Invoice;
  readonly collection: Pick<DueFacts, 'pauses' | 'nextChargeAtMs'>;
  readonly attempts: readonly InvoiceAttempt[];
  /** Oldest first. */
  readonly payments: readonly InvoicePayment[];
}

/**
 * What has come to be true by now and is told once each (R61): past due, then that service stops (R50);
 * that a card is needed; that the bank still asks for a confirmation (R13).
 */
export function collectionNotices(
  facts: ToldFacts,
  step: CollectionStep,
  policy: Policy,
  nowMs: number,
): CollectionNotice[] {
  const { invoice, collection } = facts;
  if (!isPayable(invoice)) return [];
  const times = dueTimes({ ...invoice, ...collection }, policy);
  // Written off, it refuses service from the end of its grace on, as any other (R50).
  if (invoice.state === 'uncollectible') return noticeOfSuspension(invoice, times, nowMs);
  return [
    ...noticesOfTime(invoice, times, nowMs),
    ...noticesOfCard(invoice, step, nowMs),
    ...reminders(facts, step, policy, nowMs),
  ];
}

function noticeOfSuspension(
  { invoiceId, number, due }: Invoice,
  { graceEndsAtMs }: DueTimes,
  nowMs: number,
): CollectionNotice[] {
  return graceEndsAtMs !== null && nowMs >= graceEndsAtMs
    ? [{ kind: 'service_suspended', invoiceId, number, due }]
    : [];
}

/** The later of two mails says all: no two contradict each other (R62). */
function noticesOfTime(invoice: Invoice, times: DueTimes, nowMs: number): CollectionNotice[] {
  const suspension = noticeOfSuspension(invoice, times, nowMs);
  if (suspension.length > 0) return suspension;
  const { invoiceId, number, due } = invoice;
  const graceEndsAtMs = serviceStopsAtMs(times, nowMs);
  return times.pastDueAtMs === null || graceEndsAtMs === null || nowMs < times.pastDueAtMs
    ? []
    : [{ kind: 'invoice_past_due', invoiceId, number, due, graceEndsAtMs }];
}

/** A card that was declined, or refused, has had a mail of its own. */
function noticesOfCard(
  { invoiceId, number, due, chargeAtMs }: Invoice,
  step: CollectionStep,
  nowMs: number,
): CollectionNotice[] {
  if (step.step !== 'needs_card' || chargeAtMs === null || nowMs < chargeAtMs) return [];
  const isLacking = step.why === 'no_card' || step.why === 'card_expired';
  return isLacking ? [{ kind: 'invoice_card_needed', invoiceId, number, due }] : [];
}

function reminders(
  { invoice, attempts, payments }: ToldFacts,
  step: CollectionStep,
  policy: Policy,
  nowMs: number,
): CollectionNotice[] {
  const last = attempts.at(-1);
  const declined = payments.findLast(({ state }) => state === 'declined');
  if (step.step !== 'needs_authentication' || last === undefined || declined === undefined) {
    return [];
  }
  const { invoiceId, number } = invoice;
  const { paymentId, amount } = declined;
  const waitedMs = nowMs - last.attemptedAtMs;
  const { remindersAfterMs } = policy.authentication;
  const reminder = remindersAfterMs.filter((afterMs) => waitedMs >= afterMs).length;
  return reminder === 0
    ? []
    : [{ kind: 'invoice_authentication_needed', invoiceId, number, paymentId, amount, reminder }];
}

/** When the customer is reminded next that the bank asks for a confirmation; null: not any more. */
export function nextReminderAtMs(
  { attempts }: Pick<ToldFacts, 'attempts'>,
  step: CollectionStep,
  policy: Policy,
  nowMs: number,
): number | null {
  const last = attempts.at(-1);
  if (step.step !== 'needs_authentication' || last === undefined) return null;
  const instants = policy.authentication.remindersAfterMs.map((ms) => last.attemptedAtMs + ms);
  return instants.find((atMs) => atMs > nowMs) ?? null;
}
