import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromMinorUnits } from '../../domain/money.ts';
import { currency } from '../../domain/currencies.ts';
import { failedChargeOf } from '../../gateway/card-values.ts';
import { createCustomer, detachCard, readCard, setUpCard } from '../../gateway/cards.ts';
import {
  cancelPayment,
  confirmPayment,
  createPayment,
  readPayment,
} from '../../gateway/payments.ts';
import { findPayment } from '../../gateway/payment-lists.ts';
import { refundPayment } from '../../gateway/refunds.ts';
import { connectStripe, type StripeConnection } from '../../gateway/stripe.ts';
import type { LoggedRequest } from '../../sandbox/request-log.ts';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { requestViolations } from './request-referee.ts';
import { SchemaReferee } from './stripe-schema.ts';

const realKey = process.env['STRIPE_TEST_KEY'];
const returnUrl = 'https://example.com/back';

/** The same suite for the sandbox and, with a key, for Stripe's own test mode. */
const targets = [
  { name: 'the sandbox', isThere: true, secretKey: 'sk_test_localsandbox', isSandbox: true },
  {
    name: 'Stripe test mode (set STRIPE_TEST_KEY to run)',
    isThere: realKey !== undefined,
    secretKey: realKey ?? '',
    isSandbox: false,
  },
];

describe.each(targets)('the gateway against $name', ({ isThere, secretKey, isSandbox }) => {
  let sandbox: Sandbox | undefined;
  let connection: StripeConnection;
  let customerId: string;

  const key = () => ({ idempotencyKey: randomUUID() });
  const source = (id: string) => ({ kind: 'payment_method' as const, id });
  const order = () => ({
    ...key(),
    operationId: randomUUID(),
    workflowId: 'purchase/acct_1/1',
    accountId: 'acct_1',
    customerId,
    amount: fromMinorUnits(2500, currency('usd')),
    currency: 'usd' as const,
    description: '2,500 credits',
  });

  const setUp = (token: string) =>
    setUpCard(connection, {
      ...key(),
      customerId,
      source: source(token),
      workflowId: 'card-setup/acct_1/1',
      accountId: 'acct_1',
      returnUrl,
    });

  async function confirm(paymentIntentId: string, token: string) {
    const payment = { paymentIntentId, currency: 'usd' as const, returnUrl };
    return confirmPayment(connection, { ...key(), ...payment, source: source(token) });
  }

  beforeAll(async () => {
    if (!isThere) return;
    sandbox = isSandbox ? await startSandbox() : undefined;
    connection = connectStripe({ secretKey, apiBase: sandbox?.url, deadlineMs: 20_000 });
    customerId = await createCustomer(connection, { accountId: 'acct_1', ...key() });
  });
  afterAll(async () => {
    await sandbox?.close();
  });

  test.skipIf(!isThere)('R10 funding is read before anything is authorised', async () => {
    const read = await readCard(connection, source('pm_card_mastercard_prepaid'));
    expect(read?.card.funding).toBe('prepaid');
    expect(read?.customerId).toBeNull();
    expect(await readCard(connection, source('pm_none_such'))).toBeUndefined();
  });

  test.skipIf(!isThere)('a card is set up, charged and taken off again', async () => {
    const setup = await setUp('pm_card_visa');
    expect(setup.status).toBe('succeeded');
    if (setup.status !== 'succeeded') return;
    const id = await createPayment(connection, order());
    const paid = await confirm(id, setup.paymentMethodId);
    expect(paid.status).toBe('succeeded');
    await detachCard(connection, { ...key(), paymentMethodId: setup.paymentMethodId });
    await detachCard(connection, { ...key(), paymentMethodId: setup.paymentMethodId });
  });

  test.skipIf(!isThere)('a refusing card is declined at set-up', async () => {
    expect((await setUp('pm_card_chargeDeclined')).status).toBe('declined');
  });

  test.skipIf(!isThere)('a bank that wants to see its customer asks at set-up', async () => {
    expect((await setUp('pm_card_authenticationRequired')).status).toBe('requires_action');
  });

  test.skipIf(!isThere)('a decline is an answer, and the payment can be tried again', async () => {
    const id = await createPayment(connection, order());
    const declined = await confirm(id, 'pm_card_visa_chargeDeclinedLostCard');
    expect(declined.status).toBe('declined');
    if (declined.status === 'declined') {
      expect(declined.failedCharge.declineCode).toBe('lost_card');
    }
    expect((await confirm(id, 'pm_card_visa')).status).toBe('succeeded');
  });

  test.skipIf(!isThere)('B9 yen are charged whole: they have no hundredth part', async () => {
    const jpy = currency('jpy');
    const amount = fromMinorUnits(2500, jpy);
    const id = await createPayment(connection, { ...order(), amount, currency: 'jpy' });
    const payment = { paymentIntentId: id, currency: 'jpy' as const, returnUrl };
    const paid = await confirmPayment(connection, {
      ...{ ...key(), ...payment, source: source('pm_card_visa') },
    });
    expect(paid).toMatchObject({ status: 'succeeded', capture: { amount: 2_500_000_000 } });
  });

  test.skipIf(!isSandbox)('R40 money is captured when its balance transaction says', async () => {
    const id = await createPayment(connection, order());
    expect((await confirm(id, 'pm_sandbox_script_process')).status).toBe('processing');
    sandbox?.controls.advanceClock(3_600_000);
    const clearedAtMs = sandbox?.controls.nowMs() ?? Number.NaN;
    sandbox?.controls.settleProcessing(id, null);
    const read = await readPayment(connection, { paymentIntentId: id, currency: 'usd' });
    const capturedAtMs = read.status === 'succeeded' ? read.capture.capturedAtMs : Number.NaN;
    expect(capturedAtMs).toBeGreaterThanOrEqual(clearedAtMs - 1_000);
  });

  const refusals = [
    ['pm_card_radarBlock', 'highest_risk_level'],
    ['pm_card_riskLevelHighest', 'highest_risk_level'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'stolen_card'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ] as const;

  test.skipIf(!isThere).each(refusals)(
    'R14 what declined %s is read as %s, at once and by whoever looks later',
    async (token, declineCode) => {
      const id = await createPayment(connection, order());
      const declined = await confirm(id, token);
      expect(declined).toMatchObject({ status: 'declined', failedCharge: { declineCode } });
      const read = await readPayment(connection, { paymentIntentId: id, currency: 'usd' });
      const lastDecline = declined.status === 'declined' ? declined.failedCharge : undefined;
      expect(read).toEqual({ status: 'requires_confirmation', lastDecline });
    },
  );

  test.skipIf(!isSandbox)('R6 a decline whose block cannot be looked up is unknown', async () => {
    const id = await createPayment(connection, order());
    sandbox?.controls.planFault({ kind: 'error_500', method: 'GET', object: id });
    expect(await confirm(id, 'pm_card_radarBlock')).toMatchObject({ status: 'unknown' });
    expect(await readPayment(connection, { paymentIntentId: id, currency: 'usd' })).toMatchObject({
      lastDecline: { declineCode: 'highest_risk_level' },
    });
  });

  test.skipIf(!isThere)(
    'a succeeded payment answers another confirmation with what it is',
    async () => {
      const id = await createPayment(connection, order());
      await confirm(id, 'pm_card_visa');
      expect((await confirm(id, 'pm_card_visa')).status).toBe('succeeded');
      const read = await readPayment(connection, { paymentIntentId: id, currency: 'usd' });
      expect(read.status === 'succeeded' && read.capture.amount).toBe(25_000_000);
    },
  );

  test.skipIf(!isThere)('a payment whose answer was lost is found again', async () => {
    const lost = order();
    const id = await createPayment(connection, lost);
    const sinceMs = Date.now() - 60_000;
    const { operationId } = lost;
    expect(await findPayment(connection, { customerId, operationId, sinceMs })).toBe(id);
    const never = { customerId, operationId: 'never', sinceMs };
    expect(await findPayment(connection, never)).toBeUndefined();
  });

  test.skipIf(!isThere)('an open payment is canceled; a paid one is not', async () => {
    const open = await createPayment(connection, order());
    const cancel = { ...key(), currency: 'usd' as const };
    const canceled = await cancelPayment(connection, { ...cancel, paymentIntentId: open });
    expect(canceled.status).toBe('canceled');
    const paid = await createPayment(connection, order());
    await confirm(paid, 'pm_card_visa');
    const kept = { ...key(), currency: 'usd' as const, paymentIntentId: paid };
    expect((await cancelPayment(connection, kept)).status).toBe('succeeded');
  });

  test.skipIf(!isThere)('a payment is refunded', async () => {
    const id = await createPayment(connection, order());
    await confirm(id, 'pm_card_visa');
    const refund = { ...key(), paymentIntentId: id, operationId: randomUUID() };
    expect((await refundPayment(connection, refund)).status).toBe('succeeded');
  });

  test.skipIf(!isSandbox)(
    'every request body has the published shape',
    () => {
      const referee = new SchemaReferee({ readsForms: true });
      const requests = sandbox?.controls.requests() ?? [];
      const { checked, violations } = requestViolations(requests, referee);
      expect(violations).toEqual([]);
      expect(checked).toEqual([
        'GET /v1/payment_intents',
        'POST /v1/customers',
        'POST /v1/payment_intents',
        'POST /v1/payment_intents/*/cancel',
        'POST /v1/payment_intents/*/confirm',
        'POST /v1/payment_methods/*/detach',
        'POST /v1/refunds',
        'POST /v1/setup_intents',
      ]);
    },
    180_000,
  );

  // After the referee, who cannot read in a form that this field is true or a word.
  test.skipIf(!isThere)(
    'R13 without the customer a bank that would ask them declines',
    async () => {
      const id = await createPayment(connection, order());
      const alone = { paymentIntentId: id, currency: 'usd' as const, returnUrl: null };
      const by = source('pm_card_authenticationRequired');
      expect(await confirmPayment(connection, { ...key(), ...alone, source: by })).toMatchObject({
        ...{ status: 'declined', failedCharge: { declineCode: 'authentication_required' } },
      });
    },
  );
});

const outcomes = [
  ['highest_risk_level', 'highest_risk_level'],
  ['rule', 'rule'],
  ['low_probability_of_authorization', 'low_probability_of_authorization'],
  ['merchant_blacklist', 'merchant_blacklist'],
  ['a_reason_of_tomorrow', 'blocked'],
  [null, 'blocked'],
] as const;

test.each(outcomes)('R14 a block of Stripe for %s is read as %s', (reason, declineCode) => {
  const decline = { code: 'card_declined', decline_code: 'fraudulent', charge: 'ch_1' };
  const outcome = {
    ...{ advice_code: null, network_advice_code: null, network_decline_code: null },
    ...{ network_status: 'not_sent_to_network', seller_message: null, reason },
  };
  expect(failedChargeOf(decline, { ...outcome, type: 'blocked' })).toMatchObject({ declineCode });
  const byBank = failedChargeOf(decline, { ...outcome, type: 'issuer_declined' });
  expect(byBank).toMatchObject({ declineCode: 'fraudulent' });
});

test('the referee of requests refuses what Stripe would: a wrong field, a wrong value, none at all', () => {
  const referee = new SchemaReferee({ readsForms: true });
  const bodies = [
    { currency: 'usd', amount: '2500', nonsense: '1' },
    { currency: 'usd', amount: 'ten' },
    { currency: 'usd' },
    { currency: 'usd', amount: '2500', payment_method_types: ['card'] },
  ];
  const request = { method: 'POST', path: '/v1/payment_intents' };
  for (const parameters of bodies) {
    const logged = { ...request, parameters } as unknown as LoggedRequest;
    expect(requestViolations([logged], referee).violations, JSON.stringify(parameters)).not.toEqual(
      [],
    );
  }
});
