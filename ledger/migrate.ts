import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const folder = new URL('./migrations/', import.meta.url);

/** Any number that no other program on the database uses as an advisory lock. */
const migrationLock = 7_364_120_255_163;

/**
 * Brings a database up to this version of the ledger. Runs as `solvent_owner`; the login role
 * `solvent_app` must exist, migrations grant it what the application needs. Each migration is one
 * transaction; several starts at once wait for each other.
 * @throws where an applied migration is missing here or differs: migrations are only ever added.
 */
export async function migrate({ url }: { readonly url: string }): Promise<void> {
  const migrations = await readMigrations();
  const client = new pg.Client({ connectionString: url, application_name: 'solvent migrate' });
  client.on('error', () => undefined); // A broken connection fails the statement under way.
  await client.connect();
  try {
    // Held by the session: it outlives each migration's transaction and ends with the connection.
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    const applied = await readApplied(client);
    refuseChanged(migrations, applied);
    for (const migration of migrations) {
      if (!applied.has(migration.name)) await apply(client, migration);
    }
  } finally {
    await client.end();
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      // A checkout on Windows may write other line ends; the migration is the same.
      const text = sql.replaceAll('\r\n', '\n');
      return { name, sql: text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/** Names of what was applied before, with the hashes of their texts. */
async function readApplied(client: pg.Client): Promise<Map<string, string>> {
  await client.query(`create table if not exists schema_migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp()
  )`);
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from schema_migrations',
  );
  return new Map(rows.map(({ name, sha256 }) => [name, sha256]));
}

function refuseChanged(migrations: readonly Migration[], applied: Map<string, string>): void {
  const known = new Map(migrations.map(({ name, sha256 }) => [name, sha256]));
  for (const [name, sha256] of applied) {
    if (!known.has(name)) {
      throw new Error(`migration ${name} was applied to this database, but is not known here`);
    }
    if (known.get(name) !== sha256) {
      throw new Error(`migration ${name} was changed after it was applied; add a new one instead`);
    }
  }
}

async function apply(client: pg.Client, { name, sql, sha256 }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into schema_migrations (name, sha256) values ($1, $2)', [
      name,
      sha256,
    ]);
    await client.query('commit');
  } catch (error) {
    throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
