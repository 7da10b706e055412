import type { AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { InvoiceIssued, UnbilledPart, UsageCorrected } from '../domain/billing-events.ts';
import { failure, refusal, type Refusal } from '../domain/failures.ts';
import { invoiceIdFor } from '../domain/ids.ts';
import {
  decideCreditNote,
  decideVoid,
  factsAfterCorrection,
  factsAfterVoid,
  invoiceAfterCreditNote,
  type CreditNoteRequest,
} from '../domain/invoice-corrections.ts';
import { lastPostingPeriod, type InvoiceFacts } from '../domain/invoice-reckoning.ts';
import { decideInvoice } from '../domain/invoicing.ts';
import type { Invoice } from '../domain/invoices.ts';
import { larger, micros, subtract, sum, totalOf, ZERO, type Micros } from '../domain/money.ts';
import type { Period } from '../domain/period.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import type { PriceBook } from '../domain/price.ts';
import {
  decideUsageCorrection,
  totalsAfter,
  type ChargedUsage,
} from '../domain/usage-correction.ts';
import { postingsOf } from '../domain/usage-postings.ts';
import { uuidOf } from './account-id.ts';
import { applyChange, applyChanges } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';
import { readInvoice } from './invoice-documents.ts';
import { invoiceFactsOf, issuing } from './invoice-decision.ts';
import { readCharged, readingOf } from './usage-corrections.ts';

interface Asked {
  readonly accountId: AccountId;
  readonly invoiceId: string;
  readonly actor: string;
  /** The clock. */
  readonly nowMs: number;
}

export interface ReplaceInvoice extends Asked {
  /** For operators. */
  readonly reason: string;
  /** Charges of usage in the invoice's month that are taken back with it: their billing events. */
  readonly corrects?: readonly number[];
}

export type ReplaceOutcome =
  | { readonly status: 'replaced'; readonly invoiceId: string }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Takes an invoice back and issues another one of the same month in the same transaction, from what
 * is true now: place of taxation, business data, corrected usage. The credits that it had counted
 * count again, and no others. The void one keeps its number (R46).
 * @throws SolventError account_not_found, invoice_not_found; usage_not_found where a charge to be
 * corrected is not there.
 */
export async function replaceInvoice(
  ledger: Ledger,
  asked: ReplaceInvoice,
  policies: PolicySchedule,
  book: PriceBook,
): Promise<ReplaceOutcome> {
  const { accountId, invoiceId, reason, corrects = [], nowMs } = asked;
  const invoice = await readInvoice(ledger, { accountId, invoiceId });
  if (invoice === undefined) throw failure('invoice_not_found');
  const issued = await readIssued(ledger, accountId, invoice);
  if (issued === null) return { status: 'refused', refusal: refusal('invoice_not_ours') };
  const charged = await Promise.all(
    corrects.map((eventId) => readCharged(ledger, { accountId, eventId })),
  );
  const [outcome] = await applyChanges(ledger, [
    {
      accountId,
      reads: {
        access: true,
        everyLot: true,
        invoiceId,
        usage: readingOf(charged),
        corrects,
        invoicing: { period: issued.period, kind: issued.invoiceKind, replaced: invoiceId },
      },
      entry: {
        key: `invoice/${invoiceId}:replace`,
        input: { reason, corrects },
        policies,
        occurredAtMs: nowMs,
      },
      decide: (facts) => replacement(facts, { ...asked, issued, charged, policies, book }),
    },
  ]);
  switch (outcome?.status) {
    case 'recorded':
    case 'stored':
      return outcome.result;
    case 'conflict':
      return { status: 'refused', refusal: refusal('invoice_not_open') };
    case 'account_not_found':
    case undefined:
      throw failure('account_not_found');
  }
}

/** The event that an invoice was issued by; null for one that was issued elsewhere. */
async function readIssued(
  ledger: Ledger,
  accountId: AccountId,
  { issuedEventId, kind }: Invoice,
): Promise<InvoiceIssued | null> {
  if (kind === 'imported') return null;
  const [row] = await ledger.run<{ event: InvoiceIssued }>(
    `select payload -> 'event' as event from billing_events
     where account_id = $1 and event_id = $2`,
    [uuidOf(accountId), issuedEventId],
  );
  if (row === undefined) throw new Error(`event ${issuedEventId} of ${accountId} is not there`);
  return row.event;
}

interface Replacing extends ReplaceInvoice {
  readonly issued: InvoiceIssued;
  readonly charged: readonly ChargedUsage[];
  readonly policies: PolicySchedule;
  readonly book: PriceBook;
}

function replacement(facts: AccountFacts, replacing: Replacing): Decision<ReplaceOutcome> {
  const { accountId, invoiceId, reason, actor, issued, policies } = replacing;
  const { period, cutoffMs, invoiceKind: kind, credits } = issued;
  const invoice = invoiceNamed(facts, invoiceId);
  const nowMs = accountNowMs(facts.account, replacing.nowMs);
  const replacedBy = invoiceIdFor(accountId, period, versionOf(invoiceId) + 1);
  const voided = decideVoid(invoice, issued, { replacedBy, reason });
  if ('code' in voided) return { result: { status: 'refused', refusal: voided } };
  const before = { facts: factsAfterVoid(invoiceFactsOf(facts), voided), ...noCorrections };
  const corrected = correctAll(before, { ...replacing, nowMs }, facts, invoice);
  if ('code' in corrected) return { result: { status: 'refused', refusal: corrected } };
  const carriedForward = micros(invoice.carriedForward - corrected.fromCarried);
  const decision = decideInvoice(
    corrected.facts,
    {
      invoiceId: replacedBy,
      kind,
      period,
      cutoffMs,
      nowMs,
      replaces: {
        invoiceId,
        carriedForward,
        credits: [...credits, ...corrected.made.flatMap(({ purchased }) => purchased)],
      },
    },
    policyAt(policies, nowMs),
  );
  if (decision.status !== 'issued') throw new Error(`${replacedBy} is ${decision.status}`);
  const voidedEventId = facts.balances.version + 1;
  return {
    ...issuing(decision, facts, invoice.number),
    events: [voided, ...corrected.made, decision.event],
    invoice: {
      ...invoice,
      state: 'void',
      due: ZERO,
      dueTax: ZERO,
      voidedEventId,
      voidedAtMs: nowMs,
    },
    occurredAtMs: nowMs,
    audit: {
      actor,
      action: 'invoice.replace',
      occurredAtMs: nowMs,
      detail: { invoiceId, replacedBy, reason },
    },
    result: { status: 'replaced', invoiceId: replacedBy },
  };
}

interface Corrected {
  readonly facts: InvoiceFacts;
  readonly made: readonly UsageCorrected[];
  /** What of them was taken from what the void invoice had carried forward. */
  readonly fromCarried: Micros;
}

const noCorrections = { made: [], fromCarried: ZERO };

/** Takes charges of the month back, one after the other, between the void invoice and the new one. */
function correctAll(
  start: Corrected,
  { charged, issued, reason, book, nowMs }: Replacing,
  { usage: { totals }, corrected: correctedBefore }: AccountFacts,
  { carriedForward }: Invoice,
): Corrected | Refusal {
  const { invoiceKind: kind, period, carriedTo } = issued;
  let corrected = start;
  for (const one of charged) {
    const isMade = corrected.made.some(({ eventId }) => eventId === one.eventId);
    if (isMade || correctedBefore.has(one.eventId)) return refusal('usage_already_corrected');
    const until = lastPostingPeriod({ kind, period });
    const isOfMonth = postingsOf(one.event, one.occurredAtMs).some(
      ({ postingPeriod }) => postingPeriod >= period && postingPeriod <= until,
    );
    if (!isOfMonth) {
      return refusal('usage_not_found', `It was not charged in ${period}.`);
    }
    const { unbilledPeriods, lots } = corrected.facts;
    const left = micros(carriedForward - corrected.fromCarried);
    const carried = carriedTo === null ? null : { from: period, to: carriedTo, amount: left };
    // The month has no invoice at this moment: the correction belongs to it.
    const facts = {
      unbilledPeriods,
      lots,
      carried,
      invoicedUntil: null,
      totals: totalsAfter(totals, corrected.made),
    };
    const next = decideUsageCorrection(facts, one, reason, book, nowMs);
    if ('code' in next) return next;
    const owed = one.event.charges.flatMap(({ unbilled }) => unbilled ?? []);
    const taken =
      carriedTo === null
        ? ZERO
        : larger(ZERO, subtract(amountIn(carriedTo, next.unbilled), amountIn(carriedTo, owed)));
    corrected = {
      facts: factsAfterCorrection(corrected.facts, next, issued),
      made: [...corrected.made, next],
      fromCarried: sum(corrected.fromCarried, taken),
    };
  }
  return corrected;
}

function amountIn(month: Period, parts: readonly UnbilledPart[]): Micros {
  return totalOf(parts.filter(({ period }) => period === month));
}

export interface IssueCreditNote extends Asked, CreditNoteRequest {}

export type CreditNoteOutcome =
  | {
      readonly status: 'issued';
      readonly net: Micros;
      readonly tax: Micros;
      /** What of it was paid before, and is owed back. */
      readonly refundDue: Micros;
    }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Takes a part of an invoice back (R43). `creditNoteId` is derived from the caller's key, by
 * `creditNoteIdFor`: a repeat gets the first answer.
 * @throws SolventError account_not_found, invoice_not_found, idempotency_key_reused.
 */
export async function issueCreditNote(
  ledger: Ledger,
  asked: IssueCreditNote,
  policies: PolicySchedule,
): Promise<CreditNoteOutcome> {
  const { accountId, invoiceId, creditNoteId, net, reason, nowMs } = asked;
  const { result } = await applyChange(ledger, {
    accountId,
    reads: { access: true, invoiceId },
    entry: {
      key: `credit_note/${creditNoteId}`,
      input: { invoiceId, net, reason },
      policies,
      occurredAtMs: nowMs,
    },
    decide: (facts) => creditNote(facts, asked),
  });
  return result;
}

function creditNote(
  facts: AccountFacts,
  { actor, nowMs: clockMs, ...asked }: IssueCreditNote,
): Decision<CreditNoteOutcome> {
  const { creditNoteId, invoiceId, reason } = asked;
  const invoice = invoiceNamed(facts, invoiceId);
  const event = decideCreditNote(invoice, asked, facts.account.currency);
  if ('code' in event) return { result: { status: 'refused', refusal: event } };
  const nowMs = accountNowMs(facts.account, clockMs);
  const { net, tax, due } = event;
  const fromDue = sum(due.net, due.tax);
  const issuedEventId = facts.balances.version + 1;
  const note = { creditNoteId, number: '', invoiceId, net, tax, fromDue, reason };
  const after = invoiceAfterCreditNote(invoice, event);
  const told = { ...note, invoiceNumber: invoice.number, due: after.due };
  return {
    events: [event],
    invoice: after,
    notices: [{ notice: { kind: 'credit_note_issued', ...told }, occurredAtMs: nowMs }],
    creditNote: { ...note, issuedEventId, issuedAtMs: nowMs },
    occurredAtMs: nowMs,
    audit: {
      actor,
      action: 'invoice.credit_note',
      occurredAtMs: nowMs,
      detail: { invoiceId, creditNoteId, net, tax },
    },
    result: { status: 'issued', net, tax, refundDue: micros(net + tax - fromDue) },
  };
}

/** @throws SolventError invoice_not_found. */
function invoiceNamed(facts: AccountFacts, invoiceId: string): Invoice {
  const invoice = facts.invoices.get(invoiceId);
  if (invoice === undefined) throw failure('invoice_not_found');
  return invoice;
}

/** "inv_…_202611_3" is the third of its month. */
function versionOf(invoiceId: string): number {
  return Number(invoiceId.split('_')[3] ?? 1);
}
