import type { AccountId } from '../domain/account.ts';
import { invoiceIdFor } from '../domain/ids.ts';
import { hasCardOn } from '../domain/invoice-document.ts';
import type { InvoiceFacts, InvoiceTerms } from '../domain/invoice-reckoning.ts';
import { decideInvoice, type InvoiceDecision } from '../domain/invoicing.ts';
import { sum, totalOf, ZERO, type Micros } from '../domain/money.ts';
import type { Notice } from '../domain/notices.ts';
import type { Period } from '../domain/period.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';

/** What became of one account's invoice; kept as the answer to every repeat. */
export interface InvoiceResult {
  readonly status: InvoiceDecision['status'];
  /** Null where none was issued. */
  readonly invoiceId: string | null;
  readonly credits: Micros;
  readonly net: Micros;
  readonly tax: Micros;
  readonly carried: Micros;
}

/** A month to be invoiced; `nowMs`: the clock. */
export interface Month {
  readonly kind: InvoiceTerms['kind'];
  readonly period: Period;
  readonly nowMs: number;
}

/** The head of the change that issues a month's invoice: each month has one (B8). */
export function headOf(
  accountId: AccountId,
  { kind, period, nowMs }: Month,
  policies: PolicySchedule,
) {
  return {
    accountId,
    reads: { access: true, listeners: true, invoicing: { period, kind } } as const,
    entry: {
      key: `invoice/${invoiceIdFor(accountId, period)}:issue`,
      // Not the cut-off: a month that has its final invoice gets no other one.
      input: { period },
      policies,
      occurredAtMs: nowMs,
    },
  };
}

export type MonthTerms = Omit<Parameters<typeof decideInvoice>[1], 'invoiceId' | 'replaces'>;

/** Decides an account’s invoice under its lock, and what comes of it is recorded. */
export function invoiceDecision(
  facts: AccountFacts,
  month: MonthTerms,
  policies: PolicySchedule,
): Decision<InvoiceResult> {
  const { period, nowMs } = month;
  const invoiceId = invoiceIdFor(facts.account.accountId, period);
  const invoiceFacts = invoiceFactsOf(facts);
  const decision = decideInvoice(invoiceFacts, { ...month, invoiceId }, policyAt(policies, nowMs));
  const result = resultOf(decision);
  const resolved = facts.invoicing?.isDeferred === true;
  switch (decision.status) {
    case 'not_closed':
      return { result };
    case 'deferred': {
      const { reason, purchases } = decision;
      const deferral = { period, reason, purchases, atMs: nowMs, isResolved: false } as const;
      return { result, deferral };
    }
    case 'nothing':
    case 'carried':
    case 'issued':
      return {
        result,
        ...issuing(decision, facts),
        occurredAtMs: nowMs,
        ...(resolved && { deferral: { period, atMs: nowMs, isResolved: true } }),
      };
  }
}

/** What a decided invoice adds to a change. */
export function issuing(
  decision: Extract<InvoiceDecision, { status: 'nothing' | 'carried' | 'issued' }>,
  card: Pick<AccountFacts, 'cardUsableUntilMs'>,
  replaces: string | null = null,
): Omit<Decision<never>, 'result'> {
  if (decision.status === 'nothing') return {};
  if (decision.status === 'carried') return { events: [decision.event] };
  const { event, invoice, credits } = decision;
  const occurredAtMs = invoice.issuedAtMs;
  return {
    events: [event],
    issued: { invoice, credits },
    notices: [{ notice: noticeOf(decision, card, replaces), occurredAtMs }],
  };
}

function noticeOf(
  { event, invoice, credits }: Extract<InvoiceDecision, { status: 'issued' }>,
  card: Pick<AccountFacts, 'cardUsableUntilMs'>,
  replaces: string | null,
): Notice {
  const { invoiceId, invoiceKind, period, tax } = event;
  const { carriedForward } = invoice;
  const chargeAtMs = invoice.chargeAtMs ?? invoice.issuedAtMs;
  // Written out, as all that is made for each invoice of a page: merging objects takes far longer.
  const notice: Notice = {
    kind: 'invoice_issued',
    invoiceId,
    number: '',
    period,
    replaces,
    carriedForward,
    tax,
    credits: sum(totalOf(credits.pack), totalOf(credits.invoice)),
    net: totalOf(event.net),
    chargeAtMs,
    hasCard: hasCardOn(card, chargeAtMs),
  };
  return invoiceKind === 'final' ? { ...notice, isFinal: true } : notice;
}

/** A decision as it is stored for repeats, and told to whoever asked. */
export function resultOf(decision: InvoiceDecision): InvoiceResult {
  const { status } = decision;
  if (status === 'issued') {
    const { invoiceId, credits, net, tax, carried } = decision.event;
    const [paid, asked, left] = [totalOf(credits), totalOf(net), totalOf(carried)];
    return { status, invoiceId, tax, carried: left, credits: paid, net: asked };
  }
  const carried = status === 'carried' ? totalOf(decision.event.carried) : ZERO;
  return { status, invoiceId: null, credits: ZERO, net: ZERO, tax: ZERO, carried };
}

/** The part of a change's facts that an invoice is decided from. */
export function invoiceFactsOf(facts: AccountFacts): InvoiceFacts {
  const { account, balances, unbilledPeriods, lots, invoicing } = facts;
  if (invoicing === null) throw new Error('the change does not read what is to be invoiced');
  return { account, balances, unbilledPeriods, lots, ...invoicing };
}
