/**
 * `npm run check:schema`: the committed `ledger/schema.sql` is what the migrations make, and loading
 * it into an empty database makes the same again. `-- --update` writes it anew.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { migrate } from '../ledger/migrate.ts';
import { dumpSchema } from '../ledger/schema-dump.ts';
import { createRolesAndDatabase, startPostgres } from './postgres.ts';
import { Supervision } from './supervision.ts';

const schemaFile = join(import.meta.dirname, '..', 'ledger', 'schema.sql');
const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });

const folder = mkdtempSync(join(tmpdir(), 'solvent-schema-'));
const supervision = new Supervision(folder);
try {
  const server = await startPostgres({ folder, supervision, throwAway: true });
  await createRolesAndDatabase(server);
  const migratedUrl = server.url('solvent_owner', 'solvent');
  await migrate({ url: migratedUrl });
  const migrated = await dumpSchema(migratedUrl);
  if (values.update) {
    writeFileSync(schemaFile, migrated);
    console.log('ledger/schema.sql is written.');
  }
  const committed = existsSync(schemaFile) ? readFileSync(schemaFile, 'utf8') : '';
  const faults = [
    ...firstDifference('the migrations make', migrated, committed),
    ...firstDifference('loading it makes', await dumpOfLoaded(committed), committed),
  ];
  if (faults.length > 0) {
    console.error(faults.join('\n'));
    console.error('`npm run check:schema -- --update` writes ledger/schema.sql anew.');
    process.exitCode = 1;
  }

  async function dumpOfLoaded(sql: string): Promise<string> {
    const administrator = new pg.Client({ connectionString: server.url('postgres', 'postgres') });
    await administrator.connect();
    await administrator.query('create database loaded owner solvent_owner');
    await administrator.end();
    const url = server.url('solvent_owner', 'loaded');
    const owner = new pg.Client({ connectionString: url });
    await owner.connect();
    await owner.query(sql);
    await owner.end();
    return dumpSchema(url);
  }
} finally {
  await supervision.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The first line that differs, with both sides: enough to see which migration it comes from. */
function firstDifference(what: string, found: string, committed: string): string[] {
  if (found === committed) return [];
  const [foundLines, committedLines] = [found.split('\n'), committed.split('\n')];
  const index = foundLines.findIndex((line, at) => line !== committedLines[at]);
  const at = index === -1 ? foundLines.length : index;
  return [
    `ledger/schema.sql, line ${at + 1}: ${what}\n  ${foundLines[at] ?? '(nothing more)'}\n` +
      `and the file has\n  ${committedLines[at] ?? '(nothing more)'}`,
  ];
}
