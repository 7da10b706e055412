import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { listPolicies } from '../../ledger/policies.ts';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { createTestAccount } from '../support/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runSolvent } from './run-solvent.ts';

const test = useLedger();
beforeAll(() => createTestAccount(test.ledger));

const solvent = (...args: string[]) =>
  runSolvent(['policies', ...args], { DATABASE_URL: test.appUrl });
const activations = async () => (await listPolicies(test.ledger)).activations.length;

const dayMs = 86_400_000;
const dayAhead = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);

async function fileWith(name: string, change: object): Promise<string> {
  const shown = await solvent('show', 'together-2025-11');
  const file = join(temporaryFolder(), `${name}.json`);
  const values = { ...shown.json(), version: name, ...change };
  writeFileSync(file, JSON.stringify(values));
  return file;
}

it('R68 lists what is in force, and the presets that never were', async () => {
  const { exitCode, stdout } = await solvent('list');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^together-2025-11 +the beginning +system/m);
  expect(stdout).toContain('In force now: together-2025-11');
  expect(stdout).toContain('Never activated: together-2026');
});

it('R68 an activation shows whom it touches, and happens with --yes only', async () => {
  const date = dayAhead(2);
  const asked = ['activate', 'together-2026', '--effective', date];
  const shown = await solvent(...asked);
  expect(shown.exitCode).toBe(2);
  expect(shown.stdout).toContain(`together-2026 from ${date} 00:00:00 UTC on, instead of together`);
  expect(shown.stdout).toMatch(/^usd +1 +0 +0 +0$/m);
  expect(shown.stderr).toContain('--yes');
  expect(await activations()).toBe(1);

  const done = await solvent(...asked, '--yes', '--json');
  expect(done.exitCode).toBe(0);
  expect(done.json()).toMatchObject({
    ...{ version: 'together-2026', effectiveAt: `${date}T00:00:00.000Z`, activated: true },
    ...{ instead: 'together-2025-11', accountsWithoutNotice: null },
    impacts: [{ currency: 'usd', accounts: 1, lower: 0, higher: 0, owingMore: 0, largest: [] }],
  });
  expect(await activations()).toBe(2);
  expect((await solvent(...asked, '--yes')).exitCode).toBe(0);
  expect(await activations()).toBe(2);
});

it('R68 a change that would be at once is refused with the earliest instant', async () => {
  const { exitCode, stderr } = await solvent(
    ...['activate', 'together-2026', '--effective', dayAhead(-1), '--yes'],
  );
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/policy_effective_too_soon: .* That is 20\d\d-.*Z now\./);
});

it.each([
  ['a wrong field', { postpaid: 'some', holds: {} }, ['postpaid: "allowed"', 'holds.defaultTtlMs']],
  ['a version that has other values', { version: 'together-2025-11', graceAfterDueMs: 1 }, []],
])('R68 a file with %s is refused, and why is told', async (what, change, faults) => {
  const file = await fileWith(what.replaceAll(' ', '-'), change);
  const { exitCode, stderr } = await solvent('activate', file, '--effective', dayAhead(3), '--yes');
  expect(exitCode).toBe(1);
  expect(stderr).toContain(faults.length > 0 ? 'policy_invalid' : 'policy_version_reused');
  for (const fault of faults) expect(stderr).toContain(fault);
});

it.each([
  ['no such version or file', ['show', 'together-1999'], 'policy_not_found'],
  ['a file that is no JSON', ['preview', import.meta.filename], 'policy_invalid'],
])('%s', async (_, args, code) => {
  const { exitCode, stderr } = await solvent(...args);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(code);
});

it('R2 an expiry is refused until every account was told 90 days before', async () => {
  const change = { purchasedCreditsExpireAfterMs: 365 * dayMs };
  const file = await fileWith('credits-expire', change);
  const activate = () => solvent('activate', file, '--effective', dayAhead(95), '--yes');
  const refused = await activate();
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('policy_notice_missing');
  expect(refused.stderr).toContain('1 open account has none that early.');
  const preview = await solvent('preview', file, '--effective', dayAhead(95));
  expect(preview.stdout).toContain('without a notice 90 days before (R2): 1');

  const late = await solvent('announce', file, '--effective', dayAhead(60));
  expect(late.exitCode).toBe(1);
  const announced = await solvent('announce', file, '--effective', dayAhead(95), '--json');
  expect(announced.exitCode).toBe(0);
  expect(announced.json()).toMatchObject({ version: 'credits-expire', accounts: 1 });
  expect((await activate()).exitCode).toBe(0);
  const listed = await solvent('list', '--json');
  expect(listed.json()).toMatchObject({
    ...{ inForce: 'together-2025-11' },
    versions: ['together-2025-11', 'together-2026', 'credits-expire'],
  });
});
