import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { run } from '../../cli/run.ts';

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What --json printed. Throws, with all that was printed, where that is none. */
  json(): Record<string, unknown>;
}

type Environment = Readonly<Record<string, string>>;

/** Runs `solvent …` in this process; process.test.ts holds it to what a process of its own does. */
export async function runSolvent(args: readonly string[], environment: Environment): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const exitCode = await run({
    ...{ args, environment },
    result: (text) => (stdout += text),
    remark: (text) => (stderr += text),
  });
  return runOf(exitCode, stdout, stderr);
}

export const program = join(import.meta.dirname, '..', '..', 'cli', 'solvent.mjs');

type Process = ChildProcessByStdio<null, Readable, Readable>;

/** Starts `solvent …` as a user does: a process of its own, in a folder that is not the project's. */
export function startSolvent(
  args: readonly string[],
  environment: Environment,
  folder = tmpdir(),
): Process {
  return spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for a process to end; `exitCode` is null where a signal ended it. */
export async function endOf(child: Process): Promise<Run> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return runOf(exitCode, stdout, stderr);
}

function runOf(exitCode: Run['exitCode'], stdout: string, stderr: string): Run {
  return {
    ...{ exitCode, stdout, stderr },
    json() {
      try {
        return JSON.parse(stdout) as Record<string, unknown>;
      } catch {
        throw new Error(`no JSON, exit code ${exitCode}: ${stdout}\n${stderr}`);
      }
    },
  };
}
