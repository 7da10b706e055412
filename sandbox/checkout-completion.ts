import { answerError, answerObject, type Answer } from './answers.ts';
import { checkoutSessions, sessionPlans, type CheckoutSession } from './checkout-session.ts';
import { customers } from './customer.ts';
import { Refusal } from './errors.ts';
import { declineError, declineOf } from './issuer.ts';
import { attemptPayment } from './payment-attempt.ts';
import { paymentIntents, type PaymentIntent } from './payment-intent.ts';
import { openPayment } from './payment-intent-opening.ts';
import type { PaymentMethod } from './payment-method.ts';
import { attemptSetup } from './setup-attempt.ts';
import { setupIntents, type SetupIntent } from './setup-intent.ts';
import { addressOf } from './shapes.ts';
import type { Transaction } from './transaction.ts';

/** Brands as the restrictions name them. */
const brandNames: Record<string, string> = {
  amex: 'american_express',
  diners: 'discover_global_network',
  discover: 'discover_global_network',
  jcb: 'discover_global_network',
  unionpay: 'discover_global_network',
};

/**
 * The customer pays, or saves a card, on the hosted page. A blocked card is refused before any
 * payment object exists; a declined one leaves the session open for another try; one that asks for
 * authentication leaves it open until that is answered.
 */
export function completeSession(
  transaction: Transaction,
  session: CheckoutSession,
  method: PaymentMethod,
  baseUrl: string,
): Answer {
  if (session.status !== 'open') {
    throw new Refusal('invalidRequest', `This Checkout Session is ${session.status}.`);
  }
  const { restrictions } = session.payment_method_options.card ?? {};
  const brand = brandNames[method.card.brand] ?? method.card.brand;
  const isBlocked =
    restrictions?.funding_types_blocked?.includes(method.card.funding) === true ||
    restrictions?.brands_blocked?.includes(brand) === true;
  if (isBlocked) return answerError(402, declineError(declineOf('card_not_supported')));
  const returnUrl = `${baseUrl}/checkout/${session.id}`;
  const isAuthenticated = false;
  const common = { transaction, method, isAuthenticated, returnUrl, baseUrl };
  let answer: Answer;
  if (session.mode === 'setup') {
    const intent = transaction.refer(setupIntents, session.setup_intent ?? '', 'setup_intent');
    answer = attemptSetup({ ...common, intent: { ...intent, payment_method: method.id } });
  } else {
    const intent = paymentOf(transaction, session, method);
    const isOffSession = false;
    answer = attemptPayment({ ...common, intent, isOffSession, refusesAction: false });
  }
  closeSession(transaction, session.id);
  return answer.kind === 'object' ? answerObject(checkoutSessions, session.id) : answer;
}

/** Completes the open session of an intent that succeeded meanwhile, if there is one. */
export function closeSessionOf(transaction: Transaction, intentId: string): void {
  const [id] = transaction.ids(checkoutSessions, `intent=${intentId}`);
  if (id !== undefined) closeSession(transaction, id);
}

function closeSession(transaction: Transaction, id: string): void {
  const session = transaction.refer(checkoutSessions, id, 'id');
  const intent = intentOf(transaction, session);
  const isDone = intent?.status === 'succeeded' || intent?.status === 'requires_capture';
  if (!isDone || session.status !== 'open') return;
  const customer = session.customer === null ? null : transaction.find(customers, session.customer);
  transaction.put(checkoutSessions, {
    ...session,
    customer_details: {
      address: addressOf({}),
      business_name: null,
      email: customer?.email ?? session.customer_email,
      individual_name: null,
      name: customer?.name ?? null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    payment_status: session.mode === 'setup' ? 'no_payment_required' : 'paid',
    status: 'complete',
    url: null,
  });
  transaction.emit('checkout.session.completed', checkoutSessions, id);
}

function intentOf(
  transaction: Transaction,
  session: CheckoutSession,
): PaymentIntent | SetupIntent | undefined {
  if (session.payment_intent !== null)
    return transaction.find(paymentIntents, session.payment_intent);
  if (session.setup_intent !== null) return transaction.find(setupIntents, session.setup_intent);
  return undefined;
}

/** The session's PaymentIntent: made when the customer first pays, and used again for the next try. */
function paymentOf(
  transaction: Transaction,
  session: CheckoutSession,
  method: PaymentMethod,
): PaymentIntent {
  if (session.payment_intent !== null) {
    const intent = transaction.refer(paymentIntents, session.payment_intent, 'payment_intent');
    return { ...intent, payment_method: method.id };
  }
  const { payment } = transaction.refer(sessionPlans, session.id, 'id');
  const intent = openPayment(transaction, {
    ...payment,
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    customer: session.customer,
    allowed: session.allowed_payment_method_types,
    types: session.payment_method_types,
  });
  transaction.put(checkoutSessions, { ...session, payment_intent: intent.id });
  return { ...intent, payment_method: method.id };
}
