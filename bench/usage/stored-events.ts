import pg from 'pg';
import { quantity } from '../../domain/meter.ts';
import { packQuantities } from '../../domain/usage-quantities.ts';
import { uuidOf } from '../../ledger/account-id.ts';

const inStatement = 100_000;
const monthMs = 30 * 86_400_000;

/**
 * Usage of the last month, as its time left it: half of it of the first 200 accounts, half of all.
 * Quantities are of a usual size; each row names the billing event that opened its account.
 */
export async function storeEvents(
  connectionString: string,
  accountIds: readonly string[],
  count: number,
): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const uuids = accountIds.map(uuidOf);
  const startMs = Date.now() - monthMs;
  const packed = packQuantities([
    { priceId: 187, quantity: quantity(1_155) },
    { priceId: 188, quantity: quantity(211) },
  ]);
  for (let at = 0; at < count; at += inStatement) {
    await client.query(
      `insert into usage_events (account_id, usage_key, occurred_at, event_id, quantities)
       select ($1::uuid[])[case when n % 2 = 0 then 1 + floor(random() * 200)
           else 1 + floor(random() * array_length($1::uuid[], 1)) end],
         (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
           || substr(md5(n::text), 4, 15))::uuid,
         to_timestamp(ms / 1000.0), 2, $2
       from generate_series($3::bigint, $4::bigint) as n
       cross join lateral (select $5::bigint + n * $6::bigint / $7::bigint as ms) as t`,
      [
        uuids,
        Buffer.from(packed),
        at,
        Math.min(count, at + inStatement) - 1,
        startMs,
        monthMs,
        count,
      ],
    );
  }
  await client.query('vacuum analyze usage_events');
  await client.end();
}

export interface EventSize {
  readonly events: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** Bytes of one event, with its share of the pages that are half empty. */
export async function measureEvents(connectionString: string): Promise<EventSize> {
  return onConnection(connectionString, async (client) => {
    const { rows } = await client.query<EventSize>(
      `select count(*)::float as events, pg_table_size('usage_events')::float as "tableBytes",
         pg_indexes_size('usage_events')::float as "indexBytes" from usage_events`,
    );
    return rows[0] ?? { events: 0, tableBytes: 0, indexBytes: 0 };
  });
}

/** The same rows with ids that have no order, in a table of their own that is dropped again. */
export async function measureUnordered(connectionString: string): Promise<EventSize> {
  return onConnection(connectionString, async (client) => {
    await client.query('create table unordered (like usage_events including all)');
    await client.query(
      `insert into unordered select account_id, gen_random_uuid(), occurred_at, event_id, quantities
       from usage_events limit 500000`,
    );
    const { rows } = await client.query<EventSize>(
      `select count(*)::float as events, pg_table_size('unordered')::float as "tableBytes",
         pg_indexes_size('unordered')::float as "indexBytes" from unordered`,
    );
    await client.query('drop table unordered');
    return rows[0] ?? { events: 0, tableBytes: 0, indexBytes: 0 };
  });
}

async function onConnection<Result>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
