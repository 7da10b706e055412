import { createRequire } from 'node:module';
import type { Validator } from 'stdnum';
import type { BusinessFault, TaxId } from '../domain/business-profile.ts';

/** How tax ids of a country are read. */
interface TaxIdRow {
  /** What the library calls the check. */
  readonly name: string;
  /** Stands before the number on an invoice; null: it is printed as the country groups it. */
  readonly prefix: string | null;
  /** What it looks like, in words. */
  readonly format: string;
  readonly example: string;
}

const row = (name: string, prefix: string | null, format: string, example: string): TaxIdRow => ({
  name,
  prefix,
  format,
  example,
});

/** The number that businesses have of each country: of VAT or GST where there is such a tax. */
const rows: Readonly<Record<string, TaxIdRow>> = {
  AR: row('cuit', null, '11 digits', '20-05536168-2'),
  AT: row('uid', 'AT', '"ATU" and 8 digits', 'ATU33864707'),
  AU: row('abn', null, '11 digits', '51 824 753 556'),
  BE: row('vat', 'BE', '"BE" and 10 digits', 'BE0403170701'),
  BG: row('vat', 'BG', '"BG" and 9 or 10 digits', 'BG175074752'),
  BR: row('cnpj', null, '14 digits', '60.701.190/0001-04'),
  CA: row('bn', null, '9 digits, or these with "RT" and 4 more', '12302 6635 RT 0001'),
  CH: row('vat', null, '"CHE", 9 digits and MWST, TVA or IVA', 'CHE-107.787.577 MWST'),
  CO: row('nit', null, '8 to 16 digits', '213.123.432-1'),
  CY: row('vat', 'CY', '"CY", 8 digits and a letter', 'CY10259033P'),
  CZ: row('dic', 'CZ', '"CZ" and 8 to 10 digits', 'CZ26168685'),
  DE: row('vat', 'DE', '"DE" and 9 digits', 'DE136695976'),
  DK: row('cvr', 'DK', '"DK" and 8 digits', 'DK13585628'),
  EE: row('kmkr', 'EE', '"EE" and 9 digits', 'EE100931558'),
  ES: row('nif', 'ES', '"ES" and 9 characters', 'ESB58378431'),
  FI: row('alv', 'FI', '"FI" and 8 digits', 'FI20774740'),
  FR: row('tva', 'FR', '"FR", 2 characters and 9 digits', 'FR40303265045'),
  GB: row('vat', 'GB', '"GB" and 9 or 12 digits', 'GB980780684'),
  GR: row('vat', 'EL', '"EL" and 9 digits', 'EL094259216'),
  HR: row('oib', 'HR', '"HR" and 11 digits', 'HR33392005961'),
  HU: row('anum', 'HU', '"HU" and 8 digits', 'HU12892312'),
  IE: row('vat', 'IE', '"IE", 7 digits and 1 or 2 letters', 'IE6388047V'),
  IL: row('hp', null, '9 digits', '516179157'),
  IN: row('gstin', null, '15 letters and digits', '27AAPFU0939F1ZV'),
  IS: row('vsk', 'IS', '5 or 6 digits', 'IS00621'),
  IT: row('iva', 'IT', '"IT" and 11 digits', 'IT00743110157'),
  JP: row('cn', null, '13 digits', '7-0000-1205-0002'),
  KR: row('brn', null, '10 digits', '116-82-00276'),
  LT: row('pvm', 'LT', '"LT" and 9 or 12 digits', 'LT119511515'),
  LU: row('tva', 'LU', '"LU" and 8 digits', 'LU26375245'),
  LV: row('pvn', 'LV', '"LV" and 11 digits', 'LV40003521600'),
  MT: row('vat', 'MT', '"MT" and 8 digits', 'MT11679112'),
  MX: row('rfc', null, '12 or 13 letters and digits', 'GODE 561231 GR8'),
  NL: row('btw', 'NL', '"NL", 9 digits, "B" and 2 digits', 'NL004495445B01'),
  NO: row('mva', null, '9 digits and "MVA"', 'NO 995 525 828 MVA'),
  NZ: row('ird', null, '8 or 9 digits', '49-091-850'),
  PL: row('nip', 'PL', '"PL" and 10 digits', 'PL8567346215'),
  PT: row('nif', 'PT', '"PT" and 9 digits', 'PT501964843'),
  RO: row('cui', 'RO', '"RO" and 2 to 10 digits', 'RO18547290'),
  RS: row('pib', null, '9 digits', '101134702'),
  SE: row('vat', 'SE', '"SE" and 12 digits', 'SE556012579001'),
  SG: row('uen', null, '9 or 10 letters and digits', '198500065G'),
  SI: row('ddv', 'SI', '"SI" and 8 digits', 'SI50223054'),
  SK: row('dph', 'SK', '"SK" and 10 digits', 'SK2022749619'),
  TH: row('tin', null, '13 digits', '0-10-5-558-09634-8'),
  TR: row('vkn', null, '10 digits', '4540536920'),
  TW: row('ubn', null, '8 digits', '00501503'),
  UA: row('edrpou', null, '8 digits', '32855961'),
  US: row('ein', null, '9 digits', '91-1144442'),
  ZA: row('vat', null, '10 digits that begin with 4', '4780116107'),
};

/** Whether numbers of this country are checked: form and check digits, not that somebody has it. */
export function areTaxIdsChecked(country: string): boolean {
  return rows[country] !== undefined;
}

/**
 * The tax id as invoices print it; of a country without a row, as it was given. A wrong one is
 * answered with what the country's look like.
 */
export function readTaxId(given: TaxId): TaxId | BusinessFault {
  const found = rows[given.country];
  if (found === undefined) return given;
  const { name, prefix, format, example } = found;
  const validator = validatorOf(given.country, name);
  const text = given.value.toUpperCase();
  const checked = validator.validate(text);
  if (!checked.isValid) {
    const message = `must be ${format}, such as ${example}; this one has a wrong digit or form`;
    return { field: 'taxId.value', message };
  }
  const value = prefix === null ? validator.format(text) : `${prefix}${checked.compact}`;
  return { ...given, value };
}

const load = createRequire(import.meta.url);

/** The library's file of one country: all of them are 300, which every start would have to read. */
function validatorOf(country: string, name: string): Validator {
  const file = `stdnum/lib/cjs/${country.toLowerCase()}/index.js`;
  const validator = (load(file) as Readonly<Record<string, Validator>>)[name];
  if (validator === undefined) throw new Error(`no check of ${country} is called ${name}`);
  return validator;
}
