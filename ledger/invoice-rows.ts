import type { AccountId, OpenInvoice } from '../domain/account.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { CountedCredits } from '../domain/invoicing.ts';
import type { Micros } from '../domain/money.ts';
import type { Tax } from '../domain/tax.ts';
import { uuidOf } from './account-id.ts';
import { accountIds, bigints, instants, texts } from './binary-columns.ts';
import { columnsOf, instant, type Column } from './columns.ts';
import type { Ledger, Session } from './database.ts';

export type OpenInvoiceRow = OpenInvoice & { readonly accountId: AccountId };
export type InvoiceRow = Invoice & { readonly accountId: AccountId };

/** An invoice that is new, and the credits that it counted. */
export interface IssuedRow {
  readonly accountId: AccountId;
  readonly invoice: Invoice;
  readonly credits: CountedCredits;
}

/** The series that invoices are numbered in, and that of credit notes (R46). */
export const invoiceSeries = 'INV';
export const creditNoteSeries = 'CN';

/** Issued and still to be paid, uncollectible ones included: they keep counting (R50). */
export function readOpenInvoices(
  session: Session,
  uuids: readonly string[],
): Promise<OpenInvoiceRow[]> {
  return session.read(
    `select account_id as "accountId", invoice_id as "invoiceId", number, due,
       due_tax as "dueTax", i.charge_at as "chargeAtMs", due_at as "dueAtMs",
       next_charge_at as "nextChargeAtMs", ${pausesOf('i')} as pauses
     from invoices i left join collections c using (account_id, invoice_id)
     where account_id = any($1::uuid[]) and state in ('open', 'uncollectible')
     order by account_id, due_at, invoice_id`,
    [uuids],
  );
}

/** The pauses of an invoice's collection, as JSON, in the order in which they began. */
export function pausesOf(invoice: 'i' | 'c', condition = 'true'): string {
  return `(
    select coalesce(jsonb_agg(jsonb_build_object('reason', reason,
      'fromMs', (extract(epoch from from_at) * 1000)::bigint,
      'untilMs', (extract(epoch from until_at) * 1000)::bigint) order by from_at, pause_id), '[]')
    from collection_pauses p where p.account_id = ${invoice}.account_id
      and p.invoice_id = ${invoice}.invoice_id and ${condition})`;
}

const invoiceColumns = `
  account_id as "accountId", invoice_id as "invoiceId", number, kind, period,
  cutoff as "cutoffMs", brought_forward as "broughtForward",
  carried_forward as "carriedForward", carried_to as "carriedTo", amount, tax as "taxAmount",
  tax_place as "taxPlace", tax_name as "taxName", tax_parts_per_million as "taxPartsPerMillion",
  issued_at as "issuedAtMs", issued_event_id as "issuedEventId", charge_at as "chargeAtMs",
  due_at as "dueAtMs", replaces, state, due, due_tax as "dueTax", paid, credited, forgiven,
  voided_event_id as "voidedEventId", voided_at as "voidedAtMs",
  (select coalesce(sum(c.net), 0)::bigint from credit_notes c
   where c.account_id = i.account_id and c.invoice_id = i.invoice_id) as "creditedNet",
  (select coalesce(sum(c.tax), 0)::bigint from credit_notes c
   where c.account_id = i.account_id and c.invoice_id = i.invoice_id) as "creditedTax"`;

type Columns = Omit<InvoiceRow, 'tax' | 'creditNotes'> & {
  readonly creditedNet: Micros;
  readonly creditedTax: Micros;
  readonly taxAmount: Tax['amount'];
  readonly taxPlace: Tax['place'];
  readonly taxName: Tax['name'];
  readonly taxPartsPerMillion: Tax['partsPerMillion'];
};

function invoiceOf(row: Columns): InvoiceRow {
  const { taxAmount: amount, taxPlace: place, taxName: name, taxPartsPerMillion, ...others } = row;
  const { creditedNet, creditedTax, ...rest } = others;
  return {
    ...rest,
    tax: { amount, place, name, partsPerMillion: taxPartsPerMillion },
    creditNotes: { net: creditedNet, tax: creditedTax },
  };
}

/** Those of the named invoices that there are. */
export async function readInvoices(
  session: Session,
  names: readonly { readonly accountId: AccountId; readonly invoiceId: string }[],
): Promise<InvoiceRow[]> {
  const rows = await session.read<Columns>(
    `select ${invoiceColumns} from unnest($1::uuid[], $2::text[]) as k (account_id, invoice_id)
     join invoices i using (account_id, invoice_id)`,
    columnsOf(
      names,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
    ),
  );
  return rows.map(invoiceOf);
}

/** An account's invoices, newest first; `before` is the issuing event of the last one seen. */
export async function readInvoicesBefore(
  ledger: Ledger,
  accountId: AccountId,
  before: number | null,
  limit: number,
): Promise<InvoiceRow[]> {
  const rows = await ledger.run<Columns>(
    `select ${invoiceColumns} from invoices i
     where account_id = $1 and ($2::bigint is null or issued_event_id < $2)
     order by issued_event_id desc, invoice_id limit $3`,
    [uuidOf(accountId), before, limit],
  );
  return rows.map(invoiceOf);
}

/** Invoices with numbers of their own: those that were issued elsewhere. */
export function insertImportedInvoices(
  session: Session,
  rows: readonly (OpenInvoiceRow & Pick<Invoice, 'issuedEventId' | 'issuedAtMs'>)[],
): void {
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

/**
 * Adds invoices, each with the next number of the series (R46). The row of the series stays locked
 * until the commit, so that this comes after all else that a page writes.
 */
export function insertNumberedInvoices(session: Session, rows: readonly IssuedRow[]): void {
  session.write(
    `with series as (
       update invoice_series set last = last + $1::bigint where series = $2
       returning series, last - $1 as before
     )
     insert into invoices (account_id, invoice_id, kind, period, cutoff, brought_forward,
       carried_forward, carried_to, amount, tax, tax_place, tax_name, tax_parts_per_million,
       issued_at, issued_event_id, charge_at, due_at, replaces, state, due, due_tax, series,
       sequence, number)
     select account_id, invoice_id, kind, period, cutoff, brought_forward, carried_forward,
       carried_to, amount, tax, tax_place, tax_name, tax_parts_per_million, issued_at,
       issued_event_id, charge_at, due_at, replaces, state, due, due_tax, series,
       before + position, ${numberOf('series', 'before + position')}
     from series cross join unnest($3::uuid[], $4::text[], $5::text[], $6::text[],
       $7::timestamptz[], $8::bigint[], $9::bigint[], $10::text[], $11::bigint[], $12::bigint[],
       $13::text[], $14::text[], $15::integer[], $16::timestamptz[], $17::bigint[],
       $18::timestamptz[], $19::timestamptz[], $20::text[], $21::text[], $22::bigint[],
       $23::bigint[]) with ordinality
       as r (account_id, invoice_id, kind, period, cutoff, brought_forward, carried_forward,
         carried_to, amount, tax, tax_place, tax_name, tax_parts_per_million, issued_at,
         issued_event_id, charge_at, due_at, replaces, state, due, due_tax, position)`,
    [rows.length, invoiceSeries, ...columnsOf(rows, ...issuedColumns)],
  );
}

/** "INV-000042": six digits, more once they are used up. */
export function numberOf(series: string, sequence: string): string {
  const digits = `(${sequence})::text`;
  return `${series} || '-' || lpad(${digits}, greatest(6, length(${digits})), '0')`;
}

const issuedColumns: Column<IssuedRow>[] = [
  accountIds((row) => row.accountId),
  texts(({ invoice }) => invoice.invoiceId),
  texts(({ invoice }) => invoice.kind),
  texts(({ invoice }) => invoice.period),
  instants(({ invoice }) => invoice.cutoffMs),
  bigints(({ invoice }) => invoice.broughtForward),
  bigints(({ invoice }) => invoice.carriedForward),
  texts(({ invoice }) => invoice.carriedTo),
  bigints(({ invoice }) => invoice.amount),
  bigints(({ invoice }) => invoice.tax.amount),
  texts(({ invoice }) => invoice.tax.place),
  texts(({ invoice }) => invoice.tax.name),
  ({ invoice }) => invoice.tax.partsPerMillion,
  instants(({ invoice }) => invoice.issuedAtMs),
  bigints(({ invoice }) => invoice.issuedEventId),
  instants(({ invoice }) => invoice.chargeAtMs),
  instants(({ invoice }) => invoice.dueAtMs),
  texts(({ invoice }) => invoice.replaces),
  texts(({ invoice }) => invoice.state),
  bigints(({ invoice }) => invoice.due),
  bigints(({ invoice }) => invoice.dueTax),
];

/** Writes what may change of invoices. */
export function writeInvoices(session: Session, rows: readonly InvoiceRow[]): void {
  session.write(
    `update invoices i set state = r.state, due = r.due, due_tax = r.due_tax, paid = r.paid,
       credited = r.credited, forgiven = r.forgiven, voided_event_id = r.voided_event_id,
       voided_at = r.voided_at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
       $7::bigint[], $8::bigint[], $9::bigint[], $10::timestamptz[])
       as r (account_id, invoice_id, state, due, due_tax, paid, credited, forgiven,
         voided_event_id, voided_at)
     where i.account_id = r.account_id and i.invoice_id = r.invoice_id`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.invoiceId,
      (row) => row.state,
      (row) => row.due,
      (row) => row.dueTax,
      (row) => row.paid,
      (row) => row.credited,
      (row) => row.forgiven,
      (row) => row.voidedEventId,
      (row) => instant(row.voidedAtMs),
    ),
  );
}
