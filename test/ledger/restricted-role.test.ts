import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { assertRestrictedRole, openLedger } from '../../ledger/database.ts';
import { aPaidPurchase, anAccount, useLedger } from './ledger-fixture.ts';

const test = useLedger();
const past = ['billing_events', 'transfers', 'charge_attempts', 'audit_log'];

async function attempt(url: string, sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
    return 'it worked';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
}

describe('the application’s role cannot rewrite the ledger’s past', () => {
  it.each(
    past.flatMap((table) => [
      `update ${table} set account_id = account_id`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]),
  )('%s', async (sql) => {
    await aPaidPurchase(test.ledger, await anAccount(test.ledger));
    expect(await attempt(test.appUrl, sql)).toMatch(/^permission denied for table/);
  });

  it.each([
    ...past.map((table) => `alter table ${table} disable trigger all`),
    'alter table lots drop constraint lots_purchased_expire_later',
    'drop table transfers',
    'drop trigger transfers_append_only on transfers',
  ])('%s', async (sql) => {
    expect(await attempt(test.appUrl, sql)).toMatch(/^must be owner of/);
  });

  it.each([
    `insert into schema_migrations (name, sha256) values ('x', 'x')`,
    `create table mine (id int)`,
    'delete from balances',
    'delete from lots',
    'delete from purchases',
    'delete from payment_methods',
    `update lots set amount = 1`,
    'update lots set expires_at = now()',
    'update policies set actor = actor',
    'delete from policy_activations',
    'delete from policy_announcements',
    `update purchases set credits = 1`,
    'update accounts set currency = currency',
    'set session_replication_role = replica',
    'set role solvent_owner',
  ])('%s', async (sql) => {
    expect(await attempt(test.appUrl, sql)).toMatch(/^permission denied/);
  });
});

describe('the ledger’s owner cannot change its past by an ordinary statement', () => {
  it.each(
    past.flatMap((table) => [
      [table, 'UPDATE', `update ${table} set account_id = account_id`],
      [table, 'DELETE', `delete from ${table}`],
      [table, 'TRUNCATE', `truncate ${table} cascade`],
    ]),
  )('%s: %s', async (table, verb, sql) => {
    // A cascading TRUNCATE meets the triggers of dependent tables too; any of them refuses.
    const refused =
      verb === 'TRUNCATE'
        ? /append-only: TRUNCATE refused/
        : `${table} is append-only: ${verb} refused`;
    expect(await attempt(test.ownerUrl, sql)).toMatch(refused);
  });
});

describe('assertRestrictedRole', () => {
  it('lets the application’s role through', async () => {
    await expect(assertRestrictedRole(test.ledger)).resolves.toBeUndefined();
  });

  it.each(['solvent_owner', 'postgres'])('refuses %s', async (role) => {
    const url = test.ownerUrl.replace('solvent_owner', role);
    const ledger = openLedger({ url });
    await expect(assertRestrictedRole(ledger)).rejects.toThrow(`the role "${role}" could rewrite`);
    await ledger.close();
  });

  it('refuses a role that could become the owner, or was granted too much', async () => {
    for (const right of ['solvent_owner', 'update on transfers']) {
      const name = `too_much_${right.length}`;
      await test.asSuperuser(`create role ${name} login`);
      await test.asSuperuser(`grant select on all tables in schema public to ${name}`);
      await test.asSuperuser(`grant ${right} to ${name}`);
      const ledger = openLedger({ url: test.ownerUrl.replace('solvent_owner', name) });
      await expect(assertRestrictedRole(ledger)).rejects.toThrow('could rewrite the ledger');
      await ledger.close();
    }
  });
});
