import type { AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { failure } from '../domain/failures.ts';
import { invoiceIdFor } from '../domain/ids.ts';
import { decideInvoice, type InvoiceDecision, type InvoiceFacts } from '../domain/invoicing.ts';
import { sum, ZERO, type Micros } from '../domain/money.ts';
import type { Notice } from '../domain/notices.ts';
import { cutoffMsOf, periodOf, type Period } from '../domain/period.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { readAccount } from './accounts.ts';
import { applyChange, applyChanges, type Change, type ChangeOutcome } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import { ConstraintViolation } from './errors.ts';
import type { AccountFacts } from './facts.ts';
import { walkAccounts, type InvoicePage } from './invoice-walk.ts';

export interface InvoicePageResult {
  /** Looked at. The other counts add up to it. */
  readonly accounts: number;
  readonly issued: number;
  /** Had their invoice before. */
  readonly stored: number;
  /** Nothing used, and less left than a card can be charged: it counts as the next month's. */
  readonly carried: number;
  readonly nothing: number;
  /** The month is not over in their own time. */
  readonly notClosed: number;
  /** Wait (R40): `listDeferrals` names them, `issueDeferredInvoices` tries again. */
  readonly deferred: number;
  /** The ledger forbids what was decided: an error of ours, and only these accounts' invoices. */
  readonly failed: readonly { readonly accountId: AccountId; readonly reason: string }[];
  /** Of the invoices issued now. */
  readonly totals: readonly InvoiceTotals[];
  /** Hand it in as `after` for the next page; null on the last one. */
  readonly lastAccountId: AccountId | null;
}

export interface InvoiceTotals {
  readonly currency: CurrencyCode;
  readonly invoices: number;
  /** Those that ask for something. */
  readonly owing: number;
  readonly credits: Micros;
  readonly net: Micros;
  readonly tax: Micros;
  readonly carried: Micros;
}

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

/**
 * Issues the invoices of a page of accounts in one transaction (R38-R46). It may be called again,
 * with overlapping pages, by several processes at once: a month has one invoice for each account
 * (B8). An account whose own time is ahead of the clock is invoiced as soon as its month is over.
 * @throws LedgerUnavailable; then the page can be asked for again.
 */
export async function issueInvoices(
  ledger: Ledger,
  page: InvoicePage,
  policies: PolicySchedule,
): Promise<InvoicePageResult> {
  const { accounts, lastAccountId } = await walkAccounts(ledger, page);
  const concerned = accounts.filter(({ isConcerned }) => isConcerned);
  const result = await issueFor(ledger, concerned, page, policies);
  const stored = accounts.filter(({ hasInvoice }) => hasInvoice).length;
  return {
    ...result,
    accounts: accounts.length,
    stored: result.stored + stored,
    nothing: result.nothing + accounts.length - concerned.length - stored,
    lastAccountId,
  };
}

/**
 * Tries again for accounts whose invoice of the month waits, in the order of their ids.
 * @throws LedgerUnavailable.
 */
export async function issueDeferredInvoices(
  ledger: Ledger,
  page: Omit<InvoicePage, 'until'>,
  policies: PolicySchedule,
): Promise<InvoicePageResult> {
  const { period, after, limit } = page;
  const waiting = await ledger.run<{ accountId: AccountId }>(
    `select account_id as "accountId" from invoice_deferrals
     where period = $1 and resolved_at is null and ($2::uuid is null or account_id > $2)
     order by account_id limit $3`,
    [period, after && uuidOf(after), limit],
  );
  const lastAccountId = waiting.length < limit ? null : (waiting.at(-1)?.accountId ?? null);
  return { ...(await issueFor(ledger, waiting, page, policies)), lastAccountId };
}

/**
 * Issues an account's invoice of one month that is over in its own time.
 * @throws SolventError account_not_found; ConstraintViolation, LedgerUnavailable.
 */
export async function issueInvoice(
  ledger: Ledger,
  asked: { readonly accountId: AccountId; readonly period: Period; readonly nowMs: number },
  policies: PolicySchedule,
): Promise<InvoiceResult> {
  const { accountId, period, nowMs } = asked;
  const { result } = await applyChange(
    ledger,
    monthlyChange(accountId, { period, nowMs }, policies),
  );
  return result;
}

/**
 * Issues the last invoice of an account that is about to be closed: of all use until now (R70). It
 * waits for running requests, and for purchases as every invoice does.
 * @throws SolventError account_not_found; ConstraintViolation, LedgerUnavailable.
 */
export async function issueFinalInvoice(
  ledger: Ledger,
  { accountId, nowMs: clockMs }: { readonly accountId: AccountId; readonly nowMs: number },
  policies: PolicySchedule,
): Promise<InvoiceResult> {
  const state = await readAccount(ledger, { accountId });
  if (state === undefined) throw failure('account_not_found');
  const period = periodOf(accountNowMs(state.account, clockMs));
  const { result } = await applyChange(ledger, {
    ...headOf(accountId, { period, nowMs: clockMs }, policies),
    decide: (facts) => {
      const nowMs = accountNowMs(facts.account, clockMs);
      if (periodOf(nowMs) !== period) throw new Error(`the clock of ${accountId} was moved`);
      return invoiceDecision(facts, { kind: 'final', period, cutoffMs: nowMs, nowMs }, policies);
    },
  });
  return result;
}

type Month = Pick<InvoicePage, 'period' | 'nowMs'>;

async function issueFor(
  ledger: Ledger,
  accounts: readonly { readonly accountId: AccountId }[],
  month: Month,
  policies: PolicySchedule,
): Promise<InvoicePageResult> {
  const changes = accounts.map(({ accountId }) => monthlyChange(accountId, month, policies));
  const { outcomes, failed } = await applyEach(ledger, changes);
  const done = outcomes.flatMap((outcome) =>
    outcome.status === 'recorded' || outcome.status === 'stored' ? [outcome] : [],
  );
  const recorded = done.filter(({ status }) => status === 'recorded');
  const count = (status: InvoiceResult['status']) =>
    recorded.filter(({ result }) => result.status === status).length;
  return {
    ...{ accounts: accounts.length, failed, lastAccountId: null },
    ...{ issued: count('issued'), carried: count('carried'), nothing: count('nothing') },
    ...{ notClosed: count('not_closed'), deferred: count('deferred') },
    stored: outcomes.length - recorded.length,
    totals: totalsOf(
      recorded.map(({ facts: { account }, result }) => ({ currency: account.currency, result })),
    ),
  };
}

/** All in one transaction; where the ledger forbids one of them, each in its own. */
async function applyEach(ledger: Ledger, changes: readonly Change<InvoiceResult>[]) {
  const failed: { accountId: AccountId; reason: string }[] = [];
  const outcomes: ChangeOutcome<InvoiceResult>[] = [];
  try {
    if (changes.length > 0) outcomes.push(...(await applyChanges(ledger, changes)));
  } catch (error) {
    if (!(error instanceof ConstraintViolation)) throw error;
    for (const change of changes) {
      try {
        outcomes.push(...(await applyChanges(ledger, [change])));
      } catch (own) {
        if (!(own instanceof ConstraintViolation)) throw own;
        failed.push({ accountId: change.accountId, reason: own.name });
      }
    }
  }
  return { outcomes, failed };
}

export function totalsOf(
  invoices: readonly { readonly currency: CurrencyCode; readonly result: InvoiceResult }[],
): InvoiceTotals[] {
  const totals = new Map<CurrencyCode, InvoiceTotals>();
  for (const { currency, result } of invoices) {
    if (result.status !== 'issued') continue;
    const before = totals.get(currency) ?? {
      ...{ currency, invoices: 0, owing: 0 },
      ...{ credits: ZERO, net: ZERO, tax: ZERO, carried: ZERO },
    };
    totals.set(currency, {
      ...{ currency, invoices: before.invoices + 1 },
      owing: before.owing + (result.net > 0 ? 1 : 0),
      credits: sum(before.credits, result.credits),
      net: sum(before.net, result.net),
      tax: sum(before.tax, result.tax),
      carried: sum(before.carried, result.carried),
    });
  }
  return [...totals.values()];
}

function headOf(accountId: AccountId, { period, nowMs }: Month, policies: PolicySchedule) {
  return {
    accountId,
    reads: { access: true, invoicing: { period } } as const,
    entry: {
      key: `invoice/${invoiceIdFor(accountId, period)}:issue`,
      // Not the cut-off: a month that has its final invoice gets no other one.
      input: { period },
      policies,
      occurredAtMs: nowMs,
    },
  };
}

function monthlyChange(
  accountId: AccountId,
  month: Month,
  policies: PolicySchedule,
): Change<InvoiceResult> {
  const { period, nowMs: clockMs } = month;
  const cutoffMs = cutoffMsOf(period);
  return {
    ...headOf(accountId, month, policies),
    decide: (facts) => {
      const nowMs = accountNowMs(facts.account, clockMs);
      return invoiceDecision(facts, { kind: 'monthly', period, cutoffMs, nowMs }, policies);
    },
  };
}

export type MonthTerms = Omit<Parameters<typeof decideInvoice>[1], 'invoiceId' | 'replaces'>;

function invoiceDecision(
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
        ...{ result, ...issuing(decision), occurredAtMs: nowMs },
        ...(resolved && { deferral: { period, atMs: nowMs, isResolved: true } }),
      };
  }
}

/** What a decided invoice adds to a change. */
export function issuing(
  decision: Extract<InvoiceDecision, { status: 'nothing' | 'carried' | 'issued' }>,
  replaces: string | null = null,
): Omit<Decision<never>, 'result'> {
  if (decision.status === 'nothing') return {};
  if (decision.status === 'carried') return { events: [decision.event] };
  const { event, invoice, credits } = decision;
  const occurredAtMs = invoice.issuedAtMs;
  return {
    events: [event],
    issued: { invoice, credits },
    notices: [{ notice: noticeOf(decision, replaces), occurredAtMs }],
  };
}

function noticeOf(
  { event, invoice }: Extract<InvoiceDecision, { status: 'issued' }>,
  replaces: string | null,
): Notice {
  const { invoiceId, period, tax } = event;
  const { carriedForward, chargeAtMs, issuedAtMs } = invoice;
  return {
    ...{ kind: 'invoice_issued', invoiceId, number: '', period, replaces, carriedForward, tax },
    credits: sum(...event.credits.map(({ amount }) => amount)),
    net: sum(...event.net.map(({ amount }) => amount)),
    chargeAtMs: chargeAtMs ?? issuedAtMs,
  };
}

export function resultOf(decision: InvoiceDecision): InvoiceResult {
  const { status } = decision;
  const none = { invoiceId: null, credits: ZERO, net: ZERO, tax: ZERO, carried: ZERO };
  if (status !== 'carried' && status !== 'issued') return { status, ...none };
  const carried = sum(...decision.event.carried.map(({ amount }) => amount));
  if (status === 'carried') return { ...none, status, carried };
  const { invoiceId, credits, net, tax } = decision.event;
  return {
    ...{ status, invoiceId, tax, carried },
    credits: sum(...credits.map(({ amount }) => amount)),
    net: sum(...net.map(({ amount }) => amount)),
  };
}

/** The part of a change's facts that an invoice is decided from. */
export function invoiceFactsOf(facts: AccountFacts): InvoiceFacts {
  const { account, balances, unbilledPeriods, lots, invoicing } = facts;
  if (invoicing === null) throw new Error('the change does not read what is to be invoiced');
  return { account, balances, unbilledPeriods, lots, ...invoicing };
}
