import type { Account } from './account.ts';
import type { PostalAddress } from './receipt-document.ts';

/** What a business wants its invoices to say (R44): personal data, kept where it can be erased. */
export interface BusinessProfile {
  /** Null: the account's own name. */
  readonly name: string | null;
  readonly address: PostalAddress | null;
  /** Where invoices go; none: to the account's own mail, as receipts and notices always do. */
  readonly invoiceEmails: readonly string[];
  /** The customer's own order number, printed on invoices. */
  readonly purchaseOrder: string | null;
  readonly taxId: TaxId | null;
}

export interface TaxId {
  /** Of ISO 3166: whose tax office gave it. */
  readonly country: string;
  readonly value: string;
}

export type BusinessField =
  | 'name'
  | `address.${keyof PostalAddress}`
  | 'invoiceEmails'
  | 'purchaseOrder'
  | `taxId.${keyof TaxId}`;

/** What is wrong with one field, as a sentence without its subject: "must be …". */
export interface BusinessFault {
  readonly field: BusinessField;
  readonly message: string;
}

export const mostInvoiceEmails = 5;

const mustBeCountry = 'must be a country of ISO 3166 in capitals, such as "US"';
const mustBeRegion = 'must be a region of ISO 3166-2 without its country, such as "WA"';

const mostCharacters = {
  name: 200,
  purchaseOrder: 50,
  'taxId.value': 50,
  'address.line1': 200,
  'address.line2': 200,
  'address.city': 100,
  'address.postalCode': 20,
} as const satisfies Partial<Record<BusinessField, number>>;

/** Without spaces around what was given; what is empty then is absent. */
export function tidyProfile(given: BusinessProfile): BusinessProfile {
  const { name, address, invoiceEmails, purchaseOrder, taxId } = given;
  const parts = address === null ? [] : addressParts.map((part) => [part, tidy(address[part])]);
  const emails = invoiceEmails.flatMap((email) => tidy(email) ?? []);
  return {
    name: tidy(name),
    address: parts.some(([, value]) => value !== null)
      ? (Object.fromEntries(parts) as PostalAddress)
      : null,
    invoiceEmails: [...new Set(emails)],
    purchaseOrder: tidy(purchaseOrder),
    taxId:
      taxId === null || (tidy(taxId.value) ?? tidy(taxId.country)) === null
        ? null
        : { country: taxId.country.trim(), value: taxId.value.trim() },
  };
}

const addressParts = ['line1', 'line2', 'city', 'postalCode', 'region', 'country'] as const;

function tidy(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/**
 * Every field of a tidy profile that cannot be taken, but for the number of its tax id, of which
 * `ledger/tax-ids.ts` knows more. The region is a code since tax rates are looked up by it (R45).
 */
export function businessFaults(profile: BusinessProfile): BusinessFault[] {
  const { address, invoiceEmails, taxId } = profile;
  const faults: (BusinessFault | false)[] = [];
  for (const [field, value] of Object.entries(textsOf(profile))) {
    const most = mostCharacters[field as keyof typeof mostCharacters];
    const message = `must be a line of at most ${most} characters`;
    const isLine = value === null || (value.length <= most && !/\p{Cc}/u.test(value));
    faults.push(!isLine && { field: field as BusinessField, message });
  }
  if (address !== null) {
    const { line1, city, region, country } = address;
    faults.push(line1 === null && missing('address.line1', 'an address'));
    faults.push(city === null && missing('address.city', 'an address'));
    faults.push(!isCountry(country) && { field: 'address.country', message: mustBeCountry });
    const isRegion = region === null || /^[A-Z0-9]{1,3}$/.test(region);
    faults.push(!isRegion && { field: 'address.region', message: mustBeRegion });
  }
  const areMails = invoiceEmails.every((email) => email.length <= 254 && mailPattern.test(email));
  faults.push(
    (!areMails || invoiceEmails.length > mostInvoiceEmails) && {
      field: 'invoiceEmails',
      message: `must be up to ${mostInvoiceEmails} mail addresses, such as "ada@example.com"`,
    },
  );
  if (taxId !== null) {
    faults.push(!isCountry(taxId.country) && { field: 'taxId.country', message: mustBeCountry });
    faults.push(taxId.value === '' && missing('taxId.value', 'a tax id'));
  }
  return faults.filter((fault) => fault !== false);
}

/** Addresses are joined by commas in a mail's head, so that none may hold what separates them. */
const mailPattern = /^[^\s@,;:<>"()[\]\\]+@[^\s@,;:<>"()[\]\\]+$/;

function missing(field: BusinessField, whole: string): BusinessFault {
  return { field, message: `must be given where ${whole} is` };
}

function textsOf({ name, purchaseOrder, taxId, address }: BusinessProfile) {
  return {
    name,
    purchaseOrder,
    'taxId.value': taxId?.value ?? null,
    'address.line1': address?.line1 ?? null,
    'address.line2': address?.line2 ?? null,
    'address.city': address?.city ?? null,
    'address.postalCode': address?.postalCode ?? null,
  } as const satisfies Record<keyof typeof mostCharacters, string | null>;
}

const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
/** Codes that have a name and are no country. */
const otherRegions = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);

function isCountry(code: string | null): boolean {
  if (code === null || !/^[A-Z]{2}$/.test(code) || otherRegions.has(code)) return false;
  return countryNames.of(code) !== undefined;
}

/** The fields that differ, by name: all that may be kept of a change for ever. */
export function changedBusinessFields(
  before: BusinessProfile,
  after: BusinessProfile,
): (keyof BusinessProfile)[] {
  const names = ['name', 'address', 'invoiceEmails', 'purchaseOrder', 'taxId'] as const;
  return names.filter((name) => wordsOf(before[name]) !== wordsOf(after[name]));
}

/** The order of a stored object's members is the database's. */
function wordsOf(value: BusinessProfile[keyof BusinessProfile]): string {
  return value === null || typeof value === 'string' || Array.isArray(value)
    ? JSON.stringify(value)
    : JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The account as it is taxed from now on: where its new address is. Without an address, or with the
 * country and region of before, it stays as it was; past invoices keep the tax they have.
 */
export function taxedAt(
  account: Account,
  before: PostalAddress | null,
  after: PostalAddress | null,
): Account {
  if (after === null) return account;
  const { country, region } = after;
  if (before?.country === country && before.region === region) return account;
  if (account.taxCountry === country && account.taxRegion === region) return account;
  return { ...account, taxCountry: country, taxRegion: region };
}
