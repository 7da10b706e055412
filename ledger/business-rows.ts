import type { AccountId } from '../domain/account.ts';
import type { BusinessProfile, TaxId } from '../domain/business-profile.ts';
import type { PostalAddress } from '../domain/receipt-document.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf } from './columns.ts';
import type { Session } from './database.ts';

/** An account's business data as they are stored. */
export interface BusinessRow extends BusinessProfile {
  readonly accountId: AccountId;
  readonly erasedAtMs: number | null;
}

export type ChangedBusiness = BusinessProfile & { readonly accountId: AccountId };

interface BusinessColumns {
  readonly accountId: AccountId;
  readonly name: string | null;
  readonly address: PostalAddress | null;
  readonly invoiceEmails: readonly string[];
  readonly purchaseOrder: string | null;
  readonly taxId: string | null;
  readonly taxIdCountry: string | null;
  readonly erasedAtMs: number | null;
}

/** The business data of a page of accounts, in one statement; accounts unknown have none. */
export async function readBusinessRows(
  session: Session,
  accountIds: readonly AccountId[],
): Promise<BusinessRow[]> {
  const rows = await session.read<BusinessColumns>(
    `select account_id as "accountId", business_name as name, address,
       coalesce(invoice_emails, '[]') as "invoiceEmails", purchase_order as "purchaseOrder",
       tax_id as "taxId", tax_id_country as "taxIdCountry", erased_at as "erasedAtMs"
     from account_profiles where account_id = any($1::uuid[])`,
    [accountIds.map(uuidOf)],
  );
  return rows.map(({ taxId, taxIdCountry, ...row }) => ({
    ...row,
    taxId: taxIdOf(taxIdCountry, taxId),
  }));
}

function taxIdOf(country: string | null, value: string | null): TaxId | null {
  return country === null || value === null ? null : { country, value };
}

/** Puts business data in place of those that were there. */
export function writeBusinessRows(session: Session, rows: readonly ChangedBusiness[]): void {
  session.write(
    `update account_profiles p set
       business_name = r.business_name, address = r.address, invoice_emails = r.invoice_emails,
       purchase_order = r.purchase_order, tax_id = r.tax_id, tax_id_country = r.tax_id_country
     from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::jsonb[], $5::text[], $6::text[],
       $7::text[])
       as r (account_id, business_name, address, invoice_emails, purchase_order, tax_id,
         tax_id_country)
     where p.account_id = r.account_id`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.name,
      (row) => row.address && JSON.stringify(row.address),
      (row) => (row.invoiceEmails.length === 0 ? null : JSON.stringify(row.invoiceEmails)),
      (row) => row.purchaseOrder,
      (row) => row.taxId?.value ?? null,
      (row) => row.taxId?.country ?? null,
    ),
  );
}
