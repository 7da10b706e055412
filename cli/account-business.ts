import type { Command } from 'commander';
import { accountNowMs } from '../domain/account-time.ts';
import type { BusinessProfile } from '../domain/business-profile.ts';
import { SolventError } from '../domain/failures.ts';
import { addressLinesOf, type PostalAddress } from '../domain/receipt-document.ts';
import {
  readBusinessProfile,
  setBusinessProfile,
  type KeptBusinessProfile,
} from '../ledger/business-profile.ts';
import { accountState } from './account-state.ts';
import { accountId } from './arguments.ts';
import type { Session } from './session.ts';
import { facts } from './words.ts';

interface BusinessOptions extends Partial<PostalAddress> {
  name?: string;
  taxId?: string;
  taxCountry?: string;
  po?: string;
  invoiceMail?: string[];
}

/** Shows what invoices say of the business, and changes what an option names (R44). */
export function addBusinessVerb(accounts: Command, session: Session): void {
  accounts
    .command('business')
    .description('show what invoices say of the business; change what is named, "" removes it')
    .argument('<account>', 'account id', accountId)
    .option('--name <name>', 'as invoices name it')
    .option('--line1 <text>', 'street and number')
    .option('--line2 <text>', 'what else finds the place')
    .option('--city <city>', 'of the address')
    .option('--postal-code <code>', 'of the address')
    .option('--region <code>', 'of the address, as WA; later invoices are taxed there')
    .option('--country <code>', 'of the address, as US; later invoices are taxed there')
    .option('--invoice-mail <address>', 'where invoices go, in place of all before', also)
    .option('--po <number>', 'the customer’s own order number')
    .option('--tax-id <number>', 'as the tax office gave it')
    .option('--tax-country <code>', 'whose tax office; absent, as before or as the address')
    .action((id: string, options: BusinessOptions) => business(id, options, session));
}

/** An option that may be repeated. */
function also(text: string, before: string[] = []): string[] {
  return [...before, text];
}

async function business(id: string, options: BusinessOptions, session: Session): Promise<void> {
  const { account } = await accountState(session, id);
  const ledger = await session.ledger();
  const before = await readBusinessProfile(ledger, { accountId: id });
  if (Object.keys(options).length === 0) {
    print(before, session);
    return;
  }
  const outcome = await setBusinessProfile(ledger, {
    accountId: id,
    profile: withOptions(before, options),
    actor: session.actor,
    nowMs: accountNowMs(account, session.nowMs()),
  });
  if (outcome.status === 'refused') throw new SolventError(outcome.refusal);
  print(outcome.profile, session);
}

function withOptions(before: BusinessProfile, options: BusinessOptions): BusinessProfile {
  const { name, po, invoiceMail, taxId, taxCountry } = options;
  const address = before.address;
  const { line1 = address?.line1 ?? null, line2 = address?.line2 ?? null } = options;
  const { city = address?.city ?? null, postalCode = address?.postalCode ?? null } = options;
  const { region = address?.region ?? null, country = address?.country ?? null } = options;
  const value = taxId ?? before.taxId?.value ?? '';
  const office = taxCountry ?? before.taxId?.country ?? country ?? '';
  return {
    name: name ?? before.name,
    address: { line1, line2, city, postalCode, region, country },
    invoiceEmails: invoiceMail ?? before.invoiceEmails,
    purchaseOrder: po ?? before.purchaseOrder,
    taxId: value === '' && taxCountry === undefined ? null : { country: office, value },
  };
}

function print(profile: KeptBusinessProfile, session: Session): void {
  const { isTaxIdChecked, ...shown } = profile;
  const { name, address, invoiceEmails, purchaseOrder, taxId } = profile;
  const json = { ...shown, taxId: taxId && { ...taxId, checked: isTaxIdChecked } };
  session.print(json, () =>
    facts([
      ['Name', name ?? 'the account’s own'],
      ['Address', address && addressLinesOf(address).join(', ')],
      ['Invoices to', invoiceEmails.length === 0 ? 'the account’s mail' : invoiceEmails.join(', ')],
      ['PO number', purchaseOrder],
      [
        'Tax id',
        taxId && `${taxId.value} (${taxId.country}${isTaxIdChecked ? '' : ', unchecked'})`,
      ],
    ]),
  );
}
