import type { AccountId, LotPart } from '../domain/account.ts';
import type { Hold } from '../domain/holds.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';

export type HoldRow = Hold & { readonly accountId: AccountId };

/** A hold as the table has it: flat, its lots as pairs. */
type Columns = Omit<HoldRow, 'lots' | 'admittedBy'> & {
  readonly lots: readonly [lotId: number, amount: LotPart['amount']][];
  readonly admittedVersion: number;
  readonly admittedHoldVersion: number;
  readonly admittedPolicy: string;
  readonly admittedCost: Hold['cost'];
  readonly admittedSpendable: Hold['cost'];
  readonly admittedLimit: Hold['cost'];
  readonly admittedOwed: Hold['cost'];
};

const holdColumns = `
  account_id as "accountId", hold_id as "holdId", state, model, cost, lots, postpaid,
  opened_at as "openedAtMs", expires_at as "expiresAtMs", admitted_version as "admittedVersion",
  admitted_hold_version as "admittedHoldVersion", admitted_policy as "admittedPolicy",
  admitted_cost as "admittedCost", admitted_spendable as "admittedSpendable",
  admitted_limit as "admittedLimit", admitted_owed as "admittedOwed", ended_at as "endedAtMs",
  ended_hold_version as "endedHoldVersion", settled_cost as "settledCost",
  written_off as "writtenOff"`;

/** Those of the named holds that there are. */
export async function readHolds(
  session: Session,
  names: readonly { readonly accountId: AccountId; readonly holdId: string }[],
): Promise<HoldRow[]> {
  const rows = await session.read<Columns>(
    `select ${holdColumns} from unnest($1::uuid[], $2::text[]) as k (account_id, hold_id)
     join holds using (account_id, hold_id)`,
    columnsOf(
      names,
      (row) => uuidOf(row.accountId),
      (row) => row.holdId,
    ),
  );
  return rows.map(holdOf);
}

/**
 * An account's holds that were open at one place of its life, each with what it had reserved then:
 * before the first extension that came later.
 */
export async function readHoldsAt(
  session: Session,
  uuid: string,
  holdVersion: number,
): Promise<HoldRow[]> {
  const rows = await session.read<Columns>(
    `select ${holdColumns} from (
       select h.account_id, h.hold_id, 'open' as state, model, opened_at, expires_at,
         coalesce(x.cost_before, cost) as cost, coalesce(x.lots_before, lots) as lots,
         coalesce(x.postpaid_before, postpaid) as postpaid, admitted_version,
         admitted_hold_version, admitted_policy, admitted_cost, admitted_spendable,
         admitted_limit, admitted_owed, null::timestamptz as ended_at,
         null::bigint as ended_hold_version, null::bigint as settled_cost,
         null::bigint as written_off
       from holds h
       left join lateral (
         select * from hold_extensions e
         where e.account_id = h.account_id and e.hold_id = h.hold_id and e.hold_version > $2
         order by e.hold_version limit 1
       ) x on true
       where h.account_id = $1 and admitted_hold_version <= $2
         and (h.ended_hold_version is null or h.ended_hold_version > $2)
     ) h`,
    [uuid, holdVersion],
  );
  return rows.map(holdOf);
}

export function insertHolds(session: Session, rows: readonly HoldRow[]): void {
  session.write(
    `insert into holds (account_id, hold_id, state, cost, lots, postpaid, expires_at, ended_at,
       ended_hold_version, settled_cost, written_off, model, opened_at, admitted_version,
       admitted_hold_version, admitted_policy, admitted_cost, admitted_spendable, admitted_limit,
       admitted_owed)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[],
       $6::bigint[], $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::bigint[],
       $11::bigint[], $12::text[], $13::timestamptz[], $14::bigint[], $15::bigint[], $16::text[],
       $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[])`,
    columnsOf(
      rows,
      ...changingColumns,
      (row) => row.model,
      (row) => instant(row.openedAtMs),
      (row) => row.admittedBy.version,
      (row) => row.admittedBy.holdVersion,
      (row) => row.admittedBy.policyVersion,
      (row) => row.admittedBy.cost,
      (row) => row.admittedBy.spendable,
      (row) => row.admittedBy.limit,
      (row) => row.admittedBy.owed,
    ),
  );
}

/** Writes what may change of a hold. */
export function writeHolds(session: Session, rows: readonly HoldRow[]): void {
  session.write(
    `update holds h set
       state = r.state, cost = r.cost, lots = r.lots, postpaid = r.postpaid,
       expires_at = r.expires_at, ended_at = r.ended_at,
       ended_hold_version = r.ended_hold_version, settled_cost = r.settled_cost,
       written_off = r.written_off
     from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[], $6::bigint[],
       $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::bigint[], $11::bigint[])
       as r (account_id, hold_id, state, cost, lots, postpaid, expires_at, ended_at,
         ended_hold_version, settled_cost, written_off)
     where h.account_id = r.account_id and h.hold_id = r.hold_id`,
    columnsOf(rows, ...changingColumns),
  );
}

/** What a hold had reserved before the extension numbered `holdVersion`. */
export interface ExtensionRow {
  readonly accountId: AccountId;
  readonly holdVersion: number;
  readonly extendedAtMs: number;
  readonly before: Hold;
}

export function insertExtensions(session: Session, rows: readonly ExtensionRow[]): void {
  session.write(
    `insert into hold_extensions (account_id, hold_id, hold_version, extended_at, cost_before,
       lots_before, postpaid_before)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::bigint[],
       $6::jsonb[], $7::bigint[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.before.holdId,
      (row) => row.holdVersion,
      (row) => instant(row.extendedAtMs),
      (row) => row.before.cost,
      (row) => lotsJson(row.before),
      (row) => row.before.postpaid,
    ),
  );
}

const changingColumns = [
  (row: HoldRow) => uuidOf(row.accountId),
  (row: HoldRow) => row.holdId,
  (row: HoldRow) => row.state,
  (row: HoldRow) => row.cost,
  lotsJson,
  (row: HoldRow) => row.postpaid,
  (row: HoldRow) => instant(row.expiresAtMs),
  (row: HoldRow) => instant(row.endedAtMs),
  (row: HoldRow) => row.endedHoldVersion,
  (row: HoldRow) => row.settledCost,
  (row: HoldRow) => row.writtenOff,
] as const;

function lotsJson({ lots }: Hold): string {
  return JSON.stringify(lots.map(({ lotId, amount }) => [lotId, amount]));
}

function holdOf(row: Columns): HoldRow {
  return {
    accountId: row.accountId,
    holdId: row.holdId,
    state: row.state,
    model: row.model,
    cost: row.cost,
    lots: row.lots.map(([lotId, amount]) => ({ lotId, amount })),
    postpaid: row.postpaid,
    openedAtMs: row.openedAtMs,
    expiresAtMs: row.expiresAtMs,
    admittedBy: {
      version: row.admittedVersion,
      holdVersion: row.admittedHoldVersion,
      policyVersion: row.admittedPolicy,
      cost: row.admittedCost,
      spendable: row.admittedSpendable,
      limit: row.admittedLimit,
      owed: row.admittedOwed,
    },
    endedAtMs: row.endedAtMs,
    endedHoldVersion: row.endedHoldVersion,
    settledCost: row.settledCost,
    writtenOff: row.writtenOff,
  };
}
