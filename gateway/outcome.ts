import Stripe from 'stripe';
import { DeadlineExceeded } from './stripe.ts';

const { errors } = Stripe;

/**
 * Why the outcome of a call that changes something is unknown, or undefined where Stripe clearly
 * answered: connection errors, our own deadline, 5xx, and 409 (the same key is still running).
 */
export function unknownOutcome(error: unknown): string | undefined {
  if (error instanceof DeadlineExceeded) return error.message;
  if (error instanceof errors.StripeConnectionError) return 'the connection to Stripe broke';
  if (error instanceof errors.StripeError) {
    const { statusCode } = error;
    if (statusCode === 409) return 'the same request is still running at Stripe';
    if (statusCode !== undefined && statusCode >= 500) return `Stripe answered ${statusCode}`;
  }
  return undefined;
}

/**
 * True for the stored answer of an earlier request with the same key (Stripe's header
 * `Idempotent-Replayed`): the request itself was not looked at, and never will be under this key.
 */
export function isReplay(error: unknown): boolean {
  return error instanceof errors.StripeError && error.headers?.['idempotent-replayed'] === 'true';
}

/** Stripe says there is no such object. */
export function isMissing(error: unknown): boolean {
  return error instanceof errors.StripeError && error.code === 'resource_missing';
}

export interface ProcessorFailure {
  /**
   * `processor_rejected`: Stripe read the request and turned it down, nothing happened.
   * `processor_configuration`: the key is wrong; an operator mends it and the retry passes.
   * `processor_failed`: a 5xx that is stored under the key, so a repeat gets it again.
   * `processor_busy`: over the rate limit. `processor_unavailable`: no clear answer.
   */
  readonly type:
    | 'processor_rejected'
    | 'processor_configuration'
    | 'processor_failed'
    | 'processor_busy'
    | 'processor_unavailable';
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** What an error of the gateway means for a retry; undefined where it is none of Stripe's. */
export function classifyProcessorError(error: unknown): ProcessorFailure | undefined {
  const unknown = unknownOutcome(error);
  if (unknown !== undefined) {
    const type = isReplay(error) ? 'processor_failed' : 'processor_unavailable';
    return { type, message: unknown };
  }
  if (!(error instanceof errors.StripeError)) return undefined;
  // Stripe's words may quote what was sent; its code and request id say enough.
  const message = `Stripe: ${error.code ?? error.type}, request ${error.requestId ?? 'unknown'}`;
  if (error instanceof errors.StripeRateLimitError) {
    const seconds = Number(error.headers?.['retry-after'] ?? 1);
    return { type: 'processor_busy', message, retryAfterMs: Math.max(seconds, 1) * 1000 };
  }
  if (
    error instanceof errors.StripeAuthenticationError ||
    error instanceof errors.StripePermissionError
  ) {
    return { type: 'processor_configuration', message };
  }
  return { type: 'processor_rejected', message };
}
