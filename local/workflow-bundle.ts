import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const kept = 5;

/**
 * The path of the workflow bundle for today's sources, made when there is none: bundling takes
 * seconds, so it is kept by a digest of all it is made from.
 */
export async function workflowBundle(folder = join(root, '.solvent', 'bundles')): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `workflows-${sourceDigest()}.js`);
  if (existsSync(path)) return path;
  // In a process of its own: the bundler keeps a processor busy, and its memory, for seconds.
  const half = `${path}.${process.pid}`;
  const script = join(import.meta.dirname, 'bundle-workflows.ts');
  try {
    await promisify(execFile)(process.execPath, ['--import', 'tsx', script, half], { cwd: root });
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    throw new Error(`The workflows could not be bundled:\n${stdout ?? ''}${stderr ?? ''}`, {
      cause: error,
    });
  }
  renameSync(half, path);
  removeOld(folder);
  return path;
}

function sourceDigest(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const folder of ['workflows', 'domain']) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.ts')).sort()) {
      hash.update(`\n${folder}/${file}\n`).update(readFileSync(join(root, folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function removeOld(folder: string): void {
  const changedAt = (name: string) =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const bundles = readdirSync(folder).sort((one, other) => changedAt(other) - changedAt(one));
  for (const name of bundles.slice(kept)) rmSync(join(folder, name), { force: true });
}
