import type { StripeConnection } from './stripe.ts';

/** Sends the whole of a captured payment back. Returns the refund's id and whether it is final. */
export async function refundPayment(
  connection: StripeConnection,
  { paymentIntentId, operationId, idempotencyKey }: RefundOrder,
): Promise<RefundAnswer> {
  const refund = await connection.call((stripe) =>
    stripe.refunds.create(
      { payment_intent: paymentIntentId, metadata: { operation_id: operationId } },
      { idempotencyKey },
    ),
  );
  return { refundId: refund.id, status: refund.status ?? 'pending' };
}

export interface RefundOrder {
  readonly paymentIntentId: string;
  readonly operationId: string;
  readonly idempotencyKey: string;
}

export interface RefundAnswer {
  readonly refundId: string;
  /** Stripe's word: "succeeded", "pending", "failed", … */
  readonly status: string;
}
