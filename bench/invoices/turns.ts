import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { invoiceRunResult, startInvoiceRun } from '../../client/invoice-runs.ts';
import type { Period } from '../../domain/period.ts';
import { openLedger } from '../../ledger/database.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { issueBareInvoices } from '../bare/invoices.ts';
import { processorSeconds } from '../purchase/process-time.ts';
import { copyDatabase, inDatabase, onConnection } from '../stack/databases.ts';
import { MemorySampler, type MemoryUse } from './memory.ts';
import type { InvoiceStack } from './stack.ts';

/** Our run, or the same rows by SQL alone. */
export const contenders = ['ours', 'bare'] as const;
export type Contender = (typeof contenders)[number];

/** One contender's go at a month, on a copy of the same database. */
export interface Turn {
  readonly seconds: number;
  readonly made: Made;
  /** Absent where nobody looked, and of what SQL alone does. */
  readonly memory: Readonly<Record<'worker' | 'temporal', MemoryUse>> | null;
  /** Processor seconds; null where there is no /proc. */
  readonly processor: Readonly<Partial<Record<'worker' | 'temporal' | 'postgres', number>>> | null;
  /** Of the workflow's last run. */
  readonly historyEvents: number | null;
}

/** What was written, to see that both wrote the same. */
export interface Made {
  readonly invoices: number;
  readonly lines: number;
  readonly transfers: number;
  readonly collections: number;
  readonly notices: number;
  readonly credits: number;
  readonly amount: number;
  readonly carried: number;
  /** A sum of all that the tables hold, times and numbers apart; null: not looked at. */
  readonly contents: Readonly<Record<string, string>> | null;
}

/**
 * How many transactions the bare SQL takes, of 10,000 accounts at least: its plans read whole tables
 * each time. Two would be a little faster yet, and keep accounts locked for seconds.
 */
const barePages = 10;
const leastOnBarePage = 10_000;

export interface TurnOrder {
  readonly contender: Contender;
  readonly period: Period;
  readonly accounts: number;
  /** Recounts the ledger afterwards, which takes longer than the run. */
  readonly isVerified: boolean;
}

export async function takeTurn(stack: InvoiceStack, order: TurnOrder): Promise<Turn> {
  const { postgres } = stack;
  const { contender, isVerified } = order;
  await copyDatabase(postgres, [contender]);
  await inDatabase(postgres, 'postgres', ['checkpoint']);
  try {
    const turn = await (contender === 'ours' ? runOurs(stack, order) : runBare(stack, order));
    if (isVerified) await verify(stack, contender);
    return turn;
  } finally {
    await inDatabase(postgres, 'postgres', [`drop database ${contender} with (force)`]);
  }
}

async function runOurs(stack: InvoiceStack, order: TurnOrder): Promise<Turn> {
  const { temporal, temporalPid, postgres } = stack;
  const { period } = order;
  const worker = await stack.startWorker('ours');
  try {
    // What it does once, such as reading its bundle, is done.
    await sleep(2_000);
    const pids = { worker: worker.pid, temporal: temporalPid };
    const memory = new MemorySampler(pids);
    const { seconds, processor, result } = await timed(
      { ...pids, postgres: postgres.child.pid },
      async () => {
        const input = { period, accountId: null, nowMs: Date.now() };
        const { workflowId } = await startInvoiceRun(temporal, input);
        const report = await invoiceRunResult(temporal, { workflowId });
        if (report.status !== 'done' || report.failed + report.waiting > 0) {
          throw new Error(JSON.stringify(report));
        }
        return workflowId;
      },
    );
    const used = memory.stop();
    const { historyLength } = await temporal.workflow.getHandle(result).describe();
    const made = await readMade(stack, order);
    return { seconds, processor, made, memory: used, historyEvents: historyLength };
  } finally {
    await worker.stop();
  }
}

async function runBare(stack: InvoiceStack, order: TurnOrder): Promise<Turn> {
  const { postgres } = stack;
  const { period, accounts } = order;
  const onPage = Math.max(leastOnBarePage, accounts / barePages);
  const { seconds, processor } = await timed({ postgres: postgres.child.pid }, () =>
    issueBareInvoices(postgres.url('solvent_app', 'bare'), period, onPage),
  );
  const made = await readMade(stack, order);
  return { seconds, processor, made, memory: null, historyEvents: null };
}

const endingMs = 500;

async function timed<Name extends string, Result>(
  pids: Readonly<Record<Name, number>>,
  work: () => Promise<Result>,
) {
  const before = processorSeconds(pids);
  const startMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startMs) / 1000;
  // A process that is just ending may be in nobody's account: no longer its own, not yet its parent's.
  await sleep(endingMs);
  const after = processorSeconds(pids);
  const names = Object.keys(pids) as Name[];
  const processor =
    before && after
      ? (Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as Record<
          Name,
          number
        >)
      : null;
  return { result, seconds, processor };
}

async function readMade({ postgres }: InvoiceStack, order: TurnOrder): Promise<Made> {
  const { contender, period, isVerified } = order;
  return onConnection(postgres.url('postgres', contender), async (client) => {
    const { rows } = await client.query<Omit<Made, 'contents'>>(
      `select count(*)::float as invoices, sum(amount)::float as amount,
         sum(carried_forward)::float as carried,
         (select count(*)::float from invoice_lines) as lines,
         (select count(*)::float from transfers where event_id > 1) as transfers,
         (select count(*)::float from collections) as collections,
         (select count(*)::float from notices where kind = 'invoice_issued') as notices,
         (select sum(amount)::float from invoice_credits) as credits
       from invoices where period = $1`,
      [period],
    );
    if (rows[0] === undefined) throw new Error('nothing was counted');
    return { ...rows[0], contents: isVerified ? await readContents(client) : null };
  });
}

const written = [
  ...['billing_events', 'transfers', 'lots', 'unbilled_periods', 'balances', 'invoices'],
  ...['invoice_lines', 'invoice_credits', 'invoice_parties', 'collections', 'notices'],
];

/** What differs from run to run: when it was, and in which order invoices were numbered. */
const ofTheRun = ['occurred_at', 'recorded_at', 'issued_at', 'sequence', 'number'];
/** Bare names invoices in another way, as long as ours. */
const invoiceIds = 'inv_[0-9a-z]{26}_';

async function readContents(client: pg.Client): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const table of written) {
    const { rows } = await client.query<{ sum: string }>(
      `select sum(hashtextextended(regexp_replace(
         (to_jsonb(t) - $1::text[] #- '{payload,number}')::text, $2, 'inv_', 'g'), 0))::text as sum
       from ${table} t`,
      [ofTheRun, invoiceIds],
    );
    contents[table] = rows[0]?.sum ?? '';
  }
  return contents;
}

async function verify({ postgres }: InvoiceStack, contender: Contender): Promise<void> {
  const ledger = openLedger({ url: postgres.url('solvent_app', contender) });
  const { differences } = await verifyLedger(ledger);
  await ledger.close();
  if (differences.length === 0) return;
  throw new Error(
    `${contender}: ${differences.length} differences: ${JSON.stringify(differences[0])}`,
  );
}
