import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { clientOf, refusal } from './client.ts';

let sandbox: Sandbox;
let stripe: Stripe;
beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = clientOf(sandbox);
});
afterAll(() => sandbox.close());

const terms = { amount: 2500, currency: 'usd', allowed_payment_method_types: ['card' as const] };

async function countOfPayments(): Promise<number> {
  return (await stripe.paymentIntents.list({ limit: 100 })).data.length;
}

test('a repeat with the same key gives the first answer and makes nothing new', async () => {
  const before = await countOfPayments();
  const first = await stripe.paymentIntents.create(terms, { idempotencyKey: 'repeat' });
  const second = await stripe.paymentIntents.create(terms, { idempotencyKey: 'repeat' });
  expect(second.id).toBe(first.id);
  expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(await countOfPayments()).toBe(before + 1);
});

test('a decline is stored under its key: the card being good again changes nothing', async () => {
  const { id } = await stripe.paymentIntents.create(terms);
  const script = 'pm_sandbox_script_insufficient_funds-succeed';
  const confirm = () =>
    stripe.paymentIntents.confirm(id, { payment_method: script }, { idempotencyKey: 'decline' });
  const first = await refusal(confirm());
  const second = await refusal(confirm());
  expect([first.statusCode, first.decline_code]).toEqual([402, 'insufficient_funds']);
  expect([second.statusCode, second.decline_code]).toEqual([402, 'insufficient_funds']);
  expect((await stripe.charges.list({ payment_intent: id })).data).toHaveLength(1);
});

test('the same key with other parameters is refused, whatever their order', async () => {
  const options = { idempotencyKey: 'other' };
  await stripe.customers.create({ email: 'a@b.example', name: 'A' }, options);
  await stripe.customers.create({ name: 'A', email: 'a@b.example' }, options);
  const error = await refusal(
    stripe.customers.create({ email: 'a@b.example', name: 'B' }, options),
  );
  expect([error.type, error.statusCode]).toEqual(['StripeIdempotencyError', 400]);
  const elsewhere = await refusal(stripe.paymentIntents.create(terms, options));
  expect(elsewhere.type).toBe('StripeIdempotencyError');
});

test('failed validation is not stored: the key is free for the right parameters', async () => {
  const options = { idempotencyKey: 'validation' };
  const wrong = { ...terms, nonsense: 1 } as Stripe.PaymentIntentCreateParams;
  const error = await refusal(stripe.paymentIntents.create(wrong, options));
  expect([error.statusCode, error.code, error.param]).toEqual([
    400,
    'parameter_unknown',
    'nonsense',
  ]);
  expect((await stripe.paymentIntents.create(terms, options)).status).toBe(
    'requires_payment_method',
  );
});

test('a refusal by an endpoint that began to execute is stored', async () => {
  const options = { idempotencyKey: 'began' };
  const confirm = () => stripe.paymentIntents.confirm('pi_none', {}, options);
  const first = await refusal(confirm());
  const second = await refusal(confirm());
  expect([first.statusCode, first.code]).toEqual([404, 'resource_missing']);
  expect(second.headers?.['idempotent-replayed']).toBe('true');
});

test('a 500 is stored: repeating the same key proves nothing', async () => {
  const options = { idempotencyKey: 'failure' };
  const before = await countOfPayments();
  sandbox.controls.planFault({ kind: 'error_500', path: '/v1/payment_intents' });
  expect((await refusal(stripe.paymentIntents.create(terms, options))).statusCode).toBe(500);
  expect((await refusal(stripe.paymentIntents.create(terms, options))).statusCode).toBe(500);
  expect(await countOfPayments()).toBe(before);
});

test('a 500 after the work was done is stored, and the work stays done', async () => {
  const before = await countOfPayments();
  const options = { idempotencyKey: 'failure after' };
  sandbox.controls.planFault({ kind: 'error_500_after', path: '/v1/payment_intents' });
  expect((await refusal(stripe.paymentIntents.create(terms, options))).statusCode).toBe(500);
  expect((await refusal(stripe.paymentIntents.create(terms, options))).statusCode).toBe(500);
  expect(await countOfPayments()).toBe(before + 1);
});

test('429 and 409 are not stored', async () => {
  const options = { idempotencyKey: 'not stored' };
  for (const [kind, status] of [
    ['rate_limit_429', 429],
    ['conflict_409', 409],
  ] as const) {
    sandbox.controls.planFault({ kind });
    expect((await refusal(stripe.customers.create({}, options))).statusCode).toBe(status);
  }
  expect((await stripe.customers.create({}, options)).object).toBe('customer');
});

test('while the first request runs, a second with its key is a conflict', async () => {
  const options = { idempotencyKey: 'running' };
  const fault = sandbox.controls.planFault({ kind: 'slow', delayMs: 3_000 });
  const first = stripe.customers.create({}, options);
  await expect.poll(() => fault.struck).toBe(1);
  const second = await refusal(stripe.customers.create({}, options));
  expect([second.statusCode, second.code]).toEqual([409, 'idempotency_key_in_use']);
  expect((await stripe.customers.create({}, options).catch(() => first)).id).toBe((await first).id);
});

test('a key is forgotten after a day of the sandbox’s clock, and then runs anew', async () => {
  const options = { idempotencyKey: 'pruned' };
  const first = await stripe.customers.create({}, options);
  sandbox.controls.advanceClock(23 * 3_600_000);
  expect((await stripe.customers.create({}, options)).id).toBe(first.id);
  sandbox.controls.advanceClock(2 * 3_600_000);
  expect((await stripe.customers.create({}, options)).id).not.toBe(first.id);
});

test('a key has at most 255 characters', async () => {
  const error = await refusal(stripe.customers.create({}, { idempotencyKey: 'k'.repeat(256) }));
  expect(error.statusCode).toBe(400);
  await stripe.customers.create({}, { idempotencyKey: 'k'.repeat(255) });
});
