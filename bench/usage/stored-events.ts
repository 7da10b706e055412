import type pg from 'pg';
import { quantity } from '../../domain/meter.ts';
import { packQuantities } from '../../domain/usage-quantities.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { onConnection } from '../stack/databases.ts';

const inStatement = 100_000;
const measured = 500_000;
const monthMs = 30 * 86_400_000;

/** How rows come into the table: the order of what is inserted together is that of its accounts. */
interface Arrival {
  readonly accounts: number;
  readonly inRequest: number;
  /** Whether ids begin with their time, as a UUIDv7 and a ULID do. */
  readonly ordered: boolean;
}

const byRequests: Arrival = { accounts: 200, inRequest: 1_000, ordered: true };
const byThemselves: Arrival = { accounts: 10_000, inRequest: 1, ordered: true };

/** Usage of the last month as its time left it, half of it told in one way and half in the other. */
export async function storeEvents(
  connectionString: string,
  accountIds: readonly string[],
  count: number,
): Promise<void> {
  await onConnection(connectionString, async (client) => {
    for (const arrival of [byRequests, byThemselves]) {
      await insert(client, 'usage_events', accountIds, { ...arrival, count: count / 2 });
    }
    await client.query('vacuum analyze usage_events');
  });
}

export interface EventSize {
  readonly of: string;
  readonly events: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** Bytes of an event with its index, in tables of their own, by how the rows came into them. */
export async function measureSizes(
  connectionString: string,
  accountIds: readonly string[],
): Promise<EventSize[]> {
  const arrivals: readonly (readonly [string, Arrival])[] = [
    ['ids by time, requests of 1,000 over 200 accounts', byRequests],
    ['ids by time, one by one over 10,000 accounts', byThemselves],
    ['ids by time, one by one over 200 accounts', { ...byThemselves, accounts: 200 }],
    ['ids without order', { ...byThemselves, ordered: false }],
  ];
  return onConnection(connectionString, async (client) => {
    const sizes: EventSize[] = [];
    for (const [of, arrival] of arrivals) {
      await client.query('create table measured (like usage_events including all)');
      await insert(client, 'measured', accountIds, { ...arrival, count: measured });
      const { rows } = await client.query<Omit<EventSize, 'of'>>(
        `select count(*)::float as events, pg_table_size('measured')::float as "tableBytes",
           pg_indexes_size('measured')::float as "indexBytes" from measured`,
      );
      if (rows[0] !== undefined) sizes.push({ of, ...rows[0] });
      await client.query('drop table measured');
    }
    return sizes;
  });
}

async function insert(
  client: pg.Client,
  table: 'usage_events' | 'measured',
  accountIds: readonly string[],
  { count, accounts, inRequest, ordered }: Arrival & { readonly count: number },
): Promise<void> {
  const uuids = accountIds.slice(0, accounts).map(uuidOf);
  const startMs = Date.now() - monthMs;
  const packed = packQuantities([
    { priceId: 187, quantity: quantity(1_155) },
    { priceId: 188, quantity: quantity(211) },
  ]);
  for (let at = 0; at < count; at += inStatement) {
    await client.query(
      `insert into ${table} (account_id, usage_key, occurred_at, event_id, quantities)
       select account_id, case when $9::boolean then (lpad(to_hex(ms), 12, '0') || '7'
           || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid else hash::uuid end,
         to_timestamp(ms / 1000.0), 2, $2
       from generate_series($3::bigint, $4::bigint) as n
       cross join lateral (
         select $5::bigint + n * $6::bigint / $7::bigint as ms,
           md5(n::text) as hash,
           ($1::uuid[])[1 + floor(random() * array_length($1::uuid[], 1) + n * 0)] as account_id
       ) as t
       order by n / $8::bigint, account_id, n`,
      [
        ...[uuids, Buffer.from(packed), at, Math.min(count, at + inStatement) - 1],
        ...[startMs, monthMs, Math.ceil(count), inRequest, ordered],
      ],
    );
  }
}
