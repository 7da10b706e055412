import Stripe from 'stripe';
import { workflowIdOf } from '../domain/workflow-ids.ts';

/** A signed event, reduced to what relaying needs: it says where to look, never what is true. */
export interface ProcessorEvent {
  readonly eventId: string;
  readonly type: string;
  readonly objectId: string | null;
  /** The workflow to be told, from the object's metadata or its id; null where nobody need be. */
  readonly workflowId: string | null;
  readonly createdAtMs: number;
}

const toleranceSeconds = 300;

/**
 * Checks the signature of a webhook's raw body against each secret (two are valid while one is
 * rotated). Returns undefined where none fits.
 */
export function verifyWebhook(
  rawBody: string,
  signature: string,
  secrets: readonly string[],
): ProcessorEvent | undefined {
  for (const secret of secrets) {
    try {
      const event = verifier.constructEvent(rawBody, signature, secret, toleranceSeconds);
      return processorEventOf(event);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
    }
  }
  return undefined;
}

/** Verifying needs no key and calls nobody. */
const verifier = new Stripe('sk_test_verifies_only', { telemetry: false }).webhooks;

/**
 * The news that a payment or set-up went further. All else (a charge beside its payment, an object
 * just made by ourselves) is stored and wakes nobody: each wake costs a workflow task.
 */
const wakes: ReadonlySet<string> = new Set([
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'setup_intent.succeeded',
  'setup_intent.setup_failed',
  'setup_intent.canceled',
]);

/** A bank renewed a card, or its details were changed: the card on file is brought up to date. */
const cardNews: ReadonlySet<string> = new Set([
  'payment_method.automatically_updated',
  'payment_method.updated',
]);

function processorEventOf({ id, type, created, data }: Stripe.Event): ProcessorEvent {
  const object = data.object as { id?: unknown; metadata?: Record<string, string> | null };
  const objectId = typeof object.id === 'string' ? object.id : null;
  const named = wakes.has(type) ? (object.metadata?.['workflow_id'] ?? null) : null;
  const isCard = objectId !== null && cardNews.has(type);
  return {
    eventId: id,
    type,
    objectId,
    workflowId: isCard ? workflowIdOf('card-update', objectId) : named,
    createdAtMs: created * 1000,
  };
}
