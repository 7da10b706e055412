import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processorClock } from '../../client/test-clock.ts';
import { createLoneApp } from './lone-app.ts';
import { keyWith, startRunningApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let billing: string;
let operator: string;
beforeAll(async () => {
  app = await startRunningApp();
  billing = await keyWith(app.ledger, 'billing');
  operator = await keyWith(app.ledger, 'operator');
});
afterAll(() => app.close());

const dayMs = 86_400_000;

async function waitingPurchase(email: string) {
  const body = { name: 'Ada', email, currency: 'usd' };
  const { body: account } = await app.api('POST', '/v1/accounts', { key: billing, body });
  const accountId = String(account['id']);
  const paymentMethod = 'pm_card_threeDSecure2Required';
  const order = { accountId, amount: '25.00', currency: 'usd', paymentMethod };
  const asked = await app.api('POST', '/v1/purchases', { key: billing, body: order });
  expect(asked.body['status']).toBe('requires_action');
  // Temporal's list, which is asked for those whose time is moved, lags behind a little.
  const query = `AccountId = "${accountId}" and ExecutionStatus = "Running"`;
  await expect.poll(async () => (await app.temporal.workflow.count(query)).count).toBe(1);
  return { accountId, purchaseId: String(asked.body['id']) };
}

function advance(accountId: string, to: number) {
  const body = { to: new Date(to).toISOString() };
  return app.api('POST', `/v1/accounts/${accountId}/clock/advance`, { key: operator, body });
}

async function statusOf(purchaseId: string) {
  const { body } = await app.api('GET', `/v1/purchases/${purchaseId}`, { key: billing });
  return body;
}

describe('an account’s time moved on', () => {
  it('waits for a sandbox that is away: 503, to be repeated', async () => {
    const clock = processorClock('http://127.0.0.1:1');
    const refusal = { code: 'temporarily_unavailable' };
    await expect(clock.advanceTo(Date.now())).rejects.toMatchObject({ refusal });
  });

  it('R13 reminds at 24 h and 72 h and expires after 7 days, on the running stack', async () => {
    const email = 'time@example.com';
    const beganMs = Date.now();
    const { accountId, purchaseId } = await waitingPurchase(email);
    const subjects = async () => (await app.mails(email)).map(({ subject }) => subject);
    await expect.poll(subjects).toHaveLength(1);
    const startMs = Date.now();

    const moved = await advance(accountId, startMs + dayMs + 60_000);
    expect(moved).toMatchObject({ status: 200, body: { accountId, workflowsTold: 1 } });
    await expect.poll(subjects).toHaveLength(2);
    expect(await subjects()).toContainEqual(expect.stringContaining('Reminder'));
    await advance(accountId, startMs + 3 * dayMs + 60_000);
    await expect.poll(subjects).toHaveLength(3);
    // A link asked for now is good for what is left of the seven days, by the account's time.
    const link = await app.api('POST', `/v1/purchases/${purchaseId}/authentication-links`, {
      key: billing,
    });
    const expiresAtMs = Date.parse(String(link.body['expiresAt']));
    expect(expiresAtMs).toBeGreaterThanOrEqual(beganMs + 7 * dayMs);
    expect(expiresAtMs).toBeLessThanOrEqual(startMs + 7 * dayMs);
    expect((await fetch(String(link.body['url']))).status).toBe(200);

    await advance(accountId, startMs + 7 * dayMs + 60_000);
    await expect.poll(async () => (await statusOf(purchaseId))['status']).toBe('canceled');
    expect((await statusOf(purchaseId))['refusal']).toMatchObject({
      code: 'authentication_expired',
    });
    const finalAt = Date.parse(String((await statusOf(purchaseId))['finalAt']));
    expect(finalAt - startMs).toBeGreaterThanOrEqual(7 * dayMs);
    const [payment] = app.sandbox.controls.objects('payment_intent');
    expect(payment).toMatchObject({ status: 'canceled' });
  });

  it('never goes back, takes the sandbox along, and leaves other accounts alone', async () => {
    const one = await waitingPurchase('one@example.com');
    const other = await waitingPurchase('other@example.com');
    const target = app.sandbox.controls.nowMs() + 30 * dayMs;
    const first = await advance(one.accountId, target);
    expect(Date.parse(String(first.body['now']))).toBe(target);
    expect(app.sandbox.controls.nowMs()).toBeGreaterThanOrEqual(target);
    expect(app.sandbox.controls.nowMs()).toBeLessThan(target + 60_000);
    const again = await advance(one.accountId, target - 5 * dayMs);
    expect(Date.parse(String(again.body['now']))).toBeGreaterThanOrEqual(target);
    await expect.poll(async () => (await statusOf(one.purchaseId))['status']).toBe('canceled');
    expect((await statusOf(other.purchaseId))['status']).toBe('requires_action');
  });

  it('a purchase made after the move is dated by the account’s time', async () => {
    const { accountId } = await waitingPurchase('later@example.com');
    const target = Date.now() + 10 * dayMs;
    await advance(accountId, target);
    const order = { accountId, amount: '30.00', currency: 'usd', paymentMethod: 'pm_card_visa' };
    const { body } = await app.api('POST', '/v1/purchases', { key: billing, body: order });
    expect(body['status']).toBe('succeeded');
    for (const at of ['createdAt', 'finalAt']) {
      expect(Date.parse(String(body[at]))).toBeGreaterThanOrEqual(target);
    }
  });

  it('is refused with words where the instant is wrong or too far', async () => {
    const { accountId } = await waitingPurchase('wrong@example.com');
    const path = `/v1/accounts/${accountId}/clock/advance`;
    const wrong = await app.api('POST', path, { key: operator, body: { to: '3d' } });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect((await advance(accountId, Date.now() + 401 * dayMs)).status).toBe(400);
    const nobody = accountId.replace(/.{4}$/, '0000');
    expect((await advance(nobody, Date.now())).status).toBe(404);
  });
});

it('is refused in live mode', async () => {
  const live = await createLoneApp({ processorClock: null });
  try {
    const key = await keyWith(live.ledger, 'operator');
    const response = await live.app.request(
      '/v1/accounts/acct_01jdq3k7x5fzb8h2m4n6p8r0t2/clock/advance',
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'idempotency-key': 'live',
        },
        body: JSON.stringify({ to: new Date().toISOString() }),
      },
    );
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'test_clock_unavailable' });
  } finally {
    await live.close();
  }
});
