import type { Account, AccountId } from '../domain/account.ts';
import { refuseOwnBalanceLimit } from '../domain/balance-limit.ts';
import type { Refusal } from '../domain/failures.ts';
import type { Micros } from '../domain/money.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
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

/**
 * Sets the most the customer wants to owe; null: as much as the ceiling allows (R18). It holds from
 * the next admission; what is owed already stays owed (R22).
 * @throws SolventError account_not_found.
 */
export async function setOwnBalanceLimit(
  ledger: Ledger,
  { accountId, ownBalanceLimit, actor, nowMs }: Asked & { readonly ownBalanceLimit: Micros | null },
  policies: PolicySchedule,
): Promise<SettingOutcome> {
  const { result } = await applyChange<SettingOutcome>(ledger, {
    accountId,
    entry: null,
    decide({ account: before, balances }) {
      const refusal = refuseOwnBalanceLimit(
        ownBalanceLimit,
        { account: before, balances },
        policyAt(policies, nowMs),
      );
      if (refusal !== null) return { result: { status: 'refused', refusal } };
      const account = { ...before, ownBalanceLimit };
      const detail = { from: before.ownBalanceLimit, to: ownBalanceLimit };
      const action = 'account.set_own_balance_limit';
      const audit = { actor, action, detail, occurredAtMs: nowMs };
      return { result: { status: 'set', account }, account, audit };
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
 * Closes an account for new purchases and use. Closing a closed one changes nothing.
 * @throws SolventError account_not_found.
 */
export async function closeAccount(
  ledger: Ledger,
  { accountId, actor, nowMs }: Asked,
): Promise<{ readonly account: Account }> {
  const { result } = await applyChange(ledger, {
    accountId,
    entry: null,
    decide({ account: before }) {
      if (before.status === 'closed') return { result: { account: before } };
      const account: Account = { ...before, status: 'closed' };
      const audit = { actor, action: 'account.close', detail: {}, occurredAtMs: nowMs };
      return { result: { account }, account, audit };
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
