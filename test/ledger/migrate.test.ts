import { readFileSync } from 'node:fs';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../ledger/migrate.ts';
import { dumpSchema } from '../../ledger/schema-dump.ts';
import { useLedger } from './ledger-fixture.ts';

const test = useLedger();
const committed = readFileSync(new URL('../../ledger/schema.sql', import.meta.url), 'utf8');
let databases = 0;

async function emptyDatabase(): Promise<string> {
  const name = `${new URL(test.ownerUrl).pathname.slice(1)}_${(databases += 1)}`;
  await test.asSuperuser(`create database ${name} owner solvent_owner`);
  return test.ownerUrl.replace(/[^/]+$/, name);
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  let url: string;
  beforeAll(async () => {
    url = await emptyDatabase();
    await migrate({ url });
  });

  it('makes an empty database into what schema.sql shows', async () => {
    expect(await dumpSchema(url)).toBe(committed);
  });

  it('changes nothing when it runs again', async () => {
    const before = await query(url, 'select * from schema_migrations order by name');
    await migrate({ url });
    expect(await query(url, 'select * from schema_migrations order by name')).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
  });

  it('applies each migration once when several start at once', async () => {
    const fresh = await emptyDatabase();
    await Promise.all([1, 2, 3, 4].map(() => migrate({ url: fresh })));
    expect(await dumpSchema(fresh)).toBe(committed);
  });

  it('refuses a database on which a migration was applied in another form', async () => {
    const other = await emptyDatabase();
    await migrate({ url: other });
    await query(other, `update schema_migrations set sha256 = 'x' where name like '0002%'`);
    await expect(migrate({ url: other })).rejects.toThrow(/0002-entries.sql was changed after/);
  });

  it('refuses a database that a later version has migrated', async () => {
    const later = await emptyDatabase();
    await migrate({ url: later });
    await query(later, `insert into schema_migrations (name, sha256) values ('9999-x.sql', 'x')`);
    await expect(migrate({ url: later })).rejects.toThrow(/9999-x.sql was applied .* not known/);
  });

  it('leaves nothing of a migration that failed, and says which', async () => {
    const half = await emptyDatabase();
    await query(half, 'create table lots (id int)');
    await expect(migrate({ url: half })).rejects.toThrow(/0002-entries.sql failed: .*"lots"/);
    const [row] = await query(half, `select to_regclass('billing_events') as made`);
    expect(row).toEqual({ made: null });
    await query(half, 'drop table lots');
    await migrate({ url: half });
    expect(await dumpSchema(half)).toBe(committed);
  });
});

describe('schema.sql', () => {
  it('loaded into an empty database gives the same catalogue', async () => {
    const url = await emptyDatabase();
    await query(url, committed);
    expect(await dumpSchema(url)).toBe(committed);
  });

  it.each([
    ['a column', 'alter table lots add column note text'],
    ['a default', `alter table accounts alter column plan set default 'scale'`],
    ['a check', 'alter table balances drop constraint balances_free_not_negative'],
    ['a key', 'alter table purchases drop constraint purchases_one_per_charge'],
    ['an index', 'drop index payment_methods_one_default'],
    ['a trigger', 'drop trigger transfers_append_only on transfers'],
    ['a disabled trigger', 'alter table transfers disable trigger transfers_append_only'],
    [
      'a function',
      `create or replace function refuse_change() returns trigger language plpgsql
      as 'begin return null; end'`,
    ],
    ['a grant', 'grant update on transfers to solvent_app'],
    ['a grant on a column', 'grant update (amount) on transfers to solvent_app'],
    ['a storage parameter', 'alter table balances set (fillfactor = 100)'],
  ])('differs when %s differs', async (_, sql) => {
    const url = await emptyDatabase();
    await query(url, committed);
    await query(url, sql);
    expect(await dumpSchema(url)).not.toBe(committed);
  });
});
