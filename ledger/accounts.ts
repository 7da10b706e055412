import type { Account, AccountId, Balances, CreditLot, UnbilledPeriod } from '../domain/account.ts';
import { isCurrencyCode, type CurrencyCode } from '../domain/currencies.ts';
import { failure } from '../domain/failures.ts';
import { isAccountId } from '../domain/ids.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import type { Plan } from '../domain/tiers.ts';
import { houseId, uuidOf } from './account-id.ts';
import { insertAccountVersions } from './account-rows.ts';
import { readAccounts, readAccountsAfter, readBalances } from './account-rows.ts';
import { readLots, readUnbilledPeriods } from './account-rows.ts';
import { insertAudit } from './audit.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { hashOfInput } from './input-hash.ts';
import { insertExpiryNotices, lockPolicyChanges, readAnnouncements } from './policy-notices.ts';
import type { Address } from './profiles.ts';
import { insertWebhookMessages, webhookMessageOfNewAccount } from './webhook-messages.ts';

export interface NewAccount {
  /** Derived from the caller's idempotency key: the same key is the same account. */
  readonly accountId: AccountId;
  readonly currency: string;
  readonly name: string;
  readonly email: string;
  readonly address?: Address | null;
  /** ISO 3166 country and region the customer is taxed in; null: not known, no tax. */
  readonly taxCountry: string | null;
  readonly taxRegion: string | null;
  readonly plan?: Plan;
  readonly actor: string;
  readonly nowMs: number;
}

/**
 * Makes an account. A repeat with the same input finds it again.
 * @throws SolventError currency_not_supported (R69), idempotency_key_reused where the id belongs
 * to an account made from other input (B19).
 */
export async function createAccount(
  ledger: Ledger,
  input: NewAccount,
  policies: PolicySchedule,
): Promise<{ readonly status: 'created' | 'stored'; readonly account: Account }> {
  const { accountId, actor, nowMs, currency } = input;
  if (!isAccountId(accountId) || accountId === houseId) {
    throw new RangeError(`not an account id: "${accountId}"`);
  }
  if (!isCurrencyCode(currency) || policyAt(policies, nowMs).currencies[currency] === undefined) {
    throw failure('currency_not_supported', `It was "${currency}".`);
  }
  return ledger.transaction(async (session) => {
    lockPolicyChanges(session, 'shared');
    const isNew = await insertAccount(session, { ...input, currency });
    if (isNew) {
      const detail = { currency, plan: input.plan ?? 'build' };
      const action = 'account.create';
      insertAudit(session, [{ accountId, actor, action, detail, occurredAtMs: nowMs }]);
    } else if (!(await wasCreatedFrom(session, input))) {
      throw failure('idempotency_key_reused');
    }
    const [account] = await readAccounts(session, [uuidOf(accountId)]);
    if (account === undefined) throw failure('account_not_found');
    const place = { version: 0, holdVersion: 0, atMs: nowMs };
    if (isNew) insertAccountVersions(session, [{ account, place }]);
    if (isNew) {
      const announcements = await readAnnouncements(session, policies, nowMs);
      insertExpiryNotices(session, [account], announcements, nowMs);
      insertWebhookMessages(session, [webhookMessageOfNewAccount(account)]);
    }
    return { status: isNew ? 'created' : 'stored', account };
  });
}

/** False where the account exists. */
async function insertAccount(
  session: Session,
  input: NewAccount & { currency: CurrencyCode },
): Promise<boolean> {
  const { accountId, currency, plan = 'build', taxCountry, taxRegion, nowMs } = input;
  const uuid = uuidOf(accountId);
  const inserted = await session.read(
    `insert into accounts (account_id, currency, plan, tax_country, tax_region, created_at)
     values ($1, $2, $3, $4, $5, $6) on conflict (account_id) do nothing returning account_id`,
    [uuid, currency, plan, taxCountry, taxRegion, instant(nowMs)],
  );
  if (inserted.length === 0) return false;
  const { name, email, address = null } = input;
  session.write(
    `insert into account_profiles (account_id, name, email, address, created_from)
     values ($1, $2, $3, $4, $5)`,
    [uuid, name, email, address && JSON.stringify(address), hashOf(input)],
  );
  session.write('insert into balances (account_id) values ($1)', [uuid]);
  return true;
}

/** True also where the profile was erased, and with it what a repeat could be compared with. */
async function wasCreatedFrom(session: Session, input: NewAccount): Promise<boolean> {
  const [profile] = await session.read<{ createdFrom: Buffer | null }>(
    'select created_from as "createdFrom" from account_profiles where account_id = $1',
    [uuidOf(input.accountId)],
  );
  return profile?.createdFrom == null || profile.createdFrom.equals(hashOf(input));
}

function hashOf(input: NewAccount): Buffer {
  const { currency, name, email, address = null, taxCountry, taxRegion, plan = 'build' } = input;
  return hashOfInput({ currency, name, email, address, taxCountry, taxRegion, plan });
}

export interface AccountState {
  readonly account: Account;
  readonly balances: Balances;
  readonly lots: readonly CreditLot[];
  readonly unbilledPeriods: readonly UnbilledPeriod[];
}

/** An account as it is at one moment; undefined where there is no such account. */
export async function readAccount(
  ledger: Ledger,
  { accountId }: { readonly accountId: AccountId },
): Promise<AccountState | undefined> {
  const uuid = uuidOf(accountId);
  return ledger.snapshot(async (session) => {
    const [[account], [balances], lots, unbilledPeriods] = await Promise.all([
      readAccounts(session, [uuid]),
      readBalances(session, [uuid]),
      readLots(session, uuid),
      readUnbilledPeriods(session, [uuid]),
    ]);
    if (account === undefined || balances === undefined) return undefined;
    return { account, balances, lots, unbilledPeriods };
  });
}

export interface AccountPage {
  readonly accounts: readonly Account[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** One page of all accounts, in the order of their ids. */
export async function listAccounts(
  ledger: Ledger,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<AccountPage> {
  const after = cursor === null ? null : uuidOf(cursor);
  const rows = await readAccountsAfter(ledger, after, limit + 1);
  const accounts = rows.slice(0, limit);
  const nextCursor = rows.length > limit ? (accounts.at(-1)?.accountId ?? null) : null;
  return { accounts, nextCursor };
}
