import { beforeAll, describe, expect, it } from 'vitest';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { createTestAccount } from '../support/stack.ts';
import { runSolvent } from './run-solvent.ts';

const test = useLedger();
let account: string;
beforeAll(async () => {
  account = (await createTestAccount(test.ledger)).accountId;
});

const solventWith = (key: string, ...args: string[]) =>
  runSolvent(['webhooks', ...args], { DATABASE_URL: test.appUrl, STRIPE_SECRET_KEY: key });
const solvent = (...args: string[]) => solventWith('sk_test_localsandbox000', ...args);

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const run = await solvent(...args, '--json');
  expect(run.exitCode, run.stderr).toBe(0);
  return run.json();
}

describe('R63 solvent webhooks', () => {
  it('adds an address, tries it, shows the log, replays, rotates, and removes it', async () => {
    const url = 'http://127.0.0.1:9/hooks';
    const made = await json('add', url, '--account', account, '--key', 'a');
    expect(made).toMatchObject({ accountId: account, url, types: null, enabled: true });
    expect(await json('add', url, '--account', account, '--key', 'a')).toEqual(made);
    const id = String(made['id']);
    const { messageId } = await json('test', id);
    const log = await json('log', id, '--state', 'waiting');
    expect(log['data']).toMatchObject([{ messageId, type: 'ping', state: 'waiting', log: [] }]);
    expect((await solvent('log', id)).stdout).toContain('at once');
    expect(await json('replay', id, String(messageId))).toEqual({ messageId });
    const rotated = await json('rotate', id);
    expect(rotated['secret']).not.toBe(made['secret']);
    const listed = await solvent('list', '--account', account);
    expect(listed.stdout).toMatch(new RegExp(`${id} .*all +enabled`));
    expect(listed.stdout).not.toContain('whsec_');
    expect(await json('remove', id)).toEqual({ id, status: 'removed' });
    expect((await solvent('log', id)).exitCode).toBe(1);
    expect((await json('list', '--account', account))['data']).toEqual([]);
  });

  it('refuses what must not be called, types there are not, and ids that are none', async () => {
    const inside = await solvent('add', 'https://10.0.0.1/');
    expect(inside).toMatchObject({ exitCode: 1, stdout: '' });
    expect(inside.stderr).toContain('webhook_url_not_allowed');
    const here = await solventWith('sk_live_0000000000', 'add', 'http://127.0.0.1/');
    expect(here.exitCode).toBe(1);
    const type = await solvent('add', 'https://example.com/', '--types', 'nonesuch');
    expect([type.exitCode, type.stderr]).toEqual([
      2,
      expect.stringContaining('purchase.succeeded'),
    ]);
    expect((await solvent('log', 'whe_1')).exitCode).toBe(2);
  });
});
