import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { clientOf, refusal } from './client.ts';

let sandbox: Sandbox;
let stripe: Stripe;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 1 });
  stripe = clientOf(sandbox);
});
afterAll(() => sandbox.close());

const card = { allowed_payment_method_types: ['card' as const] };
const terms = { amount: 2500, currency: 'usd', ...card };

/** A customer with the card saved for later charges. */
async function saved(token: string): Promise<{ customer: string; method: string }> {
  const customer = (await stripe.customers.create({})).id;
  const { id } = await stripe.paymentMethods.attach(token, { customer });
  return { customer, method: id };
}

async function payOffSession(customer: string, method: string): Promise<Stripe.PaymentIntent> {
  const { id } = await stripe.paymentIntents.create({ ...terms, customer });
  return stripe.paymentIntents.confirm(id, { payment_method: method, off_session: true });
}

function typesAbout(object: string): string[] {
  return sandbox.controls
    .events({ object })
    .map(({ type }) => type)
    .reverse();
}

interface Declined {
  token: string;
  code: string;
  decline: string | undefined;
}
const declines: Declined[] = [
  ['chargeDeclined', 'card_declined', 'generic_decline'],
  ['chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ['chargeDeclinedFraudulent', 'card_declined', 'fraudulent'],
  ['visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
  ['visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
  ['chargeDeclinedExpiredCard', 'expired_card', undefined],
  ['chargeDeclinedIncorrectCvc', 'incorrect_cvc', undefined],
  ['chargeDeclinedProcessingError', 'processing_error', undefined],
  ['chargeCustomerFail', 'card_declined', 'generic_decline'],
  ['radarBlock', 'card_declined', 'fraudulent'],
].map(([name = '', code = '', decline]) => ({ token: `pm_card_${name}`, code, decline }));

describe('a declined payment', () => {
  test.each(declines)('$token is refused with $code $decline', async ({ token, code, decline }) => {
    const error = await refusal(
      stripe.paymentIntents.create({ ...terms, confirm: true, payment_method: token }),
    );
    expect([error.type, error.statusCode]).toEqual(['StripeCardError', 402]);
    // The client shows an absent decline code as ''.
    expect([error.code, error.decline_code]).toEqual([code, decline ?? '']);
    const id = error.payment_intent?.id ?? '';
    const intent = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
    expect(intent.status).toBe('requires_payment_method');
    expect(intent.payment_method).toBeNull();
    expect(intent.last_payment_error?.code).toBe(code);
    const charge = intent.latest_charge as Stripe.Charge;
    expect([charge.status, charge.paid, charge.failure_code]).toEqual(['failed', false, code]);
    expect(typesAbout(id)).toEqual(['payment_intent.created', 'payment_intent.payment_failed']);
    expect(typesAbout(charge.id)).toEqual(['charge.failed']);
  });

  test('a blocked one never reached the network', async () => {
    const error = await refusal(
      stripe.paymentIntents.create({
        ...terms,
        confirm: true,
        payment_method: 'pm_card_radarBlock',
      }),
    );
    const charge = await stripe.charges.retrieve(error.charge ?? '');
    expect([charge.outcome?.type, charge.outcome?.network_status]).toEqual([
      'blocked',
      'not_sent_to_network',
    ]);
  });

  test('the networks’ own codes are on the error and on the charge', async () => {
    const script = 'pm_sandbox_script_visaCode_14-mastercardAdvice_24';
    const { customer, method } = await saved(script);
    const first = await refusal(payOffSession(customer, method));
    expect([first.network_decline_code, first.advice_code]).toEqual(['14', 'do_not_try_again']);
    const second = await refusal(payOffSession(customer, method));
    expect([second.network_advice_code, second.advice_code]).toEqual(['24', 'try_again_later']);
    const charge = await stripe.charges.retrieve(second.charge ?? '');
    expect(charge.outcome?.network_advice_code).toBe('24');
  });
});

describe('a succeeded payment', () => {
  test('is booked: charge, fee, balance transaction, events in order', async () => {
    const { customer, method } = await saved('pm_card_visa');
    const { id } = await payOffSession(customer, method);
    const intent = await stripe.paymentIntents.retrieve(id, {
      expand: ['latest_charge.balance_transaction'],
    });
    const charge = intent.latest_charge as Stripe.Charge;
    const entry = charge.balance_transaction as Stripe.BalanceTransaction;
    expect([intent.status, intent.amount_received]).toEqual(['succeeded', 2500]);
    expect([entry.amount, entry.fee, entry.net]).toEqual([2500, 103, 2397]);
    expect(charge.payment_method_details?.card?.funding).toBe('credit');
    expect(typesAbout(id)).toEqual(['payment_intent.created', 'payment_intent.succeeded']);
    expect(typesAbout(charge.id)).toEqual(['charge.succeeded', 'charge.updated']);
  });

  test('refuses another confirmation: the object itself prevents the double charge', async () => {
    const { customer, method } = await saved('pm_card_visa');
    const { id } = await payOffSession(customer, method);
    const again = await refusal(stripe.paymentIntents.confirm(id, { payment_method: method }));
    expect([again.statusCode, again.code]).toEqual([400, 'payment_intent_unexpected_state']);
    expect(again.payment_intent?.status).toBe('succeeded');
    const canceled = await refusal(stripe.paymentIntents.cancel(id));
    expect(canceled.code).toBe('payment_intent_unexpected_state');
    expect((await stripe.charges.list({ payment_intent: id })).data).toHaveLength(1);
  });

  test('can be held and captured in part', async () => {
    const { id } = await stripe.paymentIntents.create({
      ...terms,
      capture_method: 'manual',
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    const captured = await stripe.paymentIntents.capture(id, { amount_to_capture: 1000 });
    expect([captured.status, captured.amount_received]).toEqual(['succeeded', 1000]);
  });
});

describe('authentication', () => {
  test('asked while the customer is absent is a decline, not an open question', async () => {
    const { customer, method } = await saved('pm_card_authenticationRequired');
    const error = await refusal(payOffSession(customer, method));
    expect([error.statusCode, error.code]).toEqual([402, 'authentication_required']);
    expect(error.payment_intent?.status).toBe('requires_payment_method');
  });

  test('asked once at set-up is not asked again off-session', async () => {
    const customer = (await stripe.customers.create({})).id;
    const setup = await stripe.setupIntents.create({
      ...card,
      customer,
      usage: 'off_session',
      confirm: true,
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      return_url: 'https://example.com/back',
    });
    expect(setup.status).toBe('requires_action');
    const before = await refusal(payOffSession(customer, 'pm_card_authenticationRequiredOnSetup'));
    expect(before.code).toBe('authentication_required');
    sandbox.controls.answerAuthentication(setup.id, true);
    const { status, payment_method: method } = await stripe.setupIntents.retrieve(setup.id);
    expect(status).toBe('succeeded');
    expect((await payOffSession(customer, method as string)).status).toBe('succeeded');
  });

  test.each([
    ['complete', 'succeeded', 'succeeded'],
    ['fail', 'requires_payment_method', 'failed'],
  ])('the bank’s page: %s leads to %s', async (answer, status, redirect) => {
    const intent = await stripe.paymentIntents.create({
      ...terms,
      confirm: true,
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: 'https://example.com/back?order=7',
    });
    const url = intent.next_action?.redirect_to_url?.url ?? '';
    expect(await (await fetch(url)).text()).toContain('Complete');
    const answered = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ answer }),
      redirect: 'manual',
    });
    const location = new URL(answered.headers.get('location') ?? '');
    expect(Object.fromEntries(location.searchParams)).toEqual({
      order: '7',
      payment_intent: intent.id,
      payment_intent_client_secret: intent.client_secret,
      redirect_status: redirect,
    });
    const after = await stripe.paymentIntents.retrieve(intent.id);
    expect(after.status).toBe(status);
    expect(typesAbout(intent.id).at(-1)).toBe(
      status === 'succeeded' ? 'payment_intent.succeeded' : 'payment_intent.payment_failed',
    );
    expect(
      (await fetch(url, { method: 'POST', body: new URLSearchParams({ answer }) })).status,
    ).toBe(404);
  });

  test('error_on_requires_action refuses instead of asking', async () => {
    const error = await refusal(
      stripe.paymentIntents.create({
        ...terms,
        confirm: true,
        error_on_requires_action: true,
        payment_method: 'pm_card_authenticationRequired',
      }),
    );
    expect([error.statusCode, error.code]).toEqual([402, 'authentication_required']);
  });
});

describe('cards', () => {
  test.each([
    ['pm_card_visa', 'credit', 'visa', undefined],
    ['pm_card_visa_debit', 'debit', 'visa', undefined],
    ['pm_card_mastercard_prepaid', 'prepaid', 'mastercard', undefined],
    ['pm_sandbox_fundingUnknown', 'unknown', 'visa', undefined],
    ['pm_sandbox_brandLink', 'unknown', 'link', undefined],
    ['pm_sandbox_walletApplePay', 'credit', 'visa', 'apple_pay'],
  ])('%s shows funding %s before anything is confirmed', async (token, funding, brand, wallet) => {
    const created = await stripe.testHelpers.confirmationTokens.create({ payment_method: token });
    const { payment_method_preview: preview } = await stripe.confirmationTokens.retrieve(
      created.id,
    );
    expect([preview?.card?.funding, preview?.card?.brand]).toEqual([funding, brand]);
    expect(preview?.card?.wallet?.type).toBe(wallet);
  });

  test('a token makes a fresh method each time, with the fingerprint of its number', async () => {
    const first = await stripe.paymentMethods.retrieve('pm_card_visa');
    const second = await stripe.paymentMethods.retrieve('pm_card_visa');
    const other = await stripe.paymentMethods.retrieve('pm_card_mastercard');
    expect(second.id).not.toBe(first.id);
    expect(second.card?.fingerprint).toBe(first.card?.fingerprint);
    expect(other.card?.fingerprint).not.toBe(first.card?.fingerprint);
  });

  test('a ConfirmationToken is used once and gives its method to the intent', async () => {
    const token = await stripe.testHelpers.confirmationTokens.create({
      payment_method: 'pm_card_visa',
    });
    const { id } = await stripe.paymentIntents.create(terms);
    const paid = await stripe.paymentIntents.confirm(id, { confirmation_token: token.id });
    expect(paid.status).toBe('succeeded');
    expect((await stripe.confirmationTokens.retrieve(token.id)).payment_intent).toBe(id);
    const other = await stripe.paymentIntents.create(terms);
    const again = await refusal(
      stripe.paymentIntents.confirm(other.id, { confirmation_token: token.id }),
    );
    expect(again.statusCode).toBe(400);
  });

  test('a detached method, or one used without a customer, cannot be used again', async () => {
    const { customer, method } = await saved('pm_card_visa');
    await stripe.paymentMethods.detach(method);
    expect((await refusal(payOffSession(customer, method))).statusCode).toBe(400);
    const { id } = await stripe.paymentMethods.retrieve('pm_card_visa');
    await stripe.paymentIntents.create({ ...terms, confirm: true, payment_method: id });
    const again = await refusal(
      stripe.paymentIntents.create({ ...terms, confirm: true, payment_method: id }),
    );
    expect(again.code).toBe('payment_method_unexpected_state');
  });

  test('a method belongs to one customer', async () => {
    const { method } = await saved('pm_card_visa');
    const stranger = (await stripe.customers.create({})).id;
    expect((await refusal(payOffSession(stranger, method))).param).toBe('payment_method');
    const attach = stripe.paymentMethods.attach(method, { customer: stranger });
    expect((await refusal(attach)).statusCode).toBe(400);
  });

  test('a refusing card is refused when attached; the collection card attaches', async () => {
    const customer = (await stripe.customers.create({})).id;
    const attach = stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer });
    expect((await refusal(attach)).statusCode).toBe(402);
    await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    const { data } = await stripe.customers.listPaymentMethods(customer);
    expect(data).toHaveLength(1);
  });

  test('a script plays over weeks: funds missing twice, then there', async () => {
    const words = 'insufficient_funds-insufficient_funds-succeed';
    const { customer, method } = await saved(`pm_sandbox_script_${words}`);
    const outcomes: string[] = [];
    for (let week = 0; week < 4; week += 1) {
      const outcome = await payOffSession(customer, method).then(
        ({ status }) => status,
        (error: unknown) => (error as Stripe.errors.StripeError).decline_code ?? '',
      );
      outcomes.push(outcome);
      sandbox.controls.advanceClock(7 * 86_400_000);
    }
    expect(outcomes).toEqual([
      'insufficient_funds',
      'insufficient_funds',
      'succeeded',
      'succeeded',
    ]);
  });

  test('a card expires on its day, and an updater event brings the new one', async () => {
    const { customer, method } = await saved('pm_card_visa');
    const inTwoDays = Math.floor(sandbox.controls.nowMs() / 1000) + 2 * 86_400;
    sandbox.controls.expireCardOn(method, inTwoDays);
    expect((await payOffSession(customer, method)).status).toBe('succeeded');
    sandbox.controls.advanceClock(3 * 86_400_000);
    expect((await refusal(payOffSession(customer, method))).code).toBe('expired_card');
    sandbox.controls.updateCard(method, { expYear: 2040, last4: '0001' });
    expect(typesAbout(method).at(-1)).toBe('payment_method.automatically_updated');
    expect((await stripe.paymentMethods.retrieve(method)).card?.last4).toBe('0001');
    expect((await payOffSession(customer, method)).status).toBe('succeeded');
  });

  test('an open outcome is processing until it is settled', async () => {
    const intent = await stripe.paymentIntents.create({
      ...terms,
      confirm: true,
      payment_method: 'pm_sandbox_script_process',
    });
    expect(intent.status).toBe('processing');
    expect((await refusal(stripe.paymentIntents.confirm(intent.id))).statusCode).toBe(400);
    sandbox.controls.settleProcessing(intent.id, null);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });
});

describe('parameters', () => {
  interface Bad {
    given: Record<string, unknown>;
    code: string | undefined;
    param: string;
  }
  const bad: Bad[] = [
    { given: { currency: 'usd' }, code: 'parameter_missing', param: 'amount' },
    { given: { ...terms, nonsense: 1 }, code: 'parameter_unknown', param: 'nonsense' },
    {
      given: { ...terms, payment_method_options: { card: { nonsense: 1 } } },
      code: 'parameter_unknown',
      param: 'payment_method_options[card][nonsense]',
    },
    { given: { ...terms, amount: 'ten' }, code: 'parameter_invalid_integer', param: 'amount' },
    { given: { ...terms, amount: 49 }, code: 'amount_too_small', param: 'amount' },
    { given: { ...terms, amount: 100_000_000 }, code: 'amount_too_large', param: 'amount' },
    { given: { ...terms, currency: 'dollar' }, code: undefined, param: 'currency' },
    { given: { ...terms, capture_method: 'later' }, code: undefined, param: 'capture_method' },
    { given: { ...terms, customer: 'cus_none' }, code: 'resource_missing', param: 'customer' },
    {
      given: { amount: 100, currency: 'usd', payment_method_types: ['card'] },
      code: 'payment_method_types_no_longer_supported',
      param: 'payment_method_types',
    },
    {
      given: { ...terms, transfer_group: 'x' },
      code: 'sandbox_not_simulated',
      param: 'transfer_group',
    },
  ];
  test.each(bad)('$param: $code', async ({ given, code, param }) => {
    const create = given as unknown as Stripe.PaymentIntentCreateParams;
    const error = await refusal(stripe.paymentIntents.create(create));
    expect([error.statusCode, error.code, error.param]).toEqual([400, code, param]);
  });

  test('the account’s default version still takes payment_method_types, in both encodings', async () => {
    for (const types of ['payment_method_types[]=card', 'payment_method_types[0]=card']) {
      const response = await fetch(`${sandbox.url}/v1/payment_intents`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_localsandbox' },
        body: new URLSearchParams(`amount=100&currency=usd&${types}`),
      });
      expect(response.status).toBe(200);
    }
  });
});

describe('lists', () => {
  test('are newest first, cut by cursors, within a range of creation', async () => {
    const customer = (await stripe.customers.create({})).id;
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await stripe.paymentIntents.create({ ...terms, customer })).id);
      sandbox.controls.advanceClock(10_000);
    }
    const list = async (given: Stripe.PaymentIntentListParams) => {
      const { data, has_more: more } = await stripe.paymentIntents.list({ customer, ...given });
      return { ids: data.map(({ id }) => id), more };
    };
    expect(await list({ limit: 2 })).toEqual({ ids: ids.slice(0, 2), more: true });
    const after = ids[1] ?? '';
    expect(await list({ limit: 10, starting_after: after })).toEqual({
      ids: ids.slice(2),
      more: false,
    });
    const before = ids[3] ?? '';
    expect(await list({ limit: 2, ending_before: before })).toEqual({
      ids: ids.slice(1, 3),
      more: true,
    });
    const third = await stripe.paymentIntents.retrieve(ids[2] ?? '');
    expect((await list({ created: { gt: third.created } })).ids).toEqual(ids.slice(0, 2));
    expect((await list({ created: { lte: third.created } })).ids).toEqual(ids.slice(2));
    const all: string[] = [];
    for await (const { id } of stripe.paymentIntents.list({ customer, limit: 2 })) all.push(id);
    expect(all).toEqual(ids);
  });

  test('search finds by metadata, after a lag', async () => {
    const { id } = await stripe.paymentIntents.create({ ...terms, metadata: { operation: 'o-1' } });
    const query = "metadata['operation']:'o-1' AND amount>2000";
    expect((await stripe.paymentIntents.search({ query })).data).toEqual([]);
    sandbox.controls.advanceClock(61_000);
    const { data } = await stripe.paymentIntents.search({ query });
    expect(data.map((found) => found.id)).toEqual([id]);
    expect((await stripe.paymentIntents.search({ query: `${query} -amount:2500` })).data).toEqual(
      [],
    );
  });
});
