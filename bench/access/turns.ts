import { processorSeconds } from '../purchase/process-time.ts';
import type { Contender, Pattern, Work } from './cases.ts';
import type { LoadResult } from './load.ts';
import type { AccessStack } from './stack.ts';

/** What is asked of each contender in turn. */
export interface Case {
  readonly work: Work;
  readonly pattern: Pattern;
  readonly connections: number;
}

/** Whose processor time is told apart. */
export const parts = ['server', 'postgres', 'client'] as const;
export type Part = (typeof parts)[number];

/** One contender's go at one case. */
export interface Turn extends LoadResult {
  /** Processor microseconds for one hold or pair; null where there is no /proc. */
  readonly cpuMicros: Readonly<Record<Part, number>> | null;
}

export async function takeTurn(
  stack: AccessStack,
  contender: Contender,
  { work, pattern, connections }: Case,
  seconds: number,
): Promise<Turn> {
  const pids = {
    server: stack.pids[contender],
    postgres: stack.pids.postgres,
    client: stack.pids.client,
  };
  const before = processorSeconds(pids);
  const result = await stack.load(contender, { work, pattern, connections, seconds });
  const after = processorSeconds(pids);
  if (before === undefined || after === undefined) return { ...result, cpuMicros: null };
  const each = (part: Part) => ((after[part] - before[part]) * 1e6) / result.done;
  const cpuMicros = {
    server: each('server'),
    postgres: each('postgres'),
    client: each('client'),
  };
  return { ...result, cpuMicros };
}

/** All turns at one case. */
export interface Taken {
  readonly asked: Case;
  readonly turns: Record<Contender, Turn[]>;
}
