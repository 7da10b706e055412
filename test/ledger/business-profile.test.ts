import { describe, expect, it } from 'vitest';
import type { BusinessProfile } from '../../domain/business-profile.ts';
import { invoiceIdFor } from '../../domain/ids.ts';
import { invoiceDocumentOf } from '../../domain/invoice-document.ts';
import { ZERO } from '../../domain/money.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readBusinessProfile, setBusinessProfile } from '../../ledger/business-profile.ts';
import { readInvoiceDocument } from '../../ledger/invoice-documents.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { eraseProfile } from '../../ledger/profiles.ts';
import { areTaxIdsChecked, readTaxId } from '../../ledger/tax-ids.ts';
import { aPostpaidAccount, november, runMs, useImages } from './invoicing-fixture.ts';
import { anAccount, newAccountId, nowMs, policies, useLedger } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();

const nothing: BusinessProfile = {
  ...{ name: null, address: null, invoiceEmails: [], purchaseOrder: null, taxId: null },
};
const berlin = {
  ...{ line1: '1 Main Street', line2: null, city: 'Berlin', postalCode: '10115' },
  ...{ region: null, country: 'DE' },
};
const full: BusinessProfile = {
  ...{ name: 'Analytical Engines GmbH', address: berlin, purchaseOrder: 'PO-7' },
  invoiceEmails: ['accounts@example.com', 'ada@example.com'],
  taxId: { country: 'DE', value: 'DE136695976' },
};

function put(accountId: string, profile: BusinessProfile) {
  return setBusinessProfile(test.ledger, { accountId, profile, actor: 'test', nowMs });
}

async function faultsOf(change: Partial<BusinessProfile>): Promise<string[]> {
  const outcome = await put(await anAccount(test.ledger), { ...full, ...change });
  return outcome.status === 'set' ? [] : outcome.faults.map(({ field }) => field);
}

async function placeOf(accountId: string) {
  const state = await readAccount(test.ledger, { accountId });
  return [state?.account.taxCountry, state?.account.taxRegion];
}

async function auditOf(accountId: string): Promise<object[]> {
  return test.ledger.run(
    `select action, detail from audit_log where account_id = $1 and action <> 'account.create'
     order by audit_id`,
    [uuidOf(accountId)],
  );
}

describe('R44 business data', () => {
  it('are kept whole, without spaces around them, and replaced whole', async () => {
    const accountId = await anAccount(test.ledger);
    expect(await readBusinessProfile(test.ledger, { accountId })).toEqual({
      ...{ ...nothing, isTaxIdChecked: null },
    });
    const spaced = {
      ...{ ...full, name: '  Analytical Engines GmbH ' },
      invoiceEmails: [' accounts@example.com', 'ada@example.com', 'ada@example.com', ' '],
      taxId: { country: 'DE', value: ' de 136 695 976 ' },
    };
    const kept = { ...full, isTaxIdChecked: true };
    expect(await put(accountId, spaced)).toEqual({ status: 'set', profile: kept });
    expect(await readBusinessProfile(test.ledger, { accountId })).toEqual(kept);
    await put(accountId, { ...nothing, purchaseOrder: 'PO-8' });
    expect(await readBusinessProfile(test.ledger, { accountId })).toEqual({
      ...{ ...nothing, purchaseOrder: 'PO-8', isTaxIdChecked: null },
    });
  });

  it('leave in the audit log which fields changed, and nothing of what they say', async () => {
    const accountId = await anAccount(test.ledger);
    await put(accountId, full);
    await put(accountId, full);
    await put(accountId, { ...full, purchaseOrder: 'PO-8', invoiceEmails: [] });
    const action = 'account.set_business_profile';
    expect(await auditOf(accountId)).toEqual([
      {
        action,
        detail: { changed: ['name', 'address', 'invoiceEmails', 'purchaseOrder', 'taxId'] },
      },
      { action, detail: { changed: ['invoiceEmails', 'purchaseOrder'] } },
    ]);
  });

  const manyMails = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@example.com`);
  it.each<[string, Partial<BusinessProfile>, string[]]>([
    ['a name of 201 characters', { name: 'x'.repeat(201) }, ['name']],
    ['a name of two lines', { name: 'Ada\nLtd' }, ['name']],
    ['six mails', { invoiceEmails: manyMails }, ['invoiceEmails']],
    ['a mail with a second one in it', { invoiceEmails: ['a@b.c,d@e.f'] }, ['invoiceEmails']],
    ['no mail address', { invoiceEmails: ['Ada'] }, ['invoiceEmails']],
    [
      'an address of a country alone',
      { address: { ...berlin, line1: ' ', city: null } },
      ['address.line1', 'address.city'],
    ],
    ['no country', { address: { ...berlin, country: null } }, ['address.country']],
    ['a country that is none', { address: { ...berlin, country: 'XX' } }, ['address.country']],
    ['a union of countries', { address: { ...berlin, country: 'EU' } }, ['address.country']],
    ['a region in words', { address: { ...berlin, region: 'Brandenburg' } }, ['address.region']],
    ['a tax id without its country', { taxId: { country: '', value: '1' } }, ['taxId.country']],
    ['a country without tax id', { taxId: { country: 'DE', value: ' ' } }, ['taxId.value']],
  ])('refuse %s by its field', async (_, change, fields) => {
    expect(await faultsOf(change)).toEqual(fields);
  });

  it('take five mails, and the tax id of a country that is not checked as it is', async () => {
    const accountId = await anAccount(test.ledger);
    const taxId = { country: 'KE', value: 'P051-x' };
    const outcome = await put(accountId, { ...full, taxId, invoiceEmails: manyMails.slice(1) });
    expect(outcome).toMatchObject({ status: 'set', profile: { taxId, isTaxIdChecked: false } });
  });

  it('of an account that does not exist, or was erased, are refused', async () => {
    await expect(put(newAccountId(), full)).rejects.toMatchObject({ code: 'account_not_found' });
    const accountId = await anAccount(test.ledger);
    await put(accountId, full);
    await eraseProfile(test.ledger, { accountId, actor: 'test', nowMs });
    expect(await readBusinessProfile(test.ledger, { accountId })).toMatchObject(nothing);
    await expect(put(accountId, full)).rejects.toMatchObject({ code: 'account_erased' });
  });

  it.each([
    ...["business_name = 'x'", `invoice_emails = '["x"]'`, "purchase_order = 'x'"],
    "tax_id = 'x', tax_id_country = 'DE'",
  ])('cannot be there once the account was erased: %s', async (change) => {
    const accountId = await anAccount(test.ledger);
    await eraseProfile(test.ledger, { accountId, actor: 'test', nowMs });
    await expect(
      test.ledger.run(`update account_profiles set ${change} where account_id = $1`, [
        uuidOf(accountId),
      ]),
    ).rejects.toThrow('account_profiles_erased_is_empty');
  });
});

describe('R41 R44 an invoice', () => {
  it('is made out to the business as it was when it was issued, and mailed where invoices go', async () => {
    await setPrices(test.ledger);
    const accountId = await aPostpaidAccount(test.ledger);
    await put(accountId, full);
    await useImages(test.ledger, accountId, 1_000, nowMs);
    await issueInvoice(test.ledger, { accountId, period: november, nowMs: runMs }, policies);
    const key = { accountId, invoiceId: invoiceIdFor(accountId, november) };
    const first = await readInvoiceDocument(test.ledger, key);
    const party = { name: full.name, address: berlin, purchaseOrder: 'PO-7' };
    expect(first.party).toMatchObject({ ...party, taxId: 'DE136695976' });
    const seller = { name: 'Seller', addressLines: [], taxId: null, email: null };
    const { customer } = invoiceDocumentOf({ ...first, replacesNumber: null }, seller);
    expect(customer).toMatchObject({ name: full.name, taxId: 'DE136695976', country: 'DE' });
    expect(customer).toMatchObject({ purchaseOrder: 'PO-7' });
    // What was paid, or taken back of it since, is not on it.
    const { due, dueTax } = first.invoice;
    const paid = { ...first.invoice, state: 'paid', paid: due, due: ZERO, dueTax: ZERO } as const;
    const credited = { ...paid, paid: ZERO, credited: due, creditNotes: { net: due, tax: dueTax } };
    for (const invoice of [paid, credited]) {
      const later = { ...first, invoice, replacesNumber: null };
      expect(invoiceDocumentOf(later, seller)).toEqual(
        invoiceDocumentOf({ ...first, replacesNumber: null }, seller),
      );
    }

    const mails = async () =>
      (await readDueNotices(test.ledger, { accountId })).map(({ notice, email }) => [
        ...[notice.kind, email],
      ]);
    const all = 'accounts@example.com, ada@example.com';
    expect(await mails()).toContainEqual(['invoice_issued', all]);
    await put(accountId, nothing);
    expect(await mails()).toContainEqual(['invoice_issued', 'ada@example.com']);
    expect(await readInvoiceDocument(test.ledger, key)).toEqual(first);
  });
});

describe('R45 R44 later invoices are taxed at a new address', () => {
  const seattle = { ...berlin, city: 'Seattle', region: 'WA', country: 'US' };
  it('by country and region; what else changes leaves the place', async () => {
    const accountId = await anAccount(test.ledger, { taxCountry: 'FR' });
    await put(accountId, { ...full, address: null });
    expect(await placeOf(accountId)).toEqual(['FR', null]);
    await put(accountId, full);
    expect(await placeOf(accountId)).toEqual(['DE', null]);
    await put(accountId, { ...full, address: seattle });
    expect(await placeOf(accountId)).toEqual(['US', 'WA']);
    await put(accountId, { ...full, address: null });
    expect(await placeOf(accountId)).toEqual(['US', 'WA']);
  });
});

/** Numbers of companies and authorities as they publish them; in each wrong one a digit or two is another. */
const taxIds: readonly [country: string, good: string, printed: string, bad: string][] = [
  ['AR', '20055361682', '20-05536168-2', '20055361683'],
  ['AT', 'atu 33864707', 'ATU33864707', 'ATU33864708'],
  ['AU', '51824753556', '51 824 753 556', '51824753557'],
  ['BE', '0403.170.701', 'BE0403170701', 'BE0403170702'],
  ['BR', '60701190000104', '60.701.190/0001-04', '60701190000105'],
  ['CA', '12302 6635', '12302 6635', '12302 6636'],
  ['CH', 'CHE-107.787.577 MWST', 'CHE-107.787.577 MWST', 'CHE-107.787.578 MWST'],
  ['CZ', 'CZ26168685', 'CZ26168685', 'CZ26168686'],
  ['DE', 'DE 143 454 214', 'DE143454214', 'DE143454215'],
  ['DK', '13585628', 'DK13585628', '13585629'],
  ['ES', 'B58378431', 'ESB58378431', 'ESB58378432'],
  ['FI', 'FI20774740', 'FI20774740', 'FI20774741'],
  ['FR', 'FR40 303 265 045', 'FR40303265045', 'FR41303265045'],
  ['GB', 'GB 980 7806 84', 'GB980780684', 'GB980780685'],
  ['GR', 'EL094259216', 'EL094259216', 'EL094259217'],
  ['IE', 'IE6388047V', 'IE6388047V', 'IE6388047W'],
  ['IN', '27AAPFU0939F1ZV', '27AAPFU0939F1ZV', '27AAPFU0939F1ZW'],
  ['IT', 'IT 00743110157', 'IT00743110157', 'IT00743110158'],
  ['LU', 'LU26375245', 'LU26375245', 'LU26375246'],
  ['NL', 'NL004495445B01', 'NL004495445B01', 'NL004495446B01'],
  ['NO', 'NO995525828MVA', 'NO 995 525 828 MVA', 'NO995525829MVA'],
  ['NZ', '49091850', '49-091-850', '49091851'],
  ['PL', '856-734-62-15', 'PL8567346215', 'PL8567346216'],
  ['PT', '501 964 843', 'PT501964843', 'PT501964842'],
  ['SE', 'SE556012579001', 'SE556012579001', 'SE556012579101'],
  ['US', '911144442', '91-1144442', '00-1144442'],
  ['ZA', '4780116107', '4780116107', '5780116107'],
];

describe('R44 tax ids', () => {
  it.each(taxIds)('of %s: %s is printed %s, and %s is wrong', (country, good, printed, bad) => {
    expect(readTaxId({ country, value: good })).toEqual({ country, value: printed });
    const wrong = readTaxId({ country, value: bad });
    expect(wrong).toMatchObject({ field: 'taxId.value' });
  });

  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const checked = letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter(areTaxIdsChecked);

  it('are checked for all of the European Union, and many beside', () => {
    const union =
      'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE';
    expect(checked).toEqual(expect.arrayContaining(union.split(' ')));
    expect(checked.length).toBeGreaterThan(40);
  });

  it.each(checked)('of %s are refused with words and an example, which is good', (country) => {
    const wrong = readTaxId({ country, value: 'x' });
    if (!('field' in wrong)) throw new Error('x was taken');
    const [, example] = /^must be .+, such as (.+); this one /.exec(wrong.message) ?? [];
    if (example === undefined) throw new Error(wrong.message);
    const read = readTaxId({ country, value: example });
    expect(read).toMatchObject({ country });
    // What is kept can be put again.
    if ('value' in read) expect(readTaxId(read)).toEqual(read);
    // and a digit more makes it wrong.
    expect(readTaxId({ country, value: `${example}1234567` })).toHaveProperty('field');
  });
});
