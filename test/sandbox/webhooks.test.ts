import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { faultlessWebhooks } from '../../sandbox/webhooks.ts';
import { clientOf } from './client.ts';

const secret = 'whsec_test';

let sandbox: Sandbox;
let stripe: Stripe;
let receiver: Server;
let url: string;
/** What arrived with a good signature, in order. */
let received: Stripe.Event[] = [];
let badSignatures = 0;
/** Statuses to answer first, before 200. */
let answers: number[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      try {
        const body = Buffer.concat(chunks);
        const header = request.headers['stripe-signature'] ?? '';
        const event = stripe.webhooks.constructEvent(body, header, secret);
        const status = answers.shift() ?? 200;
        if (status === 200) received.push(event);
        response.writeHead(status).end();
      } catch {
        badSignatures += 1;
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

beforeEach(async () => {
  received = [];
  badSignatures = 0;
  answers = [];
  sandbox = await startSandbox({ webhooks: [{ url, secret }], seed: 5 });
  stripe = clientOf(sandbox);
  sandbox.controls.behaveWebhooks({ retryBaseMs: 20 });
});
afterEach(() => sandbox.close());

async function makeCustomers(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await stripe.customers.create({})).id);
  return ids;
}

const objectIds = () => received.map(({ data }) => (data.object as { id: string }).id);

test('events arrive signed as the package expects, and show who is yet to answer', async () => {
  sandbox.controls.behaveWebhooks({ isPaused: true });
  const [id] = await makeCustomers(1);
  const before = (await stripe.events.list({ type: 'customer.created' })).data[0];
  expect(before?.pending_webhooks).toBe(1);
  sandbox.controls.behaveWebhooks({ isPaused: false });
  await sandbox.controls.webhooksSettled();
  expect(objectIds()).toEqual([id]);
  await expect
    .poll(async () => (await stripe.events.retrieve(before?.id ?? '')).pending_webhooks)
    .toBe(0);
  expect(received[0]?.request?.id).toMatch(/^req_/);
});

test('a refused delivery is tried again until it is taken', async () => {
  answers = [500, 503, 302];
  const [id] = await makeCustomers(1);
  await sandbox.controls.webhooksSettled();
  expect(objectIds()).toEqual([id]);
  expect(sandbox.controls.pendingWebhooks()).toEqual([]);
});

test('an old secret makes signatures that the package refuses', async () => {
  sandbox.controls.behaveWebhooks({ usesOldSecret: true });
  const [id] = await makeCustomers(1);
  await expect.poll(() => badSignatures).toBeGreaterThan(0);
  expect(received).toEqual([]);
  sandbox.controls.behaveWebhooks({ usesOldSecret: false });
  await expect.poll(objectIds).toEqual([id]);
});

test('doubled: each comes twice, as the same event', async () => {
  sandbox.controls.behaveWebhooks({ doubledFraction: 1 });
  await makeCustomers(3);
  await sandbox.controls.webhooksSettled();
  expect(received).toHaveLength(6);
  expect(new Set(received.map(({ id }) => id)).size).toBe(3);
});

test('shuffled: all come, in another order', async () => {
  sandbox.controls.behaveWebhooks({ shuffledCount: 12 });
  const ids = await makeCustomers(12);
  await sandbox.controls.webhooksSettled();
  expect(objectIds()).not.toEqual(ids);
  expect(objectIds().sort()).toEqual([...ids].sort());
});

test('lost: not sent, but listed; resending brings it', async () => {
  sandbox.controls.behaveWebhooks({ lostFraction: 1 });
  const [id] = await makeCustomers(1);
  await sandbox.controls.webhooksSettled();
  expect(received).toEqual([]);
  expect(sandbox.controls.pendingWebhooks()[0]?.isLost).toBe(true);
  sandbox.controls.behaveWebhooks(faultlessWebhooks);
  const [event] = sandbox.controls.events({ object: id ?? '' });
  expect(sandbox.controls.resendEvent(event?.id ?? '')).toBe(true);
  await sandbox.controls.webhooksSettled();
  expect(objectIds()).toEqual([id]);
});

test('delayed: comes no sooner', async () => {
  sandbox.controls.behaveWebhooks({ delayMs: 250 });
  const started = performance.now();
  await makeCustomers(1);
  await sandbox.controls.webhooksSettled();
  expect(received).toHaveLength(1);
  expect(performance.now() - started).toBeGreaterThanOrEqual(240);
});

test('contradictory: a success is followed by an event that says it failed', async () => {
  sandbox.controls.behaveWebhooks({ contradictedFraction: 1 });
  const { id } = await stripe.paymentIntents.create({
    amount: 2500,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    allowed_payment_method_types: ['card'],
  });
  await sandbox.controls.webhooksSettled();
  const about = received.filter(({ data }) => (data.object as { id: string }).id === id);
  expect(about.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['payment_intent.succeeded', 'payment_intent.payment_failed']),
  );
  // The object, not the event, is the truth.
  expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
});

test('an endpoint made through the API gets the events it enabled, under its own secret', async () => {
  const endpoint = await stripe.webhookEndpoints.create({
    url,
    enabled_events: ['customer.updated'],
  });
  expect(endpoint.secret).toMatch(/^whsec_/);
  expect((await stripe.webhookEndpoints.retrieve(endpoint.id)).secret).toBeUndefined();
  const [id = ''] = await makeCustomers(1);
  await stripe.customers.update(id, { name: 'B' });
  // Ours takes both events; the new endpoint signs its one with another secret.
  await expect.poll(() => badSignatures).toBeGreaterThan(0);
  await stripe.webhookEndpoints.del(endpoint.id);
  await sandbox.controls.webhooksSettled();
  expect(received.map(({ type }) => type).sort()).toEqual(['customer.created', 'customer.updated']);
});
