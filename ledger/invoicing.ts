import type { AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { CurrencyCode } from '../domain/currencies.ts';
import { sum, ZERO, type Micros } from '../domain/money.ts';
import { cutoffMsOf, type Period } from '../domain/period.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { applyChange, applyChanges, type Change, type ChangeOutcome } from './change.ts';
import type { Ledger } from './database.ts';
import { ConstraintViolation } from './errors.ts';
import { headOf, invoiceDecision, type InvoiceResult, type Month } from './invoice-decision.ts';
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

async function issueFor(
  ledger: Ledger,
  accounts: readonly { readonly accountId: AccountId }[],
  month: Omit<Month, 'kind'>,
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
    accounts: accounts.length,
    failed,
    lastAccountId: null,
    issued: count('issued'),
    carried: count('carried'),
    nothing: count('nothing'),
    notClosed: count('not_closed'),
    deferred: count('deferred'),
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

/** Adds issued invoices up, each currency by itself. */
export function totalsOf(
  invoices: readonly { readonly currency: CurrencyCode; readonly result: InvoiceResult }[],
): InvoiceTotals[] {
  const totals = new Map<
    CurrencyCode,
    { -readonly [Name in keyof InvoiceTotals]: InvoiceTotals[Name] }
  >();
  for (const { currency, result } of invoices) {
    if (result.status !== 'issued') continue;
    const total = totals.get(currency) ?? {
      currency,
      invoices: 0,
      owing: 0,
      credits: ZERO,
      net: ZERO,
      tax: ZERO,
      carried: ZERO,
    };
    total.invoices += 1;
    if (result.net > 0) total.owing += 1;
    total.credits = sum(total.credits, result.credits);
    total.net = sum(total.net, result.net);
    total.tax = sum(total.tax, result.tax);
    total.carried = sum(total.carried, result.carried);
    totals.set(currency, total);
  }
  return [...totals.values()];
}

function monthlyChange(
  accountId: AccountId,
  month: Omit<Month, 'kind'>,
  policies: PolicySchedule,
): Change<InvoiceResult> {
  const { period, nowMs: clockMs } = month;
  const cutoffMs = cutoffMsOf(period);
  return {
    ...headOf(accountId, { ...month, kind: 'monthly' }, policies),
    decide: (facts) => {
      const nowMs = accountNowMs(facts.account, clockMs);
      return invoiceDecision(facts, { kind: 'monthly', period, cutoffMs, nowMs }, policies);
    },
  };
}
