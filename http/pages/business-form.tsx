import type { BusinessFault, BusinessField } from '../../domain/business-profile.ts';
import type { KeptBusinessProfile } from '../../ledger/business-profile.ts';
import { FormGuard } from './form-guard.tsx';
import { TextField } from './text-field.tsx';

/** A field of the form: the name it is sent by is the field's own. */
interface Line {
  readonly field: BusinessField;
  readonly label: string;
  /** What browsers fill it in by. */
  readonly autocomplete: string;
  readonly hint?: string;
}

const lines: readonly Line[] = [
  {
    ...{ field: 'name', label: 'Business name', autocomplete: 'organization' },
    hint: 'Empty: the name of your account.',
  },
  { field: 'address.line1', label: 'Address', autocomplete: 'billing address-line1' },
  { field: 'address.line2', label: 'Address, line 2', autocomplete: 'billing address-line2' },
  { field: 'address.postalCode', label: 'Postal code', autocomplete: 'billing postal-code' },
  { field: 'address.city', label: 'City', autocomplete: 'billing address-level2' },
  {
    ...{ field: 'address.region', label: 'State or region' },
    ...{ autocomplete: 'billing address-level1', hint: 'Its code, such as WA.' },
  },
  {
    ...{ field: 'address.country', label: 'Country', autocomplete: 'billing country' },
    hint: 'Two letters, such as US. Later invoices are taxed there.',
  },
  {
    ...{ field: 'invoiceEmails', label: 'Mail invoices to', autocomplete: 'off' },
    hint: 'Up to five addresses, with a space between them. Empty: the mail of your account.',
  },
  {
    ...{ field: 'purchaseOrder', label: 'Purchase order number', autocomplete: 'off' },
    hint: 'Printed on your invoices.',
  },
  { field: 'taxId.value', label: 'Tax ID', autocomplete: 'off' },
  {
    ...{ field: 'taxId.country', label: 'Country of the tax ID', autocomplete: 'off' },
    hint: 'Two letters, such as DE. Empty: the country of your address.',
  },
];

/** What was typed, by field. */
export type BusinessTyped = Readonly<Partial<Record<BusinessField, string>>>;

interface BusinessFormProperties {
  readonly profile: KeptBusinessProfile;
  readonly csrf: string;
  /** Shown in place of the profile where it could not be taken. */
  readonly typed: BusinessTyped | undefined;
  readonly faults: readonly BusinessFault[];
}

/** What invoices say of the business (R44). */
export function BusinessForm({ profile, csrf, typed, faults }: BusinessFormProperties) {
  const values = typed ?? typedOf(profile);
  return (
    <form method="post" action="/billing/settings/business" class="box stack" id="business">
      <FormGuard csrf={csrf} />
      <div>
        <h2>Business details</h2>
        <p class="soft">
          Your next invoices show them. Invoices that you have already stay as they are.
        </p>
      </div>
      {lines.map(({ field, label, autocomplete, hint }) => (
        <TextField
          {...{ id: field, label, autocomplete, hint }}
          value={values[field] ?? ''}
          error={messageOf(
            label,
            faults.find((fault) => fault.field === field),
          )}
        />
      ))}
      {profile.isTaxIdChecked === false && typed === undefined && (
        <p class="hint">We do not check tax IDs of this country. Please make sure it is right.</p>
      )}
      <p>
        <button type="submit">Save details</button>
      </p>
    </form>
  );
}

function messageOf(label: string, fault: BusinessFault | undefined): string | null {
  return fault === undefined ? null : `${label} ${fault.message}.`;
}

/** The names of all fields that the form sends. */
export const businessFields: readonly BusinessField[] = lines.map(({ field }) => field);

function typedOf({ name, address, invoiceEmails, purchaseOrder, taxId }: KeptBusinessProfile) {
  return {
    ...{ name: name ?? '', purchaseOrder: purchaseOrder ?? '' },
    ...{ 'address.line1': address?.line1 ?? '', 'address.line2': address?.line2 ?? '' },
    ...{ 'address.city': address?.city ?? '', 'address.postalCode': address?.postalCode ?? '' },
    ...{ 'address.region': address?.region ?? '', 'address.country': address?.country ?? '' },
    invoiceEmails: invoiceEmails.join(' '),
    ...{ 'taxId.value': taxId?.value ?? '', 'taxId.country': taxId?.country ?? '' },
  } satisfies Record<BusinessField, string>;
}
