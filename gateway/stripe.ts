import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';

export interface StripeSettings {
  readonly secretKey: string;
  /** Where Stripe is: absent for Stripe itself, the sandbox's URL on a laptop and in tests. */
  readonly apiBase?: string | undefined;
  /** One call's deadline, below the activity's start-to-close timeout. */
  readonly deadlineMs: number;
}

/** The Stripe client with a deadline around each call. */
export interface StripeConnection {
  readonly stripe: Stripe;
  /**
   * Runs one call. The client's own `timeout` watches an idle socket, so a response that drips in
   * would be awaited for ever; this deadline does not let it. Past it the outcome is unknown.
   */
  call<T>(request: (stripe: Stripe) => Promise<T>): Promise<T>;
}

/** A call that took longer than its deadline: Stripe may or may not have acted. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** A client of Stripe that never repeats a call by itself. */
export function connectStripe({
  secretKey,
  apiBase,
  deadlineMs,
}: StripeSettings): StripeConnection {
  const base = apiBase === undefined ? {} : endpointOf(apiBase);
  const stripe = new Stripe(secretKey, {
    ...base,
    timeout: deadlineMs,
    // Temporal is the one retry layer; a second one inside would hide attempts from it.
    maxNetworkRetries: 0,
    telemetry: false,
  });
  return {
    stripe,
    async call(request) {
      const late = new AbortController();
      const deadline = sleep(deadlineMs, undefined, { signal: late.signal }).then(() => {
        throw new DeadlineExceeded(`no answer from Stripe within ${deadlineMs} ms`);
      });
      const answer = request(stripe);
      // Whichever loses the race must not become an unhandled rejection.
      deadline.catch(() => undefined);
      answer.catch(() => undefined);
      try {
        return await Promise.race([answer, deadline]);
      } finally {
        late.abort();
      }
    },
  };
}

function endpointOf(apiBase: string) {
  const { protocol, hostname, port } = new URL(apiBase);
  return {
    protocol: protocol === 'http:' ? ('http' as const) : ('https' as const),
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
}
