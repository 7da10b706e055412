import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { Store } from '../../sandbox/store.ts';
import { clientOf, refusal } from './client.ts';

let folder: string;
let sandbox: Sandbox;
let stripe: Stripe;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-retention-'));
});
afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(mostPayments: number, webhooks?: { url: string; secret: string }[]) {
  sandbox = await startSandbox({ dataFolder: folder, mostPayments, webhooks });
  stripe = clientOf(sandbox);
}

const terms = { amount: 2500, currency: 'usd', allowed_payment_method_types: ['card' as const] };

/** Payments by a fresh card each, oldest first. */
async function pay(count: number, name: string): Promise<Stripe.PaymentIntent[]> {
  const paid: Stripe.PaymentIntent[] = [];
  for (let at = 0; at < count; at += 1) {
    const options = { idempotencyKey: `${name} ${at}` };
    const method = { confirm: true, payment_method: 'pm_card_visa' };
    paid.push(await stripe.paymentIntents.create({ ...terms, ...method }, options));
  }
  return paid;
}

function idOf(reference: string | { id: string } | null | undefined): string {
  return typeof reference === 'string' ? reference : (reference?.id ?? '');
}

const tables = ['payment_intent', 'charge', 'balance_transaction', 'refund', 'payment_method'];
const privateTables = ['issuer_card', 'idempotency', 'event', 'delivery', 'waiting_payment'];

/** How many records of each kind a start would find on disk now. */
function recordsOnDisk(): Record<string, number> {
  const store = new Store(folder);
  const counted = [...tables, ...privateTables].map((name) => [name, store.count(name)] as const);
  store.close();
  return Object.fromEntries(counted);
}

test('of more payments than the bound the oldest final ones are gone, and nothing of them stays', async () => {
  await start(10);
  const [first] = await pay(1, 'first');
  const refund = await stripe.refunds.create(
    { payment_intent: first?.id ?? '' },
    { idempotencyKey: 'refund' },
  );
  const charge = await stripe.charges.retrieve(idOf(first?.latest_charge));
  const paid = await pay(10, 'next');
  const gone = [
    stripe.paymentIntents.retrieve(first?.id ?? ''),
    stripe.charges.retrieve(charge.id),
    stripe.refunds.retrieve(refund.id),
    stripe.balanceTransactions.retrieve(idOf(charge.balance_transaction)),
    stripe.balanceTransactions.retrieve(idOf(refund.balance_transaction)),
    stripe.paymentMethods.retrieve(idOf(first?.payment_method)),
  ];
  for (const call of gone) {
    expect(await refusal(call)).toMatchObject({ code: 'resource_missing', statusCode: 404 });
  }
  expect(sandbox.controls.requestsAbout(first?.id ?? '').map(({ status }) => status)).toEqual([
    404,
  ]);
  expect(sandbox.controls.events({ object: first?.id ?? '' })).toEqual([]);
  const { data } = await stripe.paymentIntents.list({ limit: 100 });
  expect(data.map(({ id }) => id)).toEqual(paid.map(({ id }) => id).reverse());
  // Its key is free again: the bound forgets answers with what they were about.
  const [again] = await pay(1, 'first');
  expect(again?.id).not.toBe(first?.id);
  expect(recordsOnDisk()).toEqual({
    payment_intent: 10,
    charge: 10,
    balance_transaction: 10,
    refund: 0,
    payment_method: 10,
    issuer_card: 10,
    idempotency: 10,
    event: 40,
    delivery: 0,
    waiting_payment: 0,
  });
});

test('open payments and the cards of customers are never dropped', async () => {
  await start(3);
  const open = await stripe.paymentIntents.create(terms, { idempotencyKey: 'open' });
  const customer = await stripe.customers.create();
  const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  const saved = { customer: customer.id, payment_method: card.id, off_session: true };
  const canceled = await stripe.paymentIntents.create(terms);
  await stripe.paymentIntents.cancel(canceled.id);
  for (let at = 0; at < 6; at += 1) {
    await stripe.paymentIntents.create({ ...terms, ...saved, confirm: true });
  }
  expect((await refusal(stripe.paymentIntents.retrieve(canceled.id))).code).toBe(
    'resource_missing',
  );
  expect((await stripe.paymentMethods.retrieve(card.id)).customer).toBe(customer.id);
  const again = await stripe.paymentIntents.create(terms, { idempotencyKey: 'open' });
  expect(again.id).toBe(open.id);
  const method = { payment_method: 'pm_card_visa' };
  expect((await stripe.paymentIntents.confirm(open.id, method)).status).toBe('succeeded');
});

test('the bound holds over a restart, also a lower one, and the journal gives the space back', async () => {
  await start(1_000);
  const paid = await pay(30, 'before');
  await sandbox.close();
  await start(10);
  const { data } = await stripe.paymentIntents.list({ limit: 100 });
  expect(data.map(({ id }) => id)).toEqual(
    paid
      .slice(-data.length)
      .map(({ id }) => id)
      .reverse(),
  );
  expect(data).toHaveLength(10);
  await pay(1_000, 'after');
  sandbox.controls.advanceClock(1);
  // A payment is about 20 kB of journal: a thousand of them were written, the floor is 8 MiB.
  expect(statSync(join(folder, 'journal')).size).toBeLessThan(9 << 20);
  const last = (await stripe.paymentIntents.list()).data[0]?.id ?? '';
  await sandbox.close();
  await start(10);
  const found = await stripe.paymentIntents.retrieve(last, {
    expand: ['latest_charge.balance_transaction'],
  });
  expect(found.latest_charge).toMatchObject({ balance_transaction: { amount: 2500 } });
  expect(recordsOnDisk()).toMatchObject({ payment_intent: 10, charge: 10, event: 40 });
});

test('a payment stays until its webhooks are delivered', async () => {
  const seen: string[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const event = JSON.parse(body) as { data: { object: { id: string } } };
      seen.push(event.data.object.id);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  await start(5, [{ url: `http://127.0.0.1:${port}/`, secret: 'whsec_retention' }]);
  sandbox.controls.behaveWebhooks({ isPaused: true });
  const paid = await pay(12, 'paused');
  expect((await stripe.paymentIntents.list({ limit: 100 })).data).toHaveLength(12);
  sandbox.controls.behaveWebhooks({ isPaused: false });
  await sandbox.controls.webhooksSettled();
  expect(new Set(seen.filter((id) => id.startsWith('pi_')))).toEqual(
    new Set(paid.map(({ id }) => id)),
  );
  sandbox.controls.behaveWebhooks({ lostFraction: 1 });
  await pay(6, 'lost');
  expect((await stripe.paymentIntents.list({ limit: 100 })).data).toHaveLength(5);
  expect(sandbox.controls.pendingWebhooks()).toHaveLength(20);
  receiver.closeAllConnections();
  receiver.close();
});
