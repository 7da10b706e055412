import Stripe from 'stripe';
import type { Card } from '../domain/cards.ts';
import type { CardSource, SetupAnswer, SetupStatus } from '../domain/payment.ts';
import { cardOf, failedChargeOf } from './card-values.ts';
import { isMissing, unknownOutcome } from './outcome.ts';
import type { StripeConnection } from './stripe.ts';

/** A card before it is used, and whose it is already. */
export interface CardReading {
  readonly card: Card;
  /** The customer it is attached to; null for a card nobody keeps yet. */
  readonly customerId: string | null;
}

/** Makes the customer that cards are kept with. Its mail and name stay with us (R15). */
export async function createCustomer(
  connection: StripeConnection,
  { accountId, idempotencyKey }: { accountId: string; idempotencyKey: string },
): Promise<string> {
  const customer = await connection.call((stripe) =>
    stripe.customers.create({ metadata: { account_id: accountId } }, { idempotencyKey }),
  );
  return customer.id;
}

/**
 * Reads a card before anything is authorised with it: the payment method itself, or the preview of
 * the confirmation token that Stripe's form made (R10). Undefined where Stripe knows no such card.
 */
export async function readCard(
  connection: StripeConnection,
  source: CardSource,
): Promise<CardReading | undefined> {
  try {
    if (source.kind === 'payment_method') {
      const method = await connection.call((stripe) => stripe.paymentMethods.retrieve(source.id));
      return { card: cardOf(method), customerId: idOf(method.customer) };
    }
    const token = await connection.call((stripe) => stripe.confirmationTokens.retrieve(source.id));
    const preview = token.payment_method_preview;
    if (preview === null) return undefined;
    return { card: cardOf(preview), customerId: idOf(preview.customer) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}

export interface SetupOrder {
  readonly customerId: string;
  readonly source: CardSource;
  readonly workflowId: string;
  readonly accountId: string;
  readonly returnUrl: string;
  readonly idempotencyKey: string;
}

/**
 * Creates and confirms the set-up in one call, with the customer's consent to be charged later
 * (R11). It moves no money, so a repeat with the same key is all that an unknown outcome needs.
 */
export async function setUpCard(
  connection: StripeConnection,
  order: SetupOrder,
): Promise<SetupAnswer> {
  const { customerId, source, workflowId, accountId, returnUrl, idempotencyKey } = order;
  const card =
    source.kind === 'payment_method'
      ? { payment_method: source.id }
      : { confirmation_token: source.id };
  try {
    const intent = await connection.call((stripe) =>
      stripe.setupIntents.create(
        {
          ...card,
          customer: customerId,
          usage: 'off_session',
          confirm: true,
          allowed_payment_method_types: ['card'],
          return_url: returnUrl,
          metadata: { workflow_id: workflowId, account_id: accountId },
          expand: expansions,
        },
        { idempotencyKey },
      ),
    );
    return setupAnswerOf(intent);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError && error.setup_intent) {
      const failedCharge = failedChargeOf(error);
      return { setupIntentId: error.setup_intent.id, status: 'declined', failedCharge };
    }
    throw error;
  }
}

const expansions = ['payment_method'];

/** Reads how a set-up stands, after its authentication or a webhook. */
export async function readSetup(
  connection: StripeConnection,
  { setupIntentId }: { setupIntentId: string },
): Promise<SetupAnswer> {
  const intent = await connection.call((stripe) =>
    stripe.setupIntents.retrieve(setupIntentId, { expand: expansions }),
  );
  return setupAnswerOf(intent);
}

function setupAnswerOf(intent: Stripe.SetupIntent): SetupAnswer {
  return { setupIntentId: intent.id, ...setupStatusOf(intent) };
}

function setupStatusOf(intent: Stripe.SetupIntent): SetupStatus {
  switch (intent.status) {
    case 'succeeded': {
      const method = intent.payment_method;
      if (method === null || typeof method === 'string') {
        throw new Error(`set-up ${intent.id} succeeded, but its card was not in the answer`);
      }
      return { status: 'succeeded', paymentMethodId: method.id, card: cardOf(method) };
    }
    case 'requires_action':
      return {
        status: 'requires_action',
        actionUrl: intent.next_action?.redirect_to_url?.url ?? null,
      };
    case 'requires_payment_method':
    case 'requires_confirmation':
      return { status: 'declined', failedCharge: failedChargeOf(intent.last_setup_error ?? {}) };
    case 'canceled':
      return { status: 'canceled' };
    default:
      return { status: 'processing' };
  }
}

/** Takes a card off its customer: it can never be charged again. Repeats are no error. */
export async function detachCard(
  connection: StripeConnection,
  { paymentMethodId, idempotencyKey }: { paymentMethodId: string; idempotencyKey: string },
): Promise<void> {
  try {
    await connection.call((stripe) =>
      stripe.paymentMethods.detach(paymentMethodId, {}, { idempotencyKey }),
    );
  } catch (error) {
    if (isMissing(error) || isNotAttached(error)) return;
    throw error;
  }
}

function isNotAttached(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    unknownOutcome(error) === undefined &&
    /not attached to a customer/.test(error.message)
  );
}
