import { median } from '../purchase/rounds.ts';
import type { MemoryUse } from './memory.ts';
import type { Contender, Turn } from './turns.ts';

/** All turns at one number of accounts. */
export interface Taken {
  readonly accounts: number;
  readonly turns: Readonly<Record<Contender, readonly Turn[]>>;
}

/** Of the bare SQL's speed. */
const leastRatio = 0.5;
/** How much less an invoice may go a minute where the accounts are ten times as many. */
const leastLinearity = 0.8;

export function reportSize({ accounts, turns }: Taken): void {
  const [first] = turns.ours;
  if (first === undefined) throw new Error('there was no turn');
  const { invoices, lines, collections } = first.made;
  console.log(
    `${invoices} invoices with ${lines} lines, ${collections} of them to collect` +
      (turns.ours.length > 1 ? `; medians of ${turns.ours.length}` : ''),
  );
  console.log(row('', 'seconds', 'invoices/min', 'worker s', 'temporal s', 'postgres s'));
  for (const contender of ['ours', 'bare'] as const) {
    const own = turns[contender];
    const cpu = (part: 'worker' | 'temporal' | 'postgres') =>
      median(own.map(({ processor }) => processor?.[part] ?? NaN));
    console.log(
      row(
        contender,
        median(own.map(({ seconds }) => seconds)).toFixed(2),
        rate(own).toFixed(0),
        ...(['worker', 'temporal', 'postgres'] as const).map((part) =>
          Number.isNaN(cpu(part)) ? '' : cpu(part).toFixed(2),
        ),
      ),
    );
  }
  const ratio = ratioOf({ accounts, turns });
  const work = median(turns.bare.map(workOf)) / median(turns.ours.map(workOf));
  console.log(
    `ours to bare: ${ratio.toFixed(2)} ${verdict(ratio, leastRatio)} by time, ` +
      `${work.toFixed(2)} by processor time`,
  );
  console.log(`events in the history: ${first.historyEvents ?? NaN}`);
  for (const part of ['worker', 'temporal'] as const) {
    const use = turns.ours.at(-1)?.memory?.[part];
    if (use !== undefined) console.log(`memory of ${part}: ${describe(use)}`);
  }
}

export function reportAims(all: readonly Taken[]): void {
  for (const [index, larger] of all.entries()) {
    const smaller = all[index - 1];
    if (smaller === undefined) continue;
    const linearity = rate(larger.turns.ours) / rate(smaller.turns.ours);
    const bare = rate(larger.turns.bare) / rate(smaller.turns.bare);
    console.log(
      `\n${larger.accounts} accounts go ${linearity.toFixed(2)} times as fast an invoice as ` +
        `${smaller.accounts} ${verdict(linearity, leastLinearity)}; bare ${bare.toFixed(2)}`,
    );
  }
}

function rate(turns: readonly Turn[]): number {
  return median(turns.map(({ made, seconds }) => (made.invoices * 60) / seconds));
}

/** Processor seconds of all that took part: they say more than time where other work goes on. */
function workOf({ processor }: Turn): number {
  const { worker = 0, temporal = 0, postgres = NaN } = processor ?? {};
  return worker + temporal + postgres;
}

/** Of turns next to each other. */
function ratioOf({ turns }: Taken): number {
  return median(turns.ours.map(({ seconds }, at) => (turns.bare[at]?.seconds ?? NaN) / seconds));
}

function verdict(ratio: number, aim: number): string {
  return ratio >= aim ? `(aim ${aim})` : `(SHORT of ${aim})`;
}

function describe({ before, quarters, after }: MemoryUse): string {
  const highest = quarters.map((value) => value.toFixed(0)).join(', ');
  return `${before.toFixed(0)} MB before, at most ${highest} in each quarter, ${after.toFixed(0)} after`;
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(8)}${cells.map((cell) => cell.padStart(14)).join('')}`.trimEnd();
}
