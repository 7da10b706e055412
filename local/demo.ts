/**
 * `npm run demo`: plays an account's month on the running stack, and tells it step by step. Where
 * none runs it starts one, and leaves it running until ctrl-C; without a terminal it stops it again.
 * `--folder` names data kept elsewhere.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runningStackFile } from '../config.ts';
import { DemoError, openDoors } from './demo-doors.ts';
import { playMonth } from './demo-month.ts';
import { Teller } from './demo-teller.ts';
import { stackFolder } from './stack-folder.ts';
import { runningStack } from './stack-lock.ts';

const { values } = parseArgs({ options: { folder: { type: 'string', default: stackFolder } } });
const folder = resolve(values.folder);
const stackFile = join(folder, basename(runningStackFile));

const stack = runningStack(folder) === undefined ? startStack() : undefined;
try {
  await stackIsReady();
  await play();
} catch (error) {
  // What the stack said of its own end stands above.
  if (!(error instanceof DemoError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
} finally {
  if (stack !== undefined) await leave(stack);
}

async function play(): Promise<void> {
  const startedAt = performance.now();
  const doors = openDoors(folder);
  try {
    const month = await playMonth(doors, new Teller(console.log));
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    console.log(
      `\nA month of ${month.accountId} was played in ${seconds} s. ` +
        '`npm run demo` plays another,\nwith a new account. docs/DEMO.md tells what to look at.',
    );
  } finally {
    await doors.close();
  }
}

/** In a process group of its own: ctrl-C is ours to hand on, once. */
function startStack(): ChildProcess {
  console.log('No stack runs here yet: starting one, as `npm start` does.');
  rmSync(stackFile, { force: true }); // One that was killed leaves it behind.
  const script = join(import.meta.dirname, 'start.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--folder', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill('SIGTERM'));
  }
  return child;
}

/** The file is written when all parts answer. Throws DemoError where the stack ended before. */
async function stackIsReady(): Promise<void> {
  while (!existsSync(stackFile)) {
    const hasEnded = stack === undefined ? runningStack(folder) === undefined : ended(stack);
    if (hasEnded) throw new DemoError('The stack ended before it was ready: see above.');
    await sleep(100);
  }
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** A person wants to look at what was played; a script wants its machine back. */
async function leave(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  const isWatched = process.stdout.isTTY && process.exitCode !== 1;
  if (isWatched) console.log('The stack keeps running, so that you can look. Ctrl-C stops it.');
  else child.kill('SIGTERM');
  await once(child, 'exit');
}
