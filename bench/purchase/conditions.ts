import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import type { BenchStack } from './stack.ts';

const root = join(import.meta.dirname, '..', '..');

/** Machine, versions and settings, a line each, as the parts themselves tell them. */
export async function describeConditions(stack: BenchStack, temporal: Client): Promise<string[]> {
  const { serverVersion } = await temporal.workflowService.getSystemInfo({});
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg().map((value) => value.toFixed(1));
  return [
    `${availableParallelism()} processors (${cpus()[0]?.model ?? 'unknown'}), ${gigabytes} GiB, ` +
      `${process.platform}, load before: ${load.join(' ')}`,
    `Node ${process.version}, Temporal SDK ${sdkVersion()}, Temporal development server ` +
      `${serverVersion} with a database file`,
    await describePostgres(stack.databaseUrl),
    'One worker process, one client process, the sandbox for Stripe without webhooks and rate limit',
  ];
}

function sdkVersion(): string {
  const file = join(root, 'node_modules', '@temporalio', 'worker', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function describePostgres(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
       where name in ('server_version', 'fsync', 'synchronous_commit')`,
    );
    const of = (name: string) => rows.find((row) => row.name === name)?.setting ?? 'unknown';
    const durable = `fsync ${of('fsync')}, synchronous_commit ${of('synchronous_commit')}`;
    return `PostgreSQL ${of('server_version')}, ${durable}`;
  } finally {
    await client.end();
  }
}

/** Every purchase that was answered `succeeded` must have made one lot, and one charge. */
export async function countLots({ databaseUrl }: BenchStack): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ lots: string }>('select count(*) as lots from lots');
    return Number(rows[0]?.lots);
  } finally {
    await client.end();
  }
}
