import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../cli/run.ts';
import type { ExitCode } from '../../cli/exit-codes.ts';

export interface Run {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** What --json printed. Throws, with all that was printed, where that is no object. */
  readonly json: Record<string, unknown>;
}

type Environment = Readonly<Record<string, string>>;

/** Runs `solvent …` in this process, with parts of its own: process.test.ts tells it does the same. */
export async function runSolvent(
  args: readonly string[],
  environment: Environment = {},
): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const exitCode = await run({
    args,
    environment,
    result: (text) => (stdout += text),
    remark: (text) => (stderr += text),
  });
  return runOf(exitCode, stdout, stderr);
}

export const program = join(import.meta.dirname, '..', '..', 'cli', 'solvent.mjs');

/** Starts `solvent …` as a user does: a process of its own, in a folder that is not the project's. */
export function startSolvent(
  args: readonly string[],
  environment: Environment = {},
  cwd = tmpdir(),
): ChildProcess {
  const env = { PATH: process.env['PATH'], HOME: tmpdir(), ...environment };
  return spawn(process.execPath, [program, ...args], { cwd, env });
}

/** Lets a process come to its end. */
export async function ended(child: ChildProcess): Promise<Run> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  const [exitCode] = (await once(child, 'close')) as [ExitCode];
  return runOf(exitCode, stdout, stderr);
}

function runOf(exitCode: ExitCode, stdout: string, stderr: string): Run {
  return {
    ...{ exitCode, stdout, stderr },
    get json() {
      try {
        return JSON.parse(stdout) as Record<string, unknown>;
      } catch {
        throw new Error(`no JSON, exit code ${exitCode}: ${stdout}\n${stderr}`);
      }
    },
  };
}
