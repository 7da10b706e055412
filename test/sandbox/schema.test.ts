import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { RefereeClient, type Body } from './referee-client.ts';
import { SchemaReferee } from './stripe-schema.ts';

let sandbox: Sandbox;
let client: RefereeClient;

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 4 });
  client = new RefereeClient(sandbox.url, new SchemaReferee());
});
afterAll(() => sandbox.close());

async function made(path: string, parameters: string): Promise<string> {
  const { body } = await client.call('POST', path, parameters);
  return (body['id'] ?? (body['error'] as Body)['payment_intent']) as string;
}

test('every response has the published shape', async () => {
  const customer = await made('/v1/customers', 'email=a%40b.example&metadata[plan]=pro');
  await client.call('POST', `/v1/customers/${customer}`, 'name=Ada&address[city]=Paris');
  await client.call('GET', `/v1/customers/${customer}`);
  await client.call('GET', '/v1/customers', 'limit=3');

  const method = await made('/v1/payment_methods/pm_card_visa/attach', `customer=${customer}`);
  await client.call('POST', `/v1/payment_methods/${method}`, 'metadata[a]=b&card[exp_year]=2031');
  await client.call('GET', `/v1/customers/${customer}/payment_methods`);
  for (const token of ['pm_sandbox_walletApplePay', 'pm_sandbox_brandLink', 'pm_card_diners']) {
    await client.call('GET', `/v1/payment_methods/${token}`);
  }

  const ofIntent = `customer=${customer}&allowed_payment_method_types[0]=card`;
  const setup = await made('/v1/setup_intents', `${ofIntent}&usage=off_session`);
  const steps = 'confirm=true&return_url=https://example.com/back';
  await client.call('POST', `/v1/setup_intents/${setup}/confirm`, 'payment_method=pm_card_amex');
  const waitingSetup = await made(
    '/v1/setup_intents',
    `${ofIntent}&${steps}&payment_method=pm_card_authenticationRequiredOnSetup`,
  );
  await client.call('GET', '/v1/setup_attempts', `setup_intent=${waitingSetup}`);
  sandbox.controls.answerAuthentication(waitingSetup, true);
  const failedSetup = await made(
    '/v1/setup_intents',
    `${ofIntent}&${steps}&payment_method=pm_card_authenticationRequired`,
  );
  sandbox.controls.answerAuthentication(failedSetup, false);
  await client.call('POST', `/v1/setup_intents/${failedSetup}/cancel`);
  await client.call(
    'POST',
    '/v1/setup_intents',
    `${ofIntent}&confirm=true&payment_method=pm_card_chargeDeclined`,
  );
  const expandSetups = 'expand[]=data.payment_method&expand[]=data.latest_attempt';
  await client.call('GET', '/v1/setup_intents', expandSetups);

  const terms = `amount=2500&currency=usd&${ofIntent}`;
  const payment = await made('/v1/payment_intents', `${terms}&description=Credits`);
  await client.call('POST', `/v1/payment_intents/${payment}`, 'metadata[x]=y&amount=2600');
  const usage = 'payment_method_options[card][stored_credential_usage]=unscheduled';
  await client.call(
    'POST',
    `/v1/payment_intents/${payment}/confirm`,
    `payment_method=${method}&off_session=true&${usage}&expand[0]=latest_charge.balance_transaction`,
  );
  const refused = [
    'pm_card_chargeDeclinedInsufficientFunds',
    'pm_card_chargeDeclinedExpiredCard',
    'pm_card_chargeDeclinedIncorrectCvc',
    'pm_card_visa_chargeDeclinedLostCard',
    'pm_card_radarBlock',
    'pm_card_authenticationRequired',
    'pm_sandbox_mastercardAdvice_24',
    'pm_sandbox_visaCode_14',
  ];
  for (const token of refused) {
    const parameters = `${terms}&confirm=true&off_session=true&payment_method=${token}`;
    const { status } = await client.call('POST', '/v1/payment_intents', parameters);
    expect(status, token).toBe(402);
  }
  const waiting = await made(
    '/v1/payment_intents',
    `${terms}&${steps}&payment_method=pm_card_authenticationRequired`,
  );
  sandbox.controls.answerAuthentication(waiting, true);
  const failed = await made(
    '/v1/payment_intents',
    `${terms}&confirm=true&payment_method=pm_card_authenticationRequired`,
  );
  sandbox.controls.answerAuthentication(failed, false);
  await client.call('GET', `/v1/payment_intents/${failed}`);
  await client.call(
    'POST',
    `/v1/payment_intents/${failed}/cancel`,
    'cancellation_reason=abandoned',
  );
  const open = await made(
    '/v1/payment_intents',
    `${terms}&confirm=true&payment_method=pm_sandbox_script_process`,
  );
  sandbox.controls.settleProcessing(open, 'insufficient_funds');
  const held = await made(
    '/v1/payment_intents',
    `${terms}&confirm=true&capture_method=manual&payment_method=pm_card_mastercard`,
  );
  await client.call('POST', `/v1/payment_intents/${held}/capture`, 'amount_to_capture=1000');
  const expandPayments = 'expand[]=data.customer&expand[]=data.latest_charge';
  await client.call('GET', '/v1/payment_intents', `limit=100&${expandPayments}`);
  await client.call('GET', '/v1/charges', `customer=${customer}&limit=100`);
  await client.call('GET', '/v1/balance_transactions', 'limit=100&expand[]=data.source');

  for (const mode of ['payment', 'setup']) {
    const item =
      'line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=2500' +
      '&line_items[0][price_data][product_data][name]=Credits&line_items[0][quantity]=2';
    const blocked = 'payment_method_options[card][restrictions][funding_types_blocked][0]=prepaid';
    const session = await made(
      '/v1/checkout/sessions',
      `mode=${mode}&customer=${customer}&success_url=https://example.com/ok&${blocked}` +
        (mode === 'payment' ? `&${item}` : ''),
    );
    await client.call('GET', `/v1/checkout/sessions/${session}/line_items`);
    const confirm = `/v1/payment_pages/${session}/confirm`;
    const refusal = await client.call('POST', confirm, 'payment_method=pm_card_mastercard_prepaid');
    expect(refusal.status).toBe(402);
    await client.call('POST', confirm, 'payment_method=pm_card_visa');
    const { body } = await client.call('GET', `/v1/checkout/sessions/${session}`);
    expect(body['status']).toBe('complete');
  }
  const unused = await made('/v1/checkout/sessions', 'mode=setup&success_url=https://example.com');
  await client.call('POST', `/v1/checkout/sessions/${unused}/expire`);
  await client.call('GET', '/v1/checkout/sessions', 'expand[]=data.setup_intent');
  await client.call('POST', '/v1/refunds', `payment_intent=${payment}&amount=100`);
  await client.call('GET', '/v1/refunds', `payment_intent=${payment}&expand[]=data.charge`);

  const token = await made('/v1/test_helpers/confirmation_tokens', 'payment_method=pm_card_visa');
  await client.call('GET', `/v1/confirmation_tokens/${token}`);
  sandbox.controls.updateCard(method, { expYear: 2035, last4: '1111' });

  const endpoint = await made(
    '/v1/webhook_endpoints',
    'url=http://127.0.0.1:9/hook&enabled_events[]=charge.refunded',
  );
  await client.call('GET', '/v1/webhook_endpoints');
  await client.call('DELETE', `/v1/webhook_endpoints/${endpoint}`);
  await client.call('POST', `/v1/payment_methods/${method}/detach`);
  await client.call('DELETE', `/v1/customers/${customer}`);
  await client.call('GET', `/v1/customers/${customer}`);

  await client.call('POST', '/v1/payment_intents', 'amount=1&currency=usd&nonsense=1');
  await client.call('POST', '/v1/payment_intents', 'currency=usd');
  await client.call('POST', '/v1/payment_intents', 'amount=20&currency=usd');
  await client.call('POST', '/v1/payment_intents', `${terms}&payment_method_types[]=card`);
  await client.call('GET', '/v1/payment_intents/pi_none');
  await client.call('POST', `/v1/payment_intents/${payment}/confirm`);

  expect(client.violations).toEqual([]);
  expect(client.checkedCount).toBeGreaterThan(45);
});

test('every event has the published shape', async () => {
  const seen = new Set<string>();
  let after = '';
  for (;;) {
    const { body } = await client.call('GET', '/v1/events', `limit=100${after}`);
    const events = body['data'] as Body[];
    for (const { type } of events) seen.add(String(type));
    if (body['has_more'] !== true) break;
    after = `&starting_after=${String(events.at(-1)?.['id'])}`;
  }
  expect(client.violations).toEqual([]);
  expect([...seen].sort()).toMatchInlineSnapshot(`
    [
      "charge.captured",
      "charge.failed",
      "charge.pending",
      "charge.refunded",
      "charge.succeeded",
      "charge.updated",
      "checkout.session.completed",
      "checkout.session.expired",
      "customer.created",
      "customer.deleted",
      "customer.updated",
      "payment_intent.amount_capturable_updated",
      "payment_intent.canceled",
      "payment_intent.created",
      "payment_intent.payment_failed",
      "payment_intent.processing",
      "payment_intent.requires_action",
      "payment_intent.succeeded",
      "payment_method.attached",
      "payment_method.automatically_updated",
      "payment_method.detached",
      "payment_method.updated",
      "price.created",
      "product.created",
      "refund.created",
      "setup_intent.canceled",
      "setup_intent.created",
      "setup_intent.requires_action",
      "setup_intent.setup_failed",
      "setup_intent.succeeded",
    ]
  `);
});
