import type { Account, AccountId, Balances } from '../domain/account.ts';
import { refuseCeiling, refuseOwnBalanceLimit } from '../domain/balance-limit.ts';
import { isTimeZoneName } from '../domain/daytime.ts';
import { refusal, type Refusal } from '../domain/failures.ts';
import type { Micros } from '../domain/money.ts';
import type { Policy } from '../domain/policy.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import type { Plan } from '../domain/tiers.ts';
import type { AuditEntry } from './audit.ts';
import { applyChange } from './change.ts';
import type { Ledger } from './database.ts';

/** Who asks for a change, and when: kept in the audit log. */
interface Asked {
  readonly accountId: AccountId;
  readonly actor: string;
  /** The account's own time. */
  readonly nowMs: number;
}

export type SettingOutcome =
  | { readonly status: 'set'; readonly account: Account }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/** What may be set of an account; what is absent stays as it is. */
export interface AccountSettings {
  /** The most the customer wants to owe; null: as much as the ceiling allows (R18). */
  readonly ownBalanceLimit?: Micros | null;
  /** Credits left, at and below which the customer wants a mail (R61); kept falling, each once. */
  readonly lowBalanceThresholds?: readonly Micros[];
  /** How the account is sold to: by card, or by contract (R29, R67). */
  readonly plan?: Plan;
  /** Days a contract leaves to pay an invoice; null: as the policy says (R67). */
  readonly netDays?: number | null;
  /** Where the customer is, as IANA names it: cards are charged again by day; null: UTC (R49). */
  readonly timeZone?: string | null;
  /** The most the customer may choose to owe, set by an operator; null: the policy's (R17). */
  readonly balanceLimitCeiling?: Micros | null;
}

/**
 * Changes settings, all that are named or none. They hold from the next admission; what is owed
 * already stays owed (R22). An account that is sold to by card has no net days of its own.
 * @throws SolventError account_not_found.
 */
export async function changeSettings(
  ledger: Ledger,
  { accountId, settings, actor, nowMs }: Asked & { readonly settings: AccountSettings },
  policies: PolicySchedule,
): Promise<SettingOutcome> {
  const { result } = await applyChange<SettingOutcome>(ledger, {
    accountId,
    entry: null,
    policies,
    reads: { access: true },
    decide({ account: before, balances }) {
      const account = withSettings(before, settings);
      const refused = refuseSettings(settings, account, balances, policyAt(policies, nowMs));
      if (refused !== null) return { result: { status: 'refused', refusal: refused } };
      const names = changedNames(before, account);
      const [name] = names;
      if (name === undefined) return { result: { status: 'set', account: before } };
      const action = `account.${names.length === 1 ? actionOf[name] : 'change_settings'}`;
      const detail =
        names.length === 1
          ? { from: before[name], to: account[name] }
          : Object.fromEntries(
              names.map((changed) => [changed, { from: before[changed], to: account[changed] }]),
            );
      const audit = { actor, action, detail, occurredAtMs: nowMs };
      return { result: { status: 'set', account }, account, audit };
    },
  });
  return result;
}

/**
 * Sets the most the customer wants to owe; see {@link changeSettings}.
 * @throws SolventError account_not_found.
 */
export function setOwnBalanceLimit(
  ledger: Ledger,
  { ownBalanceLimit, ...asked }: Asked & { readonly ownBalanceLimit: Micros | null },
  policies: PolicySchedule,
): Promise<SettingOutcome> {
  return changeSettings(ledger, { ...asked, settings: { ownBalanceLimit } }, policies);
}

const actionOf = {
  ownBalanceLimit: 'set_own_balance_limit',
  lowBalanceThresholds: 'set_low_balance_thresholds',
  plan: 'set_plan',
  netDays: 'set_net_days',
  timeZone: 'set_time_zone',
  balanceLimitCeiling: 'set_balance_limit_ceiling',
} as const satisfies Record<keyof AccountSettings, string>;

function withSettings(before: Account, settings: AccountSettings): Account {
  const plan = settings.plan ?? before.plan;
  const thresholds = settings.lowBalanceThresholds;
  return {
    ...before,
    ...settings,
    ...(thresholds && { lowBalanceThresholds: fallingWithoutRepeats(thresholds) }),
    ...(plan === 'build' && settings.netDays == null && { netDays: null }),
  };
}

function fallingWithoutRepeats(amounts: readonly Micros[]): readonly Micros[] {
  return [...new Set(amounts)].toSorted((a, b) => b - a);
}

function refuseSettings(
  { timeZone = null, ownBalanceLimit, balanceLimitCeiling, netDays }: AccountSettings,
  account: Account,
  balances: Balances,
  policy: Policy,
): Refusal | null {
  const facts = { account, balances };
  if (timeZone !== null && !isTimeZoneName(timeZone)) {
    return refusal('time_zone_unknown', `It was "${timeZone}".`);
  }
  if (netDays != null && account.plan === 'build') return refusal('net_days_without_contract');
  if (balanceLimitCeiling !== undefined) {
    const refused = refuseCeiling(balanceLimitCeiling, facts, policy);
    if (refused !== null) return refused;
  }
  return ownBalanceLimit === undefined
    ? null
    : refuseOwnBalanceLimit(ownBalanceLimit, facts, policy);
}

function changedNames(before: Account, after: Account): (keyof AccountSettings)[] {
  const names = Object.keys(actionOf) as (keyof AccountSettings)[];
  return names.filter((name) => String(before[name]) !== String(after[name]));
}

/**
 * Keeps the account from use until it is taken back (R54); what runs already is settled. The reason
 * is for operators, never for the customer. Again, it replaces the reason.
 * @throws SolventError account_not_found.
 */
export function setAdminHold(
  ledger: Ledger,
  { reason, ...asked }: Asked & { readonly reason: string },
): Promise<{ readonly account: Account }> {
  return operate(ledger, asked, 'account.hold', { reason }, ({ adminHold }) => {
    if (adminHold?.reason === reason) return null;
    return { adminHold: { reason, sinceMs: adminHold?.sinceMs ?? asked.nowMs } };
  });
}

/**
 * Lets an account be used again. One that is not on hold stays as it is.
 * @throws SolventError account_not_found.
 */
export function removeAdminHold(
  ledger: Ledger,
  asked: Asked,
): Promise<{ readonly account: Account }> {
  return operate(ledger, asked, 'account.unhold', {}, ({ adminHold }) =>
    adminHold === null ? null : { adminHold: null },
  );
}

/** Changes what operators alone decide of an account; null: it is so already. */
async function operate(
  ledger: Ledger,
  { accountId, actor, nowMs }: Asked,
  action: string,
  detail: AuditEntry['detail'],
  decide: (before: Account) => Partial<Account> | null,
): Promise<{ readonly account: Account }> {
  const { result } = await applyChange(ledger, {
    accountId,
    entry: null,
    decide({ account: before }) {
      const changed = decide(before);
      if (changed === null) return { result: { account: before } };
      const account: Account = { ...before, ...changed };
      return {
        result: { account },
        account,
        audit: { actor, action, detail, occurredAtMs: nowMs },
      };
    },
  });
  return result;
}

/**
 * Records Stripe's customer. The first one recorded stays: it is what all later calls must use.
 * @throws SolventError account_not_found.
 */
export async function recordCustomer(
  ledger: Ledger,
  { accountId, customerId }: { readonly accountId: AccountId; readonly customerId: string },
): Promise<{ readonly customerId: string }> {
  const { result } = await applyChange(ledger, {
    accountId,
    entry: null,
    decide({ account }) {
      if (account.customerId !== null) return { result: { customerId: account.customerId } };
      return {
        result: { customerId },
        account: { ...account, customerId },
        locators: [{ kind: 'customer' as const, key: customerId }],
      };
    },
  });
  return result;
}

/**
 * Moves the account's test clock to `offsetMs` before the real one; it never goes back. Callers
 * see to it that this never happens in live mode.
 * @throws SolventError account_not_found.
 */
export async function advanceTestClock(
  ledger: Ledger,
  { accountId, offsetMs, actor, nowMs }: Asked & { readonly offsetMs: number },
): Promise<{ readonly testClockOffsetMs: number }> {
  const { result } = await applyChange(ledger, {
    accountId,
    entry: null,
    decide({ account }) {
      const before = account.testClockOffsetMs;
      if (offsetMs <= before) return { result: { testClockOffsetMs: before } };
      const detail = { from: before, to: offsetMs };
      return {
        result: { testClockOffsetMs: offsetMs },
        account: { ...account, testClockOffsetMs: offsetMs },
        audit: { actor, action: 'account.advance_clock', detail, occurredAtMs: nowMs },
      };
    },
  });
  return result;
}
