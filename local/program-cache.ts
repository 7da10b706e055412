import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const halfMade = 'fetching-';
const dayMs = 86_400_000;

/** One per user, so that a second clone downloads nothing; in the checkout where there is no home. */
function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const folder =
    process.platform === 'win32'
      ? join(environment['LOCALAPPDATA'] ?? homedir(), 'solvent', 'programs')
      : join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'solvent', 'programs');
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    const own = join(import.meta.dirname, '..', '.solvent', 'programs');
    mkdirSync(own, { recursive: true });
    return own;
  }
}

export function cachedProgram(name: string): string | undefined {
  const path = join(cacheFolder(), name);
  return existsSync(path) ? path : undefined;
}

/**
 * Lets `fetch` work in a folder of its own and moves the file it returns into the cache. A rename
 * is atomic: two that fetch at once both end with a whole program, and an interrupted one leaves
 * nothing that looks like one.
 */
export async function intoCache(
  name: string,
  fetch: (folder: string) => Promise<string>,
): Promise<string> {
  const cache = cacheFolder();
  removeAbandoned(cache);
  const folder = mkdtempSync(join(cache, halfMade));
  try {
    const file = await fetch(folder);
    chmodSync(file, 0o755);
    const path = join(cache, name);
    renameSync(file, path);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function removeAbandoned(cache: string): void {
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith(halfMade))) {
    const path = join(cache, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > dayMs) rmSync(path, { recursive: true, force: true });
  }
}
