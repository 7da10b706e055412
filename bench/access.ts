import { parseArgs } from 'node:util';
import {
  connectionCounts,
  contenders,
  patterns,
  works,
  type Contender,
  type Pattern,
} from './access/cases.ts';
import { Counters, describeConditions } from './access/conditions.ts';
import { reportAims, reportCase, reportProcessors, reportSustained } from './access/report.ts';
import { startAccessStack, type AccessStack } from './access/stack.ts';
import { takeTurn, type Case, type Taken } from './access/turns.ts';

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly sustainedSeconds: number;
}

const full: Plan = { rounds: 2, seconds: 3, sustainedSeconds: 60 };
const quick: Plan = { rounds: 1, seconds: 1.2, sustainedSeconds: 10 };
const warmUpSeconds = 3;
const sustainedPatterns: readonly Pattern[] = ['spread', 'hot'];

/**
 * Holds, and holds with their settlement, through the whole HTTP application: our code beside the
 * same statements without rules, a rate limiter, and our code with a transaction each. They take
 * turns; ratios are of turns next to each other. Then 60 s without a pause, so that bloat shows.
 *
 * `--quick` for less than four minutes; `--profile FOLDER` for processor profiles of the servers.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, profile: { type: 'string' } },
  });
  const plan = values.quick === true ? quick : full;
  const { profile } = values;
  const stack = await startAccessStack(
    profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  );
  try {
    console.log((await describeConditions(stack)).join('\n'));
    console.log(
      `${plan.rounds} turns of ${plan.seconds} s each, then ${plan.sustainedSeconds} s\n`,
    );
    await warmUp(stack);
    await compareAll(stack, plan);
    await sustain(stack, plan);
  } finally {
    await stack.close();
  }
}

/** Code that runs for the first time is compiled meanwhile. */
async function warmUp(stack: AccessStack): Promise<void> {
  for (const contender of contenders) {
    const connections = 200;
    await takeTurn(
      stack,
      contender,
      { work: 'pair', pattern: 'spread', connections },
      warmUpSeconds,
    );
  }
}

async function compareAll(stack: AccessStack, plan: Plan): Promise<void> {
  const all: Taken[] = [];
  for (const work of works) {
    for (const pattern of patterns) {
      for (const connections of connectionCounts) {
        const taken = await compare(stack, { work, pattern, connections }, plan);
        reportCase(taken);
        all.push(taken);
      }
    }
  }
  reportProcessors(all);
  reportAims(all);
}

async function compare(stack: AccessStack, asked: Case, plan: Plan): Promise<Taken> {
  const turns: Taken['turns'] = { ours: [], bare: [], limiter: [], alone: [] };
  for (let round = 0; round < plan.rounds; round += 1) {
    // The machine drifts: who goes first goes last the next time.
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order) {
      turns[contender].push(await takeTurn(stack, contender, asked, plan.seconds));
    }
  }
  return { asked, turns };
}

async function sustain(stack: AccessStack, { sustainedSeconds }: Plan): Promise<void> {
  console.log(`${sustainedSeconds} s of pairs at 200 connections, pairs/s by tenth of the time`);
  for (const pattern of sustainedPatterns) {
    for (const contender of ['ours', 'bare'] satisfies Contender[]) {
      const counters = await Counters.read(stack, contender);
      const asked: Case = { work: 'pair', pattern, connections: 200 };
      const turn = await takeTurn(stack, contender, asked, sustainedSeconds);
      const grown = contender === 'ours' ? await counters.since() : [];
      await counters.close();
      reportSustained(contender, asked, turn, grown);
    }
  }
}
