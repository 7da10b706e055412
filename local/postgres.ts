import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './ports.ts';
import {
  findPostgresPrograms,
  reachableDataFolder,
  type PostgresPrograms,
} from './postgres-programs.ts';
import { commandLineOf, stopProcess } from './processes.ts';
import { readState, writeState } from './state-file.ts';
import type { Child, Supervision } from './supervision.ts';

export interface PostgresServer {
  port: number;
  dataFolder: string;
  /** Connection address of a role; roles have passwords unless the cluster is for tests. */
  url(role: PostgresRole, database: string): string;
  child: Child;
}

/** The three roles of the embedded cluster: its superuser, the ledger's owner, the application. */
export type PostgresRole = 'postgres' | 'solvent_owner' | 'solvent_app';
const roles = ['postgres', 'solvent_owner', 'solvent_app'] as const;
type Passwords = Record<PostgresRole, string>;

export interface PostgresOptions {
  folder: string;
  supervision: Supervision;
  preferredPort?: number;
  /** For tests: nothing is forced to disk, no passwords, many connections. */
  throwAway?: boolean;
}

/**
 * Starts PostgreSQL on 127.0.0.1 with its data in `folder`, made at first. A server that a killed
 * run left on the same data is stopped first; a taken port is replaced by a free one.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const programs = await findPostgresPrograms();
  mkdirSync(options.folder, { recursive: true });
  // Data of another user's server then lie within it, and go with it.
  if (options.throwAway) chmodSync(options.folder, 0o711);
  const dataFolder = reachableDataFolder(join(options.folder, 'data'), programs.user);
  const passwordsFile = join(options.folder, 'passwords.json');
  if (!existsSync(dataFolder)) {
    await createCluster(programs, dataFolder, passwordsFile, options.throwAway ?? false);
  }
  await stopLeftover(dataFolder);
  const passwords = options.throwAway ? undefined : readPasswords(passwordsFile);
  return launch(programs, dataFolder, passwords, options);
}

async function launch(
  programs: PostgresPrograms,
  dataFolder: string,
  passwords: Passwords | undefined,
  options: PostgresOptions,
): Promise<PostgresServer> {
  // Between the probe of a port and its use another process may take it: then another port.
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(attempt === 1 ? options.preferredPort : undefined);
    const child = options.supervision.start({
      name: 'postgres',
      command: programs.postgres,
      args: ['-D', dataFolder, ...settings(port, options.throwAway ?? false)],
      user: programs.user,
      workingFolder: dataFolder,
      stopSignal: 'SIGINT',
    });
    const url = (role: PostgresRole, database: string) => {
      const password = passwords === undefined ? '' : `:${passwords[role]}`;
      return `postgres://${role}${password}@127.0.0.1:${port}/${database}`;
    };
    try {
      await untilReady(url('postgres', 'postgres'), child);
      return { port, dataFolder, url, child };
    } catch (error) {
      await child.stop();
      const taken = /could not bind|Address already in use/.test(String(error));
      if (!taken || attempt === 5) throw error;
    }
  }
}

/**
 * The roles and the database the ledger expects, made when missing. `solvent_owner` may create in
 * its database; `solvent_app` gets what migrations grant it.
 */
export async function createRolesAndDatabase(server: PostgresServer): Promise<void> {
  const client = new pg.Client({ connectionString: server.url('postgres', 'postgres') });
  await client.connect();
  try {
    for (const role of ['solvent_owner', 'solvent_app'] as const) {
      const { password } = new URL(server.url(role, 'postgres'));
      const exists = await client.query('select from pg_roles where rolname = $1', [role]);
      const verb = exists.rowCount === 0 ? 'create' : 'alter';
      await client.query(
        `${verb} role ${role} login ${password === '' ? '' : `password '${password}'`}`,
      );
    }
    const database = await client.query("select from pg_database where datname = 'solvent'");
    if (database.rowCount === 0) {
      await client.query('create database solvent owner solvent_owner');
    }
  } finally {
    await client.end();
  }
}

function settings(port: number, throwAway: boolean): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // The socket's folder would have to be writable for the service user, and nothing uses it.
    unix_socket_directories: '',
    max_connections: throwAway ? '200' : '100',
    ...(throwAway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Made beside its place and moved there when whole, so an interrupted start leaves no half one. */
async function createCluster(
  programs: PostgresPrograms,
  dataFolder: string,
  passwordsFile: string,
  throwAway: boolean,
): Promise<void> {
  const half = `${dataFolder}.new`;
  const superuserFile = `${dataFolder}.password`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { mode: 0o700 });
  const passwords = Object.fromEntries(
    roles.map((role) => [role, randomBytes(16).toString('hex')]),
  ) as Passwords;
  writeFileSync(superuserFile, passwords.postgres, { mode: 0o600 });
  if (programs.user !== undefined) {
    for (const path of [half, superuserFile]) {
      chownSync(path, programs.user.uid, programs.user.gid);
    }
  }
  try {
    await promisify(execFile)(
      programs.initdb,
      [
        ...['-D', half, '--username=postgres', '--encoding=UTF8', '--locale=C'],
        ...(throwAway
          ? ['--auth=trust', '--no-sync']
          : ['--auth=scram-sha-256', `--pwfile=${superuserFile}`]),
      ],
      { ...programs.user, cwd: half },
    );
  } catch (error) {
    throw new Error(`initdb failed: ${(error as { stderr?: string }).stderr ?? ''}`, {
      cause: error,
    });
  } finally {
    rmSync(superuserFile, { force: true });
  }
  if (!throwAway) writeState(passwordsFile, passwords);
  renameSync(half, dataFolder);
}

function readPasswords(file: string): Passwords {
  const passwords = readState<Passwords>(file);
  if (roles.every((role) => passwords[role] !== undefined)) return passwords as Passwords;
  throw new Error(`${file} is gone, without which the data beside it cannot be opened`);
}

/**
 * `postmaster.pid` outlives a killed parent. Either its server still runs on this data and must
 * stop, or the id belongs to something else by now and the file only stands in the way.
 */
async function stopLeftover(dataFolder: string): Promise<void> {
  const file = join(dataFolder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const isOurs = pid > 0 && commandLineOf(pid).includes(dataFolder);
  if (isOurs) await stopProcess(pid, 'SIGINT');
  rmSync(file, { force: true });
}

const wrongPassword = '28P01';

async function untilReady(url: string, child: Child, timeoutMs = 60_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await Promise.race([client.connect(), child.failed]);
      return;
    } catch (error) {
      const refused = (error as pg.DatabaseError).code === wrongPassword;
      if (refused || performance.now() > deadlineMs) throw error;
      await Promise.race([sleep(50), child.failed]);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
