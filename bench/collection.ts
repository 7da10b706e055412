import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runCollectionStarter } from '../client/schedules.ts';
import { lastClosedPeriod } from '../domain/period.ts';
import {
  makeDue,
  putCardsOnFile,
  seedCollections,
  type SeededCollection,
} from './collection/seed.ts';
import { MemorySampler, type MemoryUse } from './invoices/memory.ts';
import { startInvoiceStack, type InvoiceStack } from './invoices/stack.ts';
import { onConnection } from './stack/databases.ts';
import { defaultTaskQueue } from '../workflows/messages.ts';

interface Size {
  /** Collections that wait for their day. */
  readonly waiting: number;
  /** Of them, how many are due at the same minute. */
  readonly due: number;
}

const full: Size = { waiting: 20_000, due: 2_000 };
const quick: Size = { waiting: 2_000, due: 200 };
/** Beyond what starting the last ones takes. */
const slackMs = 30_000;

/**
 * Open collections on the embedded Temporal: how fast the starter starts them, what they hold in
 * memory while they wait, and how long it takes to charge those that are due at the same minute,
 * under the rate that Stripe allows. `--quick`: a tenth of it.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' } } });
  const size = values.quick === true ? quick : full;
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `${new Date().toISOString()}, ${availableParallelism()} processors, load before: ${load.join(' ')}`,
  );
  const stack = await startInvoiceStack({ charges: true });
  try {
    await play(stack, size);
  } finally {
    await stack.close();
  }
}

async function play(stack: InvoiceStack, { waiting, due }: Size): Promise<void> {
  const { postgres, temporal, temporalPid, sandboxUrl } = stack;
  if (sandboxUrl === null) throw new Error('there is no sandbox');
  const period = lastClosedPeriod(Date.now());
  const collections = await seedCollections(postgres, period, waiting);
  const [later, soon] = [collections.slice(due), collections.slice(0, due)];
  await putCardsOnFile(postgres, sandboxUrl, soon);
  const worker = await stack.startWorker('solvent');
  const memory = new MemorySampler({ worker: worker.pid, temporal: temporalPid });

  const yearMs = 365 * 86_400_000;
  const first = await started(stack, later, Date.now() + yearMs);
  const perSecond = later.length / first;
  console.log(
    `${later.length} collections started in ${first.toFixed(1)} s: ${perSecond.toFixed(1)}/s`,
  );

  const chargeAtMs = Date.now() + (due / perSecond) * 1_500 + slackMs;
  const second = await started(stack, soon, chargeAtMs);
  const rate = (due / second).toFixed(1);
  console.log(`${due} more, due at the same minute: ${rate}/s beside ${later.length} that wait`);
  if (Date.now() > chargeAtMs) throw new Error('they were due before all of them were started');
  report('while they wait', memory.stop());

  const charging = new MemorySampler({ worker: worker.pid, temporal: temporalPid });
  await sleep(chargeAtMs - Date.now());
  const times = await paidTimes(stack, due, chargeAtMs);
  const at = (share: number) => ((times[Math.ceil(share * due) - 1] ?? NaN) / 1_000).toFixed(1);
  console.log(
    `${due} charged ${at(1)} s after they were due (half of them ${at(0.5)} s): ` +
      `${(due / (Number(at(1)) || NaN)).toFixed(1)}/s; each is three calls to Stripe`,
  );
  report('while they are charged', charging.stop());
  await temporal.connection.close();
}

/** Starts collections and waits until all of them run; answers the seconds it took. */
async function started(
  { postgres, temporal }: InvoiceStack,
  collections: readonly SeededCollection[],
  chargeAtMs: number,
): Promise<number> {
  await makeDue(postgres, collections, chargeAtMs);
  const startMs = performance.now();
  await runCollectionStarter(temporal, defaultTaskQueue);
  const count = `select count(*)::int as left from collections
    where started_at is null and charge_at <= now()`;
  await until(postgres.url('postgres', 'solvent'), count, ({ left }) => left === 0);
  return (performance.now() - startMs) / 1_000;
}

/** When each invoice was paid, in milliseconds after the charges were due, in order. */
async function paidTimes(
  { postgres }: InvoiceStack,
  due: number,
  chargeAtMs: number,
): Promise<number[]> {
  const url = postgres.url('postgres', 'solvent');
  const paid = `select count(*)::int as left from invoice_payments where state = 'succeeded'`;
  await until(url, paid, ({ left }) => left === due);
  return onConnection(url, async (client) => {
    const { rows } = await client.query<{ ms: number }>(
      `select (extract(epoch from recorded_at) * 1000 - $1)::float as ms from billing_events
       where kind = 'invoice_paid' order by recorded_at`,
      [chargeAtMs],
    );
    return rows.map(({ ms }) => ms);
  });
}

async function until(
  url: string,
  query: string,
  isReached: (row: { left: number }) => boolean,
): Promise<void> {
  await onConnection(url, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ left: number }>(query);
      if (rows[0] !== undefined && isReached(rows[0])) return;
      await sleep(200);
    }
  });
}

function report(when: string, uses: Readonly<Record<'worker' | 'temporal', MemoryUse>>): void {
  for (const [part, { before, quarters, after }] of Object.entries(uses)) {
    const highest = quarters.map((value) => value.toFixed(0)).join(', ');
    console.log(
      `memory of ${part} ${when}: ${before.toFixed(0)} MB before, ` +
        `at most ${highest} in each quarter, ${after.toFixed(0)} after`,
    );
  }
}
