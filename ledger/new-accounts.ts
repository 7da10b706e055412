import type { Account, AccountId } from '../domain/account.ts';
import { isCurrencyCode } from '../domain/currencies.ts';
import { failure } from '../domain/failures.ts';
import { isAccountId } from '../domain/ids.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import type { Plan } from '../domain/tiers.ts';
import { houseId, uuidOf } from './account-id.ts';
import { insertAccountVersions, readAccounts } from './account-rows.ts';
import { insertAudit } from './audit.ts';
import { columnsOf, instant } from './columns.ts';
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

export type MadeAccount =
  /** `stored`: a repeat with the same input found it. */
  | { readonly status: 'created' | 'stored'; readonly account: Account }
  /** The id belongs to an account made from other input (B19). */
  | { readonly status: 'conflict' };

/**
 * Makes accounts in one transaction, with a handful of statements whatever their number; all at the
 * time of the first. @throws SolventError currency_not_supported (R69): then none is made.
 */
export async function createAccounts(
  ledger: Ledger,
  inputs: readonly NewAccount[],
  policies: PolicySchedule,
): Promise<MadeAccount[]> {
  const [first] = inputs;
  if (first === undefined) return [];
  for (const input of inputs) assertPossible(input, policies);
  const { actor, nowMs } = first;
  return ledger.transaction(async (session) => {
    lockPolicyChanges(session, 'shared');
    const created = await insertAccounts(session, inputs);
    const differing = await findDiffering(
      session,
      inputs.filter(({ accountId }) => !created.has(accountId)),
    );
    const rows = await readAccounts(
      session,
      inputs.map(({ accountId }) => uuidOf(accountId)),
    );
    const accounts = new Map(rows.map((account) => [account.accountId, account]));
    const made = rows.filter(({ accountId }) => created.has(accountId));
    if (made.length > 0) await recordMade(session, made, { actor, nowMs, policies });
    return inputs.map(({ accountId }): MadeAccount => {
      if (differing.has(accountId)) return { status: 'conflict' };
      const account = accounts.get(accountId);
      if (account === undefined) throw failure('account_not_found');
      return { status: created.has(accountId) ? 'created' : 'stored', account };
    });
  });
}

function assertPossible({ accountId, currency, nowMs }: NewAccount, policies: PolicySchedule) {
  if (!isAccountId(accountId) || accountId === houseId) {
    throw new RangeError(`not an account id: "${accountId}"`);
  }
  if (!isCurrencyCode(currency) || policyAt(policies, nowMs).currencies[currency] === undefined) {
    throw failure('currency_not_supported', `It was "${currency}".`);
  }
}

/** What goes with every new account: its audit entry, its settings, and what it is told. */
async function recordMade(
  session: Session,
  made: readonly Account[],
  { actor, nowMs, policies }: { actor: string; nowMs: number; policies: PolicySchedule },
): Promise<void> {
  const action = 'account.create';
  const audit = made.map(({ accountId, currency, plan }) => {
    return { accountId, actor, action, detail: { currency, plan }, occurredAtMs: nowMs };
  });
  insertAudit(session, audit);
  const place = { version: 0, holdVersion: 0, atMs: nowMs };
  insertAccountVersions(
    session,
    made.map((account) => ({ account, place })),
  );
  const announcements = await readAnnouncements(session, policies, nowMs);
  insertExpiryNotices(session, made, announcements, nowMs);
  insertWebhookMessages(session, made.map(webhookMessageOfNewAccount));
}

/** Returns those that were not there before. */
async function insertAccounts(
  session: Session,
  inputs: readonly NewAccount[],
): Promise<Set<AccountId>> {
  const inserted = await session.read<{ accountId: AccountId }>(
    `insert into accounts (account_id, currency, plan, tax_country, tax_region, created_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
       $6::timestamptz[])
     on conflict (account_id) do nothing returning account_id as "accountId"`,
    columnsOf(
      inputs,
      (row) => uuidOf(row.accountId),
      (row) => row.currency,
      (row) => row.plan ?? 'build',
      (row) => row.taxCountry,
      (row) => row.taxRegion,
      (row) => instant(row.nowMs),
    ),
  );
  const created = new Set(inserted.map(({ accountId }) => accountId));
  const rows = inputs.filter(({ accountId }) => created.has(accountId));
  if (rows.length === 0) return created;
  session.write(
    `insert into account_profiles (account_id, name, email, address, created_from)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::bytea[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.name,
      (row) => row.email,
      ({ address = null }) => address && JSON.stringify(address),
      (row) => hashOf(row),
    ),
  );
  session.write('insert into balances (account_id) select unnest($1::uuid[])', [
    rows.map(({ accountId }) => uuidOf(accountId)),
  ]);
  return created;
}

/**
 * Those accounts that exist and were made from something else. One whose profile was erased, and
 * with it what could be compared, counts as the same.
 */
export async function findDiffering(
  session: Session,
  inputs: readonly NewAccount[],
): Promise<Set<AccountId>> {
  if (inputs.length === 0) return new Set();
  const rows = await session.read<{ accountId: AccountId; createdFrom: Buffer | null }>(
    `select account_id as "accountId", created_from as "createdFrom" from account_profiles
     where account_id = any($1::uuid[])`,
    [inputs.map(({ accountId }) => uuidOf(accountId))],
  );
  const hashes = new Map(rows.map(({ accountId, createdFrom }) => [accountId, createdFrom]));
  const differing = inputs.filter((input) => {
    const hash = hashes.get(input.accountId);
    return hash != null && !hash.equals(hashOf(input));
  });
  return new Set(differing.map(({ accountId }) => accountId));
}

function hashOf(input: NewAccount): Buffer {
  const { currency, name, email, address = null, taxCountry, taxRegion, plan = 'build' } = input;
  return hashOfInput({ currency, name, email, address, taxCountry, taxRegion, plan });
}
