import type { AccountId, OpenInvoice } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';

export type OpenInvoiceRow = OpenInvoice & { readonly accountId: AccountId };

export interface InvoiceRow extends OpenInvoiceRow {
  readonly issuedEventId: number;
  readonly issuedAtMs: number;
}

/** Issued and still to be paid, uncollectible ones included: they keep counting (R50). */
export function readOpenInvoices(
  session: Session,
  uuids: readonly string[],
): Promise<OpenInvoiceRow[]> {
  return session.read(
    `select account_id as "accountId", invoice_id as "invoiceId", number, due,
       due_at as "dueAtMs"
     from invoices where account_id = any($1::uuid[]) and state in ('open', 'uncollectible')
     order by account_id, due_at, invoice_id`,
    [uuids],
  );
}

export function insertInvoices(session: Session, rows: readonly InvoiceRow[]): void {
  session.write(
    `insert into invoices (account_id, invoice_id, number, state, amount, due, due_at,
       issued_event_id, issued_at)
     select account_id, invoice_id, number, 'open', due, due, due_at, issued_event_id, issued_at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[],
       $6::bigint[], $7::timestamptz[])
       as r (account_id, invoice_id, number, due, due_at, issued_event_id, issued_at)`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
      (row) => row.number,
      (row) => row.due,
      (row) => instant(row.dueAtMs),
      (row) => row.issuedEventId,
      (row) => instant(row.issuedAtMs),
    ),
  );
}
