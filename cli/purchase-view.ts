import { instant } from '../domain/answer-values.ts';
import type { Account } from '../domain/account.ts';
import { subtract, sum } from '../domain/money.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';
import type { StillDue } from '../domain/still-due.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import type { Json } from './json.ts';
import { declineJson, refusalJson, reportDecline, reportRefusal } from './report-failure.ts';
import type { Session } from './session.ts';
import { stillDueJson, stillDueRemark } from './still-due.ts';
import { facts, money, storedDecimal, utcTime } from './words.ts';

type Succeeded = Extract<PurchaseOutcome, { status: 'succeeded' }>;

interface BoughtFor {
  readonly account: Account;
  /** What the purchase does not pay (R48). */
  readonly stillDue: StillDue | null;
}

/** Prints how a purchase stands, and why it failed where it did; returns the exit code. */
export async function reportOutcome(
  outcome: PurchaseOutcome,
  { account, stillDue }: BoughtFor,
  session: Session,
): Promise<ExitCode> {
  const { currency } = account;
  const unpaid = await stillDueJson(stillDue, currency, session);
  session.print({ ...outcomeJson(outcome, currency), stillDue: unpaid }, () =>
    outcomeWords(outcome, currency),
  );
  if (stillDue !== null) session.remark(stillDueRemark(stillDue, account, session));
  const { purchaseId } = outcome;
  switch (outcome.status) {
    case 'succeeded':
      return exitCodes.done;
    case 'declined':
      reportDecline(outcome.decline, session);
      return exitCodes.failed;
    case 'refused':
    case 'canceled':
    case 'returned':
      reportRefusal(outcome.refusal, session);
      return exitCodes.failed;
    case 'requires_action':
      session.remark(`When the customer has confirmed: solvent confirm ${purchaseId}`);
      return exitCodes.unknown;
    case 'pending':
      session.remark(`Ask again with: solvent status ${purchaseId}`);
      session.remark('A repeat with the same --key joins this purchase.');
      return exitCodes.unknown;
  }
}

/** One heading, and the amounts where there are any. */
export function outcomeWords(outcome: PurchaseOutcome, currencyCode: string): string {
  const { purchaseId } = outcome;
  switch (outcome.status) {
    case 'succeeded':
      return succeededWords(outcome, currencyCode);
    case 'declined':
      return `declined: nothing was charged (${purchaseId})`;
    case 'refused':
      return `refused: nothing was charged (${purchaseId})`;
    case 'canceled':
      return `canceled: nothing was charged (${purchaseId})`;
    case 'returned':
      return `returned: the whole payment goes back to the card (${purchaseId})`;
    case 'requires_action': {
      const link = outcome.actionUrl ?? 'The link is not known yet.';
      return `requires_action: the bank asks the customer to confirm (${purchaseId})\n${link}`;
    }
    case 'pending':
      return `pending: the outcome is not known yet (${purchaseId})`;
  }
}

function succeededWords({ purchaseId, credits, tax, receipt }: Succeeded, code: string): string {
  const rows = facts([
    ['Purchase', purchaseId],
    ['Credits', money(credits, code)],
    ['Tax', money(tax, code)],
    ['Charged to the card', money(sum(credits, tax), code)],
    ['Paid this month’s usage', money(receipt.paidUnbilled, code)],
    ['Added to the balance', money(subtract(credits, receipt.paidUnbilled), code)],
    ['Receipt', `${receipt.receiptNumber} of ${utcTime(receipt.capturedAtMs)}`],
    ['Charge', receipt.chargeId],
  ]);
  return `succeeded: ${money(credits, code)} of credits\n${rows}`;
}

export function outcomeJson(outcome: PurchaseOutcome, currencyCode: string) {
  const head = { id: outcome.purchaseId, status: outcome.status, currency: currencyCode };
  switch (outcome.status) {
    case 'succeeded':
      return { ...head, ...succeededJson(outcome, currencyCode) };
    case 'declined':
      return { ...head, decline: declineJson(outcome.decline) };
    case 'refused':
    case 'canceled':
    case 'returned':
      return { ...head, refusal: refusalJson(outcome.refusal, currencyCode) };
    case 'requires_action':
      return { ...head, actionUrl: outcome.actionUrl };
    case 'pending':
      return head;
  }
}

function succeededJson({ credits, tax, receipt }: Succeeded, code: string) {
  return {
    credits: storedDecimal(credits, code),
    tax: storedDecimal(tax, code),
    total: storedDecimal(sum(credits, tax), code),
    receipt: {
      number: receipt.receiptNumber,
      chargeId: receipt.chargeId,
      lotId: receipt.lotId,
      capturedAt: instant(receipt.capturedAtMs),
      paidUnbilled: storedDecimal(receipt.paidUnbilled, code),
      addedToBalance: storedDecimal(subtract(credits, receipt.paidUnbilled), code),
    },
  } satisfies Json;
}
