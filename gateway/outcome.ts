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

/** Stripe says there is no such object. */
export function isMissing(error: unknown): boolean {
  return error instanceof errors.StripeError && error.code === 'resource_missing';
}
