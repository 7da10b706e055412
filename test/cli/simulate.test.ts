import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { together202511 } from '../../domain/policy.ts';
import { policyJson } from '../../domain/policy-json.ts';
import { useLedger } from '../ledger/ledger-fixture.ts';
import { runSolvent } from './run-solvent.ts';

const test = useLedger();
const solvent = (...args: string[]) =>
  runSolvent(['simulate', 'collection', ...args], { DATABASE_URL: test.appUrl });

const file = join(mkdtempSync(join(tmpdir(), 'solvent-simulate-')), 'no-retries.json');
const { collection, ...values } = policyJson(together202511);
writeFileSync(
  file,
  JSON.stringify({
    ...{ ...values, version: 'no-retries' },
    collection: { ...(collection as object), retryAfterDays: [] },
  }),
);

it('R49 shows a policy beside today’s, by the same invoices, and the model', async () => {
  const { exitCode, stdout } = await solvent('--policy', file, '--invoices', '300');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^USD +TODAY: together-2025-11 +no-retries$/m);
  expect(stdout).toMatch(/^invoices +300 +300$/m);
  expect(stdout).toMatch(/^collected +\$[\d,.]+ USD \(9\d\.\d %\) +\$[\d,.]+ USD \(9\d\.\d %\)$/m);
  expect(stdout).toContain('Of 100 invoices 85 are paid by the first charge.');
});

it('is the same for the same seed, with --json', async () => {
  const asked = ['--policy', file, '--invoices', '300', '--seed', '5', '--json'];
  const first = await solvent(...asked);
  expect((await solvent(...asked)).stdout).toBe(first.stdout);
  const [usd] = first.json()['currencies'] as { outcomes: unknown }[];
  expect(usd?.outcomes).toMatchObject([
    { policyVersion: 'together-2025-11', invoices: 300, collected: expect.any(String) },
    { policyVersion: 'no-retries', invoices: 300 },
  ]);
});

it('says that nothing is recorded yet', async () => {
  const { exitCode, stdout } = await solvent('--policy', file, '--recorded');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('No invoice was charged by itself yet.');
});

it.each([
  ['no policy', [], 2],
  ['a policy there is not', ['--policy', 'together-1999'], 1],
  ['no invoices', ['--policy', file, '--invoices', '0'], 2],
])('%s is refused', async (_, args, code) => {
  expect((await solvent(...args)).exitCode).toBe(code);
});
