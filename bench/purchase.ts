import { connectTemporal } from '../client/connect.ts';
import { createAccounts } from './purchase/accounts.ts';
import { ClientProcess } from './purchase/client-process.ts';
import { countLots, describeConditions } from './purchase/conditions.ts';
import { describeHistory, readHistories } from './purchase/histories.ts';
import { measureRecovery } from './purchase/recovery.ts';
import { measure, measured, median, quantile, type Bench, type Round } from './purchase/rounds.ts';
import { bareTaskQueue, publicUrl, startBenchStack } from './purchase/stack.ts';

type Work = 'purchase' | 'bare';
interface Level {
  readonly inFlight: number;
  readonly count: number;
}

const levels: readonly Level[] = [
  { inFlight: 1, count: 40 },
  { inFlight: 20, count: 150 },
  { inFlight: 50, count: 150 },
];
const defaultRounds = 5;
const accounts = 100;
const warmUp: Level = { inFlight: 20, count: 200 };
const parked = 50;

/**
 * Purchases by a card on file, beside a bare workflow with the same steps on the same server: calls
 * a second, time to the first outcome, processor time by process; then the recovery of purchases
 * whose worker was killed. Argument: how many rounds of each, 5 if absent.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const rounds = Number(args[0] ?? defaultRounds);
  const stack = await startBenchStack();
  const temporal = connectTemporal(stack.temporalEnvironment);
  try {
    console.log((await describeConditions(stack, temporal)).join('\n'));
    const { temporalEnvironment } = stack;
    const accountIds = await createAccounts(stack, temporal, accounts);
    const settings = { temporalEnvironment, publicUrl, bareTaskQueue, accountIds };
    const client = await ClientProcess.start(settings);
    try {
      await measureAll({ stack, temporal, client }, rounds);
    } finally {
      client.stop();
    }
  } finally {
    await temporal.connection.close();
    await stack.close();
  }
}

async function measureAll(bench: Bench, rounds: number): Promise<void> {
  for (const work of ['purchase', 'bare'] as const) await measure(bench, { work, ...warmUp });
  await compareHistories(bench);
  console.log(`Warm-up ${warmUp.count} of each; then ${rounds} rounds of each, in turn\n`);
  for (const level of levels) {
    const taken: Record<Work, Round[]> = { purchase: [], bare: [] };
    for (let round = 0; round < rounds; round += 1) {
      // The machine drifts: each goes first as often as the other.
      const order: Work[] = round % 2 === 0 ? ['purchase', 'bare'] : ['bare', 'purchase'];
      for (const work of order) taken[work].push(await measure(bench, { work, ...level }));
    }
    report(level, taken);
  }
  await reportRecovery(bench);
  const made =
    warmUp.count + 1 + parked + rounds * levels.reduce((sum, { count }) => sum + count, 0);
  const lots = await countLots(bench.stack);
  console.log(`${made} purchases answered "succeeded", ${lots} lots in the ledger`);
  if (lots !== made) throw new Error('each purchase must make exactly one lot');
}

/** Of one call each, alone on the server: else tasks that meet leave other events. */
async function compareHistories(bench: Bench): Promise<void> {
  for (const work of ['purchase', 'bare'] as const) {
    await measure(bench, { work, count: 1, inFlight: 1 });
  }
  const { purchase, bare } = await readHistories(bench.temporal);
  console.log(`purchase: ${describeHistory(purchase)}\nbare:     ${describeHistory(bare)}`);
  if (purchase.join() !== bare.join()) {
    throw new Error(`the histories differ:\n${purchase.join(' ')}\n${bare.join(' ')}`);
  }
}

function report({ inFlight, count }: Level, taken: Record<Work, Round[]>): void {
  console.log(`${inFlight} in flight, rounds of ${count}`);
  const titles = ['calls/s', 'p50 ms', 'p99 ms', 'CPU ms', ...measured, '(sandbox)'];
  console.log(`${''.padEnd(10)}${titles.map((title) => title.padStart(10)).join('')}`);
  for (const work of ['purchase', 'bare'] as const) console.log(rowOf(work, taken[work]));
  const ratio = median(taken.purchase.map(totalMs)) / median(taken.bare.map(totalMs));
  const pairs = taken.purchase.map((one, at) => totalMs(one) / totalMs(taken.bare[at] ?? one));
  const range = `${Math.min(...pairs).toFixed(2)} to ${Math.max(...pairs).toFixed(2)}`;
  console.log(
    Number.isNaN(ratio)
      ? 'CPU is not measured: this system has no /proc\n'
      : `CPU of a purchase: ${ratio.toFixed(2)} times the bare one's (single rounds ${range})\n`,
  );
}

function rowOf(work: Work, rounds: readonly Round[]): string {
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  const cpu = [...measured, 'sandbox' as const].map((name) =>
    median(rounds.map(({ processorMs }) => processorMs?.[name] ?? NaN)),
  );
  const cells = [
    median(rounds.map(({ perSecond }) => perSecond)).toFixed(1),
    ...[quantile(latencies, 0.5), quantile(latencies, 0.99)].map((value) => value.toFixed(0)),
    median(rounds.map(totalMs)).toFixed(1),
    ...cpu.map((value) => value.toFixed(1)),
  ];
  return `${work.padEnd(10)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}

/** Server, worker, client and PostgreSQL together. */
function totalMs({ processorMs }: Round): number {
  if (processorMs === null) return NaN;
  return measured.reduce((sum, name) => sum + processorMs[name], 0);
}

async function reportRecovery(bench: Bench): Promise<void> {
  const found = await measureRecovery(bench, parked);
  const text = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
  console.log(
    `Recovery: ${found.parked} purchases under way, ${found.charged} of them charged but not ` +
      `answered; worker killed,\n  another ready after ${text(found.workerReadyMs)}; final after ` +
      `the kill: first ${text(found.leastMs)}, p50 ${text(found.p50Ms)}, p99 ${text(found.p99Ms)}`,
  );
}
