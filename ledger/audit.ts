import type { AccountId } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import type { Json } from './input-hash.ts';

/** Who changed what (R64). Never a name, a mail address or card data: it cannot be erased. */
export interface AuditEntry {
  /** The account, or `houseId` for what concerns all of them. */
  readonly accountId: AccountId;
  /** "api_key:key_…", "portal", "operator:NAME", "cli", "system". */
  readonly actor: string;
  /** Subject and verb: "account.create", "payment_method.remove". */
  readonly action: string;
  readonly detail: Json;
  readonly occurredAtMs: number;
}

/** Written in the transaction of the change it tells of. */
export function insertAudit(session: Session, rows: readonly AuditEntry[]): void {
  session.write(
    `insert into audit_log (account_id, actor, action, detail, occurred_at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.actor,
      (row) => row.action,
      (row) => JSON.stringify(row.detail),
      (row) => instant(row.occurredAtMs),
    ),
  );
}

/** Records what was asked of something that is no change of the ledger: a workflow. */
export async function recordAudit(ledger: Ledger, entry: AuditEntry): Promise<void> {
  await ledger.transaction((session) => {
    insertAudit(session, [entry]);
    return Promise.resolve();
  });
}
