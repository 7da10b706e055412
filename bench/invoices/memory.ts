import { readFileSync } from 'node:fs';

const everyMs = 200;
const pageBytes = 4096;
const megabyte = 2 ** 20;

/** Resident memory of one process over a run, in megabytes. */
export interface MemoryUse {
  readonly before: number;
  /** The highest in each quarter of the run's time. */
  readonly quarters: readonly number[];
  readonly after: number;
}

/** Looks at processes' resident memory (proc(5), statm) until it is told to stop. */
export class MemorySampler<Name extends string> {
  readonly #pids: Readonly<Record<Name, number>>;
  readonly #samples: Record<Name, number>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pids: Readonly<Record<Name, number>>) {
    this.#pids = pids;
    this.#look();
    this.#timer = setInterval(() => {
      this.#look();
    }, everyMs);
  }

  stop(): Record<Name, MemoryUse> {
    clearInterval(this.#timer);
    this.#look();
    const names = Object.keys(this.#pids) as Name[];
    const entries = names.map((name) => [name, useOf(this.#samples.map((one) => one[name]))]);
    return Object.fromEntries(entries) as Record<Name, MemoryUse>;
  }

  #look(): void {
    const entries = Object.entries<number>(this.#pids).map(([name, pid]) => [
      name,
      residentOf(pid),
    ]);
    this.#samples.push(Object.fromEntries(entries) as Record<Name, number>);
  }
}

function residentOf(pid: number): number {
  const [, resident] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(resident) * pageBytes) / megabyte;
}

function useOf(samples: readonly number[]): MemoryUse {
  const part = (quarter: number) =>
    samples.slice(
      Math.floor((quarter * samples.length) / 4),
      Math.max(1, Math.ceil(((quarter + 1) * samples.length) / 4)),
    );
  return {
    before: samples[0] ?? NaN,
    quarters: [0, 1, 2, 3].map((quarter) => Math.max(...part(quarter))),
    after: samples.at(-1) ?? NaN,
  };
}
