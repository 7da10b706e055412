import Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SolventClient } from '../../client/solvent-client.ts';
import { listUnrelayedWebhooks } from '../../ledger/webhook-events.ts';
import { createLoneApp, type LoneApp } from './lone-app.ts';
import { testWebhookSecret as webhookSecret } from '../support/stack.ts';

let lone: LoneApp;
beforeAll(async () => {
  lone = await createLoneApp();
});
afterAll(() => lone.close());

const stripe = new Stripe('sk_test_signs_only', { telemetry: false });

function event(id: string, object: object = {}) {
  const data = { object: { id: 'pi_1', metadata: { workflow_id: 'purchase/pur_1' }, ...object } };
  return JSON.stringify({
    id,
    object: 'event',
    type: 'payment_intent.succeeded',
    created: 1,
    data,
  });
}

async function deliver(payload: string, secret = webhookSecret, sent = payload, to = lone) {
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret });
  return to.app.request('/webhooks/stripe', {
    method: 'POST',
    headers: { 'stripe-signature': signature, 'content-type': 'application/json' },
    body: sent,
  });
}

async function stored(eventId: string): Promise<number> {
  const rows = await lone.ledger.run('select from webhook_events where event_id = $1', [eventId]);
  return rows.length;
}

it('R7 an event that comes twice is stored once and answered 200 both times', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => deliver(event('evt_twice'))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await stored('evt_twice')).toBe(1);
});

it('an event is answered although Temporal is away, and stays stored as unrelayed', async () => {
  expect((await deliver(event('evt_later'))).status).toBe(200);
  const waiting = await listUnrelayedWebhooks(lone.ledger, {
    receivedBeforeMs: Date.now() + 1_000,
    limit: 100,
  });
  expect(waiting).toContainEqual(
    expect.objectContaining({ eventId: 'evt_later', workflowId: 'purchase/pur_1' }),
  );
});

it('Stripe waits for our answer, not for that of Temporal', async () => {
  let giveUp: (error: Error) => void = () => undefined;
  const relayProcessorEvent = () =>
    new Promise<void>((_, reject) => {
      giveUp = reject;
    });
  const silent = await createLoneApp({
    client: { relayProcessorEvent } as unknown as SolventClient,
  });
  const payload = event('evt_silent');
  expect((await deliver(payload, webhookSecret, payload, silent)).status).toBe(200);
  giveUp(new Error('Temporal said nothing'));
  await silent.close();
});

it('an event signed with another secret, or changed on its way, is refused and not stored', async () => {
  expect((await deliver(event('evt_forged'), 'whsec_other')).status).toBe(400);
  const changed = event('evt_forged', { id: 'pi_2' });
  expect((await deliver(event('evt_forged'), webhookSecret, changed)).status).toBe(400);
  expect(await stored('evt_forged')).toBe(0);
});

it('an event about something without an id is answered and forgotten', async () => {
  expect((await deliver(event('evt_balance', { id: undefined }))).status).toBe(200);
  expect(await stored('evt_balance')).toBe(0);
});
