import { accountNowMs } from '../domain/account-time.ts';
import type { CollectionNotice } from '../domain/collection-notices.ts';
import type { CollectionView } from '../domain/collection-turn.ts';
import { currency } from '../domain/currencies.ts';
import { refusal, type Refusal } from '../domain/failures.ts';
import {
  amountToCharge,
  isPaymentFinal,
  openedPayment,
  type InvoicePayment,
} from '../domain/invoice-payments.ts';
import type { Micros } from '../domain/money.ts';
import { choosePaymentSource } from '../domain/payment-methods.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { applyChange } from './change.ts';
import type { InvoiceName } from './collection-rows.ts';
import { collectionReads, invoiceOf, readingOf, storedOf, viewOf } from './collections.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import type { AccountFacts } from './facts.ts';

export interface PaymentName extends InvoiceName {
  readonly paymentId: string;
}

export interface OpenInvoicePayment extends PaymentName {
  readonly origin: 'customer' | 'operator';
  /** Null: all that is due. */
  readonly amount: Micros | null;
  /** "pm_…" or "ctoken_…"; null: the default card on file. */
  readonly paymentMethod: string | null;
  readonly requestHash: string;
  /** The clock. */
  readonly nowMs: number;
}

export type OpenedInvoicePayment =
  | ({ readonly status: 'opened' | 'stored'; readonly payment: InvoicePayment } & CollectionView)
  /** Not recorded: nothing is due, another payment is open, or the request cannot be met. */
  | { readonly status: 'refused'; readonly refusal: Refusal };

/**
 * Opens the payment that somebody asked for: the invoice's one that is not final (B1). A repeat gets
 * the stored one, also long after it ended; with other input it is refused (B19).
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function openInvoicePayment(
  ledger: Ledger,
  input: OpenInvoicePayment,
  policies: PolicySchedule,
): Promise<OpenedInvoicePayment> {
  const { accountId, invoiceId } = input;
  const { result, facts } = await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: null,
    decide: (before) => open(before, input),
  });
  if (result.status === 'refused') return result;
  const nowMs = accountNowMs(facts.account, input.nowMs);
  return { ...result, ...viewOf(facts, invoiceId, result.payment, policyAt(policies, nowMs)) };
}

type Opened =
  | { readonly status: 'opened' | 'stored'; readonly payment: InvoicePayment }
  | { readonly status: 'refused'; readonly refusal: Refusal };

function open(facts: AccountFacts, input: OpenInvoicePayment): Decision<Opened> {
  const { invoiceId, paymentId, origin, requestHash } = input;
  const invoice = invoiceOf(facts, invoiceId);
  const { payments } = readingOf(facts);
  const stored = payments.find((payment) => payment.paymentId === paymentId);
  if (stored !== undefined) {
    return stored.requestHash === requestHash
      ? { result: { status: 'stored', payment: stored } }
      : refused(refusal('idempotency_key_reused'));
  }
  const amount = amountToCharge(invoice, input.amount, currency(facts.account.currency));
  if (typeof amount !== 'number') return refused(amount);
  if (payments.some(({ state }) => !isPaymentFinal(state))) {
    return refused(refusal('invoice_payment_under_way'));
  }
  const source = choosePaymentSource(facts.cards, input.paymentMethod);
  if ('code' in source) return refused(source);
  const payment = openedPayment({
    paymentId,
    invoiceId,
    origin,
    amount,
    method: source.id,
    requestHash,
    openedAtMs: accountNowMs(facts.account, input.nowMs),
  });
  const result = { status: 'opened' as const, payment };
  return { payment, collection: storedOf(facts, invoice), result };
}

function refused(reason: Refusal): Decision<Opened> {
  return { result: { status: 'refused', refusal: reason } };
}

/** Throws where the invoice has no such payment. */
export function paymentOf(facts: AccountFacts, paymentId: string): InvoicePayment {
  const payment = readingOf(facts).payments.find((one) => one.paymentId === paymentId);
  if (payment === undefined) throw new Error(`${paymentId} is no payment of the invoice`);
  return payment;
}

/**
 * Records that the bank waits for the customer and tells them: `reminder` 0 is the first notice, each
 * number is sent once (R13). A final payment stays as it is (B2).
 * @throws SolventError account_not_found, invoice_not_found.
 */
export async function recordPaymentAuthentication(
  ledger: Ledger,
  input: PaymentName & { readonly reminder: number; readonly nowMs: number },
): Promise<void> {
  const { accountId, invoiceId, paymentId, reminder } = input;
  await applyChange(ledger, {
    accountId,
    reads: collectionReads(input),
    entry: null,
    decide(facts): Decision<null> {
      const before = paymentOf(facts, paymentId);
      if (isPaymentFinal(before.state)) return { result: null };
      const nowMs = accountNowMs(facts.account, input.nowMs);
      const { number } = invoiceOf(facts, invoiceId);
      const { authenticationSinceMs, amount } = before;
      const notice: CollectionNotice = {
        kind: 'invoice_authentication_needed',
        invoiceId,
        number,
        paymentId,
        amount,
        reminder,
      };
      return {
        payment: {
          ...before,
          state: 'requires_action',
          authenticationSinceMs: authenticationSinceMs ?? nowMs,
        },
        notices: [{ notice, occurredAtMs: nowMs }],
        occurredAtMs: nowMs,
        result: null,
      };
    },
  });
}
