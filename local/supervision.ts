import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, stopProcess } from './processes.ts';

export interface ChildOptions {
  /** Names its log and its entry in messages. */
  name: string;
  command: string;
  args: readonly string[];
  /** Its whole environment; absent, ours. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Where it runs; absent, where we do. */
  workingFolder?: string;
  /** The user it runs as, where it must not be root. */
  user?: { uid: number; gid: number } | undefined;
  /** What asks it to stop in order: SIGTERM, but SIGINT for PostgreSQL ("fast" shutdown). */
  stopSignal?: 'SIGTERM' | 'SIGINT';
}

export interface Child {
  name: string;
  pid: number;
  logFile: string;
  /** Waits for a line of its output. Rejects when it ends before, or after `timeoutMs`. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Rejects as soon as the process ends, with the end of its log. For racing a readiness probe. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * Starts processes and answers for their end. Each has a process group of its own, so that ctrl-C
 * reaches only us and the order of stopping is ours; should we be killed, the reaper stops them.
 */
export class Supervision {
  readonly #folder: string;
  readonly #children: Child[] = [];
  #reaper: ChildProcess | undefined;
  #stopping = false;
  /** Called when a process ends that nobody asked to. */
  onUnexpectedEnd: (message: string) => void = () => undefined;

  /** `folder` takes logs and, for the next start, the ids of what runs. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    mkdirSync(join(folder, 'pids'), { recursive: true });
  }

  /** @throws when `stop` was called meanwhile: what starts then would be left behind. */
  start(options: ChildOptions): Child {
    if (this.#stopping) throw new Error(`${options.name} is not started: all is being stopped`);
    const logFile = this.#newLog(options.name);
    const output = openSync(logFile, 'a', 0o600);
    const { command, args, user, workingFolder } = options;
    const process_ = spawn(command, args, {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...(options.environment ?? process.env) },
      ...(workingFolder === undefined ? {} : { cwd: workingFolder }),
      ...user,
    });
    closeSync(output);
    const child = this.#watch(process_, options, logFile);
    this.#children.push(child);
    return child;
  }

  /** Stops all, newest first: what was started later needs what was started before. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const child of [...this.#children].reverse()) await child.stop();
    this.#reaper?.stdin?.end('bye\n');
  }

  #watch(process_: ChildProcess, options: ChildOptions, logFile: string): Child {
    const { name, stopSignal = 'SIGTERM' } = options;
    const pid = process_.pid ?? 0;
    const pidFile = join(this.#folder, 'pids', name);
    let ended: string | undefined;
    let asked = false;
    const failed = new Promise<never>((_, reject) => {
      const end = (how: string) => {
        ended = `${name} ${how}${lastLines(logFile)}`;
        rmSync(pidFile, { force: true });
        if (pid > 0) this.#tellReaper(`-${pid}`);
        reject(new Error(ended));
        if (!asked && !this.#stopping) this.onUnexpectedEnd(ended);
      };
      process_.once('error', (error) => {
        end(`could not be started: ${error.message}`);
      });
      process_.once('exit', (code, signal) => {
        end(`ended with ${signal ?? `exit code ${code ?? 'unknown'}`}`);
      });
    });
    failed.catch(() => undefined);
    if (pid > 0) {
      this.#tellReaper(`+${pid} ${stopSignal} ${name}`);
      const marker = [options.command, ...options.args].join(' ');
      writeFileSync(pidFile, JSON.stringify({ pid, stopSignal, marker }));
    }
    return {
      name,
      pid,
      logFile,
      failed,
      waitForLine: (pattern, timeoutMs = 60_000) =>
        Promise.race([failed, lineOf(logFile, pattern, timeoutMs, () => ended !== undefined)]),
      stop: async () => {
        asked = true;
        if (ended === undefined) await stopProcess(pid, stopSignal);
        await failed.catch(() => undefined); // its log is read when its end is told
      },
    };
  }

  #tellReaper(line: string): void {
    if (this.#reaper === undefined) {
      const program = join(import.meta.dirname, 'reaper.mjs');
      this.#reaper = spawn(process.execPath, [program], {
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      this.#reaper.stdin?.on('error', () => undefined);
      this.#reaper.on('error', () => undefined);
      this.#reaper.unref();
    }
    this.#reaper.stdin?.write(`${line}\n`);
  }

  #newLog(name: string): string {
    const file = join(this.#folder, 'logs', `${name}.log`);
    if (existsSync(file)) renameSync(file, `${file}.1`);
    return file;
  }
}

/**
 * Stops what an earlier run left, should its reaper have been killed with it. Process ids are used
 * again, so each one's command line must be the one recorded.
 */
export async function stopLeftovers(folder: string): Promise<void> {
  const pids = join(folder, 'pids');
  if (!existsSync(pids)) return;
  for (const name of readdirSync(pids)) {
    const file = join(pids, name);
    const record = JSON.parse(readFileSync(file, 'utf8')) as {
      pid: number;
      stopSignal: NodeJS.Signals;
      marker: string;
    };
    if (commandLineOf(record.pid).trim() === record.marker.trim()) {
      await stopProcess(record.pid, record.stopSignal);
    }
    rmSync(file, { force: true });
  }
}

async function lineOf(
  logFile: string,
  pattern: RegExp,
  timeoutMs: number,
  ended: () => boolean,
): Promise<RegExpExecArray> {
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs && !ended()) {
    const match = pattern.exec(readFileSync(logFile, 'utf8'));
    if (match !== null) return match;
    await sleep(25);
  }
  throw new Error(`no line ${String(pattern)} within ${timeoutMs / 1000} s${lastLines(logFile)}`);
}

function lastLines(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15);
  return `; the end of ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
