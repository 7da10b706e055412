import type { Account } from './account.ts';

/**
 * An account's own time, in milliseconds since 1970: the clock, plus what its test clock was moved
 * by (always nothing in live mode). All that http and cli tell or decide of an account takes its
 * `now` from here; workflows have the same in `workflows/time.ts`.
 */
export function accountNowMs(
  { testClockOffsetMs }: Pick<Account, 'testClockOffsetMs'>,
  clockMs: number,
): number {
  return clockMs + testClockOffsetMs;
}
