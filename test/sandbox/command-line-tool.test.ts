import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';

const tool = createRequire(import.meta.url).resolve('@stripe/cli/bin/shim.js');

let sandbox: Sandbox;
let home: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  home = mkdtempSync(join(tmpdir(), 'stripe-cli-'));
});
afterAll(async () => {
  await sandbox.close();
  rmSync(home, { recursive: true, force: true });
});

/** Plays one of the tool's official scenarios; gives its exit code and what it said. */
async function trigger(event: string): Promise<{ code: number | null; said: string }> {
  const key = 'sk_test_localsandbox000';
  const child = spawn(
    process.execPath,
    [tool, 'trigger', event, '--api-base', sandbox.url, '--api-key', key],
    // A home of its own: the tool writes its settings there, and reads nobody else's.
    { env: { PATH: process.env['PATH'], HOME: home, USERPROFILE: home } },
  );
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

/**
 * The tool fails when a request fails unexpectedly, but not when an expected event does not come:
 * so what each scenario must leave behind is said here.
 */
const scenarios: Record<string, string[]> = {
  'charge.captured': ['payment_intent.created', 'charge.succeeded', 'charge.captured'],
  'charge.failed': ['charge.failed', 'payment_intent.payment_failed'],
  'charge.refunded': ['charge.succeeded', 'charge.refunded'],
  'charge.succeeded': ['charge.succeeded', 'payment_intent.succeeded', 'charge.updated'],
  'checkout.session.completed': [
    'product.created',
    'price.created',
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
    'checkout.session.completed',
  ],
  'checkout.session.expired': ['product.created', 'price.created', 'checkout.session.expired'],
  'customer.created': ['customer.created'],
  'customer.deleted': ['customer.created', 'customer.deleted'],
  'customer.updated': ['customer.created', 'customer.updated'],
  'payment_intent.amount_capturable_updated': [
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.amount_capturable_updated',
  ],
  'payment_intent.canceled': ['payment_intent.created', 'payment_intent.canceled'],
  'payment_intent.created': ['payment_intent.created'],
  'payment_intent.payment_failed': [
    'payment_intent.created',
    'charge.failed',
    'payment_intent.payment_failed',
  ],
  'payment_intent.requires_action': ['payment_intent.created', 'payment_intent.requires_action'],
  'payment_intent.succeeded': [
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
  ],
  'payment_method.attached': ['customer.created', 'payment_method.attached'],
  'payment_method.detached': [
    'customer.created',
    'payment_method.attached',
    'payment_method.detached',
  ],
  'payment_method.updated': [
    'customer.created',
    'setup_intent.created',
    'payment_method.attached',
    'setup_intent.succeeded',
    'payment_method.updated',
  ],
  'setup_intent.canceled': ['setup_intent.created', 'setup_intent.canceled'],
  'setup_intent.created': ['setup_intent.created'],
  'setup_intent.requires_action': ['setup_intent.created', 'setup_intent.requires_action'],
  'setup_intent.setup_failed': ['setup_intent.created', 'setup_intent.setup_failed'],
  'setup_intent.succeeded': ['setup_intent.created', 'setup_intent.succeeded'],
};

/** Scenarios of the same families that need what the sandbox does not simulate. */
const beyond = {
  'payment_intent.processing': 'SEPA debit',
  'payment_intent.partially_funded': 'customer balances and bank transfers',
  'checkout.session.async_payment_succeeded': 'SEPA debit',
};

describe('Stripe’s own command line tool plays its scenario', () => {
  test.each(Object.entries(scenarios))('%s', async (event, expected) => {
    const before = sandbox.controls.events({ limit: Infinity }).length;
    const { code, said } = await trigger(event);
    expect(said).toContain('Trigger succeeded');
    expect(code).toBe(0);
    const all = sandbox.controls.events({ limit: Infinity });
    const types = all.slice(0, all.length - before).map(({ type }) => type);
    expect(types.reverse()).toEqual(expect.arrayContaining(expected));
    const order = expected.map((type) => types.indexOf(type));
    expect(order, `in this order: ${types.join(', ')}`).toEqual([...order].sort((a, b) => a - b));
  });

  test.each(Object.entries(beyond))('%s is refused by name: it needs %s', async (event) => {
    const { code, said } = await trigger(event);
    expect(said).toMatch(/does not simulate|simulates cards only|unknown parameter/);
    expect(code).not.toBe(0);
  });
});
