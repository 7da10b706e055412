import type { Command } from 'commander';
import { instant } from '../domain/answer-values.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { advanceTestClock } from '../ledger/account-settings.ts';
import { accountState } from './account-state.ts';
import { accountId, duration } from './arguments.ts';
import type { Session } from './session.ts';
import { utcTime } from './words.ts';

export function addClockVerbs(clock: Command, session: Session): void {
  clock
    .command('advance')
    .description('move a test account’s time on, and all that waits for it')
    .argument('<account>', 'account id', accountId)
    .argument('<duration>', 'how far: 90s, 15m, 25h, 3d, 2w', duration)
    .action((account: string, durationMs: number) => advance(account, durationMs, session));
}

/** Throws SolventError test_clock_unavailable, account_not_found, invalid_request. */
async function advance(id: string, durationMs: number, session: Session): Promise<void> {
  const { isLive, apiBase } = (await session.settings()).stripe();
  if (isLive) throw failure('test_clock_unavailable');
  const { advanceAccountClock, mostAdvanceMs, processorClock } =
    await import('../client/test-clock.ts');
  if (durationMs > mostAdvanceMs) throw failure('invalid_request', 'At most 400 days a step.');
  const { account } = await accountState(session, id);
  const ledger = await session.ledger();
  const clockMs = session.nowMs();
  const beforeMs = accountNowMs(account, clockMs);
  const { nowMs, workflowsTold } = await advanceAccountClock({
    account,
    toMs: beforeMs + durationMs,
    clockMs,
    client: await session.client(),
    processor: processorClock(apiBase),
    record: (offsetMs) =>
      advanceTestClock(ledger, { accountId: id, offsetMs, actor: session.actor, nowMs: beforeMs }),
  });
  session.print({ accountId: id, now: instant(nowMs), workflowsTold }, () => {
    const told =
      workflowsTold === 1 ? '1 open workflow was' : `${workflowsTold} open workflows were`;
    return `${id}: it is ${utcTime(nowMs)} now; ${told} told.`;
  });
}
