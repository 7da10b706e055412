import type { AccountId } from '../domain/account.ts';
import type { Period } from '../domain/period.ts';
import { houseId, uuidOf } from './account-id.ts';
import type { Ledger, Session } from './database.ts';

/** Some accounts, in the order of their ids, of a month to be invoiced. */
export interface InvoicePage {
  readonly period: Period;
  /** Begins behind this one; null: with the first. */
  readonly after: AccountId | null;
  /** Ends with this one; null: with the last. */
  readonly until: AccountId | null;
  /** How many accounts are looked at. Those with anything to invoice are one batch. */
  readonly limit: number;
  /** The clock; each account's own time says whether the month is over for it. */
  readonly nowMs: number;
}

export interface Walked {
  readonly accountId: AccountId;
  /** There may be something to invoice. Most accounts have nothing, and are not locked. */
  readonly isConcerned: boolean;
  readonly hasInvoice: boolean;
}

export interface Walk {
  readonly accounts: readonly Walked[];
  /** Hand it in as `after` for the next page; null on the last one. */
  readonly lastAccountId: AccountId | null;
}

type WalkedRow = Omit<Walked, 'isConcerned'> & { readonly hasUsage: boolean };

/**
 * Each look is a look-up of its own. As `exists`, PostgreSQL would sooner or later read all that the
 * month has for every page: nothing for a thousand accounts, hours for a million. `is true` keeps a
 * column in the middle of the key from being searched for, which takes twice as long.
 */
const walkStatement = `
  select a.account_id as "accountId",
    unbilled.found is not null or posted.found is not null as "hasUsage",
    invoiced.found is not null as "hasInvoice"
  from (
    select account_id from accounts
    where account_id > $1 and account_id <= $2 order by account_id limit $3
  ) a
  left join lateral (
    select true as found from unbilled_periods u
    where u.account_id = a.account_id and u.period <= $4 and u.amount > 0 limit 1
  ) unbilled on true
  left join lateral (
    select true as found from usage_postings p
    where p.account_id = a.account_id and (p.posting_period = $4) is true limit 1
  ) posted on true
  left join lateral (
    select true as found from invoices i
    where i.account_id = a.account_id and i.period = $4 and i.state <> 'void' limit 1
  ) invoiced on true
  order by a.account_id`;

const lastUuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The accounts of a page. */
export async function walkAccounts(from: Ledger | Session, page: InvoicePage): Promise<Walk> {
  const { after, until, limit, period } = page;
  // Not `$1 is null or …`: a plan that is made once for all values would read every account.
  const first = uuidOf(after ?? houseId);
  const values = [first, until === null ? lastUuid : uuidOf(until), limit, period];
  const rows =
    'run' in from
      ? await from.run<WalkedRow>(walkStatement, values)
      : await from.read<WalkedRow>(walkStatement, values);
  const accounts = rows.map(({ accountId, hasUsage, hasInvoice }) => {
    return { accountId, hasInvoice, isConcerned: hasUsage && !hasInvoice };
  });
  const lastAccountId = rows.length < limit ? null : (rows.at(-1)?.accountId ?? null);
  return { accounts, lastAccountId };
}

/**
 * Splits all accounts into ranges of about the same number, for pages that are made side by side.
 * Accounts made meanwhile fall into the last one.
 */
export async function invoicePartitions(
  ledger: Ledger,
  count: number,
): Promise<Pick<InvoicePage, 'after' | 'until'>[]> {
  const bounds = await ledger.run<{ until: AccountId }>(
    `select max(account_id::text collate "C")::uuid as until
     from (select account_id, ntile($1) over (order by account_id) as part from accounts) a
     group by part order by part`,
    [count],
  );
  const untils = bounds.slice(0, -1).map(({ until }) => until);
  return [...untils, null].map((until, index) => ({ after: untils[index - 1] ?? null, until }));
}
