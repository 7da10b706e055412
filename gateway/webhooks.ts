import Stripe from 'stripe';

/** A signed event, reduced to what relaying needs: it says where to look, never what is true. */
export interface ProcessorEvent {
  readonly eventId: string;
  readonly type: string;
  readonly objectId: string | null;
  /** The workflow that made the object, from its metadata. */
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

function processorEventOf({ id, type, created, data }: Stripe.Event): ProcessorEvent {
  const object = data.object as { id?: unknown; metadata?: Record<string, string> | null };
  return {
    eventId: id,
    type,
    objectId: typeof object.id === 'string' ? object.id : null,
    workflowId: object.metadata?.['workflow_id'] ?? null,
    createdAtMs: created * 1000,
  };
}
