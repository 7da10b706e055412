import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { findApiKey } from '../../ledger/api-keys.ts';
import { recordOpeningBalance } from '../../ledger/credits.ts';
import { findPortalSession } from '../../ledger/portal-sessions.ts';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { ownNamespace } from '../support/namespace.ts';
import { patienceMs } from '../support/patience.ts';
import { createTestAccount } from '../support/stack.ts';
import { temporalServer } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runSolvent } from './run-solvent.ts';

const test = useLedger();
let environment: Record<string, string>;
let account: string;
beforeAll(async () => {
  environment = { DATABASE_URL: test.appUrl, MIGRATION_DATABASE_URL: test.ownerUrl };
  account = (await createTestAccount(test.ledger)).accountId;
});

const solvent = (...args: string[]) => runSolvent(args, environment);

function fileOf(text: string): string {
  const file = join(temporaryFolder(), 'ranges.csv');
  writeFileSync(file, text);
  return file;
}

describe('keys and links', () => {
  it('R64 an API key works until it is revoked; its role must be one there is', async () => {
    const made = await solvent('api-keys', 'create', '--role', 'developer', '--account', account);
    const secret = /sk_\w+/.exec(made.stdout)?.[0] ?? '';
    const key = await findApiKey(test.ledger, { secret });
    expect(key).toMatchObject({ role: 'developer', accountId: account });
    const revoked = await solvent('api-keys', 'revoke', key?.keyId ?? '');
    expect(revoked).toMatchObject({ exitCode: 0, stdout: `revoked: ${key?.keyId ?? ''}\n` });
    expect(await findApiKey(test.ledger, { secret })).toBeUndefined();
    expect((await solvent('api-keys', 'revoke', key?.keyId ?? '')).exitCode).toBe(1);
    const wrong = await solvent('api-keys', 'create', '--role', 'king');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('billing, developer, service, operator');
  });

  it('a portal link opens the account’s page for an hour', async () => {
    const { stdout } = await runSolvent(['portal-link', account], {
      ...environment,
      PUBLIC_URL: 'https://billing.example.com',
    });
    const token = /^https:\/\/billing\.example\.com\/portal\/(\S+)\n$/.exec(stdout)?.[1] ?? '';
    const minutes = (count: number) => Date.now() + count * 60_000;
    const session = await findPortalSession(test.ledger, { token, nowMs: minutes(59) });
    expect(session).toMatchObject({ accountId: account });
    expect(await findPortalSession(test.ledger, { token, nowMs: minutes(61) })).toBeUndefined();
  });
});

describe('bins import', () => {
  it('R10 replaces what its source said before', async () => {
    const prefixes = Array.from({ length: 2_500 }, (_, index) => 400_000 + index);
    const rows = prefixes.map((prefix) => `${prefix},${prefix},prepaid`);
    const first = fileOf(['start,end,funding', ...rows, ''].join('\n'));
    expect(await solvent('bins', 'import', first, '--source', 'ours')).toMatchObject({
      exitCode: 0,
      stdout: 'ranges imported from ours: 2500\n',
    });
    const second = fileOf('start,end,funding\n510510,510519,prepaid\n');
    await solvent('bins', 'import', second, '--source', 'ours');
    const left = await test.ledger.run<{ start: number }>(
      `select range_start as start from bin_ranges where source = 'ours'`,
    );
    expect(left).toEqual([{ start: 51_051_000_000 }]);
  });

  it.each([
    { name: 'a wrong line', text: 'start,end,funding\n12,13,debit\n', says: 'line 2' },
    { name: 'no header', text: '420000,420009,prepaid\n', says: 'line 1: the header' },
    { name: 'an empty file', text: '', says: 'the file is empty' },
  ])('R10 with $name imports nothing and says where', async ({ text, says }) => {
    const run = await solvent('bins', 'import', fileOf(text), '--source', 'bad');
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(says);
    expect(await test.ledger.run(`select 1 from bin_ranges where source = 'bad'`)).toEqual([]);
  });

  it('of a file that cannot be read says so', async () => {
    const folder = temporaryFolder();
    for (const file of [join(folder, 'absent.csv'), folder]) {
      const { exitCode, stderr } = await solvent('bins', 'import', file, '--source', 'x');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('The file cannot be read');
    }
  });
});

describe('ledger', () => {
  it('R65 verify finds a balance changed by hand, and ends with 1', async () => {
    const { accountId } = await createTestAccount(test.ledger);
    await recordOpeningBalance(
      test.ledger,
      {
        accountId,
        idempotencyKey: 'opening',
        purchased: micros(7_000_000),
        unbilled: [],
        actor: 'test',
        nowMs: Date.now(),
      },
      onlyPolicy(together202511),
    );
    const sound = await solvent('ledger', 'verify', '--account', accountId);
    expect(sound).toMatchObject({ exitCode: 0 });
    expect(sound.stdout).toBe('1 accounts, 1 events, 1 transfers recounted: all agree\n');

    const owner = new pg.Client({ connectionString: test.ownerUrl });
    await owner.connect();
    await owner.query('update balances set purchased = purchased + 1 where purchased = 7000000');
    await owner.end();
    const planted = await solvent('ledger', 'verify');
    expect(planted.exitCode).toBe(1);
    expect(planted.stdout).toMatch(/1 differences\nACCOUNT +WHAT +STORED +RECOUNTED\n/);
    expect(planted.stdout).toMatch(new RegExp(`${accountId} +purchased +7000001 +7000000`));
  });

  it('migrate may be repeated', async () => {
    expect(await solvent('ledger', 'migrate')).toMatchObject({ exitCode: 0 });
    expect(await solvent('ledger', 'migrate')).toMatchObject({ exitCode: 0 });
  });

  it.each([
    { args: ['ledger', 'migrate'], name: 'MIGRATION_DATABASE_URL' },
    { args: ['accounts', 'list'], name: 'DATABASE_URL' },
  ])('$args.0 $args.1 without a database that answers ends with 3', async ({ args, name }) => {
    const away = { ...environment, [name]: 'postgres://nobody@127.0.0.1:1/solvent' };
    const { exitCode, stderr } = await runSolvent(args, away);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('does not answer: connect ECONNREFUSED');
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

/** A namespace that was just registered is known to all parts of the server a little later. */
async function untilKnown(call: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(call, { timeout: patienceMs, interval: 100 });
}

describe('setup', () => {
  it('changes nothing where all is as needed, and says so', async () => {
    const { address, namespace } = await ownNamespace('setup');
    const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const first = await runSolvent(['setup'], temporal);
    expect(first).toMatchObject({ exitCode: 0 });
    const again = await runSolvent(['setup', '--json'], temporal);
    const steps = again.json()['steps'] as { subject: string; status: string }[];
    expect(steps.map(({ status }) => status)).toEqual(steps.map(() => 'as_needed'));
    expect(steps.map(({ subject }) => subject)).toEqual([
      'retention',
      'search attribute AccountId',
      'search attribute InvoiceId',
      'search attribute PaymentState',
      'search attribute NeedsReview',
      'search attribute DeclineCode',
      'Schedule sweep',
      'Schedule payment-watch',
      'Schedule credit-expiry',
      'Schedule invoice-calendar',
    ]);
  });

  it('gives a new namespace what it lacks, and names what it may not change', async () => {
    const { address } = await temporalServer();
    const connection = await Connection.connect({ address });
    const namespace = `setup-${randomUUID()}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    // Temporal's number for the type Text; ours must be a Keyword.
    const searchAttributes: Record<string, number> = { DeclineCode: 1 };
    await untilKnown(() =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes }),
    );
    const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const { exitCode, stdout } = await runSolvent(['setup'], temporal);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 1 });
    expect(stdout).toMatch(/retention +changed +raised from 1 to 30 days/);
    expect(stdout).toMatch(/search attribute AccountId +changed +Keyword, added/);
    expect(stdout).toMatch(/search attribute NeedsReview +changed +Bool, added/);
    expect(stdout).toMatch(/search attribute DeclineCode +not_done +it exists with another type/);
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(tsToMs(config?.workflowExecutionRetentionTtl)).toBe(30 * 86_400_000);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    expect(Object.keys(customAttributes)).toContain('PaymentState');
    await connection.close();
  });

  it('of a namespace that does not exist says how to make it', async () => {
    const { address } = await temporalServer();
    const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'absent' };
    const { exitCode, stdout } = await runSolvent(['setup'], temporal);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('temporal operator namespace create --namespace absent');
  });
});

describe('the command line', () => {
  it.each([
    { args: [], says: 'Usage: solvent' },
    { args: ['nonsense'], says: "unknown command 'nonsense'" },
    { args: ['purchase'], says: "missing required argument 'account'" },
    { args: ['purchase', 'acct_1', '25'], says: 'An account id is "acct_" and 26 characters.' },
    { args: ['status', 'x'], says: 'It begins with "acct_" or "pur_".' },
    { args: ['accounts', 'list', '--limit', '0'], says: 'A whole number from 1 to 1000' },
    { args: ['accounts', 'create', '--name', ' ', '--email', 'a@b'], says: '1 to 200 characters' },
    { args: ['sandbox', '--webhook-url', 'http://127.0.0.1:1'], says: 'go together' },
  ])('$args is wrong usage: exit code 2', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await solvent(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  it.each(['25,00', '1e3', '$25', '0.0000001', 'abc'])(
    'R69 an amount of %j is wrong usage, with an example',
    async (amount) => {
      const { exitCode, stderr } = await solvent('purchase', account, amount);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('for example 25 or 25.00');
    },
  );

  it('names a setting that is missing or wrong, and never its value', async () => {
    // Another Stripe key names another deployment, so a running stack's addresses are not taken.
    const other = { STRIPE_SECRET_KEY: 'sk_test_another0000' };
    const missing = await runSolvent(['accounts', 'list'], other);
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('DATABASE_URL is missing');
    expect(missing.stderr).toContain('npm start');
    const wrong = await runSolvent(['accounts', 'list'], { ...other, DATABASE_URL: 'secret' });
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('DATABASE_URL must be');
    expect(wrong.stderr).not.toContain('secret');
  });
});
