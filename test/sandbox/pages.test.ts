import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { clientOf, refusal } from './client.ts';

let sandbox: Sandbox;
let stripe: Stripe;
beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = clientOf(sandbox);
});
afterAll(() => sandbox.close());

async function look(path: string): Promise<string> {
  return (await fetch(`${sandbox.url}${path}`)).text();
}

async function press(path: string, fields: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(`${sandbox.url}${path}`, { method: 'POST', body, redirect: 'manual' });
}

const terms = { amount: 2500, currency: 'usd', allowed_payment_method_types: ['card' as const] };

describe('the overview', () => {
  test('shows customers and payments; a payment’s page has its requests and events', async () => {
    const customer = await stripe.customers.create({ email: 'ada@example.com' });
    const intent = await stripe.paymentIntents.create({ ...terms, customer: customer.id });
    const token = 'pm_card_visa_chargeDeclinedLostCard';
    await refusal(stripe.paymentIntents.confirm(intent.id, { payment_method: token }));
    await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    const overview = await look('/');
    expect(overview).toContain('ada@example.com');
    expect(overview).toContain(`/objects/${intent.id}`);
    const page = await look(`/objects/${intent.id}`);
    const order = [
      'POST /v1/payment_intents →',
      'lost_card',
      'payment_intent.payment_failed',
      'payment_intent.succeeded',
      'charge.updated',
    ].map((words) => page.indexOf(words));
    expect(order).not.toContain(-1);
    expect((await fetch(`${sandbox.url}/objects/pi_none`)).status).toBe(404);
  });

  test('what people typed is shown as text', async () => {
    const { id } = await stripe.customers.create({ email: '<b>bold@example.com' });
    for (const page of [await look('/'), await look(`/objects/${id}`)]) {
      expect(page).toContain('&lt;b&gt;bold');
      expect(page).not.toContain('<b>bold');
    }
  });

  test('its buttons move the clock, plan faults, hold and shuffle webhooks', async () => {
    const before = sandbox.controls.nowMs();
    expect((await press('/clock/advance', { hours: '24' })).status).toBe(303);
    expect(sandbox.controls.nowMs() - before).toBeGreaterThanOrEqual(86_400_000);
    await press('/faults', { kind: 'rate_limit_429', path: '/v1/customers' });
    expect((await refusal(stripe.customers.create({}))).statusCode).toBe(429);
    await press('/faults', { kind: 'drop_before', path: '' });
    await press('/faults/clear');
    expect(sandbox.controls.faults()).toEqual([]);
    await press('/webhooks', { paused: 'true' });
    await press('/webhooks', { shuffled: '10' });
    expect(sandbox.controls.webhookBehaviour()).toMatchObject({
      isPaused: true,
      shuffledCount: 10,
    });
    const [event] = sandbox.controls.events({ limit: 1 });
    expect((await press(`/events/${event?.id ?? ''}/resend`)).status).toBe(303);
    expect((await press('/events/evt_none/resend')).status).toBe(404);
  });

  test('lists what waits for its customer', async () => {
    const { id } = await stripe.paymentIntents.create({
      ...terms,
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
    });
    expect(await look('/')).toContain(`/authenticate/${id}`);
    await press(`/authenticate/${id}`, { answer: 'complete' });
    expect(await look('/')).not.toContain(`/authenticate/${id}`);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
  });
});

describe('Checkout', () => {
  const card = { restrictions: { funding_types_blocked: ['prepaid' as const] } };
  const success = 'https://example.com/ok?session={CHECKOUT_SESSION_ID}';

  async function session(mode: 'payment' | 'setup'): Promise<Stripe.Checkout.Session> {
    const { id: customer } = await stripe.customers.create({});
    const price = { currency: 'usd', unit_amount: 2500, product_data: { name: 'Credits' } };
    return stripe.checkout.sessions.create({
      mode,
      customer,
      success_url: success,
      allowed_payment_method_types: ['card'],
      payment_method_options: { card },
      ...(mode === 'payment' ? { line_items: [{ quantity: 1, price_data: price }] } : {}),
    });
  }

  test.each(['payment', 'setup'] as const)(
    '%s: R9 a prepaid card is refused, a credit card taken',
    async (mode) => {
      const { id, url } = await session(mode);
      const path = new URL(url ?? '').pathname;
      const refused = await press(path, { payment_method: 'pm_card_mastercard_prepaid' });
      expect(await refused.text()).toContain('Your card was declined');
      const open = await stripe.checkout.sessions.retrieve(id);
      expect([open.status, open.payment_intent]).toEqual(['open', null]);
      const taken = await press(path, { payment_method: 'pm_card_visa' });
      expect(taken.headers.get('location')).toBe(`https://example.com/ok?session=${id}`);
      const done = await stripe.checkout.sessions.retrieve(id, {
        expand: ['payment_intent', 'setup_intent'],
      });
      expect(done.status).toBe('complete');
      const intent = (done.payment_intent ?? done.setup_intent) as Stripe.PaymentIntent;
      expect(intent.status).toBe('succeeded');
      expect(sandbox.controls.events({ object: id })[0]?.type).toBe('checkout.session.completed');
    },
  );

  test('a declined card leaves it open; authentication completes it', async () => {
    const { id, url } = await session('payment');
    const path = new URL(url ?? '').pathname;
    await press(path, { payment_method: 'pm_card_chargeDeclined' });
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open');
    const asked = await press(path, { payment_method: 'pm_card_authenticationRequired' });
    const bank = asked.headers.get('location') ?? '';
    expect(bank).toMatch(/^\/authenticate\/pi_/);
    const answered = await press(bank, { answer: 'complete' });
    expect(answered.headers.get('location')).toContain(`/checkout/${id}`);
    expect((await stripe.checkout.sessions.retrieve(id)).payment_status).toBe('paid');
  });

  test('an expired session takes no card', async () => {
    const { id } = await session('payment');
    await stripe.checkout.sessions.expire(id);
    expect((await press(`/checkout/${id}`, { payment_method: 'pm_card_visa' })).status).toBe(400);
  });
});

describe('the control surface over HTTP', () => {
  async function control(method: string, path: string, body?: object): Promise<Response> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(`${sandbox.url}/_sandbox/${path}`, { method, ...sent });
  }

  test('moves the clock, plans faults, scripts cards, answers for the customer', async () => {
    const { now_ms: before } = (await (await control('GET', 'clock')).json()) as { now_ms: number };
    await control('POST', 'clock/advance', { duration_ms: 3_600_000 });
    expect(sandbox.controls.nowMs() - before).toBeGreaterThanOrEqual(3_600_000);
    await control('POST', 'faults', { kind: 'error_500', path: '/v1/customers' });
    const { id: customer } = await stripe.customers
      .create({})
      .catch(() => stripe.customers.create({}));
    expect(sandbox.controls.faults()).toEqual([]);
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    await control('POST', `cards/${id}/script`, { steps: ['insufficient_funds', 'succeed'] });
    const pay = () =>
      stripe.paymentIntents.create({ ...terms, customer, confirm: true, payment_method: id });
    expect((await refusal(pay())).decline_code).toBe('insufficient_funds');
    expect((await pay()).status).toBe('succeeded');
    const waiting = await stripe.paymentIntents.create({
      ...terms,
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
    });
    await control('POST', `authentications/${waiting.id}/fail`);
    const after = await stripe.paymentIntents.retrieve(waiting.id);
    expect(after.last_payment_error?.code).toBe('payment_intent_authentication_failure');
    const logged = (await (await control('GET', `requests/${waiting.id}`)).json()) as unknown[];
    expect(logged.length).toBeGreaterThan(0);
  });

  test.each([
    ['POST', 'clock/advance', { duration_ms: 'long' }, 400],
    ['POST', 'faults', { kind: 'nonsense' }, 400],
    ['POST', 'webhooks', { isPaused: 'yes' }, 400],
    ['POST', 'webhooks', { nonsense: 1 }, 400],
    ['POST', 'cards/pm_none/script', { steps: ['succeed'] }, 400],
    ['POST', 'authentications/pi_none/complete', {}, 400],
    ['GET', 'nonsense', undefined, 404],
  ])('%s %s with %o is %i', async (method, path, body, status) => {
    expect((await control(method, path, body)).status).toBe(status);
  });
});
