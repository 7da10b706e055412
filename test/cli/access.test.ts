import { beforeAll, expect, it } from 'vitest';
import { aPaidPurchase, anAccount, dollars, useLedger } from '../ledger/ledger-fixture.ts';
import { runSolvent } from './run-solvent.ts';

const test = useLedger();
let account: string;
beforeAll(async () => {
  account = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, account, { amount: dollars(10) });
});

const solvent = (...args: string[]) => runSolvent(args, { DATABASE_URL: test.appUrl });

it('R20 a hold is placed once, settled, and refused with the reason and exit code 1', async () => {
  const place = ['holds', 'place', account, 'req-1', '4', '--model', 'chat', '--json'];
  const first = await solvent(...place);
  expect(first).toMatchObject({ exitCode: 0 });
  expect(await solvent(...place)).toMatchObject({ exitCode: 0, stdout: first.stdout });
  const refused = await solvent('holds', 'place', account, 'req-2', '7');
  expect(refused).toMatchObject({ exitCode: 1 });
  expect(refused.stdout).toContain('Running requests have reserved what could be spent: $6.00');
  expect(refused.stderr).toContain('holds_full');
  const paused = await solvent('holds', 'extend', account, 'req-1', '12', '--json');
  expect(paused).toMatchObject({ exitCode: 1 });
  expect(paused.json()).toMatchObject({ instruction: 'pause' });
  const settled = await solvent('holds', 'settle', account, 'req-1', '1.5', '--json');
  expect(settled.json()).toMatchObject({ charged: '1.50', writtenOff: '0.00' });
  const open = await solvent('holds', 'list', account, '--state', 'open');
  expect(open).toMatchObject({ exitCode: 0, stdout: 'no holds\n' });
  const unknown = await solvent('holds', 'release', account, 'nonesuch');
  expect(unknown).toMatchObject({ exitCode: 1 });
  expect(unknown.stderr).toContain('hold_not_found');
});

it('R54 why says yes or no with exit code 0, and nothing of the future', async () => {
  const yes = await solvent('why', account);
  expect(yes).toMatchObject({ exitCode: 0 });
  expect(yes.stdout).toMatch(/^Yes, a request can run\./);
  const no = await solvent('why', account, '--cost', '100');
  expect(no).toMatchObject({ exitCode: 0 });
  expect(no.stdout).toContain('What would make it pass:\n  - Buy at least');
  expect((await solvent('why', account, '--at', '2999-01-01')).exitCode).toBe(1);
});

it('R17 R18 R54 R67 settings and holds of an account are set, and shown', async () => {
  const set = async (...args: string[]) => {
    const run = await solvent('accounts', ...args, '--json');
    return run.exitCode === 0 ? run.json() : run.stderr.split(':')[0];
  };
  expect(await set('set-limit', account, '100.01')).toBe('balance_limit_out_of_range');
  expect(await set('set-limit', account, '50')).toMatchObject({ balanceLimit: { own: '50.00' } });
  expect(await set('set-limit', account, 'none')).toMatchObject({ balanceLimit: { own: null } });
  expect(await set('set-thresholds', account, '5,20')).toMatchObject({
    lowBalanceThresholds: ['20.00', '5.00'],
  });
  expect(await set('set-ceiling', account, '5000')).toBe('balance_limit_ceiling_fixed');
  expect(await set('set-plan', account, 'scale', '--net-days', '30')).toMatchObject({
    ...{ plan: 'scale', netDays: 30 },
  });
  expect(await set('set-ceiling', account, '5000')).toMatchObject({
    balanceLimit: { effective: '5000.00' },
  });
  const reason = 'looks like card testing';
  expect(await set('hold', account, '--reason', reason)).toMatchObject({ adminHold: { reason } });
  const why = await solvent('why', account);
  expect(why.stdout).toContain('The account is on hold.');
  expect(why.stdout).not.toContain(reason);
  expect(await set('unhold', account)).toMatchObject({ adminHold: null });
  expect(await set('close', account)).toMatchObject({ status: 'closed' });
});
