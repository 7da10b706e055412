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
import { recordPrices } from '../../ledger/prices.ts';
import { httpNodeOptions } from '../../local/node-options.ts';
import {
  createRolesAndDatabase,
  startPostgres,
  type PostgresServer,
} from '../../local/postgres.ts';
import { Supervision } from '../../local/supervision.ts';
import { seedAccounts } from '../access/seed.ts';
import { contenders, model, type Case, type Contender } from './cases.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { storeEvents } from './stored-events.ts';

const root = join(import.meta.dirname, '..', '..');
const scriptOf = (name: string) => fileURLToPath(import.meta.resolve(`./${name}.ts`));

/** PostgreSQL with a database for each contender, its server, and the load's process. */
export interface UsageStack {
  readonly pids: Readonly<Record<Contender | 'postgres' | 'client', number>>;
  readonly accountIds: readonly string[];
  load(contender: Contender, order: Case & { readonly seconds: number }): Promise<LoadResult>;
  url(role: 'postgres' | 'solvent_app', contender: Contender): string;
  close(): Promise<void>;
}

export async function startUsageStack(
  stored: number,
  nodeOptions: readonly string[],
): Promise<UsageStack> {
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
    const fixed = await createDatabases(postgres, stored);
    const ports = {} as Record<Contender, number>;
    const pids = {} as Record<Contender | 'postgres' | 'client', number>;
    for (const contender of contenders) {
      const { PATH, HOME, TMPDIR } = process.env;
      const script = ['--import', 'tsx', scriptOf('server-process')];
      const child = supervision.start({
        name: contender,
        command: process.execPath,
        args: [
          ...httpNodeOptions,
          ...nodeOptions,
          ...script,
          postgres.url('solvent_app', contender),
          contender,
        ],
        workingFolder: root,
        environment: { PATH, HOME, TMPDIR, NODE_ENV: 'production' },
      });
      const [, port = ''] = await child.waitForLine(/^listening on (\d+)/m);
      ports[contender] = Number(port);
      pids[contender] = child.pid;
    }
    const client = fork(scriptOf('load-process'), { execArgv: ['--import', 'tsx'], cwd: root });
    load = client;
    return {
      ...{ pids: { ...pids, postgres: postgres.child.pid, client: client.pid ?? 0 }, close },
      accountIds: fixed.accountIds,
      load: (contender, order) => carryOut(client, { ...order, ...fixed, port: ports[contender] }),
      url: (role, contender) => postgres.url(role, contender),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Migrated and filled once, then copied: all start from the same pages. */
async function createDatabases(postgres: PostgresServer, stored: number) {
  await createRolesAndDatabase(postgres);
  await migrate({ url: postgres.url('solvent_owner', 'solvent') });
  const ledger = openLedger({ url: postgres.url('solvent_app', 'solvent') });
  const accountIds = await seedAccounts(ledger);
  const nowMs = Date.now();
  const about = { role: 'service', accountId: null, name: 'bench', actor: 'bench' } as const;
  const { secret: apiKey } = await createApiKey(ledger, { ...about, nowMs });
  await recordPrices(ledger, {
    wanted: (['input_tokens', 'output_tokens'] as const).map((meter) => {
      const rate = {
        amount: meter === 'input_tokens' ? '0.18' : '0.59',
        per: 1_000_000,
        tiers: [],
      };
      return { currency: 'usd', model, meter, rate };
    }),
    ...{ source: 'bench', endsGone: false, effectiveFromMs: nowMs - 86_400_000, nowMs },
    actor: 'bench',
  });
  await ledger.close();
  await inDatabase(postgres, 'solvent', [
    // Only what holds rows: a table analyzed while empty would be read whole for ever.
    'vacuum analyze accounts, balances, lots, billing_events, transfers, payment_methods, prices',
  ]);
  await inDatabase(
    postgres,
    'postgres',
    contenders.map((name) => `create database ${name} template solvent owner solvent_owner`),
  );
  await storeEvents(postgres.url('postgres', 'stored'), accountIds, stored);
  await inDatabase(postgres, 'postgres', ['checkpoint']);
  return { accountIds, apiKey };
}

async function inDatabase(
  postgres: PostgresServer,
  name: string,
  statements: readonly string[],
): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url('postgres', name) });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function carryOut(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  load.send(order);
  const [answer] = (await once(load, 'message')) as [{ result?: LoadResult; error?: string }];
  if (answer.result === undefined) throw new Error(answer.error);
  return answer.result;
}
