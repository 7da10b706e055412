import type { Account } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import type { SolventClient } from './solvent-client.ts';

/**
 * Test clocks, as Stripe has them: an account's own time is moved on, and with it all that waits
 * for it. Never in live mode: the mains then make no {@link ProcessorClock}.
 */
export interface ProcessorClock {
  /** Moves the processor's time on to an instant; where it is there already, nothing changes. */
  advanceTo(timeMs: number): Promise<void>;
}

/** One step on at most: a slip of the pen cannot be taken back. */
export const mostAdvanceMs = 400 * 86_400_000;

/**
 * The sandbox's clock, where `apiBase` is a sandbox. Stripe itself keeps its time; there only the
 * account's moves. The sandbox has one clock for all accounts: it follows the one furthest ahead.
 */
export function processorClock(apiBase: string | undefined): ProcessorClock {
  return {
    async advanceTo(timeMs) {
      if (apiBase === undefined) return;
      const answer = await askSandbox(`${apiBase}/_sandbox/clock`);
      // Something else than a sandbox is there: a proxy before Stripe.
      if (answer.status === 404) return;
      const { now_ms: nowMs } = (await answer.json()) as { now_ms: number };
      if (nowMs >= timeMs) return;
      const moved = await askSandbox(`${apiBase}/_sandbox/clock/advance`, {
        method: 'POST',
        body: JSON.stringify({ duration_ms: timeMs - nowMs }),
      });
      if (!moved.ok) throw new Error(`the sandbox's clock answered ${moved.status}`);
    },
  };
}

/** Throws temporarily_unavailable: a repeat does what is not done yet. */
async function askSandbox(url: string, request?: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch {
    throw failure('temporarily_unavailable');
  }
}

export interface ClockAdvance {
  readonly account: Pick<Account, 'accountId' | 'testClockOffsetMs'>;
  /** The account's time to be; one that has passed already changes nothing. */
  readonly toMs: number;
  /** The clock. */
  readonly clockMs: number;
  /** Keeps the account's offset (`ledger/account-settings.ts`). */
  readonly record: (offsetMs: number) => Promise<Pick<Account, 'testClockOffsetMs'>>;
  readonly processor: ProcessorClock;
  readonly client: SolventClient;
}

/** The account's time after the move, and how many of its open workflows were told. */
export interface MovedClock {
  readonly nowMs: number;
  readonly workflowsTold: number;
}

/**
 * Moves an account's time on: the ledger first, which every new step reads; then the processor;
 * then the open workflows, which reckon their waits anew. A repeat does again what is not done yet.
 */
export async function advanceAccountClock(advance: ClockAdvance): Promise<MovedClock> {
  const { account, toMs, clockMs, record, processor, client } = advance;
  const wanted = Math.max(account.testClockOffsetMs, toMs - clockMs);
  const { testClockOffsetMs } = await record(wanted);
  const nowMs = accountNowMs({ testClockOffsetMs }, clockMs);
  await processor.advanceTo(nowMs);
  const { accountId } = account;
  const workflowsTold = await client.moveClock({ accountId, offsetMs: testClockOffsetMs });
  return { nowMs, workflowsTold };
}
