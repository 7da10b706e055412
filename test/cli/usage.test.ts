import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPaidPurchase, anAccount, dollars, useLedger } from '../ledger/ledger-fixture.ts';
import { chat, setPrices } from '../ledger/usage-fixture.ts';
import { runSolvent } from './run-solvent.ts';

const test = useLedger();
const folder = mkdtempSync(join(tmpdir(), 'usage-'));
let account: string;
beforeAll(async () => {
  await setPrices(test.ledger);
  account = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, account, { amount: dollars(10) });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const solvent = (...args: string[]) => runSolvent(args, { DATABASE_URL: test.appUrl });

describe('usage report', () => {
  it('charges what was used, and counts it once by its key and time', async () => {
    const used = ['--input-tokens', '1000000', '--output-tokens', '1000000'];
    const name = ['--key', randomUUID(), '--time', new Date().toISOString()];
    const first = await solvent('usage', 'report', account, chat, ...used, ...name);
    expect(first).toMatchObject({ exitCode: 0, stdout: 'accepted: $0.25 USD charged\n' });
    const again = await solvent('usage', 'report', account, chat, ...used, ...name, '--json');
    expect(again.json()).toMatchObject({ status: 'duplicate', charged: null });
  });

  it('says what is wrong', async () => {
    const unpriced = await solvent('usage', 'report', account, 'none', '--images', '1');
    expect(unpriced.exitCode).not.toBe(0);
    expect(unpriced.stderr).toContain('usage_not_priced');
    const none = await solvent('usage', 'report', account, chat);
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain('--input-tokens 1200');
    const odd = await solvent('usage', 'report', account, chat, '--images', '0.5');
    expect(odd.stderr).toContain('at most 0 decimals');
  });
});

describe('usage import', () => {
  it('tells a file of events, names the lines that are refused, and can be run again', async () => {
    const event = (index: number) => ({
      ...{ specversion: '1.0', id: `event-${index}`, source: '/old', type: 'com.solvent.usage' },
      ...{ subject: account, time: new Date(Date.now() - 60_000).toISOString() },
      data: { model: chat, input_tokens: 20 },
    });
    const lines = Array.from({ length: 2_500 }, (_, index) => JSON.stringify(event(index)));
    const file = join(folder, 'usage.jsonl');
    const bad = [...lines, '{"id":', JSON.stringify({ ...event(9), data: { model: chat } })];
    writeFileSync(file, bad.join('\n'));
    const first = await solvent('usage', 'import', file, '--json');
    expect(first.json()).toEqual({
      ...{ lines: 2_502, accepted: 2_500, duplicate: 0, conflict: 0, rejected: 2 },
    });
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toMatch(/line 2501: no JSON.*\nline 2502: data must have/);
    writeFileSync(file, lines.join('\n'));
    const again = await solvent('usage', 'import', file);
    expect(again.stdout).toBe(
      'lines: 2500, accepted: 0, duplicate: 2500, conflict: 0, rejected: 0\n',
    );
    expect(again.exitCode).toBe(0);
  });

  it('tells that there is no such file', async () => {
    const run = await solvent('usage', 'import', join(folder, 'none'));
    expect(run).toMatchObject({ exitCode: 1 });
    expect(run.stderr).toContain('The file cannot be read');
  });
});
