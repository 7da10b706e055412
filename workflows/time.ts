/**
 * The one module of the workflows that reads a clock: Temporal's, which replays the same, plus the
 * account's test clock offset (always 0 in live mode).
 */
export class AccountClock {
  offsetMs = 0;

  nowMs(): number {
    return this.clockMs() + this.offsetMs;
  }

  /** Without the account's test clock: for steps that add it themselves, under the lock. */
  clockMs(): number {
    return Date.now();
  }
}
