import Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Fault } from '../../sandbox/faults.ts';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { patienceMs } from '../support/patience.ts';
import { clientOf, refusal } from './client.ts';

let sandbox: Sandbox;
let stripe: Stripe;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 7 });
  stripe = clientOf(sandbox);
});
afterAll(() => sandbox.close());
afterEach(() => {
  sandbox.controls.clearFaults();
});

const terms = { amount: 2500, currency: 'usd', allowed_payment_method_types: ['card' as const] };

interface Case {
  fault: Fault;
  thrown: string;
  status: number | undefined;
  /** Whether the payment exists afterwards. */
  isDone: boolean;
}

const cases: Case[] = [
  // A reset connection is tried again by the client even without retries, hence two times.
  {
    fault: { kind: 'drop_before', times: 2 },
    thrown: 'StripeConnectionError',
    status: undefined,
    isDone: false,
  },
  {
    fault: { kind: 'drop_after', times: 2 },
    thrown: 'StripeConnectionError',
    status: undefined,
    isDone: true,
  },
  { fault: { kind: 'cut_body' }, thrown: 'StripeConnectionError', status: undefined, isDone: true },
  {
    fault: { kind: 'slow', delayMs: 60_000 },
    thrown: 'StripeConnectionError',
    status: undefined,
    isDone: true,
  },
  { fault: { kind: 'error_500' }, thrown: 'StripeAPIError', status: 500, isDone: false },
  { fault: { kind: 'error_500_after' }, thrown: 'StripeAPIError', status: 500, isDone: true },
  { fault: { kind: 'conflict_409' }, thrown: 'StripeAPIError', status: 409, isDone: false },
  { fault: { kind: 'rate_limit_429' }, thrown: 'StripeRateLimitError', status: 429, isDone: false },
];

describe('what goes wrong reaches the real client as Stripe’s would', () => {
  test.each(cases)(
    '$fault.kind: $thrown, done: $isDone',
    async ({ fault, thrown, status, isDone }) => {
      const mark = `mark-${fault.kind}`;
      sandbox.controls.planFault({ ...fault, method: 'POST', path: '/v1/payment_intents' });
      const options = { idempotencyKey: mark, timeout: fault.kind === 'slow' ? 1_000 : patienceMs };
      const error = await refusal(
        stripe.paymentIntents.create({ ...terms, metadata: { mark } }, options),
      );
      expect([error.type, error.statusCode]).toEqual([thrown, status]);
      const { data } = await stripe.paymentIntents.list({ limit: 100 });
      const found = data.filter(({ metadata }) => metadata['mark'] === mark);
      expect(found).toHaveLength(isDone ? 1 : 0);
    },
  );

  test('drip: the whole answer arrives, later than the client’s idle timeout', async () => {
    sandbox.controls.planFault({ kind: 'drip', delayMs: 400 });
    const timeout = 3_000;
    const started = performance.now();
    expect((await stripe.paymentIntents.create(terms, { timeout })).object).toBe('payment_intent');
    expect(performance.now() - started).toBeGreaterThan(timeout);
  });

  test('slow_start: nothing is done before the delay is over', async () => {
    const customer = await stripe.customers.create({});
    const path = '/v1/customers/:id';
    const fault = sandbox.controls.planFault({ kind: 'slow_start', delayMs: 2_000, path });
    const change = stripe.customers.update(customer.id, { name: 'late' });
    await expect.poll(() => fault.struck).toBe(1);
    expect(sandbox.controls.object(customer.id)).toMatchObject({ name: null });
    expect((await change).name).toBe('late');
  });
});

test('Stripe-Should-Retry is obeyed by the client whatever its own retries are', async () => {
  const retrying = clientOf(sandbox, { maxNetworkRetries: 2 });
  const count = () => sandbox.controls.requests().length;
  sandbox.controls.planFault({ kind: 'error_500', times: 5, shouldRetry: false });
  const before = count();
  await refusal(retrying.customers.create({}));
  expect(count() - before).toBe(1);
});

test('a fault strikes only its object, only so often', async () => {
  const first = await stripe.customers.create({});
  const second = await stripe.customers.create({});
  sandbox.controls.planFault({ kind: 'rate_limit_429', object: first.id, times: 1 });
  expect((await stripe.customers.retrieve(second.id)).id).toBe(second.id);
  expect((await refusal(stripe.customers.retrieve(first.id))).statusCode).toBe(429);
  expect((await stripe.customers.retrieve(first.id)).id).toBe(first.id);
});

test('faults by probability repeat from the seed', async () => {
  const outcomes: string[] = [];
  for (let run = 0; run < 2; run += 1) {
    const seeded = await startSandbox({ seed: 11 });
    seeded.controls.planFault({ kind: 'rate_limit_429', probability: 0.5 });
    const client = clientOf(seeded);
    let outcome = '';
    for (let call = 0; call < 20; call += 1) {
      outcome += await client.customers.list().then(
        () => '.',
        () => 'x',
      );
    }
    outcomes.push(outcome);
    await seeded.close();
  }
  expect(outcomes[0]).toBe(outcomes[1]);
  expect(outcomes[0]).toMatch(/x/);
  expect(outcomes[0]).toMatch(/\./);
});

test('rate limits can be switched on: 25 requests a second per endpoint', async () => {
  // All in one second, however long they take.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  sandbox.controls.limitRates(true);
  const calls = Array.from({ length: 60 }, () =>
    stripe.customers.list({ limit: 1 }).then(
      () => 200,
      (error: unknown) => (error as Stripe.errors.StripeError).statusCode,
    ),
  );
  const statuses = await Promise.all(calls);
  sandbox.controls.limitRates(false);
  expect(statuses.toSorted()).toEqual([...Array(25).fill(200), ...Array(35).fill(429)]);
});

test('a request without a key, or with another kind of key, is 401', async () => {
  for (const key of ['sk_live_something', 'sk_test_abc', 'pk_test_localsandbox']) {
    const client = new Stripe(key, { host: '127.0.0.1', port: sandbox.port, protocol: 'http' });
    const error = await refusal(client.customers.list());
    expect([error.type, error.statusCode]).toEqual(['StripeAuthenticationError', 401]);
  }
});

test('an API version that the sandbox does not speak is refused', async () => {
  const error = await refusal(stripe.customers.list({}, { apiVersion: '2020-08-27' }));
  expect(error.statusCode).toBe(400);
  expect(error.message).toContain('2020-08-27');
});
