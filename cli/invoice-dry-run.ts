import { decimal } from '../domain/answer-values.ts';
import type { AccountId } from '../domain/account.ts';
import { failure } from '../domain/failures.ts';
import { sum } from '../domain/money.ts';
import { cutoffMsOf, type Period } from '../domain/period.ts';
import { previewInvoices, type InvoiceDryRun } from '../ledger/invoice-preview.ts';
import type { InvoiceTotals } from '../ledger/invoicing.ts';
import { count } from './invoice-run-view.ts';
import type { Json } from './json.ts';
import type { Session } from './session.ts';
import { facts, money, table } from './words.ts';

const accountsOnPage = 500;
const largestShown = 10;
const deferredShown = 20;

type Found = Omit<InvoiceDryRun, 'lastAccountId' | 'deferred' | 'notClosed'> & {
  readonly deferred: number;
  /** The first of them. */
  readonly deferredAccounts: readonly AccountId[];
};

/**
 * Decides every invoice of the month, as the run would, and keeps none of them.
 * Throws SolventError invoice_month_not_over.
 */
export async function dryRun(period: Period, session: Session): Promise<void> {
  const nowMs = session.nowMs();
  if (nowMs < cutoffMsOf(period)) throw failure('invoice_month_not_over', `It was ${period}.`);
  const ledger = await session.ledger();
  const policies = await session.policies.read();
  let found: Found | undefined;
  let after: AccountId | null = null;
  do {
    const page = { period, after, until: null, limit: accountsOnPage, nowMs };
    const made: InvoiceDryRun = await previewInvoices(ledger, page, policies);
    found = added(found, made);
    after = made.lastAccountId;
  } while (after !== null);
  const all = found;
  session.print(jsonOf(period, all), () => wordsOf(period, all));
}

function added(before: Found | undefined, page: InvoiceDryRun): Found {
  const { accounts, issued, carried, totals, largest, deferred } = page;
  return {
    accounts: (before?.accounts ?? 0) + accounts,
    issued: (before?.issued ?? 0) + issued,
    carried: (before?.carried ?? 0) + carried,
    deferred: (before?.deferred ?? 0) + deferred.length,
    deferredAccounts: [...(before?.deferredAccounts ?? []), ...deferred].slice(0, deferredShown),
    totals: totals.reduce(addTotals, before?.totals ?? []),
    largest: [...(before?.largest ?? []), ...largest]
      .toSorted((a, b) => b.amount - a.amount)
      .slice(0, largestShown),
  };
}

function addTotals(before: readonly InvoiceTotals[], more: InvoiceTotals): InvoiceTotals[] {
  const same = before.find(({ currency }) => currency === more.currency);
  if (same === undefined) return [...before, more];
  const total: InvoiceTotals = {
    currency: more.currency,
    invoices: same.invoices + more.invoices,
    owing: same.owing + more.owing,
    credits: sum(same.credits, more.credits),
    net: sum(same.net, more.net),
    tax: sum(same.tax, more.tax),
    carried: sum(same.carried, more.carried),
  };
  return before.map((one) => (one === same ? total : one));
}

function wordsOf(period: Period, found: Found): string {
  const { accounts, issued, carried, deferred, deferredAccounts, totals, largest } = found;
  const rows = facts([
    ['Accounts', count(accounts)],
    ['Would be issued', count(issued)],
    ['Only carried on', count(carried)],
    ['Would wait', `${count(deferred)}, for a payment to become known`],
    ['The first', deferredAccounts.length === 0 ? null : deferredAccounts.join(', ')],
  ]);
  const tables = [
    table(
      ['CURRENCY', 'INVOICES', 'ASKING FOR MONEY', 'CREDITS', 'NET', 'TAX', 'CARRIED FORWARD'],
      totals.map((row) => [
        ...[row.currency.toUpperCase(), count(row.invoices), count(row.owing)],
        ...moneyOf(row).map((amount) => money(amount, row.currency)),
      ]),
    ),
    table(
      ['LARGEST', 'AMOUNT'],
      largest.map(({ accountId, amount, currency }) => [accountId, money(amount, currency)]),
    ),
  ];
  return [`Invoices of ${period}, were it run now; nothing was changed`, rows, ...tables].join(
    '\n',
  );
}

function moneyOf({ credits, net, tax, carried }: InvoiceTotals) {
  return [credits, net, tax, carried];
}

function jsonOf(period: Period, found: Found): Json {
  const { accounts, issued, carried, deferred, deferredAccounts, totals, largest } = found;
  return {
    period,
    accounts,
    issued,
    carried,
    deferred,
    deferredAccounts: [...deferredAccounts],
    totals: totals.map((row) => ({
      currency: row.currency,
      invoices: row.invoices,
      owing: row.owing,
      credits: decimal(row.credits, row.currency),
      net: decimal(row.net, row.currency),
      tax: decimal(row.tax, row.currency),
      carried: decimal(row.carried, row.currency),
    })),
    largest: largest.map(({ accountId, amount, currency }) => ({
      accountId,
      currency,
      amount: decimal(amount, currency),
    })),
  };
}
