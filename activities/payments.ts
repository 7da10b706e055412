import { activityInfo } from '@temporalio/activity';
import type { CurrencyCode } from '../domain/currencies.ts';
import type { FoundPayment } from '../domain/found-payment.ts';
import { micros } from '../domain/money.ts';
import type { CardSource, ActAnswer, PaymentStatus } from '../domain/payment.ts';
import { findPayment } from '../gateway/payment-lists.ts';
import * as payments from '../gateway/payments.ts';
import * as refunds from '../gateway/refunds.ts';
import type { Dependencies } from './dependencies.ts';

/** Stripe forgets idempotency keys after a day; an hour less keeps clocks from mattering. */
const keyLifetimeMs = 23 * 3_600_000;

export interface CreatePaymentInput {
  readonly operationId: string;
  readonly workflowId: string;
  readonly accountId: string;
  readonly customerId: string;
  readonly amount: number;
  readonly currency: CurrencyCode;
  readonly openedAtMs: number;
  /** What the customer reads beside the charge. */
  readonly description?: string;
  readonly isRecurring?: true;
  /** True where an earlier run may have created the payment already. */
  readonly mayExist: boolean;
  readonly idempotencyKey: string;
}

export interface ConfirmPaymentInput {
  readonly paymentIntentId: string;
  readonly source: CardSource;
  readonly currency: CurrencyCode;
  /** Null: the customer is not there. */
  readonly returnUrl: string | null;
  readonly idempotencyKey: string;
}

export interface PaymentInput {
  readonly paymentIntentId: string;
  readonly currency: CurrencyCode;
}

export interface SetPaymentAmountInput extends PaymentInput {
  readonly amount: number;
  readonly idempotencyKey: string;
}

/** Activities that talk to Stripe about one payment; each is one effect with one derived key. */
export const createPaymentActivities = ({ stripe }: Dependencies) => ({
  /** Returns the payment's id; looks for an earlier one first where the key may be forgotten. */
  async createPayment(input: CreatePaymentInput): Promise<{ paymentIntentId: string }> {
    const { attempt, scheduledTimestampMs } = activityInfo();
    const keyMayBeForgotten = scheduledTimestampMs - input.openedAtMs > keyLifetimeMs;
    if (input.mayExist || attempt > 1 || keyMayBeForgotten) {
      const { customerId, operationId, openedAtMs } = input;
      // A minute of slack: Stripe's clock and ours need not agree to the second.
      const sinceMs = openedAtMs - 60_000;
      const found = await findPayment(stripe, { customerId, operationId, sinceMs });
      if (found !== undefined) return { paymentIntentId: found };
    }
    const paymentIntentId = await payments.createPayment(stripe, {
      ...input,
      amount: micros(input.amount),
      description: input.description ?? 'Credit pack',
    });
    return { paymentIntentId };
  },

  /** Declines and unknown outcomes are answers; see `gateway/payments.ts`. */
  async confirmPayment(input: ConfirmPaymentInput): Promise<ActAnswer> {
    return payments.confirmPayment(stripe, input);
  },

  /** Before each confirm of a payment that was made for an earlier amount. */
  async setPaymentAmount(input: SetPaymentAmountInput): Promise<ActAnswer> {
    return payments.setPaymentAmount(stripe, { ...input, amount: micros(input.amount) });
  },

  async readPayment(input: PaymentInput): Promise<PaymentStatus> {
    return payments.readPayment(stripe, input);
  },

  /** Null where Stripe knows no such payment. */
  async readFoundPayment(input: PaymentInput): Promise<FoundPayment | null> {
    return (await payments.readFoundPayment(stripe, input)) ?? null;
  },

  async cancelPayment(input: PaymentInput & { idempotencyKey: string }): Promise<ActAnswer> {
    return payments.cancelPayment(stripe, input);
  },

  async refundPayment(input: refunds.RefundOrder): Promise<refunds.RefundAnswer> {
    return refunds.refundPayment(stripe, input);
  },
});
