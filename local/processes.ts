import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Whether a process is there. A zombie is not: it has ended and only waits to be collected, which
 * nobody does in containers whose first process is no init.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return !/^\S+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

/** The command line of a process, empty when it is gone: process ids are used again. */
export function commandLineOf(pid: number): string {
  if (!isRunning(pid)) return '';
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function parentOf(pid: number): number {
  try {
    if (process.platform === 'linux') {
      // The second field, the name, may hold spaces and brackets; the parent comes two after it.
      const [, parent] =
        /^\d+ \(.*\) \w (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return Number(parent ?? 0);
    }
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
  } catch {
    return 0;
  }
}

/** The nearest process above us whose command line passes; undefined when none does. */
export function findAncestor(passes: (commandLine: string) => boolean): number | undefined {
  for (let pid = process.ppid; pid > 1; pid = parentOf(pid)) {
    if (passes(commandLineOf(pid))) return pid;
  }
  return undefined;
}

/** Sends the signal, and SIGKILL to the whole process group after `patienceMs`. */
export async function stopProcess(
  pid: number,
  signal: NodeJS.Signals,
  patienceMs = 10_000,
): Promise<void> {
  send(pid, signal);
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 20) {
    if (!isRunning(pid)) return;
    await sleep(20);
  }
  send(-pid, 'SIGKILL');
  send(pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it ended meanwhile, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
