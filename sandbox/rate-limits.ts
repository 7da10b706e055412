import { Refusal } from './errors.ts';

/** Stripe's limits in test mode, requests per second. */
const perEndpoint = 25;
const overall = 100;

/** Counts requests per second of wall-clock time; off until switched on. */
export class RateLimits {
  isOn = false;
  #second = 0;
  #total = 0;
  readonly #byEndpoint = new Map<string, number>();

  /** Refuses a request over a limit. `endpoint` is its method and address without ids. */
  count(endpoint: string, wallMs: number): void {
    if (!this.isOn) return;
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#total = 0;
      this.#byEndpoint.clear();
    }
    this.#total += 1;
    const count = (this.#byEndpoint.get(endpoint) ?? 0) + 1;
    this.#byEndpoint.set(endpoint, count);
    if (count > perEndpoint || this.#total > overall) throw rateLimited();
  }
}

export function rateLimited(): Refusal {
  return new Refusal(
    'rateLimit',
    'Request rate limit exceeded. Learn more about rate limits here ' +
      'https://stripe.com/docs/rate-limits.',
  );
}
