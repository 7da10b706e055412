import { expect, test } from 'vitest';
import { judgePayment, type Finding, type ListedPayment } from '../../domain/payment-watch.ts';
import type { PurchaseState } from '../../domain/purchase.ts';

const operationId = 'pur_1';

/** Payment at Stripe, purchase in the ledger (or none), payment the ledger recorded, finding. */
const rows: readonly [
  ListedPayment['state'],
  PurchaseState | null,
  string | null,
  Finding['kind'],
][] = [
  ['open', 'pending', 'pi_1', 'follow'],
  ['open', 'pending', null, 'follow'],
  ['open', 'requires_action', 'pi_1', 'follow'],
  ['succeeded', 'pending', 'pi_1', 'follow'],
  ['succeeded', 'pending', null, 'follow'],
  ['canceled', 'pending', 'pi_1', 'follow'],
  ['open', 'succeeded', 'pi_1', 'cancel'],
  ['open', 'declined', 'pi_1', 'cancel'],
  ['open', 'canceled', null, 'cancel'],
  ['canceled', 'declined', 'pi_1', 'as_it_should_be'],
  ['succeeded', 'succeeded', 'pi_1', 'as_it_should_be'],
  ['succeeded', 'returned', 'pi_1', 'as_it_should_be'],
  ['succeeded', 'declined', 'pi_1', 'review'],
  ['succeeded', 'canceled', 'pi_1', 'review'],
  ['open', 'pending', 'pi_2', 'cancel'],
  ['succeeded', 'succeeded', 'pi_2', 'review'],
  ['canceled', 'succeeded', 'pi_2', 'as_it_should_be'],
  ['open', null, null, 'review'],
  ['succeeded', null, null, 'review'],
  ['canceled', null, null, 'as_it_should_be'],
];

test.each(rows)(
  'R59 a payment that is %s, of a purchase that is %s and has payment %s: %s',
  (state, purchaseState, recorded, expected) => {
    const payment = { paymentIntentId: 'pi_1', state, operationId };
    const purchase =
      purchaseState === null ? undefined : { state: purchaseState, paymentIntentId: recorded };
    expect(judgePayment(payment, purchase).kind).toBe(expected);
  },
);
