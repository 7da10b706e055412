const bucketsPerMs = 20;
const longestMs = 10_000;

export interface LatencySummary {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Counts latencies in steps of 0.05 ms: millions of them in constant space. */
export class Latencies {
  readonly #counts = new Uint32Array(longestMs * bucketsPerMs + 1);
  #total = 0;

  add(ms: number): void {
    const bucket = Math.min(Math.floor(ms * bucketsPerMs), this.#counts.length - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
  }

  summary(): LatencySummary {
    return { p50Ms: this.#quantile(0.5), p99Ms: this.#quantile(0.99) };
  }

  #quantile(share: number): number {
    let left = this.#total * share;
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return bucket / bucketsPerMs;
    }
    return NaN;
  }
}
