import type { Account, AccountId, Balances, CreditLot, UnbilledPeriod } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { accountIds, bigints, texts } from './binary-columns.ts';
import { columnsOf, instant, type Column } from './columns.ts';
import type { Ledger, Session } from './database.ts';

export type BalancesRow = Balances & { readonly accountId: AccountId };
export type UnbilledRow = UnbilledPeriod & { readonly accountId: AccountId };

const accountColumns = `
  account_id as "accountId", currency, status, plan, tax_country as "taxCountry",
  tax_region as "taxRegion", own_balance_limit as "ownBalanceLimit", customer_id as "customerId",
  test_clock_offset_ms as "testClockOffsetMs", created_at as "createdAtMs",
  balance_limit_ceiling as "balanceLimitCeiling", net_days as "netDays",
  time_zone as "timeZone", retry_after_days as "retryAfterDays",
  to_jsonb(low_balance_thresholds) as "lowBalanceThresholds",
  case when admin_hold_reason is not null then jsonb_build_object('reason', admin_hold_reason,
    'sinceMs', (extract(epoch from admin_hold_since) * 1000)::bigint) end as "adminHold"`;

const balancesColumns = `
  account_id as "accountId", purchased, free, refunds_due as "refundsDue", unbilled, invoiced,
  invoiced_tax as "invoicedTax", held, held_postpaid as "heldPostpaid", lifetime_paid as "lifetimePaid", version,
  hold_version as "holdVersion"`;

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

const lotColumns = `
  lot_id as "lotId", kind, amount, remaining, held, scope, acquired_at as "acquiredAtMs",
  expires_at as "expiresAtMs", frozen_at as "frozenAtMs"`;

/** An account's lots, oldest first. */
export function readLots(session: Session, uuid: string): Promise<CreditLot[]> {
  return session.read(
    `select ${lotColumns} from lots where account_id = $1 order by acquired_at, lot_id`,
    [uuid],
  );
}

export type OwnedLot = CreditLot & { readonly accountId: AccountId };

/** The accounts' lots with anything left, oldest first. */
export function readRemainingLots(session: Session, uuids: readonly string[]): Promise<OwnedLot[]> {
  return session.read(
    `select account_id as "accountId", ${lotColumns} from lots
     where account_id = any($1::uuid[]) and remaining > 0 order by account_id, acquired_at, lot_id`,
    [uuids],
  );
}

/** All of the accounts' lots, oldest first. */
export function readAllLots(session: Session, uuids: readonly string[]): Promise<OwnedLot[]> {
  return session.read(
    `select account_id as "accountId", ${lotColumns} from lots
     where account_id = any($1::uuid[]) order by account_id, acquired_at, lot_id`,
    [uuids],
  );
}

/** Writes what changes of lots. */
export function writeLots(session: Session, rows: readonly OwnedLot[]): void {
  session.write(
    `update lots l set remaining = r.remaining, held = r.held
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
       as r (account_id, lot_id, remaining, held)
     where l.account_id = r.account_id and l.lot_id = r.lot_id`,
    columnsOf(rows, ...movedLotColumns),
  );
}

const movedLotColumns: Column<OwnedLot>[] = [
  accountIds((row) => row.accountId),
  bigints((row) => row.lotId),
  bigints((row) => row.remaining),
  bigints((row) => row.held),
];

export function writeBalances(session: Session, rows: readonly BalancesRow[]) {
  session.write(
    `update balances b set
       purchased = r.purchased, free = r.free, refunds_due = r.refunds_due,
       unbilled = r.unbilled, invoiced = r.invoiced, held = r.held,
       held_postpaid = r.held_postpaid, lifetime_paid = r.lifetime_paid, version = r.version,
       hold_version = r.hold_version, invoiced_tax = r.invoiced_tax
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
       $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
       as r (account_id, purchased, free, refunds_due, unbilled, invoiced, held, held_postpaid,
         lifetime_paid, version, hold_version, invoiced_tax)
     where b.account_id = r.account_id`,
    columnsOf(rows, ...writtenBalances),
  );
}

const writtenBalances: Column<BalancesRow>[] = [
  accountIds((row) => row.accountId),
  bigints((row) => row.purchased),
  bigints((row) => row.free),
  bigints((row) => row.refundsDue),
  bigints((row) => row.unbilled),
  bigints((row) => row.invoiced),
  bigints((row) => row.held),
  bigints((row) => row.heldPostpaid),
  bigints((row) => row.lifetimePaid),
  bigints((row) => row.version),
  bigints((row) => row.holdVersion),
  bigints((row) => row.invoicedTax),
];

export function writeUnbilledPeriods(session: Session, rows: readonly UnbilledRow[]) {
  session.write(
    `insert into unbilled_periods (account_id, period, amount)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[])
     on conflict (account_id, period) do update set amount = excluded.amount`,
    columnsOf(rows, ...unbilledColumns),
  );
}

const unbilledColumns: Column<UnbilledRow>[] = [
  accountIds((row) => row.accountId),
  texts((row) => row.period),
  bigints((row) => row.amount),
];

/** Writes what may change of an account. */
export function writeAccounts(session: Session, rows: readonly Account[]) {
  session.write(
    `update accounts a set
       status = r.status, plan = r.plan, tax_country = r.tax_country, tax_region = r.tax_region,
       own_balance_limit = r.own_balance_limit, customer_id = r.customer_id,
       test_clock_offset_ms = r.test_clock_offset_ms,
       balance_limit_ceiling = r.balance_limit_ceiling, net_days = r.net_days,
       time_zone = r.time_zone,
       retry_after_days = r.retry_after_days::integer[], low_balance_thresholds = r.low_balance_thresholds::bigint[],
       admin_hold_reason = r.admin_hold_reason, admin_hold_since = r.admin_hold_since
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
       $7::text[], $8::bigint[], $9::bigint[], $10::smallint[], $11::text[], $12::text[],
       $13::timestamptz[], $14::text[], $15::text[])
       as r (account_id, status, plan, tax_country, tax_region, own_balance_limit, customer_id,
         test_clock_offset_ms, balance_limit_ceiling, net_days, low_balance_thresholds,
         admin_hold_reason, admin_hold_since, time_zone,
         retry_after_days)
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
      (row) => row.balanceLimitCeiling,
      (row) => row.netDays,
      // Lists of different length have no array type: each travels as its text.
      (row) => `{${row.lowBalanceThresholds.join(',')}}`,
      (row) => row.adminHold?.reason ?? null,
      (row) => instant(row.adminHold?.sinceMs ?? null),
      (row) => row.timeZone,
      (row) => row.retryAfterDays && `{${row.retryAfterDays.join(',')}}`,
    ),
  );
}

export interface AccountVersionRow {
  readonly account: Account;
  readonly place: PlaceInLife;
}

/** When something of an account changed: its time, and its place among what happened to it. */
export interface PlaceInLife extends Pick<Balances, 'version' | 'holdVersion'> {
  readonly atMs: number;
}

/** Keeps an account's settings as they are from now on, so that past decisions can be made again. */
export function insertAccountVersions(session: Session, rows: readonly AccountVersionRow[]): void {
  session.write(
    `insert into account_versions (account_id, account, version, hold_version, valid_from)
     select * from unnest($1::uuid[], $2::jsonb[], $3::bigint[], $4::bigint[], $5::timestamptz[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.account.accountId),
      (row) => JSON.stringify(row.account),
      (row) => row.place.version,
      (row) => row.place.holdVersion,
      (row) => instant(row.place.atMs),
    ),
  );
}
