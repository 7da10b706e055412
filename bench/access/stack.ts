import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createApiKey } from '../../ledger/api-keys.ts';
import { openLedger } from '../../ledger/database.ts';
import { migrate } from '../../ledger/migrate.ts';
import { httpNodeOptions } from '../../local/node-options.ts';
import {
  createRolesAndDatabase,
  startPostgres,
  type PostgresServer,
} from '../../local/postgres.ts';
import { Supervision } from '../../local/supervision.ts';
import { contenders, type Contender } from './cases.ts';
import { limiterTable, type ServerSettings } from './contenders.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { seedAccounts } from './seed.ts';

const root = join(import.meta.dirname, '..', '..');
const serverScript = fileURLToPath(import.meta.resolve('./server-process.ts'));
const loadScript = fileURLToPath(import.meta.resolve('./load-process.ts'));

/** PostgreSQL with a database for each contender, its server, and the load's process. */
export interface AccessStack {
  readonly postgresPid: number;
  readonly serverPids: Readonly<Record<Contender, number>>;
  readonly loadPid: number;
  load(contender: Contender, order: Omit<LoadOrder, keyof Fixed>): Promise<LoadResult>;
  /** A connection as superuser to a contender's database, for looking at settings and counters. */
  inspect(contender: Contender): Promise<pg.Client>;
  /** Ends all that was started and removes the data. */
  close(): Promise<void>;
}

/** The same in every order. */
type Fixed = Pick<LoadOrder, 'port' | 'apiKey' | 'accountIds'>;

export async function startAccessStack(nodeOptions: readonly string[]): Promise<AccessStack> {
  const folder = mkdtempSync(join(tmpdir(), 'solvent-bench-'));
  const supervision = new Supervision(folder);
  let load: ChildProcess | undefined;
  const close = async () => {
    load?.kill('SIGTERM');
    await supervision.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().finally(() => process.exit(1)));
  }
  try {
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), supervision });
    const fixed = await createDatabases(postgres);
    const ports = {} as Record<Contender, number>;
    const serverPids = {} as Record<Contender, number>;
    for (const contender of contenders) {
      const server = await startServer(supervision, postgres, contender, nodeOptions);
      ports[contender] = server.port;
      serverPids[contender] = server.pid;
    }
    load = fork(loadScript, { execArgv: ['--import', 'tsx'], cwd: root });
    const process = load;
    return {
      ...{ postgresPid: postgres.child.pid, serverPids, loadPid: process.pid ?? 0, close },
      load: (contender, order) => carryOut(process, { ...order, ...fixed, port: ports[contender] }),
      inspect: (contender) => connected(postgres.url('postgres', contender)),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Migrated and filled once, then copied: all start from the same pages. */
async function createDatabases(postgres: PostgresServer): Promise<Omit<Fixed, 'port'>> {
  await createRolesAndDatabase(postgres);
  await migrate({ url: postgres.url('solvent_owner', 'solvent') });
  const ledger = openLedger({ url: postgres.url('solvent_app', 'solvent') });
  const accountIds = await seedAccounts(ledger);
  const about = { role: 'service', accountId: null, name: 'bench', actor: 'bench' } as const;
  const { secret: apiKey } = await createApiKey(ledger, { ...about, nowMs: Date.now() });
  await ledger.close();
  const inDatabase = async (name: string, statements: readonly string[]) => {
    const client = await connected(postgres.url('postgres', name));
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await inDatabase('solvent', [
    limiterTable,
    'grant all on limits to solvent_app',
    // Only what holds rows: a table analyzed while empty would be read whole for ever.
    'vacuum analyze accounts, balances, lots, billing_events, transfers, payment_methods',
  ]);
  await inDatabase(
    'postgres',
    contenders.map((name) => `create database ${name} template solvent owner solvent_owner`),
  );
  await inDatabase('postgres', ['checkpoint']);
  return { accountIds, apiKey };
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

async function startServer(
  supervision: Supervision,
  postgres: PostgresServer,
  contender: Contender,
  nodeOptions: readonly string[],
): Promise<{ port: number; pid: number }> {
  const { PATH, HOME, TMPDIR } = process.env;
  const databaseUrl = postgres.url('solvent_app', contender);
  const settings: ServerSettings = { contender, databaseUrl };
  const child = supervision.start({
    name: contender,
    command: process.execPath,
    args: [
      ...[...httpNodeOptions, ...nodeOptions, '--import', 'tsx', serverScript],
      JSON.stringify(settings),
    ],
    workingFolder: root,
    environment: { PATH, HOME, TMPDIR, NODE_ENV: 'production' },
  });
  const [, port = ''] = await child.waitForLine(/^listening on (\d+)/m);
  return { port: Number(port), pid: child.pid };
}

async function carryOut(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  load.send(order);
  const [answer] = (await once(load, 'message')) as [{ result?: LoadResult; error?: string }];
  if (answer.result === undefined) throw new Error(answer.error);
  return answer.result;
}
