/**
 * `npm run reset`: throws the embedded stack's data away, after asking. `--yes` does not ask,
 * `--folder` names data kept elsewhere.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { findPostgresPrograms, reachableDataFolder } from './postgres-programs.ts';
import { stackFolder } from './stack-folder.ts';
import { runningStack } from './stack-lock.ts';
import { stopLeftovers } from './supervision.ts';

/** What a later start makes again, and is no data. */
const kept = ['bundles', 'programs', 'install.lock', 'bench'];

const { values } = parseArgs({
  options: {
    yes: { type: 'boolean', default: false },
    folder: { type: 'string', default: stackFolder },
  },
});
const folder = resolve(values.folder);
const running = runningStack(folder);
if (running !== undefined) {
  console.error(`The stack runs (process ${running}). Stop it first with ctrl-C.`);
  process.exit(1);
}

const names = existsSync(folder) ? readdirSync(folder).filter((name) => !kept.includes(name)) : [];
const { user } = await findPostgresPrograms();
const databaseFolder = reachableDataFolder(join(folder, 'postgres', 'data'), user);
const folders = [...names.map((name) => join(folder, name)), databaseFolder].filter((path) =>
  existsSync(path),
);
if (folders.length === 0) {
  console.log('There is no data to throw away.');
} else if (values.yes || (await confirmed())) {
  await stopLeftovers(folder);
  for (const path of folders) rmSync(path, { recursive: true, force: true });
  console.log('Thrown away. `npm start` begins anew.');
} else {
  console.log('Nothing was changed.');
  process.exitCode = 1;
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error('Nobody can be asked here; `npm run reset -- --yes` does it without asking.');
    return false;
  }
  console.log(`This throws away all data of the embedded stack:\n  ${folders.join('\n  ')}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Type "yes" to do it: ');
  terminal.close();
  return answer.trim().toLowerCase() === 'yes';
}
