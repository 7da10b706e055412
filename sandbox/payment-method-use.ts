import { cardOfToken, type TestCard } from './cards.ts';
import { customers } from './customer.ts';
import { missing, Refusal } from './errors.ts';
import { decideSetup, type Decline } from './issuer.ts';
import {
  issuerCards,
  newPaymentMethod,
  paymentMethods,
  type PaymentMethod,
} from './payment-method.ts';
import type { Transaction } from './transaction.ts';

const spentMessage =
  'The provided PaymentMethod was previously used with a PaymentIntent without Customer ' +
  'attachment, shared with a connected account without Customer attachment, or was detached from ' +
  'a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach ' +
  'it to a Customer first.';

/** A fresh PaymentMethod of a test card, with its issuer's side. */
export function createOfCard(transaction: Transaction, card: TestCard): PaymentMethod {
  const id = transaction.newId('pm');
  const created = transaction.nowSeconds;
  transaction.put(issuerCards, {
    ...card,
    id,
    created,
    scriptPosition: 0,
    isSetUp: false,
    isSpent: false,
  });
  return transaction.put(paymentMethods, newPaymentMethod(id, created, card));
}

/** The PaymentMethod of an id, or a fresh one of a test token: Stripe makes a new one at each use. */
export function resolvePaymentMethod(
  transaction: Transaction,
  idOrToken: string,
  parameter: string,
): PaymentMethod {
  const found = transaction.find(paymentMethods, idOrToken);
  if (found !== undefined) return found;
  const card = cardOfToken(idOrToken);
  if (card === undefined) throw missing('payment_method', idOrToken, parameter);
  return createOfCard(transaction, card);
}

/** Refuses a method that was detached, or used up by a payment without a customer. */
export function refuseSpent(transaction: Transaction, method: PaymentMethod): void {
  if (method.customer !== null) return;
  if (transaction.find(issuerCards, method.id)?.isSpent === true) {
    throw new Refusal('paymentMethodState', spentMessage, 'payment_method');
  }
}

/** Notes that a method without customer was used: it cannot be used again. */
export function spend(transaction: Transaction, method: PaymentMethod): void {
  if (method.customer !== null) return;
  const card = transaction.find(issuerCards, method.id);
  if (card !== undefined) transaction.put(issuerCards, { ...card, isSpent: true });
}

/** Attaches without asking the issuer: what an attach, a SetupIntent or a payment ends with. */
export function attach(
  transaction: Transaction,
  method: PaymentMethod,
  customer: string,
): PaymentMethod {
  if (method.customer === customer) return method;
  if (method.customer !== null) {
    const message = 'The payment method you provided has already been attached to a customer.';
    throw new Refusal('paymentMethodState', message, 'payment_method');
  }
  const owner = transaction.refer(customers, customer, 'customer');
  if (owner.deleted === true) throw missing('customer', customer, 'customer');
  const card = transaction.find(issuerCards, method.id);
  const checks = {
    address_line1_check: card?.addressCheck ?? null,
    address_postal_code_check: card?.addressCheck ?? null,
    cvc_check: card?.cvcCheck ?? null,
  };
  const attached = { ...method, customer, card: { ...method.card, checks } };
  transaction.put(paymentMethods, attached);
  transaction.emit('payment_method.attached', paymentMethods, method.id);
  return attached;
}

/** Attaching validates the card: those that refuse to be saved answer as their charges do. */
export function declineOfAttaching(
  transaction: Transaction,
  method: PaymentMethod,
): Decline | undefined {
  const card = transaction.find(issuerCards, method.id);
  if (card === undefined) return undefined;
  const verdict = decideSetup(card, true);
  return verdict.kind === 'declined' ? verdict.decline : undefined;
}

export function detach(transaction: Transaction, method: PaymentMethod): PaymentMethod {
  if (method.customer === null) {
    const message =
      'The payment method you provided is not attached to a customer so detachment is impossible.';
    throw new Refusal('paymentMethodState', message, 'payment_method');
  }
  const customer = transaction.find(customers, method.customer);
  if (customer?.invoice_settings.default_payment_method === method.id) {
    const settings = { ...customer.invoice_settings, default_payment_method: null };
    transaction.put(customers, { ...customer, invoice_settings: settings });
    transaction.emit('customer.updated', customers, customer.id, customer);
  }
  const detached = transaction.put(paymentMethods, { ...method, customer: null });
  spend(transaction, detached);
  transaction.emit('payment_method.detached', paymentMethods, method.id, method);
  return detached;
}
