import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/services.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('test databases', () => {
  it('each file gets a copy of its own, seen by both roles', async () => {
    const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await query(one.ownerUrl, 'create table planted (id int)');
    const tables = "select from pg_tables where tablename = 'planted'";
    expect(await query(one.appUrl, tables)).toHaveLength(1);
    expect(await query(other.appUrl, tables)).toHaveLength(0);
  });

  it('the application logs in as a role that owns nothing and is no superuser', async () => {
    const { appUrl } = await createTestDatabase();
    const rows = await query(
      appUrl,
      `select current_user as role, rolsuper as superuser, rolcreatedb as creates_databases,
              pg_get_userbyid(datdba) as owner
         from pg_roles, pg_database
        where rolname = current_user and datname = current_database()`,
    );
    expect(rows).toEqual([
      {
        role: 'solvent_app',
        superuser: false,
        creates_databases: false,
        owner: 'solvent_owner',
      },
    ]);
  });
});
