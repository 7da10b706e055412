import { accountIds, instants, texts } from './binary-columns.ts';
import { columnsOf, type Column } from './columns.ts';
import type { Session } from './database.ts';
import { insertInvoiceCredits, insertInvoiceLines } from './invoice-lines.ts';
import { insertNumberedInvoices, type IssuedRow } from './invoice-rows.ts';

/**
 * Writes a page of invoices with all that is shown on them, and what is to be collected. The
 * invoices themselves come last, as their numbers do.
 */
export function issueInvoices(session: Session, rows: readonly IssuedRow[]): void {
  const ofNoMonth = rows.find(({ invoice }) => invoice.period === null);
  if (ofNoMonth !== undefined) throw new Error(`${ofNoMonth.invoice.invoiceId} is of no month`);
  insertInvoiceLines(session, rows);
  insertInvoiceCredits(session, rows);
  insertParties(session, rows);
  insertNumberedInvoices(session, rows);
  insertCollections(session, rows);
}

const nameColumns: Column<IssuedRow>[] = [
  accountIds((row) => row.accountId),
  texts(({ invoice }) => invoice.invoiceId),
];

/** To whom it is made out: the account's data as they are now. Erased ones leave no row. */
function insertParties(session: Session, rows: readonly IssuedRow[]): void {
  session.write(
    `insert into invoice_parties (account_id, invoice_id, party)
     select account_id, r.invoice_id,
       jsonb_build_object('name', coalesce(p.business_name, p.name), 'email', p.email,
         'address', p.address, 'taxId', p.tax_id, 'purchaseOrder', p.purchase_order)
     from unnest($1::uuid[], $2::text[]) as r (account_id, invoice_id)
     join account_profiles p using (account_id)
     where p.erased_at is null`,
    columnsOf(rows, ...nameColumns),
  );
}

function insertCollections(session: Session, rows: readonly IssuedRow[]): void {
  const due = rows.filter(({ invoice }) => invoice.due > 0);
  if (due.length === 0) return;
  session.write(
    `insert into collections (account_id, invoice_id, charge_at, next_charge_at)
     select account_id, invoice_id, charge_at, charge_at
     from unnest($1::uuid[], $2::text[], $3::timestamptz[])
       as r (account_id, invoice_id, charge_at)`,
    columnsOf(due, ...nameColumns, chargeAtColumn),
  );
}

const chargeAtColumn: Column<IssuedRow> = instants(({ invoice }) => invoice.chargeAtMs);
