import type { Account, AccountId } from '../domain/account.ts';
import type { Closing } from '../domain/account-closing.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { periodOf } from '../domain/period.ts';
import type { PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import { applyChange } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import { ConstraintViolation } from './errors.ts';
import type { AccountFacts } from './facts.ts';
import { headOf, invoiceDecision, type InvoiceResult } from './invoice-decision.ts';
import { readInvoice } from './invoice-documents.ts';
import { recordInvoiceFailures } from './invoice-runs.ts';

export interface ClosedAccount extends Closing {
  readonly account: Account;
}

interface CloseAccount {
  readonly accountId: AccountId;
  readonly actor: string;
  /** The account's own time: the cut-off of its final invoice. */
  readonly nowMs: number;
}

/**
 * Closes an account for purchases and use, and issues its final invoice in the same transaction:
 * of all use until now, paid by credits first (R70). While requests run, the invoice waits for them:
 * the sweep issues it, and so does closing again. Closing a closed one changes nothing else.
 *
 * No payment is waited for: one that is captured after the close never becomes credits and goes back.
 * @throws SolventError account_not_found; ConstraintViolation, LedgerUnavailable.
 */
export async function closeAccount(
  ledger: Ledger,
  asked: CloseAccount,
  policies: PolicySchedule,
): Promise<ClosedAccount> {
  const { accountId, nowMs } = asked;
  const { facts } = await applyChange(ledger, {
    ...headOf(accountId, { kind: 'final', period: periodOf(nowMs), nowMs }, policies),
    decide: (before) => closing(before, asked, policies),
  });
  const { account, balances, invoicing } = facts;
  return {
    account,
    finalInvoice: (await readFinalInvoice(ledger, accountId)) ?? null,
    cardUsableUntilMs: facts.cardUsableUntilMs,
    unusedCredits: balances.purchased,
    waitsForRequests: balances.held > 0 || balances.heldPostpaid > 0,
    paymentsUnderWay: invoicing?.purchasesUnderWay.length ?? 0,
  };
}

function closing(
  facts: AccountFacts,
  { actor, nowMs }: CloseAccount,
  policies: PolicySchedule,
): Decision<InvoiceResult> {
  const month = { kind: 'final', period: periodOf(nowMs), cutoffMs: nowMs, nowMs } as const;
  const decision = invoiceDecision(facts, month, policies);
  if (facts.account.status === 'closed') return decision;
  const audit = { actor, action: 'account.close', detail: {}, occurredAtMs: nowMs };
  return { ...decision, account: { ...facts.account, status: 'closed' }, audit };
}

const mostAtOnce = 100;

/**
 * Issues the final invoices that waited for requests which have ended since. What the ledger forbids
 * is kept for operators, and tried again the next time. `nowMs`: the clock.
 * @throws LedgerUnavailable.
 */
export async function issueWaitingFinalInvoices(
  ledger: Ledger,
  { nowMs }: { readonly nowMs: number },
  policies: PolicySchedule,
): Promise<void> {
  const waiting = await ledger.run<{ accountId: AccountId; testClockOffsetMs: number }>(
    `select distinct account_id as "accountId", test_clock_offset_ms as "testClockOffsetMs"
     from invoice_deferrals d join accounts a using (account_id) join balances b using (account_id)
     where d.resolved_at is null and d.reason = 'holds' and a.status = 'closed'
       and b.held = 0 and b.held_postpaid = 0
     order by account_id limit $1`,
    [mostAtOnce],
  );
  for (const account of waiting) {
    const { accountId } = account;
    const atMs = accountNowMs(account, nowMs);
    try {
      await closeAccount(ledger, { accountId, actor: 'system', nowMs: atMs }, policies);
    } catch (error) {
      if (!(error instanceof ConstraintViolation)) throw error;
      const failed = [{ accountId, reason: error.name }];
      await recordInvoiceFailures(ledger, { period: periodOf(atMs), failed, nowMs });
      continue;
    }
    // Also the wait of a month that ended meanwhile: the final invoice has its usage.
    await ledger.run(
      `update invoice_deferrals set resolved_at = $2
       where account_id = $1 and reason = 'holds' and resolved_at is null`,
      [uuidOf(accountId), instant(atMs)],
    );
  }
}

/** The last final invoice that is not void: usage that was told too late has one after the first. */
async function readFinalInvoice(ledger: Ledger, accountId: AccountId) {
  const [row] = await ledger.run<{ invoiceId: string }>(
    `select invoice_id as "invoiceId" from invoices
     where account_id = $1 and kind = 'final' and state <> 'void'
     order by issued_event_id desc limit 1`,
    [uuidOf(accountId)],
  );
  return row && readInvoice(ledger, { accountId, invoiceId: row.invoiceId });
}
