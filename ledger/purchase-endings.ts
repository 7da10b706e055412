import type { PurchaseEnding } from '../domain/billing-events.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import type { Refusal } from '../domain/failures.ts';
import type { Micros } from '../domain/money.ts';
import { noticeOfEnding, noticeOfSettlement } from '../domain/notices.ts';
import type { Capture } from '../domain/payment.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import {
  closePurchase as purchaseClosed,
  decideSettlePurchase,
  isFinal,
  receiptNumberOf,
  type Purchase,
} from '../domain/purchase.ts';
import { applyChange } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import { purchaseNamed, type AccountFacts } from './facts.ts';
import { purchaseOf, type StoredPurchase } from './purchase-rows.ts';
import type { PurchaseName } from './purchase-opening.ts';

export interface SettlePurchaseInput extends PurchaseName {
  readonly capture: Capture;
  /** Why the charged card may not be used after all, as the charge showed it (R10). */
  readonly cardRefusal: Refusal | null;
  readonly attempt: ChargeAttempt;
  readonly nowMs: number;
}

/**
 * Turns captured money into credits, in one transaction with receipt number, tier spend and notice;
 * or into money owed back. Repeats get the stored purchase: one payment is one lot (B4, R7).
 * @throws SolventError account_not_found, purchase_not_found, idempotency_key_reused where another
 * charge was settled for this purchase.
 */
export async function settlePurchase(
  ledger: Ledger,
  input: SettlePurchaseInput,
  policies: PolicySchedule,
): Promise<{ readonly status: 'settled' | 'stored'; readonly purchase: Purchase }> {
  const { accountId, purchaseId, capture, nowMs } = input;
  const { chargeId, amount, capturedAtMs } = capture;
  const { status, facts } = await applyChange(ledger, {
    accountId,
    reads: { purchaseId },
    entry: {
      key: `purchase/${purchaseId}:settle`,
      input: { chargeId, amount, capturedAtMs },
      policies,
      occurredAtMs: nowMs,
    },
    decide: (before) => settle(before, input, policies),
  });
  const purchase = purchaseOf(purchaseNamed(facts, purchaseId));
  return { status: status === 'recorded' ? 'settled' : 'stored', purchase };
}

function settle(
  facts: AccountFacts,
  input: SettlePurchaseInput,
  policies: PolicySchedule,
): Decision<null> {
  const { purchaseId, capture, cardRefusal, attempt, nowMs } = input;
  const before = purchaseNamed(facts, purchaseId);
  const receiptSequence = facts.receipts + 1;
  const receiptNumber = receiptNumberOf(receiptSequence);
  // The sandbox's clock follows the account furthest ahead: this one may not be there yet.
  const policy = policyAt(policies, Math.min(capture.capturedAtMs, nowMs));
  const event = decideSettlePurchase(facts, before, capture, cardRefusal, receiptNumber, policy);
  const notice = noticeOfSettlement(event);
  const { chargeId, capturedAtMs } = capture;
  const captured = { ...before, chargeId, capturedAtMs, finalAtMs: nowMs, decline: null };
  const purchase: StoredPurchase =
    notice.kind === 'purchase_succeeded'
      ? {
          ...captured,
          state: 'succeeded',
          refusal: null,
          receiptSequence,
          receiptNumber,
          lotId: facts.balances.version + 1,
          paidUnbilled: notice.paidUnbilled,
        }
      : { ...captured, state: 'returned', refusal: notice.refusal };
  return {
    events: [event],
    purchase,
    attempt: { ...attempt, purchaseId },
    notices: [{ notice, occurredAtMs: nowMs }],
    result: null,
  };
}

export interface ClosePurchaseInput extends PurchaseName {
  readonly ending: PurchaseEnding;
  /** The confirm that ended it; null where none was made. */
  readonly attempt: ChargeAttempt | null;
  readonly nowMs: number;
}

/**
 * Ends a purchase without credits and without money. One that is final already stays as it is, and
 * comes back so: late news never turns a settled state (B2).
 * @throws SolventError account_not_found, purchase_not_found.
 */
export async function closePurchase(
  ledger: Ledger,
  input: ClosePurchaseInput,
  policies: PolicySchedule,
): Promise<{ readonly status: 'closed' | 'stored'; readonly purchase: Purchase }> {
  const { accountId, purchaseId, ending, nowMs } = input;
  const attempt = input.attempt && { attempt: { ...input.attempt, purchaseId } };
  const { result, facts } = await applyChange(ledger, {
    accountId,
    reads: { purchaseId },
    entry: {
      key: `purchase/${purchaseId}:close`,
      // Not the ending: whichever comes first stays, another one is no misuse of the key.
      input: { purchaseId },
      policies,
      occurredAtMs: nowMs,
    },
    decide(before): Decision<{ status: 'closed' | 'stored' }> {
      const stored = purchaseNamed(before, purchaseId);
      if (isFinal(stored.state)) return { ...attempt, result: { status: 'stored' } };
      return {
        ...attempt,
        events: [purchaseClosed(purchaseId, ending)],
        purchase: { ...stored, finalAtMs: nowMs, ...stateOf(ending) },
        notices: [
          { notice: noticeOfEnding(purchaseId, stored.credits, ending), occurredAtMs: nowMs },
        ],
        result: { status: 'closed' },
      };
    },
  });
  return { status: result.status, purchase: purchaseOf(purchaseNamed(facts, purchaseId)) };
}

function stateOf(ending: PurchaseEnding): Pick<StoredPurchase, 'state' | 'decline' | 'refusal'> {
  const { status: state } = ending;
  return state === 'declined'
    ? { state, decline: ending.decline, refusal: null }
    : { state, decline: null, refusal: ending.refusal };
}

/**
 * Records that money owed back has left for the card.
 * @throws SolventError account_not_found, purchase_not_found; ConstraintViolation
 * `balances_refunds_due_not_negative` where more is returned than is owed.
 */
export async function recordRefundPaid(
  ledger: Ledger,
  input: PurchaseName & {
    readonly refundId: string;
    readonly amount: Micros;
    readonly nowMs: number;
  },
  policies: PolicySchedule,
): Promise<Purchase> {
  const { accountId, purchaseId, refundId, amount, nowMs } = input;
  const { facts } = await applyChange(ledger, {
    accountId,
    reads: { purchaseId },
    entry: {
      key: `purchase/${purchaseId}:refund_paid:${refundId}`,
      input: { amount },
      policies,
      occurredAtMs: nowMs,
    },
    decide(before) {
      purchaseNamed(before, purchaseId);
      return { events: [{ kind: 'refund_paid', purchaseId, refundId, amount }], result: null };
    },
  });
  return purchaseOf(purchaseNamed(facts, purchaseId));
}
