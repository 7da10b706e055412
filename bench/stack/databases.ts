import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../ledger/migrate.ts';
import {
  createRolesAndDatabase,
  startPostgres,
  type PostgresServer,
} from '../../local/postgres.ts';
import type { Parts } from './parts.ts';

/** PostgreSQL as `npm start` has it, every commit on disk, with the ledger's tables. */
export async function startDatabase(parts: Parts): Promise<PostgresServer> {
  const { folder, supervision } = parts;
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), supervision });
  parts.ownsData(postgres.dataFolder);
  await createRolesAndDatabase(postgres);
  await migrate({ url: postgres.url('solvent_owner', 'solvent') });
  return postgres;
}

/** Statements as superuser, one by one. */
export function inDatabase(
  postgres: PostgresServer,
  name: string,
  statements: readonly string[],
): Promise<void> {
  return onConnection(postgres.url('postgres', name), async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

/** Copies what was filled, so that all start from the same pages. */
export async function copyDatabase(
  postgres: PostgresServer,
  names: readonly string[],
): Promise<void> {
  await inDatabase(
    postgres,
    'postgres',
    names.map(
      (name) =>
        // Else each page would go through the log: gigabytes of it for a million accounts.
        `create database ${name} template solvent owner solvent_owner strategy file_copy`,
    ),
  );
}

export async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

export async function onConnection<Result>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = await connected(connectionString);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
