import type { AccountId } from '../domain/account.ts';
import {
  businessFaults,
  changedBusinessFields,
  taxedAt,
  tidyProfile,
  type BusinessFault,
  type BusinessProfile,
} from '../domain/business-profile.ts';
import { failure, refusal, type Refusal } from '../domain/failures.ts';
import { readBusinessRows } from './business-rows.ts';
import { applyChange } from './change.ts';
import type { Ledger } from './database.ts';
import { areTaxIdsChecked, readTaxId } from './tax-ids.ts';

/** Business data with whether the tax id is of a country whose numbers are checked. */
export interface KeptBusinessProfile extends BusinessProfile {
  /** Null where there is no tax id. */
  readonly isTaxIdChecked: boolean | null;
}

export type BusinessOutcome =
  | { readonly status: 'set'; readonly profile: KeptBusinessProfile }
  | {
      readonly status: 'refused';
      readonly refusal: Refusal;
      readonly faults: readonly BusinessFault[];
    };

/** What an account's invoices are to say. Throws account_not_found. */
export async function readBusinessProfile(
  ledger: Ledger,
  { accountId }: { readonly accountId: AccountId },
): Promise<KeptBusinessProfile> {
  const [row] = await ledger.snapshot((session) => readBusinessRows(session, [accountId]));
  if (row === undefined) throw failure('account_not_found');
  return kept(row);
}

function kept({ name, address, invoiceEmails, purchaseOrder, taxId }: BusinessProfile) {
  const isTaxIdChecked = taxId && areTaxIdsChecked(taxId.country);
  return { name, address, invoiceEmails, purchaseOrder, taxId, isTaxIdChecked };
}

/**
 * Puts business data in place of all that were there (R44). Invoices from now on show them, and are
 * taxed at the address (R45); those issued keep the data and the tax they have. The audit log gets
 * the names of the fields that changed, never what they say: it cannot be erased.
 * @throws SolventError account_not_found, account_erased.
 */
export async function setBusinessProfile(
  ledger: Ledger,
  asked: {
    readonly accountId: AccountId;
    readonly profile: BusinessProfile;
    readonly actor: string;
    /** The account's own time. */
    readonly nowMs: number;
  },
): Promise<BusinessOutcome> {
  const { accountId, actor, nowMs } = asked;
  const { profile, faults } = readGiven(asked.profile);
  if (faults.length > 0) return refused(faults);
  await applyChange(ledger, {
    accountId,
    entry: null,
    reads: { business: true },
    decide({ account: before, business }) {
      if (business === null) throw new Error(`${accountId} has no profile`);
      if (business.erasedAtMs !== null) throw failure('account_erased');
      const changed = changedBusinessFields(business, profile);
      const account = taxedAt(before, business.address, profile.address);
      if (changed.length === 0) return { result: null };
      const action = 'account.set_business_profile';
      const audit = { actor, action, detail: { changed }, occurredAtMs: nowMs };
      return { result: null, business: profile, audit, ...(account !== before && { account }) };
    },
  });
  return { status: 'set', profile: kept(profile) };
}

function readGiven(given: BusinessProfile) {
  const tidy = tidyProfile(given);
  const faults = businessFaults(tidy);
  if (tidy.taxId === null || faults.some(({ field }) => field.startsWith('taxId'))) {
    return { profile: tidy, faults };
  }
  const taxId = readTaxId(tidy.taxId);
  return 'field' in taxId
    ? { profile: tidy, faults: [...faults, taxId] }
    : { profile: { ...tidy, taxId }, faults };
}

function refused(faults: readonly BusinessFault[]): BusinessOutcome {
  const words = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
  return { status: 'refused', refusal: refusal('business_profile_invalid', `${words}.`), faults };
}
