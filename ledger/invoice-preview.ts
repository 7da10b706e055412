import type { Account, AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { invoiceIdFor } from '../domain/ids.ts';
import { reckonInvoice, type Reckoning } from '../domain/invoice-reckoning.ts';
import { decideInvoice } from '../domain/invoicing.ts';
import { sum, type Micros } from '../domain/money.ts';
import { cutoffMsOf, lastClosedPeriod, periodOf, type Period } from '../domain/period.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { readAccounts } from './account-rows.ts';
import type { Ledger, Session } from './database.ts';
import { linesOf, type InvoiceLine } from './invoice-documents.ts';
import { readUninvoicedLines } from './invoice-lines.ts';
import { resultOf } from './invoice-decision.ts';
import { readInvoiceFacts } from './invoicing-facts.ts';
import { walkAccounts, type InvoicePage } from './invoice-walk.ts';
import { totalsOf, type InvoiceTotals } from './invoicing.ts';

export interface InvoicePreview extends Reckoning {
  readonly account: Account;
  readonly period: Period;
  readonly cutoffMs: number;
  readonly lines: readonly InvoiceLine[];
}

/**
 * The account's next invoice as it would be if nothing more happened in the month (R63): the same
 * decision, of one moment, and nothing of it is kept. It is the last month's until that was invoiced.
 * `period`: all that is not invoiced up to another month.
 * @throws SolventError account_not_found.
 */
export async function previewInvoice(
  ledger: Ledger,
  asked: { readonly accountId: AccountId; readonly period?: Period; readonly nowMs: number },
  policies: PolicySchedule,
): Promise<InvoicePreview> {
  const { accountId } = asked;
  const uuid = uuidOf(accountId);
  return ledger.snapshot(async (session) => {
    const [account] = await readAccounts(session, [uuid]);
    if (account === undefined) throw failure('account_not_found');
    const nowMs = accountNowMs(account, asked.nowMs);
    const period = asked.period ?? (await nextInvoiced(session, accountId, nowMs));
    const cutoffMs = cutoffMsOf(period);
    const [[facts], postings] = await Promise.all([
      readInvoiceFacts(session, [{ accountId, kind: 'monthly', period }]),
      readUninvoicedLines(session, uuid, period),
    ]);
    if (facts === undefined) throw failure('account_not_found');
    const terms = { kind: 'monthly', period, cutoffMs, nowMs } as const;
    const reckoning = reckonInvoice(facts, terms, policyAt(policies, nowMs));
    const lines = await linesOf(session, postings);
    return { ...reckoning, account, period, cutoffMs, lines };
  });
}

/** The last month while anything of it waits for its invoice, else the open one. */
async function nextInvoiced(
  session: Session,
  accountId: AccountId,
  nowMs: number,
): Promise<Period> {
  const closed = lastClosedPeriod(nowMs);
  const [facts] = await readInvoiceFacts(session, [{ accountId, kind: 'monthly', period: closed }]);
  const isOwed = facts?.unbilledPeriods.some(
    ({ period, amount }) => period <= closed && amount > 0,
  );
  return isOwed === true || (facts?.usage.lines ?? 0) > 0 ? closed : periodOf(nowMs);
}

export interface InvoiceDryRun {
  readonly accounts: number;
  readonly issued: number;
  readonly carried: number;
  readonly notClosed: number;
  readonly deferred: readonly AccountId[];
  readonly totals: readonly InvoiceTotals[];
  /** The largest invoices of the page, largest first. */
  readonly largest: readonly {
    readonly accountId: AccountId;
    readonly currency: Account['currency'];
    /** Tax included. */
    readonly amount: Micros;
  }[];
  readonly lastAccountId: AccountId | null;
}

const largestShown = 10;

/** What `issueInvoices` would do with a page, as things stand; nothing is locked, and nothing kept. */
export async function previewInvoices(
  ledger: Ledger,
  page: InvoicePage,
  policies: PolicySchedule,
): Promise<InvoiceDryRun> {
  const { period } = page;
  const cutoffMs = cutoffMsOf(period);
  return ledger.snapshot(async (session) => {
    const { accounts, lastAccountId } = await walkAccounts(session, page);
    const months = accounts.flatMap(({ accountId, isConcerned }) =>
      isConcerned ? [{ accountId, kind: 'monthly' as const, period }] : [],
    );
    const facts = await readInvoiceFacts(session, months);
    const decided = facts.map((one) => {
      const { accountId, currency } = one.account;
      const nowMs = accountNowMs(one.account, page.nowMs);
      const invoiceId = invoiceIdFor(accountId, period);
      const terms = { kind: 'monthly', invoiceId, period, cutoffMs, nowMs } as const;
      const result = resultOf(decideInvoice(one, terms, policyAt(policies, nowMs)));
      return { accountId, currency, result };
    });
    const withStatus = (status: string) => decided.filter(({ result }) => result.status === status);
    return {
      accounts: accounts.length,
      issued: withStatus('issued').length,
      carried: withStatus('carried').length,
      notClosed: withStatus('not_closed').length,
      deferred: withStatus('deferred').map(({ accountId }) => accountId),
      totals: totalsOf(decided),
      largest: withStatus('issued')
        .map(({ accountId, currency, result }) => {
          return { accountId, currency, amount: sum(result.net, result.tax) };
        })
        .toSorted((a, b) => b.amount - a.amount)
        .slice(0, largestShown),
      lastAccountId,
    };
  });
}
