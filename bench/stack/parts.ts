import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Supervision, type Child } from '../../local/supervision.ts';

export const root = join(import.meta.dirname, '..', '..');

export interface PartStart {
  readonly name: string;
  /** As a file: URL. */
  readonly script: string;
  readonly args?: readonly string[];
  /** What it says when it is ready. */
  readonly ready: RegExp;
  readonly settings?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** The processes of a bench and their data, in a folder of their own. */
export class Parts {
  readonly folder = mkdtempSync(join(tmpdir(), 'solvent-bench-'));
  readonly supervision = new Supervision(this.folder);

  /** Starts some; where that fails, ends those that were started. */
  static async start<Started>(work: (parts: Parts) => Promise<Started>): Promise<Started> {
    const parts = new Parts();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void parts.close().finally(() => process.exit(1)));
    }
    try {
      return await work(parts);
    } catch (error) {
      await parts.close();
      throw error;
    }
  }

  /**
   * Starts one of our programs, as a shell without any of its settings would. `found` is what the
   * pattern's group matched in the line that says it is ready.
   */
  async run(part: PartStart): Promise<{ readonly child: Child; readonly found: string }> {
    const { name, script, args = [], ready, settings = {}, nodeOptions = [] } = part;
    const { PATH, HOME, TMPDIR } = process.env;
    const child = this.supervision.start({
      name,
      command: process.execPath,
      args: [...nodeOptions, '--import', 'tsx', fileURLToPath(script), ...args],
      workingFolder: root,
      environment: { PATH, HOME, TMPDIR, ...settings },
    });
    const [, found = ''] = await child.waitForLine(ready);
    return { child, found };
  }

  readonly #data: string[] = [];

  /** A folder elsewhere: PostgreSQL's user may not be let into ours. */
  ownsData(folder: string): void {
    this.#data.push(folder);
  }

  /** Ends all that was started and removes the data. */
  async close(): Promise<void> {
    await this.supervision.stop();
    for (const folder of [this.folder, ...this.#data]) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
