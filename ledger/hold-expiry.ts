import type { AccountId } from '../domain/account.ts';
import { applyChanges } from './change.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { expiringHold, type ReleaseOutcome } from './holds.ts';
import { createLane } from './lane.ts';

/** A hold that was written late is looked for this long; none takes longer to be written. */
const overlapMs = 2 * 60_000;
const pageSize = 500;
/** More than a minute brings; what is left waits for the next sweep. */
const mostPages = 40;

export interface HoldExpiryReport {
  /** What they had reserved is free again. */
  readonly expired: number;
  /** They could not be ended now; the next sweep tries again. */
  readonly left: number;
}

interface Expired {
  readonly accountId: AccountId;
  readonly holdId: string;
  readonly expiresAtMs: number;
}

/**
 * Gives back what expired holds still reserve (R20): those past their time by the clock, and, apart,
 * those of test accounts whose own time is ahead of it. Whether one has expired is decided again
 * under the account's lock, since it may have been extended meanwhile.
 */
export async function expireHolds(
  ledger: Ledger,
  { nowMs }: { readonly nowMs: number },
): Promise<HoldExpiryReport> {
  const sweptUntilMs = await readSweptUntil(ledger);
  const byClock = await expirePages(ledger, nowMs, (session, after) =>
    readExpired(session, { fromMs: sweptUntilMs - overlapMs, toMs: nowMs, after }),
  );
  const ahead = await expirePages(ledger, nowMs, (session, after) =>
    readExpiredAhead(session, nowMs, after),
  );
  if (byClock.left === 0) await writeSweptUntil(ledger, byClock.untilMs ?? nowMs);
  return { expired: byClock.expired + ahead.expired, left: byClock.left + ahead.left };
}

type Read = (session: Session, after: Expired | null) => Promise<readonly Expired[]>;

/** `untilMs`: where the last page ended, where there are more; null: all were seen. */
async function expirePages(
  ledger: Ledger,
  nowMs: number,
  read: Read,
): Promise<HoldExpiryReport & { readonly untilMs: number | null }> {
  const expire = createLane({
    run: (changes: readonly ReturnType<typeof expiringHold>[]) => applyChanges(ledger, changes),
    width: 1,
    maxItems: pageSize,
  });
  let [expired, left] = [0, 0];
  let after: Expired | null = null;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const before: Expired | null = after;
    const page: readonly Expired[] = await ledger.snapshot((session) => read(session, before));
    const outcomes = await Promise.allSettled(
      page.map(({ accountId, holdId }) => expire(expiringHold({ accountId, holdId, nowMs }))),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') left += 1;
      else if ('result' in outcome.value && hasEnded(outcome.value.result)) expired += 1;
    }
    after = page.at(-1) ?? null;
    if (page.length < pageSize) return { expired, left, untilMs: null };
  }
  return { expired, left, untilMs: after?.expiresAtMs ?? null };
}

function hasEnded({ status }: ReleaseOutcome): boolean {
  return status === 'released';
}

/** Open holds past their time, from where the last sweep ended. */
function readExpired(
  session: Session,
  input: { readonly fromMs: number; readonly toMs: number; readonly after: Expired | null },
): Promise<Expired[]> {
  const { fromMs, toMs, after } = input;
  return session.read(
    `select account_id as "accountId", hold_id as "holdId", expires_at as "expiresAtMs"
     from holds
     where expires_at between $1 and $2 and state = 'open'
       and ($3::timestamptz is null or (expires_at, hold_id) > ($3, $4))
     order by expires_at, hold_id limit ${pageSize}`,
    [instant(fromMs), instant(toMs), instant(after?.expiresAtMs ?? null), after?.holdId ?? null],
  );
}

/** The same of the few accounts whose own time is ahead; nobody sweeps that time in order. */
function readExpiredAhead(
  session: Session,
  nowMs: number,
  after: Expired | null,
): Promise<Expired[]> {
  return session.read(
    `select account_id as "accountId", hold_id as "holdId", expires_at as "expiresAtMs"
     from accounts join holds using (account_id)
     where test_clock_offset_ms > 0 and state = 'open'
       and expires_at <= $1::timestamptz + test_clock_offset_ms * interval '1 millisecond'
       and ($2::timestamptz is null or (expires_at, hold_id) > ($2, $3))
     order by expires_at, hold_id limit ${pageSize}`,
    [instant(nowMs), instant(after?.expiresAtMs ?? null), after?.holdId ?? null],
  );
}

async function readSweptUntil(ledger: Ledger): Promise<number> {
  const [row] = await ledger.run<{ sweptUntilMs: number }>(
    'select swept_until as "sweptUntilMs" from hold_sweeps',
  );
  if (row === undefined) throw new Error('hold_sweeps has no row: was the ledger migrated?');
  return row.sweptUntilMs;
}

/** It only goes forward: two sweeps may end in another order than they began. */
async function writeSweptUntil(ledger: Ledger, untilMs: number): Promise<void> {
  await ledger.run('update hold_sweeps set swept_until = greatest(swept_until, $1)', [
    instant(untilMs),
  ]);
}
