import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { createTestAccount } from '../support/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { endOf, program, runSolvent, startSolvent } from './run-solvent.ts';

const test = useLedger();
let account: string;
beforeAll(async () => {
  account = (await createTestAccount(test.ledger)).accountId;
});

/** Another Stripe key names another deployment, so a running stack's addresses are not taken. */
const nothing = { STRIPE_SECRET_KEY: 'sk_test_another0000' };
const nobody = `acct_${'0'.repeat(25)}1`;

/** Nothing listens there. */
const away = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/solvent' };

describe('a process and cli/run.ts end and print the same', () => {
  it.each([
    { what: 'the program’s help', args: ['--help'], exitCode: 0 },
    { what: 'a verb’s help', args: ['help', 'accounts'], exitCode: 0 },
    { what: 'words', args: ['accounts', 'show', 'ACCOUNT'], exitCode: 0 },
    { what: 'JSON', args: ['accounts', 'show', 'ACCOUNT', '--json'], exitCode: 0 },
    { what: 'a refusal in JSON', args: ['accounts', 'show', nobody, '--json'], exitCode: 1 },
    { what: 'no verb', args: [], exitCode: 2 },
    { what: 'no such verb', args: ['nonsense'], exitCode: 2 },
    { what: 'a wrong argument', args: ['purchase', 'ACCOUNT', '25,00'], exitCode: 2 },
    { what: 'no settings', args: ['accounts', 'list'], environment: nothing, exitCode: 2 },
    { what: 'a ledger that is away', args: ['accounts', 'list'], environment: away, exitCode: 3 },
  ])('$what', async ({ args, environment = { DATABASE_URL: test.appUrl }, exitCode }) => {
    const words = args.map((word) => (word === 'ACCOUNT' ? account : word));
    const alone = await endOf(startSolvent(words, environment));
    const { stdout, stderr } = await runSolvent(words, environment);
    expect(alone).toMatchObject({ exitCode, stdout, stderr });
    expect(stdout === '', stdout).toBe(exitCode >= 2);
    if (args.includes('--json')) expect(alone.json()).toBeTypeOf('object');
  });

  it('which changes nothing of the process it is called in', async () => {
    const before = { ...process.env };
    await runSolvent(['nonsense'], nothing);
    await runSolvent(['accounts', 'show', nobody], { DATABASE_URL: test.appUrl });
    expect(process.exitCode).toBeUndefined();
    expect(process.env).toEqual(before);
  });
});

describe('a process', () => {
  it('says so where nothing is installed', async () => {
    const bare = temporaryFolder();
    cpSync(program, join(bare, 'solvent.mjs'));
    const { exitCode, stderr } = await endOf(
      spawn(process.execPath, [join(bare, 'solvent.mjs')], {
        ...{ cwd: bare, stdio: ['ignore', 'pipe', 'pipe'] },
      }),
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Run `npm ci`');
  });

  it('takes a file’s name from the folder it is run in', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ranges.csv'), 'start,end,funding\n510510,510519,prepaid\n');
    const args = ['bins', 'import', 'ranges.csv', '--source', 'ours'];
    expect(await endOf(startSolvent(args, { DATABASE_URL: test.appUrl }, folder))).toMatchObject({
      ...{ exitCode: 0, stdout: 'ranges imported from ours: 1\n', stderr: '' },
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'of the sandbox is Stripe’s stand-in until %s',
    async (signal) => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'kept'));
      const child = startSolvent(['sandbox', '--port', '0', '--data-folder', 'kept'], {}, folder);
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const listening = /^sandbox listening on (http:\/\/127\.0\.0\.1:\d+)\n$/;
      const url = listening.exec(line.toString())?.[1];
      const answer = await fetch(`${url ?? ''}/v1/customers`, {
        headers: { authorization: 'Bearer sk_test_localsandbox000' },
      });
      expect(answer.status).toBe(200);
      child.kill(signal);
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(readdirSync(join(folder, 'kept'))).not.toEqual([]);
    },
  );
});
