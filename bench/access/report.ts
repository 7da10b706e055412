import { median } from '../purchase/rounds.ts';
import { aims, contenders, longestP99Ms, patterns, works, type Contender } from './cases.ts';
import type { TableGrowth } from './conditions.ts';
import { parts, type Case, type Taken, type Turn } from './turns.ts';

type Other = Exclude<Contender, 'ours'>;
const others: readonly Other[] = ['bare', 'limiter', 'alone'];
let isFirst = true;

/** One line: our rate and latencies, the others' rates, and how often ours is theirs. */
export function reportCase(taken: Taken): void {
  if (isFirst) {
    const titles = [
      'ours /s',
      'p50 ms',
      'p99 ms',
      ...others.flatMap((name) => [`${name} /s`, '×']),
    ];
    console.log(`${''.padEnd(18)}${titles.map((title) => title.padStart(11)).join('')}`);
    isFirst = false;
  }
  const { asked, turns } = taken;
  const rate = (name: Contender) => median(turns[name].map(({ perSecond }) => perSecond));
  const cells = [
    ...[rate('ours').toFixed(0), p50(turns.ours).toFixed(1), p99(turns.ours).toFixed(1)],
    ...others.flatMap((name) => [rate(name).toFixed(0), ratioTo(name, taken).toFixed(2)]),
  ];
  console.log(`${nameOf(asked).padEnd(18)}${cells.map((cell) => cell.padStart(11)).join('')}`);
}

/** Processor time for one hold or pair at the most connections: it drifts less than rates. */
export function reportProcessors(all: readonly Taken[]): void {
  console.log('\nprocessor microseconds for one, at 200 connections');
  const titles = contenders.flatMap((name) => [name, ...parts]);
  console.log(`${''.padEnd(18)}${titles.map((title) => title.padStart(9)).join('')}`);
  for (const { asked, turns } of all.filter(({ asked: { connections } }) => connections === 200)) {
    const cells = contenders.flatMap((name) => {
      const spent = parts.map((part) =>
        median(turns[name].map((turn) => turn.cpuMicros?.[part] ?? NaN)),
      );
      return [spent.reduce((total, one) => total + one, 0), ...spent];
    });
    const shown = cells.map((cell) => cell.toFixed(0).padStart(9)).join('');
    console.log(`${nameOf(asked).padEnd(18)}${shown}`);
  }
}

/** The worst ratio over the numbers of connections, beside what was aimed at. */
export function reportAims(all: readonly Taken[]): void {
  console.log('\naims');
  for (const work of works) {
    for (const pattern of patterns) {
      const cases = all.filter(({ asked }) => asked.work === work && asked.pattern === pattern);
      const told = others.map((name) => {
        const worst = Math.min(...cases.map((taken) => ratioTo(name, taken)));
        const aim = aims[name][pattern];
        return `${name} ${worst.toFixed(2)} of ${aim}${worst < aim ? ' SHORT' : ''}`;
      });
      const longest = Math.max(...cases.map(({ turns }) => p99(turns.ours)));
      const late = longest > longestP99Ms ? ' SHORT' : '';
      told.push(`p99 ${longest.toFixed(0)} of ${longestP99Ms} ms${late}`);
      console.log(`${work.padEnd(5)}${pattern.padEnd(8)}${told.join(', ')}`);
    }
  }
  console.log();
}

/** A long turn's rate by tenth of its time, and what became of the tables. */
export function reportSustained(
  contender: Contender,
  asked: Case,
  turn: Turn,
  grown: readonly TableGrowth[],
): void {
  const tenths = turn.perSecondByTenth.map((rate) => rate.toFixed(0).padStart(6)).join('');
  const latencies = `p50 ${turn.p50Ms.toFixed(1)} p99 ${turn.p99Ms.toFixed(1)} ms`;
  console.log(`${asked.pattern.padEnd(7)}${contender.padEnd(6)}${tenths}  ${latencies}`);
  for (const { name, inserted, updated, hot, bytes, bytesBefore } of grown) {
    const share = updated === 0 ? '' : `, ${((100 * hot) / updated).toFixed(1)} % of them HOT`;
    const size = `${megabytes(bytesBefore)} to ${megabytes(bytes)} MB`;
    console.log(`  ${name}: ${inserted} inserted, ${updated} updated${share}, ${size}`);
  }
}

/** The median of the ratios of turns next to each other. */
function ratioTo(name: Other, { turns }: Taken): number {
  return median(
    turns.ours.map(({ perSecond }, round) => perSecond / (turns[name][round]?.perSecond ?? NaN)),
  );
}

function p50(turns: readonly Turn[]): number {
  return median(turns.map(({ p50Ms }) => p50Ms));
}

function p99(turns: readonly Turn[]): number {
  return median(turns.map(({ p99Ms }) => p99Ms));
}

function nameOf({ work, pattern, connections }: Case): string {
  return `${work} ${pattern} ${connections}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
