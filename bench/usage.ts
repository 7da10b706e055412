import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { processorSeconds } from './purchase/process-time.ts';
import { median } from './purchase/rounds.ts';
import { aims, cases, contenders, type Case, type Contender } from './usage/cases.ts';
import { transfersPerSecond } from './usage/hot-account.ts';
import type { LoadResult } from './usage/load.ts';
import { startUsageStack, type UsageStack } from './usage/stack.ts';
import { measureSizes, type EventSize } from './usage/stored-events.ts';

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly stored: number;
}
const full: Plan = { rounds: 3, seconds: 4, stored: 5_000_000 };
const quick: Plan = { rounds: 1, seconds: 2, stored: 500_000 };

interface Turn extends LoadResult {
  /** Processor microseconds for one event; null where there is no /proc. */
  readonly cpuMicros: { readonly server: number; readonly postgres: number } | null;
}
type Turns = Record<Contender, Turn[]>;

/**
 * Usage through the whole HTTP application, in requests of 1, 100 and 1,000 events over 200 and
 * 10,000 accounts: our code beside the same statements without rules, and beside itself with
 * millions of events stored. They take turns; ratios are of turns next to each other. Then the size
 * of an event, and transfers a second of one account, batched and one by one.
 *
 * `--quick` for less than four minutes; `--profile FOLDER` for processor profiles of the servers.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, profile: { type: 'string' } },
  });
  const plan = values.quick === true ? quick : full;
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `${new Date().toISOString()}, ${availableParallelism()} processors, load before: ` +
      `${load.join(' ')}; ${plan.rounds} rounds of ${plan.seconds} s; ${plan.stored} events stored`,
  );
  const { profile } = values;
  const stack = await startUsageStack(
    plan.stored,
    profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  );
  try {
    for (const contender of contenders) await turn(stack, contender, cases[1] ?? cases[0], 2);
    for (const asked of cases) report(asked, await compare(stack, asked, plan));
    console.log(`\nbytes of an event with its index (aim ${aims.bytesPerEvent})`);
    const sizes = await measureSizes(stack.url('postgres', 'bare'), stack.accountIds);
    for (const size of sizes) reportSize(size);
    await compareTransfers(stack, plan);
  } finally {
    await stack.close();
  }
}

async function compare(stack: UsageStack, asked: Case, plan: Plan): Promise<Turns> {
  const turns: Turns = { ours: [], bare: [], stored: [] };
  for (let round = 0; round < plan.rounds; round += 1) {
    // The machine drifts: who goes first goes last the next time.
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      turns[contender].push(await turn(stack, contender, asked, plan.seconds));
    }
  }
  return turns;
}

async function turn(
  stack: UsageStack,
  contender: Contender,
  asked: Case | undefined,
  seconds: number,
): Promise<Turn> {
  if (asked === undefined) throw new Error('there is no case');
  const pids = { server: stack.pids[contender], postgres: stack.pids.postgres };
  const before = processorSeconds(pids);
  const result = await stack.load(contender, { ...asked, seconds });
  const after = processorSeconds(pids);
  if (before === undefined || after === undefined) return { ...result, cpuMicros: null };
  const each = (part: keyof typeof pids) => ((after[part] - before[part]) * 1e6) / result.done;
  return { ...result, cpuMicros: { server: each('server'), postgres: each('postgres') } };
}

function report({ eventsInRequest, accounts, connections }: Case, turns: Turns): void {
  console.log(
    `\n${eventsInRequest} in a request, ${accounts} accounts, ${connections} connections`,
  );
  console.log(row('', 'events/s', 'p50 ms', 'p99 ms', 'CPU server', 'postgres', 'ours to it'));
  for (const contender of contenders) {
    const own = turns[contender];
    const cpu = (part: 'server' | 'postgres') =>
      median(own.map(({ cpuMicros }) => cpuMicros?.[part] ?? NaN)).toFixed(1);
    const ratios = turns.ours.map((one, at) => one.eventsPerSecond / rateAt(own, at));
    const ratio = contender === 'stored' ? 1 / median(ratios) : median(ratios);
    console.log(
      row(
        contender,
        median(own.map((one) => one.eventsPerSecond)).toFixed(0),
        median(own.map((one) => one.p50Ms)).toFixed(1),
        median(own.map((one) => one.p99Ms)).toFixed(1),
        ...[cpu('server'), cpu('postgres')],
        contender === 'ours' ? '' : `  ${ratio.toFixed(2)} ${verdict(ratio, aims[contender])}`,
      ),
    );
  }
}

function rateAt(turns: readonly Turn[], at: number): number {
  return turns[at]?.eventsPerSecond ?? NaN;
}

function verdict(ratio: number, aim: number): string {
  return ratio >= aim ? `(aim ${aim})` : `(SHORT of ${aim})`;
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(10)}${cells.map((cell) => cell.padStart(12)).join('')}`.trimEnd();
}

function reportSize({ of, events, tableBytes, indexBytes }: EventSize): void {
  const [table, index] = [tableBytes / events, indexBytes / events];
  const over = table + index <= aims.bytesPerEvent ? '' : ' OVER';
  const parts = `${table.toFixed(1)} in the table, ${index.toFixed(1)} in the index`;
  console.log(`${of.padEnd(52)}${(table + index).toFixed(1).padStart(6)}${over}  (${parts})`);
}

async function compareTransfers(stack: UsageStack, { rounds, seconds }: Plan): Promise<void> {
  const url = stack.url('solvent_app', 'ours');
  const found: Record<'batched' | 'alone', number[]> = { batched: [], alone: [] };
  for (let round = 0; round < rounds; round += 1) {
    const accountId = stack.accountIds[5_000 + round] ?? '';
    for (const way of ['batched', 'alone'] as const) {
      found[way].push(await transfersPerSecond(url, accountId, way, seconds));
    }
  }
  const ratio = median(found.batched.map((rate, at) => rate / (found.alone[at] ?? NaN)));
  console.log(
    `\ntransfers/s of one account, in process: ${median(found.batched).toFixed(0)} batched, ` +
      `${median(found.alone).toFixed(0)} in a transaction each: ${ratio.toFixed(1)} times ` +
      verdict(ratio, aims.hotTransfers),
  );
}
