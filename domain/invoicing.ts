import type { InvoiceCredit, InvoiceIssued, UnbilledCarried } from './billing-events.ts';
import { waitingFor, type WaitingPurchase } from './invoice-deferral.ts';
import {
  reckonInvoice,
  type InvoiceFacts,
  type InvoiceTerms,
  type Reckoning,
} from './invoice-reckoning.ts';
import type { Invoice } from './invoices.ts';
import { sum, ZERO } from './money.ts';
import type { Policy } from './policy.ts';

export type InvoiceDecision =
  /** The month is not over in the account's own time. */
  | { readonly status: 'not_closed' }
  /** Nothing was used, and nothing is due. */
  | { readonly status: 'nothing' }
  | {
      readonly status: 'deferred';
      readonly reason: DeferralReason;
      readonly purchases: readonly WaitingPurchase[];
    }
  /** Nothing was used, and what is left of before is too little to charge (R38). */
  | { readonly status: 'carried'; readonly event: UnbilledCarried }
  | {
      readonly status: 'issued';
      readonly event: InvoiceIssued;
      readonly invoice: Invoice;
      readonly credits: CountedCredits;
    };

/** `purchases`: R40. `holds`: a closing account still has requests running. */
export type DeferralReason = 'purchases' | 'holds';

export interface CountedCredits {
  readonly pack: readonly InvoiceCredit[];
  readonly invoice: readonly InvoiceCredit[];
}

/** Decides an account's invoice of a month (R38-R42, R45): the only place that does. */
export function decideInvoice(
  facts: InvoiceFacts,
  terms: InvoiceTerms,
  policy: Policy,
): InvoiceDecision {
  const { kind, cutoffMs, nowMs, replaces } = terms;
  if (nowMs < cutoffMs) return { status: 'not_closed' };
  if (replaces === undefined) {
    // What is captured once an account is closed never becomes credits: nothing to wait for (R70).
    const isClosing = kind === 'final' || facts.account.status === 'closed';
    const purchases = isClosing ? [] : waitingFor(facts.purchasesUnderWay, cutoffMs);
    if (purchases.length > 0) return { status: 'deferred', reason: 'purchases', purchases };
    const isHeld = facts.balances.held > 0 || facts.balances.heldPostpaid > 0;
    if (kind === 'final' && isHeld) return { status: 'deferred', reason: 'holds', purchases: [] };
  }
  const reckoning = reckonInvoice(facts, terms, policy);
  const { usage, credits, amount, carried, carriedTo } = reckoning;
  const isShown = usage.lines > 0 || credits.length > 0 || amount > 0 || replaces !== undefined;
  if (isShown) return issued(facts, terms, reckoning);
  if (carried.length === 0) return { status: 'nothing' };
  const { period } = terms;
  const event: UnbilledCarried = {
    kind: 'unbilled_carried',
    period,
    cutoffMs,
    carried,
    carriedTo,
  };
  return { status: 'carried', event };
}

function issued(
  { balances }: InvoiceFacts,
  { invoiceId, kind, period, cutoffMs, nowMs, replaces }: InvoiceTerms,
  reckoning: Reckoning,
): InvoiceDecision {
  const { credits, net, tax, carried, carriedTo, amount } = reckoning;
  const { broughtForward, packCredits, chargeAtMs, dueAtMs } = reckoning;
  // Written out: of thousands of invoices in a page, merging objects takes longer than the rest.
  const event: InvoiceIssued = {
    kind: 'invoice_issued',
    invoiceId,
    invoiceKind: kind,
    period,
    cutoffMs,
    credits,
    net,
    tax: tax.amount,
    carried,
    carriedTo,
    dueAtMs,
  };
  const invoice: Invoice = {
    invoiceId,
    number: '',
    kind,
    period,
    cutoffMs,
    broughtForward,
    carriedForward: sum(replaces?.carriedForward ?? ZERO, ...carried.map((part) => part.amount)),
    carriedTo,
    amount,
    tax,
    issuedAtMs: nowMs,
    issuedEventId: balances.version + 1,
    chargeAtMs,
    dueAtMs,
    replaces: replaces?.invoiceId ?? null,
    state: amount === 0 ? 'paid' : 'open',
    due: amount,
    dueTax: tax.amount,
    paid: ZERO,
    credited: ZERO,
    forgiven: ZERO,
    creditNotes: { net: ZERO, tax: ZERO },
    voidedEventId: null,
    voidedAtMs: null,
  };
  const counted = { pack: packCredits, invoice: credits };
  return { status: 'issued', event, invoice, credits: counted };
}
