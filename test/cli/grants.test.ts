import { beforeAll, expect, it } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { createTestAccount } from '../support/stack.ts';
import { runSolvent } from './run-solvent.ts';

const test = useLedger();
let account: string;
beforeAll(async () => {
  account = (await createTestAccount(test.ledger)).accountId;
});

const grants = (...args: string[]) =>
  runSolvent(['grants', ...args], { DATABASE_URL: test.appUrl, SOLVENT_OPERATOR: 'ada' });

const free = async () =>
  (await readAccount(test.ledger, { accountId: account }))?.balances.free ?? Number.NaN;

it('R28 gives free credits with scope and expiry, and says what was given', async () => {
  const terms = ['--scope', 'chat,embeddings', '--expires', '2099-01-01', '--reason', 'an outage'];
  const given = await grants('add', account, '25', ...terms, '--key', 'one');
  expect(given.exitCode, given.stderr).toBe(0);
  expect(given.stdout).toMatch(/State +posted/);
  expect(given.stdout).toMatch(/Free credits +\$25\.00 USD/);
  expect(given.stdout).toMatch(/Good for +chat, embeddings/);
  expect(given.stdout).toMatch(/Expire +2099-01-01 00:00:00 UTC/);
  expect(given.stdout).toMatch(/Asked for by +operator:ada/);
  expect((await grants('add', account, '25', ...terms, '--key', 'one')).exitCode).toBe(0);
  expect(await free()).toBe(25_000_000);
});

it('B13 a campaign gives once this month', async () => {
  const before = await free();
  for (let count = 0; count < 2; count += 1) {
    const run = await grants('add', account, '5', '--reason', 'monthly', '--campaign', 'starter');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toBe('');
  }
  expect(await free()).toBe(before + 5_000_000);
});

it('R64 a larger grant waits for another operator, listed until then', async () => {
  const before = await free();
  const asked = await grants('add', account, '500', '--reason', 'an outage', '--json');
  expect(asked.exitCode).toBe(0);
  expect(asked.json()).toMatchObject({ state: 'awaiting_second_person' });
  expect(asked.stderr).toContain('Another operator approves it');
  const id = String(asked.json()['id']);
  const list = await grants('list', '--state', 'awaiting_second_person');
  expect(list.stdout).toContain(id);
  const own = await grants('approve', id);
  expect(own).toMatchObject({ exitCode: 1, stdout: '' });
  expect(own.stderr).toContain('grant_needs_second_person');
  expect((await grants('approve', id, '--operator', 'ADA')).exitCode).toBe(1);
  expect(await free()).toBe(before);
  const approved = await grants('approve', id, '--operator', 'bob', '--json');
  expect(approved.json()).toMatchObject({ state: 'posted', decidedBy: 'operator:bob' });
  expect(await free()).toBe(before + 500_000_000);
});

it('R64 a grant is rejected by another, withdrawn by who asked for it', async () => {
  for (const [operator, state] of [
    ['bob', 'rejected'],
    ['ada', 'withdrawn'],
  ] as const) {
    const asked = await grants('add', account, '500', '--reason', 'an outage', '--json');
    const decided = await grants('reject', String(asked.json()['id']), '--operator', operator);
    expect(decided.stdout).toMatch(new RegExp(`State +${state}`));
  }
});

it('R64 asks who acts, and takes no mail address for a name', async () => {
  const unnamed = { DATABASE_URL: test.appUrl };
  const add = ['grants', 'add', account, '5', '--reason', 'goodwill'];
  const nobody = await runSolvent(add, unnamed);
  expect(nobody).toMatchObject({ exitCode: 2, stdout: '' });
  expect(nobody.stderr).toContain('--operator NAME');
  const mail = await runSolvent([...add, '--operator', 'ada@example.com'], unnamed);
  expect(mail.exitCode).toBe(2);
});

it('refuses what cannot be given, with words', async () => {
  const past = await grants('add', account, '5', '--reason', 'x', '--expires', '2020-01-01');
  expect(past.exitCode).toBe(1);
  expect(past.stderr).toContain('The expiry must be in the future.');
  expect((await grants('add', account, '0', '--reason', 'x')).exitCode).toBe(1);
  expect((await grants('add', account, '5')).exitCode).toBe(2);
});
