import { expect, test } from 'vitest';
import {
  invoiceOfOperation,
  judgeInvoicePayment,
  judgePayment,
  type Finding,
  type ListedPayment,
} from '../../domain/payment-watch.ts';
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

/** Payment at Stripe; the invoice in the ledger: payable?, its open object, charging?, paid by. */
const invoiceRows: readonly [
  ListedPayment['state'],
  readonly [boolean, string | null, boolean, readonly string[]] | null,
  Finding['kind'],
][] = [
  ['open', [true, 'pi_1', true, []], 'follow'],
  ['open', [true, 'pi_1', false, []], 'as_it_should_be'],
  ['open', [true, null, true, []], 'follow'],
  ['open', [true, null, false, []], 'as_it_should_be'],
  ['open', [false, 'pi_1', false, []], 'follow'],
  ['open', [false, null, false, ['pi_0']], 'cancel'],
  ['open', null, 'review'],
  ['succeeded', [false, null, false, ['pi_0', 'pi_1']], 'as_it_should_be'],
  ['succeeded', [true, 'pi_2', true, ['pi_1']], 'as_it_should_be'],
  ['succeeded', [true, 'pi_1', true, []], 'follow'],
  ['succeeded', [true, null, true, []], 'follow'],
  ['succeeded', [true, 'pi_2', true, []], 'review'],
  ['succeeded', [true, 'pi_1', false, []], 'review'],
  ['succeeded', [false, null, false, ['pi_0']], 'review'],
  ['succeeded', null, 'review'],
  ['canceled', null, 'as_it_should_be'],
  ['canceled', [true, 'pi_1', false, []], 'as_it_should_be'],
];

test.each(invoiceRows)(
  'R59 a payment that is %s, of an invoice %j: %s',
  (state, known, expected) => {
    const payment = { paymentIntentId: 'pi_1', state, operationId: 'inv_1/1' };
    const [isPayable = false, openPaymentIntentId = null, isCharging = false, paidBy = []] =
      known ?? [];
    const invoice = { isPayable, openPaymentIntentId, isCharging, paidBy };
    expect(judgeInvoicePayment(payment, known === null ? undefined : invoice).kind).toBe(expected);
  },
);

test.each([
  ['inv_1_202611/1', 'inv_1_202611'],
  ['inv_1/12', 'inv_1'],
  ['inv_1/', undefined],
  ['inv_1', undefined],
  ['pur_1', undefined],
])('%s is a payment of %s', (operationId, expected) => {
  expect(invoiceOfOperation(operationId)).toBe(expected);
});
