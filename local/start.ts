/** `npm start`: the whole stack on this machine, until ctrl-C. `--folder` keeps its data elsewhere. */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runningStackFile } from '../config.ts';
import { openDemonstration } from './demonstration.ts';
import { linkTable } from './link-table.ts';
import { findAncestor, isRunning } from './processes.ts';
import { realParts } from './real-parts.ts';
import { stackFolder } from './stack-folder.ts';
import { releaseStackLock, runningStack, takeStackLock } from './stack-lock.ts';
import { startParts } from './stack.ts';
import { writeState } from './state-file.ts';
import { stopLeftovers, Supervision } from './supervision.ts';

const startedAt = performance.now();
const { values } = parseArgs({ options: { folder: { type: 'string', default: stackFolder } } });
const folder = resolve(values.folder);
const stackFile = join(folder, basename(runningStackFile));

if (!takeStackLock(folder)) {
  console.error(
    `The stack already runs here (process ${runningStack(folder) ?? 'unknown'}). ` +
      'Stop it with ctrl-C where it was started; its links are in ' +
      `${relative(process.cwd(), join(folder, 'links.txt'))}.`,
  );
  process.exit(1);
}

// From here on what is written is for this user alone: mails, logs, histories, keys. The folders
// above PostgreSQL's data were made before, since its service user must pass through them.
mkdirSync(join(folder, 'postgres'), { recursive: true });
process.umask(0o077);

const supervision = new Supervision(folder);
const state = { stopping: false };

async function stop(exitCode: number): Promise<void> {
  if (state.stopping) process.exit(1); // A second ctrl-C: the reaper ends what is left.
  state.stopping = true;
  await supervision.stop();
  rmSync(stackFile, { force: true });
  releaseStackLock(folder);
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!state.stopping) console.log('\nStopping …');
    void stop(0);
  });
}
supervision.onUnexpectedEnd = (message) => {
  console.error(`\n${message}\n\nStopping the rest.`);
  void stop(1);
};
stopWithNpm();

try {
  await stopLeftovers(folder);
  const real = realParts(process.env);
  const { settings, mailboxUrl } = await startParts({
    folder,
    supervision,
    environment: process.env,
    real,
    say: console.log,
  });
  const demonstration = await openDemonstration(folder, {
    apiUrl: settings['PUBLIC_URL'] ?? '',
    databaseUrl: settings['DATABASE_URL'] ?? '',
  });
  const links = linkTable({ settings, real, mailboxUrl, demonstration, folder });
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`);
  writeState(stackFile, lines.join(''));
  writeState(join(folder, 'links.txt'), `${links}\n`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `\n${links}\n\nReady after ${seconds} s. Data and logs are kept in ` +
      `${relative(process.cwd(), folder)}/. Ctrl-C stops everything.`,
  );
} catch (error) {
  if (!state.stopping) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    await stop(1);
  }
}

/**
 * npm passes ctrl-C and SIGTERM on, but cannot when it is killed with -9. A stack nobody watches
 * would then hold its ports for ever, so it ends with the npm that started it.
 */
function stopWithNpm(): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const npm = findAncestor((commandLine) => /^npm |\bnpm-cli\.js\b/.test(commandLine));
  if (npm === undefined) return;
  setInterval(() => {
    if (!isRunning(npm) && !state.stopping) void stop(1);
  }, 1_000).unref();
}
