import { isDeepStrictEqual } from 'node:util';
import { failure, type Refusal } from '../domain/failures.ts';
import type { Policy } from '../domain/policy.ts';
import { refuseActivation, refuseAnnouncement } from '../domain/policy-change.ts';
import { policyJson, recordedPolicy } from '../domain/policy-json.ts';
import type { PolicyActivation } from '../domain/policy-schedule.ts';
import { houseId } from './account-id.ts';
import { listAccounts } from './accounts.ts';
import { insertAudit } from './audit.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import type { Json } from './input-hash.ts';
import { readScheduleIn } from './policies.ts';
import { countWithoutNotice, insertExpiryNotices, lockPolicyChanges } from './policy-notices.ts';

export interface PolicyChange extends PolicyActivation {
  readonly actor: string;
  readonly nowMs: number;
}

export type PolicyChangeOutcome =
  /** `stored`: it was so already. */
  | { readonly status: 'recorded' | 'stored' }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/** A version's values; undefined where there is no such version. */
export async function readPolicy(
  ledger: Ledger,
  { version }: Pick<Policy, 'version'>,
): Promise<Policy | undefined> {
  const [row] = await ledger.run<ValuesRow>(valuesQuery, [version]);
  return row && recordedPolicy(row.values);
}

/**
 * Puts a policy in force from an instant on (R68); its values are recorded with it. Activating it
 * again for the same instant changes nothing; another one for the same instant takes its place.
 * @throws SolventError policy_version_reused.
 */
export async function activatePolicy(
  ledger: Ledger,
  change: PolicyChange,
): Promise<PolicyChangeOutcome> {
  const { policy, effectiveAtMs, actor } = change;
  const { version } = policy;
  return ledger.transaction(async (session): Promise<PolicyChangeOutcome> => {
    lockPolicyChanges(session, 'exclusive');
    const schedule = await readScheduleIn(session);
    const standing = schedule.slice(1).findLast((row) => row.effectiveAtMs === effectiveAtMs);
    if (standing?.policy.version === version) {
      await refuseOtherValues(session, policy);
      return { status: 'stored' };
    }
    const expires = policy.purchasedCreditsExpireAfterMs !== null;
    const withoutNotice = expires ? await countWithoutNotice(session, change) : 0;
    const nowMs = await readClock(session);
    const refusal = refuseActivation(schedule, change, { nowMs, withoutNotice });
    if (refusal !== null) return { status: 'refused', refusal };
    await recordPolicy(session, policy, actor);
    session.write(
      'insert into policy_activations (effective_at, version, actor) values ($1, $2, $3)',
      [instant(effectiveAtMs), version, actor],
    );
    audit(session, change, 'policy.activate');
    return { status: 'recorded' };
  });
}

export type AnnouncementOutcome =
  | {
      readonly status: 'recorded' | 'stored';
      /** Told of it, now or before. */ readonly accounts: number;
    }
  | Extract<PolicyChangeOutcome, { status: 'refused' }>;

/** How many accounts are told in one transaction. */
const accountsInPage = 1_000;

/**
 * Tells every open account that credits bought from an instant on will expire (R2), and from now on
 * every account that is made. Page by page: after a crash the same call goes on, and tells nobody
 * twice. The mails are sent by `sweep`.
 * @throws SolventError policy_version_reused.
 */
export async function announcePolicy(
  ledger: Ledger,
  change: PolicyChange,
): Promise<AnnouncementOutcome> {
  const outcome = await recordAnnouncement(ledger, change);
  if (outcome.status === 'refused') return outcome;
  let accounts = 0;
  let cursor: string | null = null;
  do {
    const page = await listAccounts(ledger, { cursor, limit: accountsInPage });
    const open = page.accounts.filter(({ status }) => status === 'open');
    await ledger.transaction((session) => {
      insertExpiryNotices(session, open, [change], change.nowMs);
      return Promise.resolve();
    });
    accounts += open.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { ...outcome, accounts };
}

/** From its commit on, accounts that are made are told; those being made are waited for. */
async function recordAnnouncement(
  ledger: Ledger,
  change: PolicyChange,
): Promise<PolicyChangeOutcome> {
  const { policy, effectiveAtMs, actor } = change;
  return ledger.transaction(async (session): Promise<PolicyChangeOutcome> => {
    lockPolicyChanges(session, 'exclusive');
    const known = await session.read(
      'select 1 from policy_announcements where version = $1 and effective_at = $2',
      [policy.version, instant(effectiveAtMs)],
    );
    if (known.length > 0) {
      await refuseOtherValues(session, policy);
      return { status: 'stored' };
    }
    const refusal = refuseAnnouncement(change, await readClock(session));
    if (refusal !== null) return { status: 'refused', refusal };
    await recordPolicy(session, policy, actor);
    session.write(
      'insert into policy_announcements (version, effective_at, actor) values ($1, $2, $3)',
      [policy.version, instant(effectiveAtMs), actor],
    );
    audit(session, change, 'policy.announce');
    return { status: 'recorded' };
  });
}

interface ValuesRow {
  readonly values: unknown;
}
const valuesQuery = 'select values from policies where version = $1';

/** Throws policy_version_reused. */
async function recordPolicy(session: Session, policy: Policy, actor: string): Promise<void> {
  session.write(
    `insert into policies (version, values, actor) values ($1, $2, $3)
     on conflict (version) do nothing`,
    [policy.version, JSON.stringify(policyJson(policy)), actor],
  );
  await refuseOtherValues(session, policy);
}

/** Throws policy_version_reused where the version was recorded with other values. */
async function refuseOtherValues(session: Session, policy: Policy): Promise<void> {
  const [row] = await session.read<ValuesRow>(valuesQuery, [policy.version]);
  if (row !== undefined && !isDeepStrictEqual(recordedPolicy(row.values), policy)) {
    throw failure('policy_version_reused', `It was "${policy.version}".`);
  }
}

/** The database's clock: the one by which an activation is early enough. */
async function readClock(session: Session): Promise<number> {
  const [row] = await session.read<{ nowMs: number }>('select clock_timestamp() as "nowMs"');
  if (row === undefined) throw new Error('the database told no time');
  return row.nowMs;
}

function audit(session: Session, { policy, effectiveAtMs, ...who }: PolicyChange, action: string) {
  const detail: Json = { version: policy.version, effectiveAt: instant(effectiveAtMs) };
  const { actor, nowMs: occurredAtMs } = who;
  insertAudit(session, [{ accountId: houseId, actor, action, detail, occurredAtMs }]);
}
