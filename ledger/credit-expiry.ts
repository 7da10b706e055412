import type { AccountId, CreditLot } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { expiredOf, noticeOfExpiry } from '../domain/credit-expiry.ts';
import type { Micros } from '../domain/money.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { uuidOf } from './account-id.ts';
import { applyChanges, type Change } from './change.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';

export interface LotPageInput {
  /** The clock; each account's own time is reckoned from it. */
  readonly nowMs: number;
  /** Where the page before ended; null: the first page. */
  readonly after: string | null;
  readonly limit: number;
}

export interface LotPageOutcome {
  /** Lots of which something was taken back, or whose end was announced. */
  readonly lots: number;
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/**
 * Takes back what is left of credits whose time is over (R28); what running requests hold of them
 * stays until they end, and goes then. Credits without an expiry are never looked at (R1).
 */
export async function expireCredits(
  ledger: Ledger,
  input: LotPageInput,
  policies: PolicySchedule,
): Promise<LotPageOutcome> {
  const page = await readLotPage(ledger, { ...input, aheadMs: 0, onlyUntold: false });
  const due = page.filter(({ remaining, held }) => remaining > held);
  const outcomes = await applyChanges(
    ledger,
    due.map((lot) => expiring(lot, input.nowMs, policies)),
  );
  await endLots(ledger, page, input.nowMs);
  const lots = outcomes.filter((outcome) => 'result' in outcome && outcome.result.amount > 0);
  return { lots: lots.length, nextCursor: cursorAfter(page, input.limit) };
}

/** Announces once for each lot that what is left of it will expire (R28, R61). */
export async function announceExpiry(
  ledger: Ledger,
  input: LotPageInput,
  policies: PolicySchedule,
): Promise<LotPageOutcome> {
  // An account whose clock was moved may live under a later policy: the lot's own decides below.
  const notices = policies.map(({ policy }) => policy.freeCreditsExpiryNoticeMs);
  const aheadMs = Math.max(...notices);
  const page = await readLotPage(ledger, { ...input, aheadMs, onlyUntold: true });
  const outcomes = await applyChanges(
    ledger,
    page.map((lot) => announcing(lot, input.nowMs, policies)),
  );
  const lots = outcomes.filter((outcome) => 'result' in outcome && outcome.result.isTold);
  return { lots: lots.length, nextCursor: cursorAfter(page, input.limit) };
}

interface LotPlace {
  readonly accountId: AccountId;
  readonly lotId: number;
  readonly expiresAtMs: number;
}

interface FoundLot extends LotPlace, Pick<CreditLot, 'remaining' | 'held'> {
  /** Counts the account's billing events. */
  readonly version: number;
  readonly testClockOffsetMs: number;
}

function expiring(
  { accountId, lotId, version }: FoundLot,
  clockMs: number,
  policies: PolicySchedule,
): Change<{ readonly amount: Micros | 0 }> {
  return {
    accountId,
    entry: {
      // A lot of which something was held expires in parts: each has an account version of its own.
      key: `lot/${lotId}:expire:${version}`,
      input: { lotId },
      policies,
      occurredAtMs: clockMs,
    },
    reads: { access: true },
    decide({ account, lots }): Decision<{ readonly amount: Micros | 0 }> {
      const nowMs = accountNowMs(account, clockMs);
      const lot = lots.find((row) => row.lotId === lotId);
      const amount = lot === undefined ? 0 : expiredOf(lot, nowMs);
      if (lot === undefined || amount === 0) return { result: { amount: 0 } };
      return {
        events: [{ kind: 'credits_expired', lotKind: lot.kind, lotId, amount }],
        occurredAtMs: nowMs,
        result: { amount },
      };
    },
  };
}

function announcing(
  { accountId, lotId }: LotPlace,
  clockMs: number,
  policies: PolicySchedule,
): Change<{ readonly isTold: boolean }> {
  return {
    accountId,
    entry: null,
    reads: { access: true },
    decide({ account, lots }) {
      const nowMs = accountNowMs(account, clockMs);
      const lot = lots.find((row) => row.lotId === lotId);
      const notice = lot && noticeOfExpiry(lot, policyAt(policies, nowMs), nowMs);
      if (notice === undefined || notice === null) return { result: { isTold: false } };
      return { notices: [{ notice, occurredAtMs: nowMs }], result: { isTold: true } };
    },
  };
}

/** The next lots that are due, in the order of their expiry: $2 to $4 are where the last page ended. */
const dueLots = (from: string, isDue: string) => `
  (select l.*, a.test_clock_offset_ms from ${from} using (account_id)
   where l.ended_at is null and ${isDue}
     and ($2::timestamptz is null
       or (l.expires_at, l.account_id, l.lot_id) > ($2, $3::uuid, $4::bigint))
     and (not $5 or l.remaining > 0 and not exists (
       select from notices n where n.account_id = l.account_id
         and n.notice_id = 'lot:' || l.lot_id || ':credits_expiring'
     ))
   order by l.expires_at, l.account_id, l.lot_id limit $6)`;

/**
 * Lots whose own account's time is within `aheadMs` of their expiry. Those that only a moved clock
 * brings so near are looked for apart: for all others the index gives them at once.
 */
async function readLotPage(
  ledger: Ledger,
  input: LotPageInput & { readonly aheadMs: number; readonly onlyUntold: boolean },
): Promise<FoundLot[]> {
  const { nowMs, aheadMs, limit, onlyUntold } = input;
  const after = placeOf(input.after);
  return ledger.run(
    `select account_id as "accountId", lot_id as "lotId", expires_at as "expiresAtMs", remaining,
       due.held, version, test_clock_offset_ms as "testClockOffsetMs"
     from (
       ${dueLots('lots l join accounts a', 'l.expires_at <= $1')}
       union all
       ${dueLots(
         'accounts a join lots l',
         `a.test_clock_offset_ms > 0 and l.expires_at > $1
            and l.expires_at <= $1 + a.test_clock_offset_ms * interval '1 millisecond'`,
       )}
     ) due join balances using (account_id)
     order by expires_at, account_id, lot_id limit $6`,
    [
      instant(nowMs + aheadMs),
      after && instant(after.expiresAtMs),
      after && uuidOf(after.accountId),
      after?.lotId ?? null,
      onlyUntold,
      limit,
    ],
  );
}

/** Nothing is left of them, so that no later run has to look. */
async function endLots(ledger: Ledger, page: readonly FoundLot[], nowMs: number): Promise<void> {
  await ledger.run(
    `update lots l set ended_at = r.now
     from unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) as r (account_id, lot_id, now)
     where l.account_id = r.account_id and l.lot_id = r.lot_id
       and l.remaining = 0 and l.ended_at is null`,
    columnsOf(
      page,
      (row) => uuidOf(row.accountId),
      (row) => row.lotId,
      (row) => instant(accountNowMs(row, nowMs)),
    ),
  );
}

function cursorAfter(page: readonly LotPlace[], limit: number): string | null {
  const last = page.length < limit ? undefined : page.at(-1);
  return last === undefined ? null : `${last.expiresAtMs}/${last.accountId}/${last.lotId}`;
}

function placeOf(cursor: string | null): LotPlace | null {
  if (cursor === null) return null;
  const [expiresAtMs = '', accountId = '', lotId = ''] = cursor.split('/');
  return { expiresAtMs: Number(expiresAtMs), accountId, lotId: Number(lotId) };
}
