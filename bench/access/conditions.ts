import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type pg from 'pg';
import { connected } from '../stack/databases.ts';
import { accountCount, zipfExponent, type Contender } from './cases.ts';
import type { AccessStack } from './stack.ts';

/** Machine, versions and settings, a line each. */
export async function describeConditions(stack: AccessStack): Promise<string[]> {
  const client = await connected(stack.url('postgres', 'ours'));
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, current_setting(name) as setting from pg_settings
     where name in ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes',
       'shared_buffers', 'max_wal_size', 'autovacuum')
     order by name = 'server_version' desc, name`,
  );
  await client.end();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg().map((value) => value.toFixed(1));
  return [
    `${new Date().toISOString()}, ${availableParallelism()} processors ` +
      `(${cpus()[0]?.model ?? 'unknown'}), ${gigabytes} GiB, load before: ${load.join(' ')}`,
    `Node ${process.version}, PostgreSQL: ` +
      rows.map(({ name, setting }) => `${name} ${setting}`).join(', '),
    `${accountCount} accounts; zipf: exponent ${zipfExponent}; one process each for PostgreSQL, ` +
      'the server and the load; a database for each contender',
  ];
}

/** What a contender's tables went through; by table name. */
interface TableCounters {
  readonly name: string;
  readonly inserted: number;
  readonly updated: number;
  readonly hot: number;
  readonly bytes: number;
}

export interface TableGrowth extends TableCounters {
  readonly bytesBefore: number;
}

/** PostgreSQL's own counters before and after a turn. */
export class Counters {
  readonly #client: pg.Client;
  readonly #before: readonly TableCounters[];

  static async read(stack: AccessStack, contender: Contender): Promise<Counters> {
    const client = await connected(stack.url('postgres', contender));
    return new Counters(client, await readTables(client));
  }

  private constructor(client: pg.Client, before: readonly TableCounters[]) {
    this.#client = client;
    this.#before = before;
  }

  /** The tables that were written to since then. */
  async since(): Promise<TableGrowth[]> {
    const after = await readTables(this.#client);
    return after.flatMap(({ name, inserted, updated, hot, bytes }) => {
      const before = this.#before.find((row) => row.name === name);
      if (before === undefined) return [];
      const growth = {
        name,
        bytes,
        bytesBefore: before.bytes,
        hot: hot - before.hot,
        inserted: inserted - before.inserted,
        updated: updated - before.updated,
      };
      return growth.inserted + growth.updated === 0 ? [] : [growth];
    });
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

async function readTables(client: pg.Client): Promise<TableCounters[]> {
  // Counters reach the view a second after the transactions.
  await client.query('select pg_sleep(1.2)');
  const { rows } = await client.query<TableCounters>(
    `select relname as name, n_tup_ins::float as inserted, n_tup_upd::float as updated,
       n_tup_hot_upd::float as hot, pg_relation_size(relid)::float as bytes
     from pg_stat_user_tables order by relname`,
  );
  return rows;
}
