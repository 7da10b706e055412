import { startContest, type ContestStack } from '../stack/contest.ts';
import { contenders, type Contender } from './cases.ts';
import { limiterTable, type ServerSettings } from './contenders.ts';
import type { LoadOrder, LoadResult } from './load.ts';

export type AccessStack = ContestStack<Contender, LoadOrder, LoadResult>;

export function startAccessStack(nodeOptions: readonly string[]): Promise<AccessStack> {
  return startContest({
    contenders,
    nodeOptions,
    serverScript: import.meta.resolve('./server-process.ts'),
    loadScript: import.meta.resolve('./load-process.ts'),
    serverArguments: (contender, databaseUrl) => {
      const settings: ServerSettings = { contender, databaseUrl };
      return [JSON.stringify(settings)];
    },
    statements: [
      limiterTable,
      'grant all on limits to solvent_app',
      // Only what holds rows: a table analyzed while empty would be read whole for ever.
      'vacuum analyze accounts, balances, lots, billing_events, transfers, payment_methods',
    ],
  });
}
