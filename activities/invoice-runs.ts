import { cancellationSignal } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { accountNowMs } from '../domain/account-time.ts';
import type { PaymentReading } from '../domain/invoice-deferral.ts';
import { period as periodNamed } from '../domain/period.ts';
import { isFinal } from '../domain/purchase.ts';
import { readPayment } from '../gateway/payments.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listDeferrals } from '../ledger/invoice-deferrals.ts';
import * as runs from '../ledger/invoice-runs.ts';
import { issueDeferredInvoices, issueInvoice, issueInvoices } from '../ledger/invoicing.ts';
import { recordPaymentReading } from '../ledger/payment-readings.ts';
import { readPurchase } from '../ledger/purchases.ts';
import type { Dependencies } from './dependencies.ts';

/** A month's run, or that of one account. `nowMs` is the clock. */
export interface InvoiceMonth {
  readonly period: string;
  readonly nowMs: number;
}

/** How far one range of accounts is. */
export interface InvoicePartStand {
  readonly part: number;
  readonly accounts: number;
  readonly walked: number;
  readonly isDone: boolean;
}

/** A payment that has to be known before an invoice is issued (R40). */
export interface AwaitedPayment {
  readonly accountId: string;
  readonly purchaseId: string;
}

/** Two pages in flight nearly reach the database's own speed; more only wait for each other. */
const partsSideBySide = 2;
/** Accounts a page: one transaction, whose locks other changes wait for. */
const accountsOnPage = 500;
/** Pages are worked off for so long, then the workflow hears of it. */
const roundMs = 3_000;
const awaitedOnPage = 50;

/** Activities of the month-end run. What they did is in the ledger: each may be done again. */
export const createInvoiceRunActivities = ({
  ledger,
  pageLedger,
  policies,
  stripe,
}: Dependencies) => ({
  async beginInvoiceRun({ period, nowMs }: InvoiceMonth): Promise<{ parts: InvoicePartStand[] }> {
    const month = { period: periodNamed(period), parts: partsSideBySide, nowMs };
    return { parts: (await runs.beginInvoiceRun(ledger, month)).map(standOf) };
  },

  /** Issues page after page of one range, for a few seconds, from where the range stands. */
  async issueInvoicePages(asked: InvoiceMonth & { part: number }): Promise<InvoicePartStand> {
    const { part, nowMs } = asked;
    const period = periodNamed(asked.period);
    const beganMs = performance.now();
    for (;;) {
      const stand = await runs.readInvoiceRunPart(ledger, { period, part });
      if (stand === undefined) throw new Error(`the run of ${period} has no part ${part}`);
      if (stand.isDone || performance.now() - beganMs > roundMs) return standOf(stand);
      // Between two pages nothing is half done.
      if (cancellationSignal().aborted) throw new CancelledFailure('the run was canceled');
      const { lastAccountId: from, after, until } = stand;
      const page = { period, after: from ?? after, until, limit: accountsOnPage, nowMs };
      const made = await issueInvoices(pageLedger, page, await policies.read());
      await runs.recordInvoiceFailures(ledger, { period, failed: made.failed, nowMs });
      const { lastAccountId: to, accounts: walked } = made;
      await runs.recordInvoicePage(ledger, { period, part, from, to, walked });
    }
  },

  /** Issues the invoice of one account whose own time is ahead. */
  async issueAccountInvoice(asked: InvoiceMonth & { accountId: string }) {
    const { accountId, nowMs } = asked;
    const month = { accountId, period: periodNamed(asked.period), nowMs };
    const { status } = await issueInvoice(ledger, month, await policies.read());
    return { status };
  },

  /** Tries again for all accounts that wait. */
  async issueDeferredInvoices(asked: InvoiceMonth): Promise<void> {
    const { nowMs } = asked;
    const period = periodNamed(asked.period);
    let after: string | null = null;
    do {
      const page = { period, after, limit: accountsOnPage, nowMs };
      const made = await issueDeferredInvoices(pageLedger, page, await policies.read());
      await runs.recordInvoiceFailures(ledger, { period, failed: made.failed, nowMs });
      after = made.lastAccountId;
    } while (after !== null && !cancellationSignal().aborted);
  },

  /** The payments that invoices of the month wait for, by account; one page. */
  async listAwaitedPayments(asked: {
    period: string;
    accountId: string | null;
    after: string | null;
  }): Promise<{ payments: AwaitedPayment[]; nextCursor: string | null }> {
    const { accountId, after } = asked;
    const month = { period: periodNamed(asked.period), after, limit: awaitedOnPage };
    const waiting = await listDeferrals(ledger, month);
    const concerned = waiting.filter((one) => accountId === null || one.accountId === accountId);
    return {
      payments: concerned.flatMap((one) =>
        one.purchases.map(({ purchaseId }) => ({ accountId: one.accountId, purchaseId })),
      ),
      nextCursor: waiting.length < awaitedOnPage ? null : (waiting.at(-1)?.accountId ?? null),
    };
  },

  /**
   * Reads an awaited payment at Stripe and keeps what it said, and when it was asked: nothing that
   * it had not captured by then was captured earlier. `succeeded`: its purchase is to settle it.
   */
  async readAwaitedPayment(
    asked: AwaitedPayment & { nowMs: number },
  ): Promise<{ status: PaymentReading['status'] | 'final' }> {
    const { accountId, purchaseId, nowMs } = asked;
    const [state, purchase] = await Promise.all([
      readAccount(ledger, { accountId }),
      readPurchase(ledger, { purchaseId }),
    ]);
    if (state === undefined || purchase === undefined) throw new Error(`no ${purchaseId}`);
    const { paymentIntentId } = purchase;
    if (isFinal(purchase.state) || paymentIntentId === null) return { status: 'final' };
    const { currency } = state.account;
    const { status } = await readPayment(stripe, { paymentIntentId, currency });
    const readAtMs = accountNowMs(state.account, nowMs);
    await recordPaymentReading(ledger, { accountId, purchaseId }, { readAtMs, status });
    return { status };
  },

  async countInvoicesLeft(
    asked: InvoiceMonth & { accountId: string | null },
  ): Promise<runs.InvoicesLeft> {
    const { accountId, nowMs } = asked;
    return runs.countInvoicesLeft(ledger, {
      period: periodNamed(asked.period),
      accountId,
      nowMs,
    });
  },

  /** Ends the month's run; tells how many invoices wait to be collected. */
  async endInvoiceRun(
    asked: InvoiceMonth & { state: 'done' | 'canceled' },
  ): Promise<{ invoices: number; toCollect: number }> {
    const { state, nowMs } = asked;
    const period = periodNamed(asked.period);
    await runs.endInvoiceRun(ledger, { period, state, nowMs });
    const made = await runs.readInvoicesOfMonth(ledger, { period });
    return {
      invoices: made.reduce((count, { invoices }) => count + invoices, 0),
      toCollect: made.reduce((count, { toCollect }) => count + toCollect, 0),
    };
  },
});

function standOf({ part, accounts, walked, isDone }: runs.InvoiceRunPart): InvoicePartStand {
  return { part, accounts, walked, isDone };
}
