import type { UnbilledPeriod } from './account.ts';
import { dayMs } from './durations.ts';
import { currency, currencyCodes, type CurrencyCode } from './currencies.ts';
import { cased, list, object, oneOf, text, type Read } from './json-reader.ts';
import { dividesIntoMinorUnits, parseDecimal, totalOf, type Micros } from './money.ts';
import { period, periodOf, type Period } from './period.ts';
import type { Plan } from './tiers.ts';

/** A customer of another system, as a row of an import tells of it. */
export interface ImportRow {
  readonly externalId: string;
  readonly name: string;
  readonly email: string;
  readonly currency: CurrencyCode;
  readonly taxCountry: string | null;
  readonly taxRegion: string | null;
  readonly plan: Plan;
  /** Credits bought elsewhere and not used yet. */
  readonly purchased: Micros;
  /** Usage to be invoiced here, by month. */
  readonly unbilled: readonly UnbilledPeriod[];
  /** Issued elsewhere and still to be paid, tax included. */
  readonly invoices: readonly ImportedInvoice[];
}

export interface ImportedInvoice {
  readonly number: string;
  readonly amount: Micros;
  readonly dueAtMs: number;
}

export type ReadImportRow =
  | { readonly status: 'read'; readonly row: ImportRow }
  /** Sentences that name each wrong field and say what it may be; they repeat no value. */
  | { readonly status: 'refused'; readonly faults: readonly string[] };

interface Fields {
  readonly external_id: string;
  readonly name: string;
  readonly email: string;
  readonly currency: CurrencyCode;
  readonly country: string | null;
  readonly region: string | null;
  readonly plan: Plan;
  readonly opening_credits: Micros;
  readonly unbilled: readonly { readonly month: Period; readonly amount: Micros }[];
  readonly invoices: readonly {
    readonly number: string;
    readonly amount: Micros;
    readonly due_date: number;
  }[];
}

/** What may be left out, and what is meant then. */
const absent = {
  currency: 'usd',
  country: null,
  region: null,
  plan: 'build',
  opening_credits: '0',
  unbilled: [],
  invoices: [],
} as const;

export const importFields: readonly (keyof Fields)[] = [
  ...(['external_id', 'name', 'email', 'currency', 'country', 'region', 'plan'] as const),
  ...(['opening_credits', 'unbilled', 'invoices'] as const),
];

const matching = (allowed: string, pattern: RegExp): Read<string> =>
  cased(allowed, (json) => (typeof json === 'string' && pattern.test(json) ? json : undefined));

const codeOrNothing = (allowed: string, pattern: RegExp): Read<string | null> =>
  cased(allowed, (json) => {
    if (json === null || json === '') return null;
    return typeof json === 'string' && pattern.test(json) ? json : undefined;
  });

/** A text: what JSON calls a number may have been rounded before we see it. */
const amount: Read<Micros> = cased(
  'an amount of 0 or more in whole units, as a text such as "25.00"',
  (json) => (typeof json === 'string' && /^\d/.test(json) ? parseDecimal(json) : undefined),
);

/** To be paid by the end of the day, in UTC. */
const dueDate: Read<number> = cased('a day, such as "2026-12-03"', (json) => {
  if (typeof json !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(json)) return undefined;
  const day = Date.parse(json);
  const isDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(json);
  return isDay ? day + dayMs : undefined;
});

function monthUpTo(nowMs: number): Read<Period> {
  const last = periodOf(nowMs);
  return cased(`a month up to ${last}, such as "${last}"`, (json) => {
    const isMonth = typeof json === 'string' && /^20\d\d-(0[1-9]|1[0-2])$/.test(json);
    return isMonth && json <= last ? period(json) : undefined;
  });
}

function fieldsAt(nowMs: number): Read<Fields> {
  return object<Fields>({
    // No mail address can be one: reports of an import name it.
    external_id: matching(
      '1 to 100 letters, digits and . _ : - without spaces',
      /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/,
    ),
    name: text(200),
    email: matching('a mail address, such as ada@example.com', /^[^\s@]{1,100}@[^\s@]{1,150}$/),
    currency: oneOf(...currencyCodes),
    country: codeOrNothing('two capitals of ISO 3166, such as US, or nothing', /^[A-Z]{2}$/),
    region: codeOrNothing('of ISO 3166-2 without its country, such as WA', /^[A-Z0-9]{1,3}$/),
    plan: oneOf('build', 'scale', 'enterprise'),
    opening_credits: amount,
    unbilled: list(object<Fields['unbilled'][number]>({ month: monthUpTo(nowMs), amount })),
    invoices: list(
      object<Fields['invoices'][number]>({ number: text(50), amount, due_date: dueDate }),
    ),
  });
}

/** Reads a row as JSON has it; `nowMs` says which months have begun. */
export function readImportRow(json: unknown, nowMs: number): ReadImportRow {
  const faults: string[] = [];
  const fields = fieldsAt(nowMs)(json, '', faults, absent);
  if (faults.length === 0) faults.push(...faultsBetween(fields));
  if (faults.length > 0) return { status: 'refused', faults };
  const { external_id: externalId, name, email, plan, opening_credits: purchased } = fields;
  const unbilled = fields.unbilled
    .map(({ month, amount: owed }) => ({ period: month, amount: owed }))
    .filter(({ amount: owed }) => owed > 0)
    .toSorted((a, b) => (a.period < b.period ? -1 : 1));
  const invoices = fields.invoices.map(({ number, amount: due, due_date: dueAtMs }) => {
    return { number, amount: due, dueAtMs };
  });
  const place = { taxCountry: fields.country, taxRegion: fields.region };
  const who = { externalId, name: name.trim(), email, currency: fields.currency, ...place, plan };
  return { status: 'read', row: { ...who, purchased, unbilled, invoices } };
}

/** More than any account has; with it all sums of one account are exact. */
const mostInAll = 1_000_000_000_000_000;

/** What is wrong although each field alone is right. */
function faultsBetween({ currency: code, country, region, ...amounts }: Fields): string[] {
  const { opening_credits: purchased, unbilled, invoices } = amounts;
  const faults: string[] = [];
  if (region !== null && country === null) faults.push('region: needs a country beside it.');
  if (hasTwice(unbilled.map(({ month }) => month)))
    faults.push('unbilled: a month is there twice.');
  if (hasTwice(invoices.map(({ number }) => number))) {
    faults.push('invoices: a number is there twice.');
  }
  for (const [at, invoice] of invoices.entries()) {
    const isChargeable = dividesIntoMinorUnits(invoice.amount, currency(code));
    if (invoice.amount === 0 || !isChargeable) {
      faults.push(`invoices[${at}].amount: above zero and what a card can be charged in ${code}.`);
    }
  }
  const all = [purchased, ...[...unbilled, ...invoices].map((one) => one.amount)];
  if (all.reduce((total, one) => total + one, 0) > mostInAll) {
    faults.push('opening_credits, unbilled, invoices: at most 1,000,000,000 in all.');
  }
  return faults;
}

function hasTwice(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

/**
 * A row of a CSV file as JSON has it. Lists stand in one cell, their items parted by `;`: a month is
 * `2026-10=12.50`, an invoice `A-17=120.00@2026-12-03`. Empty cells are left out.
 */
export function jsonOfCsv(
  header: readonly string[],
  cells: readonly string[],
): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const [at, name] of header.entries()) {
    const cell = (cells[at] ?? '').trim();
    if (cell === '') continue;
    if (name === 'unbilled') fields[name] = itemsOf(cell).map(monthOf);
    else if (name === 'invoices') fields[name] = itemsOf(cell).map(invoiceOf);
    else fields[name] = cell;
  }
  return fields;
}

function itemsOf(cell: string): string[] {
  return cell
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function monthOf(item: string) {
  const [month = '', amountText = ''] = item.split('=', 2);
  return { month, amount: amountText };
}

function invoiceOf(item: string) {
  const [, number = '', amountText = '', due = ''] = /^(.*)=([^=@]*)@([^=@]*)$/.exec(item) ?? [];
  return { number, amount: amountText, due_date: due };
}

/** What is wrong with the first line of a CSV file. */
export function faultsOfHeader(header: readonly string[]): string[] {
  const known = importFields.join(', ');
  const unknown = header.filter((name) => !importFields.some((field) => field === name));
  const needed = ['external_id', 'name', 'email'].filter((name) => !header.includes(name));
  return [
    ...(unknown.length > 0
      ? [`the first line has ${unknown.length} unknown columns; known are ${known}.`]
      : []),
    ...(needed.length > 0 ? [`the first line lacks ${needed.join(', ')}.`] : []),
    ...(hasTwice(header) ? ['the first line has a column twice.'] : []),
  ];
}

/** What an import brings in, of one currency. More than one number of JavaScript holds exactly. */
export interface ImportTotal {
  accounts: number;
  purchased: bigint;
  unbilled: bigint;
  invoiced: bigint;
  invoices: number;
}

/** Adds up rows by currency. */
export class ImportTotals {
  readonly byCurrency = new Map<CurrencyCode, ImportTotal>();

  add({ currency: code, purchased, unbilled, invoices }: ImportRow): void {
    const total = this.byCurrency.get(code) ?? {
      accounts: 0,
      purchased: 0n,
      unbilled: 0n,
      invoiced: 0n,
      invoices: 0,
    };
    total.accounts += 1;
    total.purchased += BigInt(purchased);
    total.unbilled += BigInt(totalOf(unbilled));
    total.invoiced += BigInt(totalOf(invoices));
    total.invoices += invoices.length;
    this.byCurrency.set(code, total);
  }
}
