import type { Account } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import type { Notice } from '../domain/notices.ts';
import { expiryNoticeMs } from '../domain/policy-change.ts';
import { recordedPolicy } from '../domain/policy-json.ts';
import {
  isInForceFrom,
  type PolicyActivation,
  type PolicySchedule,
} from '../domain/policy-schedule.ts';
import { instant } from './columns.ts';
import type { Session } from './database.ts';
import { insertNotices, noticeIdOf } from './notice-rows.ts';
import { insertWebhookMessages, webhookMessageOfNotice } from './webhook-messages.ts';

const changesLock = 7_364_120_255_164;

/**
 * Changes of policies happen one after the other, and while no account is being made: an account is
 * either there to be told of an announcement, or made after it and told then.
 */
export function lockPolicyChanges(session: Session, mode: 'exclusive' | 'shared'): void {
  const suffix = mode === 'shared' ? '_shared' : '';
  session.write(`select pg_advisory_xact_lock${suffix}($1)`, [changesLock]);
}

/** Writes what the accounts are told of an expiry to come; each is told once of each. */
export function insertExpiryNotices(
  session: Session,
  accounts: readonly Pick<Account, 'accountId' | 'currency' | 'testClockOffsetMs'>[],
  announcements: readonly PolicyActivation[],
  nowMs: number,
): void {
  const notices = announcements.map(noticeOf);
  const rows = accounts.flatMap((account) =>
    notices.map((notice) => ({
      accountId: account.accountId,
      currency: account.currency,
      noticeId: noticeIdOf(notice),
      notice,
      occurredAtMs: accountNowMs(account, nowMs),
    })),
  );
  if (rows.length === 0) return;
  insertNotices(session, rows);
  insertWebhookMessages(session, rows.flatMap(webhookMessageOfNotice));
}

function noticeOf({ policy, effectiveAtMs }: PolicyActivation): Notice {
  const { version, purchasedCreditsExpireAfterMs: expireAfterMs } = policy;
  if (expireAfterMs === null) throw new Error(`${version} has no expiry to tell of`);
  return { kind: 'credits_expiry_announced', version, effectiveAtMs, expireAfterMs };
}

/** What was announced and is to come, or in force: a new account is told of it (R2). */
export async function readAnnouncements(
  session: Session,
  policies: PolicySchedule,
  nowMs: number,
): Promise<PolicyActivation[]> {
  const rows = await session.read<{ effectiveAtMs: number; values: unknown }>(
    `select effective_at as "effectiveAtMs", values
     from policy_announcements join policies using (version) order by effective_at, version`,
  );
  return rows
    .map(({ effectiveAtMs, values }) => ({ effectiveAtMs, policy: recordedPolicy(values) }))
    .filter(
      ({ effectiveAtMs, policy }) =>
        effectiveAtMs > nowMs || isInForceFrom(policies, policy.version, nowMs),
    );
}

/**
 * Open accounts that were not told early enough that credits bought from then on expire (R2). An
 * account that was told when it was made never knew anything else.
 */
export async function countWithoutNotice(
  session: Session,
  { policy, effectiveAtMs }: PolicyActivation,
): Promise<number> {
  const [row] = await session.read<{ accounts: number }>(
    `select count(*) as accounts from accounts a
     where status = 'open' and not exists (
       select from notices n
       where n.account_id = a.account_id and n.kind = 'credits_expiry_announced'
         and n.payload ->> 'version' = $1 and (n.payload ->> 'effectiveAtMs')::bigint <= $2
         and (n.recorded_at <= $3 or n.occurred_at <= a.created_at)
     )`,
    [policy.version, effectiveAtMs, instant(effectiveAtMs - expiryNoticeMs)],
  );
  return row?.accounts ?? 0;
}
