import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesIn, watchDownload } from './download-progress.ts';
import { intoCache } from './program-cache.ts';
import type { TemporalProgram } from './temporal-programs.ts';

/**
 * Fetches a program by the Temporal SDK's official download. The SDK does that only while starting
 * a server, without a time limit and without a word, so this runs it in a process of its own that
 * is ended when nothing comes, and takes the file out of the download folder afterwards.
 */
export async function downloadWithSdk(options: {
  which: TemporalProgram;
  version: string;
  /** Name in the cache. */
  as: string;
  say: (line: string) => void;
}): Promise<string> {
  return intoCache(options.as, async (folder) => {
    const script = fileURLToPath(new URL('./sdk-download-server.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', script, options.which, options.version, folder],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    let complaint = '';
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    let stalled: string | undefined;
    const progress = watchDownload({
      measure: () => bytesIn(folder),
      say: options.say,
      firstMs: 8_000,
      patienceMs: 30_000,
      stalled: (reason) => {
        stalled = reason;
        end();
      },
    });
    await new Promise<void>((resolve) => {
      child.once('error', (error) => {
        stalled = error.message;
        resolve();
      });
      child.once('close', () => {
        resolve();
      });
    });
    progress.stop();
    process.off('exit', end);
    const file = readdirSync(folder).find((name) => !name.endsWith('.downloading'));
    if (file === undefined || stalled !== undefined) {
      throw new Error(stalled ?? innermost(complaint));
    }
    return join(folder, file);
  });
}

/** The SDK's messages nest causes from the outside in, parted by colons: the end says what is wrong. */
function innermost(complaint: string): string {
  return complaint.trim().split(': ').slice(-2).join(': ') || 'it left no file';
}
