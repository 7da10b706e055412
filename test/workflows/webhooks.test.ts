import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { patienceMs } from '../support/patience.ts';
import { createTestAccount } from '../support/stack.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { keyWith, startRunningApp, type RunningApp } from '../http/running-app.ts';
import { faultlessWebhooks, type WebhookBehaviour } from '../../sandbox/webhooks.ts';

let app: RunningApp;
let key: string;

beforeAll(async () => {
  app = await startRunningApp();
  key = await keyWith(app.ledger, 'billing');
});

afterAll(() => app.close());

beforeEach(() => {
  app.sandbox.controls.behaveWebhooks(faultlessWebhooks);
});

/** What can go wrong with Stripe's news, and whether the customer has to come back to the page. */
const behaviours: readonly [string, Partial<WebhookBehaviour>, 'by webhook' | 'on return'][] = [
  ['as they should be', {}, 'by webhook'],
  ['doubled', { doubledFraction: 1 }, 'by webhook'],
  ['shuffled', { shuffledCount: 5 }, 'by webhook'],
  ['contradicted', { contradictedFraction: 1 }, 'by webhook'],
  ['late', { delayMs: 2_000 }, 'by webhook'],
  ['lost', { lostFraction: 1 }, 'on return'],
  ['signed with an old secret', { usesOldSecret: true }, 'on return'],
];

describe('R7 B2 B4 one lot and one final answer, however the webhooks come', () => {
  test.each(behaviours)('%s', async (_name, behaviour, how) => {
    const { accountId } = await createTestAccount(app.ledger);
    app.sandbox.controls.behaveWebhooks(behaviour);
    const answer = await app.api('POST', '/v1/purchases', {
      key,
      headers: { 'idempotency-key': randomUUID() },
      body: {
        accountId,
        amount: '25.00',
        currency: 'usd',
        paymentMethod: 'pm_card_threeDSecure2Required',
      },
    });
    expect(answer).toMatchObject({ status: 202, body: { status: 'requires_action' } });
    const path = `/v1/purchases/${String(answer.body['id'])}`;

    const [payment] = app.sandbox.controls.objects('payment_intent', 1);
    const returnUrl = app.sandbox.controls.answerAuthentication(String(payment?.['id']), true);
    if (how === 'on return') await fetch(String(returnUrl), { redirect: 'manual' });
    await vi.waitFor(
      async () => {
        const { body } = await app.api('GET', path, { key });
        expect(body).toMatchObject({ status: 'succeeded' });
      },
      { timeout: patienceMs, interval: 100 },
    );

    app.sandbox.controls.behaveWebhooks({ ...faultlessWebhooks, retryBaseMs: 50 });
    await app.sandbox.controls.webhooksSettled();
    const state = await readAccount(app.ledger, { accountId });
    expect(state?.lots).toHaveLength(1);
    expect(state?.balances.purchased).toBe(25_000_000);
    const later = await app.api('GET', path, { key });
    expect(later.body).toMatchObject({ status: 'succeeded' });
  });
});
