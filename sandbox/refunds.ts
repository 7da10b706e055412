import { answerObject, type Answer, type Call } from './answers.ts';
import { balanceTransactions, refundTransactionOf } from './balance-transaction.ts';
import { charges, type Charge } from './charge.ts';
import { Refusal } from './errors.ts';
import { createdParameter, listAnswer, listFields } from './lists.ts';
import {
  choice,
  every,
  integer,
  list,
  metadata,
  notSimulated,
  text,
  type FieldsOf,
} from './parameters.ts';
import { paymentIntents } from './payment-intent.ts';
import { mergeMetadata, type Metadata } from './shapes.ts';
import { table } from './store.ts';
import type { Transaction } from './transaction.ts';

/** A refund that succeeds at once; refunds that wait or fail later are not simulated yet. */
export interface Refund {
  id: string;
  object: 'refund';
  amount: number;
  balance_transaction: string;
  charge: string;
  created: number;
  currency: string;
  customer: string | null;
  customer_account: null;
  destination_details: {
    card: { reference_status: string; reference_type: string; type: string };
    type: 'card';
  };
  metadata: Metadata;
  payment_intent: string;
  payment_method: string;
  reason: string | null;
  receipt_number: null;
  source_transfer_reversal: null;
  status: 'succeeded';
  transfer_reversal: null;
}

export const refunds = table<Refund>('refund', (refund) => [
  `charge=${refund.charge}`,
  `payment_intent=${refund.payment_intent}`,
]);

export const refundCreateFields = {
  amount: integer({ minimum: 1 }),
  charge: text,
  expand: list(text),
  metadata,
  payment_intent: text,
  reason: choice('duplicate', 'fraudulent', 'requested_by_customer'),
  ...every(notSimulated, 'currency', 'customer', 'instructions_email', 'origin'),
  ...every(notSimulated, 'refund_application_fee', 'reverse_transfer'),
};
export const refundListFields = {
  ...listFields,
  charge: text,
  created: createdParameter,
  payment_intent: text,
};

export function createRefund(call: Call<FieldsOf<typeof refundCreateFields>>): Answer {
  const { transaction, parameters } = call;
  const charge = refundable(transaction, parameters);
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = parameters.amount ?? left;
  if (left === 0) {
    const message = `Charge ${charge.id} has already been refunded.`;
    throw new Refusal('alreadyRefunded', message);
  }
  if (amount > left) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
    throw new Refusal('invalidRequest', message, 'amount');
  }
  const id = transaction.newId('re');
  const entryId = transaction.newId('txn');
  const { nowSeconds } = transaction;
  transaction.put(
    balanceTransactions,
    refundTransactionOf(entryId, id, charge, amount, nowSeconds),
  );
  transaction.put(refunds, {
    id,
    object: 'refund',
    amount,
    balance_transaction: entryId,
    charge: charge.id,
    created: nowSeconds,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: {
        reference_status: 'pending',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
    metadata: mergeMetadata({}, parameters.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: parameters.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  });
  const refunded = charge.amount_refunded + amount;
  transaction.put(charges, {
    ...charge,
    amount_refunded: refunded,
    refunded: refunded === charge.amount_captured,
  });
  transaction.emit('refund.created', refunds, id);
  transaction.emit('charge.refunded', charges, charge.id, charge);
  return answerObject(refunds, id);
}

export function retrieveRefund(call: Call<unknown>): Answer {
  return answerObject(refunds, call.transaction.require(refunds, call.path[0] ?? '').id);
}

export function listRefunds(call: Call<FieldsOf<typeof refundListFields>>): Answer {
  const { charge, payment_intent: intent } = call.parameters;
  return listAnswer(call, '/v1/refunds', refunds, [
    charge === undefined ? undefined : `charge=${charge}`,
    intent === undefined ? undefined : `payment_intent=${intent}`,
  ]);
}

function refundable(transaction: Transaction, given: FieldsOf<typeof refundCreateFields>): Charge {
  if (given.charge !== undefined) return transaction.refer(charges, given.charge, 'charge');
  if (given.payment_intent === undefined) {
    const message =
      'One of the following params should be provided for this request: payment_intent or charge.';
    throw new Refusal('parameterMissing', message, 'payment_intent');
  }
  const intent = transaction.refer(paymentIntents, given.payment_intent, 'payment_intent');
  if (intent.status !== 'succeeded' || intent.latest_charge === null) {
    const message = `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`;
    throw new Refusal('paymentIntentState', message, undefined, { payment_intent: intent });
  }
  return transaction.refer(charges, intent.latest_charge, 'charge');
}
