/**
 * Ends what a killed parent left behind. It runs in a process group of its own and reads from a
 * pipe the parent holds open: `+PID SIGNAL NAME` for a process started, `-PID` for one that ended,
 * `bye` for an orderly stop. When the pipe ends without `bye` (the parent was killed with -9), it
 * stops what is left, newest first: each gets its signal, and SIGKILL after ten seconds.
 *
 * Plain JavaScript, so that it is up before the first process it has to watch.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 10_000;
/** Process id -> signal, oldest first. */
const watched = new Map();
let orderly = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'bye') orderly = true;
  const started = /^\+(\d+) (SIG\w+)/.exec(line);
  if (started) watched.set(Number(started[1]), started[2]);
  const ended = /^-(\d+)/.exec(line);
  if (ended) watched.delete(Number(ended[1]));
}

if (!orderly) {
  for (const [pid, signal] of [...watched].reverse()) await stop(pid, signal);
}

async function stop(pid, signal) {
  send(pid, signal);
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 50) {
    if (isGone(pid)) return;
    await sleep(50);
  }
  send(-pid, 'SIGKILL');
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile.
  }
}

/** A zombie answers signals as if it lived; nobody is left to collect it, so it counts as gone. */
function isGone(pid) {
  try {
    process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^\S+ \(.*\) [ZX]/s.test(stat);
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
