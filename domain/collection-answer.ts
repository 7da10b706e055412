import type { Account, AccountId } from './account.ts';
import { agingBuckets, agingFromDays, type Aging } from './aging.ts';
import { serviceStopsAtMs, type CollectionPause, type DueTimes } from './collection-times.ts';
import type { CollectionStep, InvoiceAttempt } from './collection.ts';
import { collectionStepWords } from './collection-words.ts';
import type { CurrencyCode } from './currencies.ts';
import { invoicePaymentAnswer } from './invoice-payment-answer.ts';
import type { InvoicePayment } from './invoice-payments.ts';
import type { Invoice, InvoiceState } from './invoices.ts';
import type { Micros } from './money.ts';
import { decimal, instant } from './answer-values.ts';

/** What operators' programs are told of collections: amounts as decimal strings, instants ISO 8601. */

interface StoryFacts {
  readonly account: Account;
  readonly invoice: Invoice;
  /** Null where nothing of it is to be collected so far. */
  readonly stored: {
    readonly pauses: readonly CollectionPause[];
    readonly retryAskedAtMs: number | null;
  } | null;
  readonly step: CollectionStep;
  readonly times: DueTimes;
  readonly nowMs: number;
  /** Oldest first, as what follows. */
  readonly attempts: readonly InvoiceAttempt[];
  readonly payments: readonly InvoicePayment[];
  readonly audit: readonly {
    readonly actor: string;
    readonly action: string;
    readonly detail: Readonly<Record<string, unknown>>;
    readonly occurredAtMs: number;
  }[];
}

/** One invoice's collection: what is done next, when, and what happened so far. */
export function collectionAnswer(story: StoryFacts) {
  const { account, invoice, stored, step, times } = story;
  const { currency, timeZone, retryAfterDays } = account;
  const amount = (value: Micros) => decimal(value, currency);
  return {
    invoice: invoice.invoiceId,
    number: invoice.number,
    accountId: account.accountId,
    state: invoice.state,
    currency: currency as string,
    amount: amount(invoice.amount),
    due: amount(invoice.due),
    chargeAt: instant(invoice.chargeAtMs),
    dueAt: instant(invoice.dueAtMs),
    next: { step: step.step, words: collectionStepWords(step), chargeAt: chargeAtOf(step) },
    pastDueAt: instant(times.pastDueAtMs),
    serviceStopsAt: instant(serviceStopsAtMs(times, story.nowMs)),
    givenUpAt: instant(times.giveUpAtMs),
    timeZone,
    retryAfterDays: retryAfterDays === null ? null : [...retryAfterDays],
    retryAskedAt: instant(stored?.retryAskedAtMs ?? null),
    pauses: (stored?.pauses ?? []).map(({ reason, fromMs, untilMs }) => {
      return { reason, from: instant(fromMs), until: instant(untilMs) };
    }),
    attempts: story.attempts.map((attempt) => attemptAnswer(attempt, currency)),
    payments: story.payments.map((payment) => invoicePaymentAnswer(payment, currency)),
    audit: story.audit.map(({ actor, action, detail, occurredAtMs }) => {
      return { at: instant(occurredAtMs), actor, action, reason: textOrNull(detail['reason']) };
    }),
  };
}

/** Codes stand here as they came: what a customer may not be told, an operator has to know. */
function attemptAnswer(attempt: InvoiceAttempt, code: CurrencyCode) {
  const { origin, outcome, chargeId, cardBrand } = attempt;
  return {
    at: instant(attempt.attemptedAtMs),
    origin,
    outcome,
    amount: decimal(attempt.amount, code),
    chargeId,
    cardBrand,
    declineCode: attempt.declineCode,
    adviceCode: attempt.adviceCode,
    networkDeclineCode: attempt.networkDeclineCode,
    networkAdviceCode: attempt.networkAdviceCode,
  };
}

function chargeAtOf(step: CollectionStep): string | null {
  return step.step === 'wait' ? instant(step.chargeAtMs) : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** What is owed in one currency, by age; the books say the same, or an error is ours. */
export function agingAnswer({ currency: code, buckets, total, booked }: Aging) {
  const sums = ({ invoices, amount, uncollectible }: Aging['total']) => {
    const decimals = { amount: decimal(amount, code), uncollectible: decimal(uncollectible, code) };
    return { invoices, ...decimals };
  };
  return {
    currency: code as string,
    buckets: buckets.map((bucket, index) => ({ age: ageOf(index), ...sums(bucket) })),
    total: sums(total),
    booked: decimal(booked, code),
    agrees: booked === total.amount,
  };
}

interface DueInvoiceFacts {
  readonly accountId: AccountId;
  readonly invoiceId: string;
  readonly number: string;
  readonly currency: CurrencyCode;
  readonly state: InvoiceState;
  readonly due: Micros;
  readonly dueAtMs: number;
  readonly bucket: number;
  readonly step: CollectionStep['step'] | null;
  readonly nextChargeAtMs: number | null;
}

/** An invoice that is still to be paid, as a list shows it. */
export function dueInvoiceAnswer(row: DueInvoiceFacts) {
  const { accountId, invoiceId, number, currency: code, state, due, bucket, step } = row;
  return {
    invoice: invoiceId,
    number,
    accountId,
    state,
    currency: code as string,
    due: decimal(due, code),
    dueAt: instant(row.dueAtMs),
    age: ageOf(bucket),
    step,
    nextChargeAt: instant(row.nextChargeAtMs),
  };
}

/** How programs name the ages: days past the due date, as in `agingBuckets`. */
export const agingAges = agingBuckets.map((_, bucket) => nameOf(bucket));

export function ageOf(bucket: number): string {
  return agingAges[bucket] ?? '';
}

function nameOf(bucket: number): string {
  const from = agingFromDays[bucket - 1];
  const until = agingFromDays[bucket];
  if (from === undefined) return 'current';
  return until === undefined ? `over-${from}` : `${from + 1}-${until}`;
}
