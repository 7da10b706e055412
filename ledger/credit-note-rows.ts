import type { AccountId } from '../domain/account.ts';
import type { CreditNote } from '../domain/invoice-corrections.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';
import { creditNoteSeries, numberOf } from './invoice-rows.ts';

export type CreditNoteRow = CreditNote & { readonly accountId: AccountId };

/** Adds credit notes, each with the next number of their series (R46). */
export function insertCreditNotes(session: Session, rows: readonly CreditNoteRow[]): void {
  session.write(
    `with series as (
       update invoice_series set last = last + $1::bigint where series = $2
       returning series, last - $1 as before
     )
     insert into credit_notes (account_id, credit_note_id, invoice_id, net, tax, from_due, reason,
       issued_event_id, issued_at, series, sequence, number)
     select account_id, credit_note_id, invoice_id, net, tax, from_due, reason, issued_event_id,
       issued_at, series, before + position, ${numberOf('series', 'before + position')}
     from series cross join unnest($3::uuid[], $4::text[], $5::text[], $6::bigint[],
       $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::timestamptz[]) with ordinality
       as r (account_id, credit_note_id, invoice_id, net, tax, from_due, reason,
         issued_event_id, issued_at, position)`,
    [
      rows.length,
      creditNoteSeries,
      ...columnsOf(
        rows,
        (row) => uuidOf(row.accountId),
        (row) => row.creditNoteId,
        (row) => row.invoiceId,
        (row) => row.net,
        (row) => row.tax,
        (row) => row.fromDue,
        (row) => row.reason,
        (row) => row.issuedEventId,
        (row) => instant(row.issuedAtMs),
      ),
    ],
  );
}

/** The credit notes on an invoice, oldest first. */
export function readCreditNotes(
  session: Session,
  { accountId, invoiceId }: { readonly accountId: AccountId; readonly invoiceId: string },
): Promise<CreditNoteRow[]> {
  return session.read(
    `select account_id as "accountId", credit_note_id as "creditNoteId",
       invoice_id as "invoiceId", number, net, tax, from_due as "fromDue", reason,
       issued_event_id as "issuedEventId", issued_at as "issuedAtMs"
     from credit_notes where account_id = $1 and invoice_id = $2 order by issued_event_id`,
    [uuidOf(accountId), invoiceId],
  );
}
