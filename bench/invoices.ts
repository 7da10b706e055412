import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { lastClosedPeriod } from '../domain/period.ts';
import { reportAims, reportSize, type Taken } from './invoices/report.ts';
import { seedMonth } from './invoices/seed.ts';
import { startInvoiceStack, type InvoiceStack } from './invoices/stack.ts';
import { mixture } from './invoices/templates.ts';
import { contenders, takeTurn, type Contender, type Turn } from './invoices/turns.ts';

interface Size {
  readonly accounts: number;
  readonly rounds: number;
}

const small: Size = { accounts: 10_000, rounds: 3 };
const large: Size = { accounts: 100_000, rounds: 1 };
const million: Size = { accounts: 1_000_000, rounds: 1 };
const period = lastClosedPeriod(Date.now());

/**
 * A month's invoices: the run with its workflow, worker and ledger, beside the SQL that writes the
 * same rows and asks nothing. They take turns, each on a copy of the same database.
 *
 * `--quick`: 10,000 accounts only, once; `--million` for 1,000,000 as well, which takes 12 GB of
 * disk; `--only N` for one of these numbers; `--profile FOLDER` for processor profiles of the workers.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      million: { type: 'boolean' },
      only: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const { profile, only } = values;
  const sizes = values.quick === true ? [{ ...small, rounds: 1 }] : [small, large];
  if (values.million === true) sizes.push(million);
  const asked = sizes.filter(({ accounts }) => only === undefined || accounts === Number(only));
  console.log(
    `${new Date().toISOString()}, ${availableParallelism()} processors ` +
      `(${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load before: ` +
      loadavg()
        .map((value) => value.toFixed(1))
        .join(' '),
  );
  console.log(
    `of 100 accounts: ${mixture.map(([payer, count]) => `${count} ${payer}`).join(', ')}`,
  );
  const all: Taken[] = [];
  for (const size of asked) {
    // A server of its own: what one size leaves behind would be the next one's burden.
    const stack = await startInvoiceStack({
      nodeOptions: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    });
    try {
      const taken = await compare(stack, size);
      reportSize(taken);
      all.push(taken);
    } finally {
      await stack.close();
    }
  }
  reportAims(all);
}

async function compare(stack: InvoiceStack, { accounts, rounds }: Size): Promise<Taken> {
  const startMs = performance.now();
  await seedMonth(stack.postgres, period, accounts);
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`\n${accounts} accounts, made in ${seconds.toFixed(0)} s`);
  const turns: Record<Contender, Turn[]> = { ours: [], bare: [] };
  for (let round = 0; round < rounds; round += 1) {
    // The machine drifts: who goes first goes last the next time.
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const isVerified = round === 0 && accounts <= small.accounts;
      turns[contender].push(await takeTurn(stack, { contender, period, accounts, isVerified }));
    }
  }
  const [ours, bare] = [turns.ours[0]?.made, turns.bare[0]?.made];
  if (!isDeepStrictEqual(ours, bare)) {
    throw new Error(`not the same rows: ${JSON.stringify({ ours, bare })}`);
  }
  return { accounts, turns };
}
