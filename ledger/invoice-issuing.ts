import type { AccountId } from '../domain/account.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { CountedCredits } from '../domain/invoicing.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Session } from './database.ts';
import { insertInvoiceCredits, insertInvoiceLines, type InvoiceName } from './invoice-lines.ts';
import { insertNumberedInvoices } from './invoice-rows.ts';

export interface IssuedRow {
  readonly accountId: AccountId;
  readonly invoice: Invoice;
  readonly credits: CountedCredits;
}

/**
 * Writes a page of invoices with all that is shown on them, and what is to be collected. The
 * invoices themselves come last, as their numbers do.
 */
export function issueInvoices(session: Session, rows: readonly IssuedRow[]): void {
  const names = rows.map(nameOf);
  insertInvoiceLines(session, names);
  insertInvoiceCredits(
    session,
    rows.map((row) => ({ ...nameOf(row), credits: row.credits })),
  );
  insertParties(session, names);
  insertNumberedInvoices(
    session,
    rows.map(({ accountId, invoice }) => ({ ...invoice, accountId })),
  );
  insertCollections(session, rows);
}

function nameOf({ accountId, invoice: { invoiceId, period } }: IssuedRow): InvoiceName {
  if (period === null) throw new Error(`${invoiceId} is of no month`);
  return { accountId, invoiceId, period };
}

/** To whom it is made out: the account's data as they are now. Erased ones leave no row. */
function insertParties(session: Session, rows: readonly InvoiceName[]): void {
  session.write(
    `insert into invoice_parties (account_id, invoice_id, party)
     select account_id, r.invoice_id,
       jsonb_build_object('name', coalesce(p.business_name, p.name), 'email', p.email,
         'address', p.address, 'taxId', p.tax_id, 'purchaseOrder', p.purchase_order)
     from unnest($1::uuid[], $2::text[]) as r (account_id, invoice_id)
     join account_profiles p using (account_id)
     where p.erased_at is null`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
    ),
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
    columnsOf(
      due,
      (row) => uuidOf(row.accountId),
      (row) => row.invoice.invoiceId,
      (row) => instant(row.invoice.chargeAtMs),
    ),
  );
}
