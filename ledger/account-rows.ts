import type { Account, AccountId, Balances, CreditLot, UnbilledPeriod } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf } from './columns.ts';
import type { Ledger, Session } from './database.ts';

export type BalancesRow = Balances & { readonly accountId: AccountId };
export type UnbilledRow = UnbilledPeriod & { readonly accountId: AccountId };

const accountColumns = `
  account_id as "accountId", currency, status, plan, tax_country as "taxCountry",
  tax_region as "taxRegion", own_balance_limit as "ownBalanceLimit", customer_id as "customerId",
  test_clock_offset_ms as "testClockOffsetMs", created_at as "createdAtMs"`;

const balancesColumns = `
  account_id as "accountId", purchased, free, refunds_due as "refundsDue", unbilled, invoiced, held,
  held_postpaid as "heldPostpaid", lifetime_paid as "lifetimePaid", version`;

export function readAccounts(session: Session, uuids: readonly string[]): Promise<Account[]> {
  return session.read(`select ${accountColumns} from accounts where account_id = any($1::uuid[])`, [
    uuids,
  ]);
}

/** One page of all accounts, in the order of their ids; `after` is the last UUID seen. */
export function readAccountsAfter(
  ledger: Ledger,
  after: string | null,
  limit: number,
): Promise<Account[]> {
  return ledger.run(
    `select ${accountColumns} from accounts
     where $1::uuid is null or account_id > $1 order by account_id limit $2`,
    [after, limit],
  );
}

export function readBalances(session: Session, uuids: readonly string[]): Promise<BalancesRow[]> {
  return session.read(
    `select ${balancesColumns} from balances where account_id = any($1::uuid[])`,
    [uuids],
  );
}

/** Takes the accounts' locks, in the order of their ids so that nobody waits in a circle. */
export function lockBalances(session: Session, uuids: readonly string[]): Promise<BalancesRow[]> {
  return session.read(
    `select ${balancesColumns} from balances where account_id = any($1::uuid[])
     order by account_id for no key update`,
    [uuids],
  );
}

export function readUnbilledPeriods(
  session: Session,
  uuids: readonly string[],
): Promise<UnbilledRow[]> {
  return session.read(
    `select account_id as "accountId", period, amount from unbilled_periods
     where account_id = any($1::uuid[]) and amount > 0 order by account_id, period`,
    [uuids],
  );
}

/** An account's lots, oldest first. */
export function readLots(session: Session, uuid: string): Promise<CreditLot[]> {
  return session.read(
    `select lot_id as "lotId", kind, amount, remaining, held, scope,
       acquired_at as "acquiredAtMs", expires_at as "expiresAtMs"
     from lots where account_id = $1 order by acquired_at, lot_id`,
    [uuid],
  );
}

export function writeBalances(session: Session, rows: readonly BalancesRow[]) {
  session.write(
    `update balances b set
       purchased = r.purchased, free = r.free, refunds_due = r.refunds_due,
       unbilled = r.unbilled, invoiced = r.invoiced, lifetime_paid = r.lifetime_paid,
       version = r.version
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
       $7::bigint[], $8::bigint[])
       as r (account_id, purchased, free, refunds_due, unbilled, invoiced, lifetime_paid, version)
     where b.account_id = r.account_id`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.purchased,
      (row) => row.free,
      (row) => row.refundsDue,
      (row) => row.unbilled,
      (row) => row.invoiced,
      (row) => row.lifetimePaid,
      (row) => row.version,
    ),
  );
}

export function writeUnbilledPeriods(session: Session, rows: readonly UnbilledRow[]) {
  session.write(
    `insert into unbilled_periods (account_id, period, amount)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[])
     on conflict (account_id, period) do update set amount = excluded.amount`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.period,
      (row) => row.amount,
    ),
  );
}

/** Writes what may change of an account. */
export function writeAccounts(session: Session, rows: readonly Account[]) {
  session.write(
    `update accounts a set
       status = r.status, plan = r.plan, tax_country = r.tax_country, tax_region = r.tax_region,
       own_balance_limit = r.own_balance_limit, customer_id = r.customer_id,
       test_clock_offset_ms = r.test_clock_offset_ms
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
       $7::text[], $8::bigint[])
       as r (account_id, status, plan, tax_country, tax_region, own_balance_limit, customer_id,
         test_clock_offset_ms)
     where a.account_id = r.account_id`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.status,
      (row) => row.plan,
      (row) => row.taxCountry,
      (row) => row.taxRegion,
      (row) => row.ownBalanceLimit,
      (row) => row.customerId,
      (row) => row.testClockOffsetMs,
    ),
  );
}
