import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AccountId } from '../../domain/account.ts';
import { createApiKey } from '../../ledger/api-keys.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { ourNodeOptions } from '../../local/node-options.ts';
import type { PostgresServer } from '../../local/postgres.ts';
import { seedAccounts } from '../access/seed.ts';
import { copyDatabase, inDatabase, startDatabase } from './databases.ts';
import { Parts, root } from './parts.ts';

/** Where a contender is reached, and who asks. */
export interface Reached {
  readonly port: number;
  readonly apiKey: string;
  readonly accountIds: readonly AccountId[];
}

export interface Contest<Contender extends string> {
  readonly contenders: readonly Contender[];
  /** Both as file: URLs. */
  readonly serverScript: string;
  readonly loadScript: string;
  /** The server's arguments. */
  readonly serverArguments: (contender: Contender, databaseUrl: string) => readonly string[];
  readonly nodeOptions: readonly string[];
  /** Fills the database that all get a copy of, behind the accounts. */
  readonly fill?: (ledger: Ledger) => Promise<void>;
  /** Run on it as superuser before it is copied. */
  readonly statements: readonly string[];
  /** What the copies get of their own. */
  readonly afterwards?: (
    postgres: PostgresServer,
    accountIds: readonly AccountId[],
  ) => Promise<void>;
}

/** PostgreSQL with a database for each contender, its server, and the load's process. */
export interface ContestStack<Contender extends string, Order extends Reached, Result> {
  readonly pids: Readonly<Record<Contender | 'postgres' | 'client', number>>;
  readonly accountIds: readonly AccountId[];
  load(contender: Contender, order: Omit<Order, keyof Reached>): Promise<Result>;
  url(role: 'postgres' | 'solvent_app', contender: Contender): string;
  /** Ends all that was started and removes the data. */
  close(): Promise<void>;
}

/** Starts contenders that take turns behind the same HTTP application. */
export function startContest<Contender extends string, Order extends Reached, Result>(
  contest: Contest<Contender>,
): Promise<ContestStack<Contender, Order, Result>> {
  return Parts.start(async (parts) => {
    const postgres = await startDatabase(parts);
    const { accountIds, apiKey } = await createDatabases(postgres, contest);
    const ports = {} as Record<Contender, number>;
    const pids = { postgres: postgres.child.pid } as Record<
      Contender | 'postgres' | 'client',
      number
    >;
    for (const contender of contest.contenders) {
      const { child, found } = await parts.run({
        name: contender,
        script: contest.serverScript,
        args: contest.serverArguments(contender, postgres.url('solvent_app', contender)),
        ready: /^listening on (\d+)/m,
        settings: { NODE_ENV: 'production' },
        nodeOptions: [...ourNodeOptions, ...contest.nodeOptions],
      });
      ports[contender] = Number(found);
      pids[contender] = child.pid;
    }
    const client = fork(fileURLToPath(contest.loadScript), {
      execArgv: ['--import', 'tsx'],
      cwd: root,
    });
    pids.client = client.pid ?? 0;
    return {
      pids,
      accountIds,
      load: (contender, order) =>
        carryOut(client, { ...order, accountIds, apiKey, port: ports[contender] }),
      url: (role, contender) => postgres.url(role, contender),
      async close() {
        client.kill('SIGTERM');
        await parts.close();
      },
    };
  });
}

/** Filled once, then copied. */
async function createDatabases<Contender extends string>(
  postgres: PostgresServer,
  { contenders, fill, statements, afterwards }: Contest<Contender>,
): Promise<Omit<Reached, 'port'>> {
  const ledger = openLedger({ url: postgres.url('solvent_app', 'solvent') });
  const accountIds = await seedAccounts(ledger);
  const about = { role: 'service', accountId: null, name: 'bench', actor: 'bench' } as const;
  const { secret: apiKey } = await createApiKey(ledger, { ...about, nowMs: Date.now() });
  await fill?.(ledger);
  await ledger.close();
  await inDatabase(postgres, 'solvent', statements);
  await copyDatabase(postgres, contenders);
  await afterwards?.(postgres, accountIds);
  await inDatabase(postgres, 'postgres', ['checkpoint']);
  return { accountIds, apiKey };
}

async function carryOut<Result>(load: ChildProcess, order: object): Promise<Result> {
  load.send(order);
  const [answer] = (await once(load, 'message')) as [{ result?: Result; error?: string }];
  if (answer.result === undefined) throw new Error(answer.error);
  return answer.result;
}
