import type { ImportTotals } from '../domain/account-import.ts';
import { currency, type CurrencyCode } from '../domain/currencies.ts';
import { formatDecimal, micros } from '../domain/money.ts';
import type { Json } from './json.ts';
import type { Session } from './session.ts';
import { table } from './words.ts';

/** What an import would do, or did. */
export interface Preview {
  rows: number;
  readonly counts: Record<'new' | 'begun' | 'done', number>;
  readonly bad: { readonly line: number; readonly faults: readonly string[] }[];
  readonly conflicts: { readonly line: number; readonly externalId: string }[];
  readonly totals: ImportTotals;
  /** Accounts with an invoice so late that they may not be used (R50). */
  pastGrace: number;
}

export type ImportStatus = 'preview' | 'imported' | 'refused';

export function importJson(seen: Preview, status: ImportStatus, source: string): Json {
  const { rows, counts, bad, conflicts, pastGrace } = seen;
  return {
    status,
    source,
    rows,
    ...counts,
    pastGrace,
    totals: totalsOf(seen.totals).map(({ code, accounts, invoices, ...amounts }) => ({
      currency: code,
      accounts,
      invoices,
      openingCredits: decimalOf(amounts.purchased, code),
      unbilled: decimalOf(amounts.unbilled, code),
      invoiced: decimalOf(amounts.invoiced, code),
    })),
    bad: bad.map(({ line, faults }) => ({ line, faults })),
    conflicts: conflicts.map((conflict) => ({ ...conflict })),
  };
}

export function importWords(seen: Preview, status: ImportStatus): string {
  const { rows, counts, bad, conflicts } = seen;
  const head = {
    preview: `${rows} rows: ${counts.new} new, ${counts.begun} begun, ${counts.done} done before`,
    imported: `${rows} rows: ${counts.new + counts.begun} imported, ${counts.done} done before`,
    refused: `${rows} rows: ${bad.length} cannot be read, ${conflicts.length} conflicts`,
  }[status];
  const totals = totalsOf(seen.totals).map(({ code, accounts, invoices, ...amounts }) => [
    ...[code.toUpperCase(), String(accounts), decimalOf(amounts.purchased, code)],
    ...[decimalOf(amounts.unbilled, code), decimalOf(amounts.invoiced, code), String(invoices)],
  ]);
  const header = ['CURRENCY', 'ACCOUNTS', 'CREDITS', 'UNBILLED', 'INVOICED', 'INVOICES'];
  return totals.length === 0 ? head : `${head}\n${table(header, totals)}`;
}

/** By line and external id: names and addresses are in no report. */
export function reportBadRows({ bad, conflicts, pastGrace }: Preview, session: Session): void {
  for (const { line, faults } of bad) {
    session.remark(`line ${line}: ${faults.join(' ')}`);
  }
  for (const { line, externalId } of conflicts) {
    session.remark(
      `line ${line}: ${externalId} was imported before with other values; put them back, or ` +
        'change the account itself.',
    );
  }
  if (bad.length + conflicts.length > 0) {
    session.remark('Nothing was recorded. Mend these lines and run it again.');
  } else if (pastGrace > 0) {
    session.remark(
      `${pastGrace} accounts have an invoice whose grace is over: they cannot be used until it ` +
        'is paid (R50).',
    );
  }
}

/** Where the ledger's sums are not those of the file. */
export function totalsDiffer(
  totals: ImportTotals,
  recorded: ReadonlyMap<string, bigint>,
): string[] {
  return totalsOf(totals).flatMap(({ code, ...amounts }) =>
    (['purchased', 'unbilled', 'invoiced'] as const).flatMap((book) => {
      const found = recorded.get(`${code} ${book}`) ?? 0n;
      if (found === amounts[book]) return [];
      return [`${code} ${book} ${decimalOf(found, code)}, not ${decimalOf(amounts[book], code)}`];
    }),
  );
}

function totalsOf({ byCurrency }: ImportTotals) {
  return [...byCurrency].toSorted().map(([code, total]) => ({ code, ...total }));
}

/** Of many accounts together: whole units and their fraction apart, each within the exact numbers. */
function decimalOf(amount: bigint, code: CurrencyCode): string {
  const fraction = formatDecimal(micros(Number(amount % 1_000_000n)), currency(code));
  return `${amount / 1_000_000n}${fraction.slice(1)}`;
}
