/** A source of wall-clock time in milliseconds since 1970. */
export type WallClock = () => number;

/**
 * The sandbox's clock: the wall clock plus an offset that tests and the page move. It keeps running
 * between moves, as an account's own clock does, so timestamps never stand still.
 */
export class Clock {
  readonly #wallClock: WallClock;
  #offsetMs: number;

  constructor(wallClock: WallClock, offsetMs = 0) {
    this.#wallClock = wallClock;
    this.#offsetMs = offsetMs;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  nowMs(): number {
    return this.#wallClock() + this.#offsetMs;
  }

  /** Stripe's timestamps are whole seconds. */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  setOffset(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }

  setTo(timeMs: number): void {
    this.#offsetMs = timeMs - this.#wallClock();
  }

  advance(durationMs: number): void {
    this.#offsetMs += durationMs;
  }
}
