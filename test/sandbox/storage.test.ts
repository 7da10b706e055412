import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { clientOf } from './client.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-storage-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const terms = { amount: 2500, currency: 'usd', allowed_payment_method_types: ['card' as const] };

/** Starts the sandbox's own process; gives its port. */
async function startProcess(): Promise<{ child: ChildProcess; stripe: Stripe }> {
  const main = join(import.meta.dirname, '../../sandbox/main.ts');
  const args = ['--import', 'tsx', main, '--port', '0', '--data-folder', folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      resolve(text.toString());
    });
  });
  expect(line).toMatch(/^sandbox listening on http:\/\/127\.0\.0\.1:\d+\n$/);
  const port = Number(/:(\d+)\n/.exec(line)?.[1]);
  const options = { host: '127.0.0.1', port, protocol: 'http' as const, maxNetworkRetries: 0 };
  return { child, stripe: new Stripe('sk_test_localsandbox', options) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return ended;
}

test('everything answered is there after kill -9: objects, events, keys, the clock', async () => {
  const first = await startProcess();
  const customer = await first.stripe.customers.create({ email: 'a@b.example' });
  const options = { idempotencyKey: 'kept' };
  const paid = await first.stripe.paymentIntents.create(
    { ...terms, customer: customer.id, confirm: true, payment_method: 'pm_card_visa' },
    options,
  );
  await end(first.child, 'SIGKILL');

  const second = await startProcess();
  const found = await second.stripe.paymentIntents.retrieve(paid.id, { expand: ['latest_charge'] });
  expect(found.status).toBe('succeeded');
  const { data } = await second.stripe.events.list({ type: 'payment_intent.succeeded' });
  expect(data).toHaveLength(1);
  const again = await second.stripe.paymentIntents.create(
    { ...terms, customer: customer.id, confirm: true, payment_method: 'pm_card_visa' },
    options,
  );
  expect(again.id).toBe(paid.id);
  expect((await second.stripe.paymentIntents.list({ customer: customer.id })).data).toHaveLength(1);
  expect(await end(second.child, 'SIGTERM')).toBe(0);
});

test('a torn last transaction is cut off: all of it or nothing', async () => {
  const first = await startSandbox({ dataFolder: folder });
  const { id } = await clientOf(first).customers.create({});
  await first.close();
  const journal = join(folder, 'journal');
  const whole = statSync(journal).size;
  appendFileSync(journal, 'put\tcustomer\tcus_torn\t1\tlisted\t{"id":"cus_torn"}\nput\tcust');
  const second = await startSandbox({ dataFolder: folder });
  const { data } = await clientOf(second).customers.list();
  expect(data.map((customer) => customer.id)).toEqual([id]);
  expect(statSync(journal).size).toBe(whole);
  await second.close();
});

test('undelivered webhooks are delivered after a restart, to where the endpoint is then', async () => {
  const first = await startSandbox({
    dataFolder: folder,
    webhooks: [{ url: 'http://127.0.0.1:9/nobody', secret: 'whsec_one' }],
  });
  await clientOf(first).customers.create({});
  expect(first.controls.pendingWebhooks()).toHaveLength(1);
  await first.close();
  const second = await startSandbox({
    dataFolder: folder,
    webhooks: [{ url: 'http://127.0.0.1:9/elsewhere', secret: 'whsec_two' }],
  });
  expect(second.controls.pendingWebhooks()).toHaveLength(1);
  await second.close();
});

test('the clock’s offset is kept', async () => {
  const first = await startSandbox({ dataFolder: folder });
  first.controls.advanceClock(40 * 86_400_000);
  await first.close();
  const second = await startSandbox({ dataFolder: folder });
  expect(second.controls.nowMs() - Date.now()).toBeGreaterThan(39 * 86_400_000);
  const { created } = await clientOf(second).customers.create({});
  expect(created * 1000 - Date.now()).toBeGreaterThan(39 * 86_400_000);
  await second.close();
});

test('the journal is written anew when most of it is outdated, and read at the next start', async () => {
  const first = await startSandbox({ dataFolder: folder });
  const stripe = clientOf(first);
  const { id } = await stripe.customers.create({});
  const filler = 'x'.repeat(480);
  for (let round = 0; round < 900; round += 1) {
    const metadata: Record<string, string> = { round: String(round) };
    for (let key = 0; key < 20; key += 1) metadata[`filler${key}`] = filler;
    await stripe.customers.update(id, { metadata }, { idempotencyKey: `round ${round}` });
  }
  // Events and keys hold their own copies; both are too old after forty days.
  const before = statSync(join(folder, 'journal')).size;
  first.controls.advanceClock(40 * 86_400_000);
  expect(((await clientOf(first).customers.retrieve(id)) as Stripe.Customer).id).toBe(id);
  await first.close();
  const second = await startSandbox({ dataFolder: folder });
  expect(statSync(join(folder, 'journal')).size).toBeLessThan(before / 10);
  const kept = await clientOf(second).customers.retrieve(id);
  expect((kept as Stripe.Customer).metadata['round']).toBe('899');
  await second.close();
  const third = await startSandbox({ dataFolder: folder });
  expect((await clientOf(third).customers.list()).data).toHaveLength(1);
  await third.close();
});

test('the same seed gives the same ids, and never the same id twice after a restart', async () => {
  const ids: string[] = [];
  for (const run of [1, 2]) {
    const sandbox = await startSandbox({ seed: 3, ...(run === 1 ? {} : { dataFolder: folder }) });
    ids.push((await clientOf(sandbox).customers.create({})).id);
    await sandbox.close();
  }
  expect(ids[0]).toBe(ids[1]);
  const restarted = await startSandbox({ seed: 3, dataFolder: folder });
  expect(ids).not.toContain((await clientOf(restarted).customers.create({})).id);
  await restarted.close();
});
