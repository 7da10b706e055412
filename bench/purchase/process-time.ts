import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever its own clock does. */
const ticksPerSecond = 100;

interface ProcessTime {
  readonly pid: number;
  readonly parent: number;
  /** Of itself, and of its children that ended and were waited for. */
  readonly ticks: number;
}

/**
 * Processor seconds that each of these processes has used so far, with all below it, ended ones
 * included (PostgreSQL makes one for each connection). Undefined where there is no /proc.
 */
export function processorSeconds<Name extends string>(
  pids: Readonly<Record<Name, number>>,
): Record<Name, number> | undefined {
  if (process.platform !== 'linux') return undefined;
  const times = readTimes();
  const ticksBelow = (pid: number): number =>
    times
      .filter(({ parent }) => parent === pid)
      .reduce((sum, child) => sum + child.ticks + ticksBelow(child.pid), 0);
  const ticksOf = (pid: number) =>
    (times.find((one) => one.pid === pid)?.ticks ?? 0) + ticksBelow(pid);
  const entries = Object.entries<number>(pids).map(([name, pid]) => [
    name,
    ticksOf(pid) / ticksPerSecond,
  ]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function readTimes(): ProcessTime[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [timeOf(Number(pid), readFileSync(`/proc/${pid}/stat`, 'utf8'))];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

function timeOf(pid: number, stat: string): ProcessTime {
  // The name, in brackets, may hold spaces and brackets; fields are counted behind it (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
  const ticks = (user ?? 0) + (system ?? 0) + (childrenUser ?? 0) + (childrenSystem ?? 0);
  return { pid, parent: Number(fields[1]), ticks };
}
