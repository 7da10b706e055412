import type { ListedPayment } from '../domain/payment-watch.ts';
import type { StripeConnection } from './stripe.ts';

/**
 * Finds the payment that a lost answer may have made, among the customer's since `sinceMs`. Lists
 * are consistent at Stripe; search lags by up to an hour and is not asked.
 */
export async function findPayment(
  connection: StripeConnection,
  { customerId, operationId, sinceMs }: FindPaymentInput,
): Promise<string | undefined> {
  const created = { gte: Math.floor(sinceMs / 1000) };
  let after: string | undefined;
  for (;;) {
    const cursor = after === undefined ? {} : { starting_after: after };
    const page = await connection.call((stripe) =>
      stripe.paymentIntents.list({ customer: customerId, created, limit: 100, ...cursor }),
    );
    const found = page.data.find(({ metadata }) => metadata['operation_id'] === operationId);
    if (found !== undefined) return found.id;
    after = page.data.at(-1)?.id;
    if (!page.has_more || after === undefined) return undefined;
  }
}

export interface FindPaymentInput {
  readonly customerId: string;
  readonly operationId: string;
  readonly sinceMs: number;
}

/** A page of a list; hand `nextCursor` in for the next one, null on the last. */
export interface PaymentPage {
  readonly payments: ListedPayment[];
  readonly nextCursor: string | null;
}

/** Lists payments that name an operation of ours, newest first; those of others are left out. */
export async function listPayments(
  connection: StripeConnection,
  input: { readonly createdFromMs: number; readonly after: string | null; readonly limit: number },
): Promise<PaymentPage> {
  const { createdFromMs, after, limit } = input;
  const page = await connection.call((stripe) =>
    stripe.paymentIntents.list({
      created: { gte: Math.floor(createdFromMs / 1000) },
      limit,
      ...(after === null ? {} : { starting_after: after }),
    }),
  );
  const payments = page.data.flatMap(({ id, status, metadata }): ListedPayment[] => {
    const operationId = metadata['operation_id'];
    return operationId === undefined
      ? []
      : [{ paymentIntentId: id, state: listedState(status), operationId }];
  });
  return { payments, nextCursor: page.has_more ? (page.data.at(-1)?.id ?? null) : null };
}

/** Whatever else Stripe may call it, a payment that is neither paid nor canceled is not over. */
function listedState(status: string): ListedPayment['state'] {
  return status === 'succeeded' || status === 'canceled' ? status : 'open';
}
