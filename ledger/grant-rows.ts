import type { AccountId } from '../domain/account.ts';
import type { Grant, GrantState } from '../domain/grants.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';

/** A grant, and whether it was asked for within the last 24 hours, by the database's clock. */
export interface RecentGrant {
  readonly accountId: AccountId;
  readonly grant: Grant;
  readonly isRecent: boolean;
}

const grantColumns = `
  g.account_id as "accountId", grant_id as "grantId", currency, amount, scope,
  expires_at as "expiresAtMs", reason, state, requested_by as "requestedBy",
  requested_at as "requestedAtMs", decided_by as "decidedBy", decided_at as "decidedAtMs",
  lot_id as "lotId"`;

/** The named grants, and all those of the accounts that were posted lately. */
export async function readNamedAndRecentGrants(
  session: Session,
  uuids: readonly string[],
  grantIds: readonly string[],
): Promise<RecentGrant[]> {
  const rows = await session.read<Grant & Pick<RecentGrant, 'isRecent'>>(
    `select ${grantColumns}, g.recorded_at > clock_timestamp() - interval '24 hours' as "isRecent"
     from grants g join accounts using (account_id)
     where g.account_id = any($1::uuid[]) and (
       grant_id = any($2::text[])
       or state = 'posted' and g.recorded_at > clock_timestamp() - interval '24 hours'
     )`,
    [uuids, grantIds],
  );
  return rows.map(({ isRecent, ...grant }) => ({ accountId: grant.accountId, grant, isRecent }));
}

export async function readGrantRow(
  ledger: Ledger,
  uuid: string,
  grantId: string,
): Promise<Grant | undefined> {
  const [row] = await ledger.run<Grant>(
    `select ${grantColumns} from grants g join accounts using (account_id)
     where g.account_id = $1 and grant_id = $2`,
    [uuid, grantId],
  );
  return row;
}

/** Grants in a state, or all of them, of one account or of all; newest first. */
export async function readGrantsBefore(
  ledger: Ledger,
  wanted: { readonly state: GrantState | null; readonly uuid: string | null },
  beforeSeq: number | null,
  limit: number,
): Promise<{ readonly seq: number; readonly grant: Grant }[]> {
  const rows = await ledger.run<Grant & { readonly seq: number }>(
    `select ${grantColumns}, seq from grants g join accounts using (account_id)
     where ($1::text is null or state = $1) and ($2::uuid is null or g.account_id = $2)
       and ($3::bigint is null or seq < $3)
     order by seq desc limit $4`,
    [wanted.state, wanted.uuid, beforeSeq, limit],
  );
  return rows.map(({ seq, ...grant }) => ({ seq, grant }));
}

/** Adds grants, and writes what was decided of those already there. */
export function writeGrants(session: Session, rows: readonly Grant[]): void {
  session.write(
    // A list of lists has no array type: the scope travels as JSON.
    `insert into grants (account_id, grant_id, amount, scope, expires_at, reason, state,
       requested_by, requested_at, decided_by, decided_at, lot_id)
     select account_id, grant_id, amount,
       case when scope is not null then array(select jsonb_array_elements_text(scope)) end,
       expires_at, reason, state, requested_by, requested_at, decided_by, decided_at, lot_id
     from unnest($1::uuid[], $2::text[], $3::bigint[], $4::jsonb[], $5::timestamptz[], $6::text[],
       $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::timestamptz[], $12::bigint[])
       as r (account_id, grant_id, amount, scope, expires_at, reason, state, requested_by,
         requested_at, decided_by, decided_at, lot_id)
     on conflict (account_id, grant_id) do update set
       state = excluded.state, decided_by = excluded.decided_by,
       decided_at = excluded.decided_at, lot_id = excluded.lot_id`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.grantId,
      (row) => row.amount,
      (row) => row.scope && JSON.stringify(row.scope),
      (row) => instant(row.expiresAtMs),
      (row) => row.reason,
      (row) => row.state,
      (row) => row.requestedBy,
      (row) => instant(row.requestedAtMs),
      (row) => row.decidedBy,
      (row) => instant(row.decidedAtMs),
      (row) => row.lotId,
    ),
  );
}
