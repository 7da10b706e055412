import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What was kept in a small JSON file, empty when there is none. */
export function readState<State extends object>(file: string): Partial<State> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<State>) : {};
}

/** Readable by this user only: ports are no secret, but keys and passwords are. */
export function writeState(file: string, state: object | string): void {
  mkdirSync(dirname(file), { recursive: true });
  const half = `${file}.${process.pid}`;
  const text = typeof state === 'string' ? state : `${JSON.stringify(state, null, 2)}\n`;
  writeFileSync(half, text, { mode: 0o600 });
  renameSync(half, file);
}
