import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { runSolvent } from './run-solvent.ts';

let stack: TestStack;
let environment: Record<string, string>;
beforeAll(async () => {
  stack = await startTestStack();
  environment = {
    ...stack.workerSettings.temporalEnvironment,
    DATABASE_URL: stack.databaseUrl,
    STRIPE_SECRET_KEY: stack.workerSettings.stripeSecretKey,
    STRIPE_API_BASE: stack.sandbox.url,
    PUBLIC_URL: 'https://billing.example.com',
  };
});
afterAll(() => stack.close());

const solvent = (...args: string[]) => runSolvent(args, environment);

const dayMs = 86_400_000;

it('R13 a link is made anew while the bank asks, and time moved on ends the asking', async () => {
  const { accountId } = await stack.createAccount();
  const paymentMethod = 'pm_card_threeDSecure2Required';
  const { purchaseId } = await stack.purchase(accountId, { paymentMethod });
  await expect.poll(async () => (await stack.mails()).length).toBeGreaterThan(0);

  const renewed = await solvent('links', 'renew', purchaseId);
  expect(renewed).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^https:\/\/billing\.example\.com\/pay\/pay_\w+\n$/),
  });

  // Temporal's list, which is asked for those whose time is moved, lags behind a little.
  const query = `AccountId = "${accountId}" and ExecutionStatus = "Running"`;
  await expect.poll(async () => (await stack.temporal.workflow.count(query)).count).toBe(1);
  const startMs = stack.sandbox.controls.nowMs();
  const moved = await solvent('clock', 'advance', accountId, '8d', '--json');
  expect(moved.exitCode, moved.stderr).toBe(0);
  const { now, workflowsTold } = moved.json();
  expect(Date.parse(String(now)) - startMs).toBeGreaterThanOrEqual(8 * dayMs);
  expect(workflowsTold).toBe(1);
  expect(stack.sandbox.controls.nowMs() - startMs).toBeGreaterThanOrEqual(8 * dayMs);
  await expect
    .poll(() => stack.client.purchaseStatus(purchaseId))
    .toMatchObject({ status: 'canceled', refusal: { code: 'authentication_expired' } });

  const late = await solvent('links', 'renew', purchaseId);
  expect(late.exitCode).toBe(1);
  expect(late.stderr).toContain('authentication_not_awaited');
});

it('time is not moved with a live key, nor by what is no duration', async () => {
  const { accountId } = await stack.createAccount();
  // Empty is not set: a live key goes to Stripe itself.
  const live = { ...environment, STRIPE_API_BASE: '', STRIPE_SECRET_KEY: 'sk_live_0123456789' };
  const refused = await runSolvent(['clock', 'advance', accountId, '3d'], live);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('test_clock_unavailable');
  for (const wrong of ['3', '-3d', '3 days', '0d']) {
    const { exitCode } = await solvent('clock', 'advance', accountId, wrong);
    expect([wrong, exitCode]).toEqual([wrong, 2]);
  }
  const tooFar = await solvent('clock', 'advance', accountId, '401d');
  expect(tooFar.exitCode).toBe(1);
  const state = await readAccount(stack.ledger, { accountId });
  expect(state?.account.testClockOffsetMs).toBe(0);
});
