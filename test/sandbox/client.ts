import Stripe from 'stripe';
import type { Sandbox } from '../../sandbox/server.ts';

/** The real client, set as the system sets it: no retries of its own. */
export function clientOf(sandbox: Sandbox, options: Stripe.StripeConfig = {}): Stripe {
  return new Stripe('sk_test_localsandbox', {
    host: '127.0.0.1',
    port: sandbox.port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
    ...options,
  });
}

/** What a call that must fail was refused with. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}
