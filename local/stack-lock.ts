import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf } from './processes.ts';

const script = join('local', 'start.ts');

/** The process id of the stack that runs on this data folder, if one does. */
export function runningStack(folder: string): number | undefined {
  const file = lockFile(folder);
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  return pid > 0 && commandLineOf(pid).includes(script) ? pid : undefined;
}

/** Makes this process the one stack of the folder; false when there is another. */
export function takeStackLock(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  const file = lockFile(folder);
  // Creating fails where the file exists, so of two that start at once one gets it.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (runningStack(folder) !== undefined) return false;
      rmSync(file, { force: true });
    }
  }
  return false;
}

export function releaseStackLock(folder: string): void {
  rmSync(lockFile(folder), { force: true });
}

function lockFile(folder: string): string {
  return join(folder, 'stack.pid');
}
