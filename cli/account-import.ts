import { open, type FileHandle } from 'node:fs/promises';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { accountIdFor, keyDigest } from '../client/ids.ts';
import { ImportTotals, readImportRow, type ImportRow } from '../domain/account-import.ts';
import { csvLine } from '../domain/csv.ts';
import { importedInvoiceIdFor } from '../domain/ids.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import {
  importAccounts,
  readImportedTotals,
  readImportStates,
  type AccountToImport,
} from '../ledger/account-import.ts';
import type { Ledger } from '../ledger/database.ts';
import { CommandEnded } from './command-ended.ts';
import { exitCodes } from './exit-codes.ts';
import { ImportFileError, readImportFile } from './import-file.ts';
import {
  importJson,
  importWords,
  reportBadRows,
  totalsDiffer,
  type Preview,
} from './import-view.ts';
import type { Session } from './session.ts';

interface ImportOptions {
  source: string;
  dryRun?: true;
  yes?: true;
  ids?: string;
}

export function addImportVerbs(verb: Command, session: Session): void {
  verb
    .command('accounts')
    .description('bring in accounts with credits and debts; shows what would happen')
    .argument('<file>', 'CSV, or JSON Lines where it ends with .jsonl: docs/IMPORT.md')
    .requiredOption('--source <name>', 'the system they come from; part of what names them', source)
    .option('--ids <file>', 'write the account’s id for each external id, as CSV')
    .option('--dry-run', 'only show what would happen, as without --yes')
    .option('--yes', 'do it; a second run goes on where the first one ended')
    .action((file: string, options: ImportOptions) => run(file, options, session));
}

function source(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError('A source is 1 to 40 small letters, digits and "-".');
}

/** One run: what all its rows have in common. */
interface Run {
  readonly file: string;
  readonly source: string;
  readonly session: Session;
  readonly ledger: Ledger;
  readonly policies: PolicySchedule;
  readonly nowMs: number;
}

async function run(file: string, options: ImportOptions, session: Session): Promise<void> {
  const { source: from, dryRun = false, yes = false, ids } = options;
  if (dryRun && yes) {
    session.remark('Give --dry-run or --yes, not both.');
    throw new CommandEnded(exitCodes.wrongUsage);
  }
  const ledger = await session.ledger();
  const policies = await session.policies.read();
  const one: Run = { file, source: from, session, ledger, policies, nowMs: session.nowMs() };
  try {
    const seen = await preview(one);
    const isRefused = seen.bad.length + seen.conflicts.length > 0;
    const status = isRefused ? 'refused' : yes ? 'imported' : 'preview';
    if (status === 'imported') await record(one, seen);
    if (ids !== undefined && !isRefused) await writeIds(one, ids);
    session.print(importJson(seen, status, from), () => importWords(seen, status));
    reportBadRows(seen, session);
    if (isRefused) throw new CommandEnded(exitCodes.failed);
    if (status === 'preview') session.remark('Nothing was recorded. Repeat with --yes to do it.');
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error;
    session.remark(`The file was not imported: ${error.message}`);
    throw new CommandEnded(exitCodes.failed);
  }
}

const batchSize = 500;

interface NumberedRow {
  readonly line: number;
  readonly row: ImportRow;
}

/** Good rows in batches; others are told to `refuse`. */
async function* batches(
  { file, nowMs }: Run,
  refuse: (line: number, faults: readonly string[]) => void,
): AsyncGenerator<readonly NumberedRow[], void> {
  const lineOf = new Map<string, number>();
  let batch: NumberedRow[] = [];
  for await (const found of readImportFile(file)) {
    const { line } = found;
    const read = found.status === 'read' ? readImportRow(found.json, nowMs) : found;
    if (read.status === 'refused') {
      refuse(line, read.faults);
      continue;
    }
    const { externalId } = read.row;
    const earlier = lineOf.get(externalId);
    if (earlier !== undefined) {
      refuse(line, [`external_id: is on line ${earlier} already; leave one of them out.`]);
      continue;
    }
    lineOf.set(externalId, line);
    batch.push({ line, row: read.row });
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function preview(one: Run): Promise<Preview> {
  const seen: Preview = {
    rows: 0,
    counts: { new: 0, begun: 0, done: 0 },
    bad: [],
    conflicts: [],
    totals: new ImportTotals(),
    pastGrace: 0,
  };
  const refuse = (line: number, faults: readonly string[]) => {
    seen.rows += 1;
    seen.bad.push({ line, faults });
  };
  const { graceAfterDueMs } = policyAt(one.policies, one.nowMs);
  for await (const batch of batches(one, refuse)) {
    const states = await readImportStates(
      one.ledger,
      batch.map(({ row }) => toImport(one, row)),
      one.policies,
    );
    for (const [at, { line, row }] of batch.entries()) {
      const state = states[at] ?? 'new';
      seen.rows += 1;
      seen.totals.add(row);
      if (state === 'conflict') seen.conflicts.push({ line, externalId: row.externalId });
      else seen.counts[state] += 1;
      const isPast = row.invoices.some(({ dueAtMs }) => dueAtMs + graceAfterDueMs <= one.nowMs);
      if (isPast) seen.pastGrace += 1;
    }
  }
  return seen;
}

/** The row as the ledger takes it; its ids depend on source and external id, not on the file. */
function toImport({ source: from, session, nowMs }: Run, row: ImportRow): AccountToImport {
  const accountId = accountIdOf(from, row);
  const { name, email, currency, taxCountry, taxRegion, plan, purchased, unbilled } = row;
  const by = { accountId, actor: session.actor, nowMs };
  const invoices = row.invoices.map(({ number, amount, dueAtMs }) => {
    const invoiceId = importedInvoiceIdFor(accountId, keyDigest(number));
    return { invoiceId, number, amount, dueAtMs };
  });
  return {
    account: { ...by, name, email, currency, taxCountry, taxRegion, plan },
    opening: { ...by, idempotencyKey: openingKey(from), purchased, unbilled, invoices },
  };
}

function accountIdOf(from: string, { externalId }: ImportRow): string {
  return accountIdFor(`${from}\0${externalId}`, 'import');
}

function openingKey(from: string): string {
  return `import/${from}`;
}

/** Records all rows, and compares what the ledger has of them with what the preview added up. */
async function record(one: Run, seen: Preview): Promise<void> {
  const { ledger, policies, session } = one;
  const recorded = new Map<string, bigint>();
  let done = 0;
  const stop = (line: number) => {
    throw new ImportFileError(`line ${line} has changed since it was looked at; run it again.`);
  };
  for await (const batch of batches(one, stop)) {
    const rows = batch.map(({ row }) => toImport(one, row));
    const outcomes = await importAccounts(ledger, rows, policies);
    const conflict = batch.find((_, at) => outcomes[at] === 'conflict');
    if (conflict !== undefined) stop(conflict.line);
    const accountIds = rows.map(({ account }) => account.accountId);
    const asked = { accountIds, idempotencyKey: openingKey(one.source) };
    for (const { currency, book, amount } of await readImportedTotals(ledger, asked)) {
      const name = `${currency} ${book}`;
      recorded.set(name, (recorded.get(name) ?? 0n) + amount);
    }
    done += batch.length;
    session.remark(`${done} of ${seen.rows} accounts`);
  }
  const differing = totalsDiffer(seen.totals, recorded);
  if (done === seen.rows && differing.length === 0) return;
  session.remark(`The ledger has other totals than the file: ${differing.join('; ')}`);
  throw new CommandEnded(exitCodes.failed);
}

/** What the other system needs to name accounts from now on. */
async function writeIds(one: Run, path: string): Promise<void> {
  let output: FileHandle;
  try {
    output = await open(path, 'w');
  } catch (error) {
    throw new ImportFileError(`--ids cannot be written: ${(error as Error).message}`);
  }
  try {
    await output.write(csvLine(['external_id', 'account_id']));
    for await (const batch of batches(one, () => undefined)) {
      const lines = batch.map(({ row }) => csvLine([row.externalId, accountIdOf(one.source, row)]));
      await output.write(lines.join(''));
    }
  } finally {
    await output.close();
  }
}
