import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { closeAccount } from '../../ledger/account-closing.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readPurchase } from '../../ledger/purchases.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { searchAttributes } from '../../workflows/messages.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => {
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
});

/** The PaymentIntents that the sandbox holds for an account. */
function paymentsOf(accountId: string) {
  return stack.sandbox.controls
    .objects('payment_intent', 1000)
    .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
}

function chargesOf(accountId: string) {
  const ids = paymentsOf(accountId).map(({ id }) => id);
  return stack.sandbox.controls
    .objects('charge', 1000)
    .filter(({ payment_intent }) => ids.includes(payment_intent));
}

async function stateOf(accountId: string) {
  const state = await readAccount(stack.ledger, { accountId });
  if (state === undefined) throw new Error('no such account');
  return state;
}

describe('a purchase that succeeds', () => {
  test('R3 R7 posts one lot of what was paid, one receipt and one mail', async () => {
    const { accountId } = await stack.createAccount({ email: 'one@example.com' });
    const outcome = await stack.purchase(accountId);

    expect(outcome).toMatchObject({ status: 'succeeded', credits: 25_000_000, tax: 0 });
    const { balances, lots } = await stateOf(accountId);
    expect(balances).toMatchObject({ purchased: 25_000_000, free: 0, lifetimePaid: 25_000_000 });
    expect(lots).toMatchObject([{ kind: 'purchased', remaining: 25_000_000, expiresAtMs: null }]);
    expect(paymentsOf(accountId)).toMatchObject([{ status: 'succeeded', amount_received: 2500 }]);
    await expect
      .poll(() => stack.mails('one@example.com'))
      .toMatchObject([{ subject: expect.stringContaining('$25.00') }]);
  });

  test('R45 tax is charged apart and never becomes credits or tier spend', async () => {
    const { accountId } = await stack.createAccount({ taxCountry: 'US', taxRegion: 'WA' });
    const outcome = await stack.purchase(accountId);

    expect(outcome).toMatchObject({ status: 'succeeded', credits: 25_000_000, tax: 1_620_000 });
    expect(paymentsOf(accountId)).toMatchObject([{ amount: 2662 }]);
    const { balances } = await stateOf(accountId);
    expect(balances).toMatchObject({ purchased: 25_000_000, lifetimePaid: 25_000_000 });
  });

  test('B9 a currency without decimals is charged in whole units', async () => {
    const { accountId } = await stack.createAccount({ currency: 'jpy' });
    const outcome = await stack.purchase(accountId, { dollars: 2_000, currency: 'jpy' });

    expect(outcome.status).toBe('succeeded');
    expect(paymentsOf(accountId)).toMatchObject([{ amount: 2000, currency: 'jpy' }]);
  });

  test('R5 the same key again answers the same and charges once', async () => {
    const { accountId } = await stack.createAccount();
    const idempotencyKey = randomUUID();
    const first = await stack.purchase(accountId, { idempotencyKey });
    const second = await stack.purchase(accountId, { idempotencyKey });

    expect(second).toEqual(first);
    expect(chargesOf(accountId)).toHaveLength(1);
  });

  test('B19 the same key with another amount is an error and charges once', async () => {
    const { accountId } = await stack.createAccount();
    const idempotencyKey = randomUUID();
    await stack.purchase(accountId, { idempotencyKey });

    await expect(stack.purchase(accountId, { idempotencyKey, dollars: 30 })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(chargesOf(accountId)).toHaveLength(1);
  });

  test('B4 fifty callers with one key make one charge and one lot', async () => {
    const { accountId } = await stack.createAccount();
    const idempotencyKey = randomUUID();
    const calls = Array.from({ length: 50 }, () => stack.purchase(accountId, { idempotencyKey }));
    const outcomes = await Promise.all(calls);

    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]?.status).toBe('succeeded');
    expect(chargesOf(accountId)).toHaveLength(1);
    expect((await stateOf(accountId)).lots).toHaveLength(1);
  });
});

describe('a purchase that is refused before anything is asked of Stripe', () => {
  const refusals = [
    ['R4 below the minimum', { dollars: 4.99 }, 'amount_below_minimum'],
    ['R4 above the maximum', { dollars: 10_000.01 }, 'amount_above_maximum'],
    ['R69 in fractions of a cent', { dollars: 25.001 }, 'amount_not_chargeable'],
    ['R69 B17 in another currency', { currency: 'eur' }, 'currency_mismatch'],
    ['R69 in an unknown currency', { currency: 'xau' }, 'currency_not_supported'],
    ['R11 without any card', { paymentMethod: null }, 'payment_method_required'],
  ] as const;

  test.each(refusals)('%s: %o', async (_rule, order, code) => {
    const { accountId } = await stack.createAccount();
    const requests = stack.sandbox.controls.requests().length;

    expect(await stack.purchase(accountId, order)).toMatchObject({
      status: 'refused',
      refusal: { code },
    });
    expect(stack.sandbox.controls.requests()).toHaveLength(requests);
  });

  test('R70 for a closed account', async () => {
    const { accountId } = await stack.createAccount();
    await closeAccount(
      stack.ledger,
      { accountId, actor: 'test', nowMs: Date.now() },
      onlyPolicy(together202511),
    );
    const outcome = await stack.purchase(accountId);
    expect(outcome).toMatchObject({ status: 'refused', refusal: { code: 'account_closed' } });
  });
});

describe('a card that may not pay', () => {
  const cards = [
    ['R9 prepaid', 'pm_card_mastercard_prepaid', 'card_prepaid_not_supported'],
    ['R9 behind Link', 'pm_sandbox_brandLink', 'card_brand_not_supported'],
    [
      'R9 prepaid behind a wallet',
      'pm_sandbox_prepaidWalletApplePay',
      'card_prepaid_not_supported',
    ],
    ['one that Stripe does not know', 'pm_card_nosuchcard', 'payment_method_not_found'],
  ] as const;

  test.each(cards)('%s (%s) is refused, and no payment exists', async (_rule, token, code) => {
    const { accountId } = await stack.createAccount();
    expect(await stack.purchase(accountId, { paymentMethod: token })).toMatchObject({
      status: 'refused',
      refusal: { code },
    });
    expect(paymentsOf(accountId)).toEqual([]);
    expect((await stateOf(accountId)).balances).toMatchObject({ purchased: 0 });
  });

  test('R9 unknown funding without a wallet may pay with its holder present', async () => {
    const { accountId } = await stack.createAccount();
    const outcome = await stack.purchase(accountId, { paymentMethod: 'pm_sandbox_fundingUnknown' });
    expect(outcome.status).toBe('succeeded');
  });
});

describe('a card that the bank declines', () => {
  const declines = [
    ['pm_card_chargeDeclined', 'generic_decline', 'bank'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds', 'customer'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'customer'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'nobody'],
    ['pm_card_visa_chargeDeclinedLostCard', 'generic_decline', 'bank'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'generic_decline', 'bank'],
    ['pm_card_chargeDeclinedFraudulent', 'generic_decline', 'bank'],
    ['pm_sandbox_decline_fraudulent', 'generic_decline', 'bank'],
  ] as const;

  test('R14 one that Stripe blocks as a risk is told as a plain one, and calls an operator', async () => {
    const { accountId } = await stack.createAccount();
    const plain = await stack.purchase(accountId, { paymentMethod: 'pm_card_chargeDeclined' });
    const blocked = await stack.purchase(accountId, { paymentMethod: 'pm_card_radarBlock' });
    expect(blocked).toEqual({ ...plain, purchaseId: blocked.purchaseId });

    const run = await stack.temporal.workflow
      .getHandle(workflowIdOf('purchase', blocked.purchaseId))
      .describe();
    const { needsReview, declineCode } = searchAttributes;
    expect(run.typedSearchAttributes.get(declineCode)).toBe('highest_risk_level');
    expect(run.typedSearchAttributes.get(needsReview)).toBe(true);
    const attempts = await stack.ledger.run<{ code: string }>(
      'select decline_code as code from charge_attempts where account_id = $1 order by attempted_at',
      [uuidOf(accountId)],
    );
    expect(attempts.map(({ code }) => code)).toEqual(['generic_decline', 'highest_risk_level']);
  });

  test.each(declines)('R14 %s is told as %s, and %s can fix it', async (token, code, whoCanFix) => {
    const { accountId } = await stack.createAccount({ email: `${token}@example.com` });
    const outcome = await stack.purchase(accountId, { paymentMethod: token });

    expect(outcome).toMatchObject({ status: 'declined', decline: { code, whoCanFix } });
    if (outcome.status !== 'declined') return;
    expect(outcome.decline.whatToDo).toContain('prepaid');
    const { balances, lots } = await stateOf(accountId);
    expect({ purchased: balances.purchased, lots }).toEqual({ purchased: 0, lots: [] });
    const row = await readPurchase(stack.ledger, { purchaseId: outcome.purchaseId });
    expect(row).toMatchObject({ state: 'declined', receipt: null });
    // Nothing that could still be charged is left open.
    await expect
      .poll(() => paymentsOf(accountId).map(({ status }) => status))
      .toEqual(['canceled']);
    await expect
      .poll(() => stack.mails(`${token}@example.com`))
      .toMatchObject([{ subject: expect.stringMatching(/declined/) }]);
  });

  test('R10 Mastercard advice 40 on a decline says prepaid, and is remembered', async () => {
    const { accountId } = await stack.createAccount();
    const paymentMethod = 'pm_sandbox_mastercardAdvice_40';
    const prepaid = { status: 'refused', refusal: { code: 'card_prepaid_not_supported' } };

    expect(await stack.purchase(accountId, { paymentMethod })).toMatchObject(prepaid);
    const other = await stack.createAccount();
    expect(await stack.purchase(other.accountId, { paymentMethod })).toMatchObject(prepaid);
    expect(paymentsOf(other.accountId)).toEqual([]);
  });
});

describe('R8 a payment that takes its time to clear', () => {
  const paymentMethod = 'pm_sandbox_script_process';

  async function processing() {
    const { accountId } = await stack.createAccount();
    const pending = await stack.purchase(accountId, { paymentMethod });
    expect(pending.status).toBe('pending');
    expect((await stateOf(accountId)).lots).toEqual([]);
    const [payment] = paymentsOf(accountId);
    return { accountId, purchaseId: pending.purchaseId, paymentId: String(payment?.['id']) };
  }

  test('posts credits only once it cleared', async () => {
    const { accountId, purchaseId, paymentId } = await processing();
    stack.sandbox.controls.settleProcessing(paymentId, null);
    expect(await stack.client.confirmPurchase(purchaseId)).toMatchObject({ status: 'succeeded' });
    expect((await stateOf(accountId)).balances.purchased).toBe(25_000_000);
  });

  test('posts nothing where it failed', async () => {
    const { accountId, purchaseId, paymentId } = await processing();
    stack.sandbox.controls.settleProcessing(paymentId, 'insufficient_funds');
    expect(await stack.client.confirmPurchase(purchaseId)).toMatchObject({ status: 'declined' });
    expect((await stateOf(accountId)).lots).toEqual([]);
  });

  test('and only cards are asked for', async () => {
    const { accountId } = await stack.createAccount();
    await stack.purchase(accountId);
    expect(paymentsOf(accountId)).toMatchObject([{ allowed_payment_method_types: ['card'] }]);
  });
});

describe('B16 a new card is a new charge', () => {
  test('each confirm’s key names its obligation, its attempt and its card', async () => {
    const { accountId } = await stack.createAccount();
    const { purchaseId } = await stack.purchase(accountId, { paymentMethod: 'pm_card_amex' });
    const confirms = stack.sandbox.controls
      .requests()
      .filter(({ path, parameters }) => {
        return path.endsWith('/confirm') && JSON.stringify(parameters).includes(purchaseId);
      })
      .map(({ idempotencyKey }) => idempotencyKey);
    expect(confirms).toEqual([`purchase/${purchaseId}:confirm:1:pm_card_amex`]);
  });

  test('after a decline another card pays, under a key of its own', async () => {
    const { accountId } = await stack.createAccount();
    const idempotencyKey = randomUUID();
    const declined = { idempotencyKey, paymentMethod: 'pm_card_chargeDeclined' };
    expect(await stack.purchase(accountId, declined)).toMatchObject({ status: 'declined' });
    await expect(stack.purchase(accountId, { idempotencyKey })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await stack.purchase(accountId)).toMatchObject({ status: 'succeeded' });
  });
});

test('B5 free credits and a pack at the same time post each once, in pots of their own', async () => {
  const { accountId } = await stack.createAccount();
  const grant = {
    ...{ accountId, idempotencyKey: 'welcome', amount: micros(5_000_000), reason: 'welcome' },
    ...{ scope: null, expiresAtMs: null, actor: 'test', nowMs: Date.now() },
  };
  await Promise.all([
    grantCredits(stack.ledger, grant, onlyPolicy(together202511)),
    stack.purchase(accountId),
    grantCredits(stack.ledger, grant, onlyPolicy(together202511)),
  ]);
  const { balances, lots } = await stateOf(accountId);
  expect(balances).toMatchObject({
    purchased: 25_000_000,
    free: 5_000_000,
    lifetimePaid: 25_000_000,
  });
  expect(lots).toHaveLength(2);
});

describe('a payment that the bank wants confirmed', () => {
  const paymentMethod = 'pm_card_threeDSecure2Required';

  test('R13 waits with a link, and succeeds once the customer is back', async () => {
    const { accountId } = await stack.createAccount({ email: 'asked@example.com' });
    const waiting = await stack.purchase(accountId, { paymentMethod });
    expect(waiting).toMatchObject({ status: 'requires_action' });
    if (waiting.status !== 'requires_action') return;
    expect(waiting.actionUrl).toContain(stack.sandbox.url);
    expect((await stateOf(accountId)).balances.purchased).toBe(0);
    await expect
      .poll(() => stack.mails('asked@example.com'))
      .toMatchObject([{ subject: expect.stringContaining('confirm') }]);

    const [payment] = paymentsOf(accountId);
    stack.sandbox.controls.answerAuthentication(String(payment?.['id']), true);
    const outcome = await stack.client.confirmPurchase(waiting.purchaseId);
    expect(outcome).toMatchObject({ status: 'succeeded', credits: 25_000_000 });
    expect((await stateOf(accountId)).lots).toHaveLength(1);
  });

  test('R13 succeeds by a webhook, and the same webhook again changes nothing', async () => {
    const { accountId } = await stack.createAccount();
    const waiting = await stack.purchase(accountId, { paymentMethod });
    const [payment] = paymentsOf(accountId);
    stack.sandbox.controls.answerAuthentication(String(payment?.['id']), true);
    const workflowId = `purchase/${waiting.purchaseId}`;
    const event = { type: 'payment_intent.succeeded', workflowId };
    await Promise.all([1, 2, 3].map(() => stack.client.relayProcessorEvent(event)));

    await expect
      .poll(() => stack.client.purchaseStatus(waiting.purchaseId))
      .toMatchObject({ status: 'succeeded' });
    expect((await stateOf(accountId)).lots).toHaveLength(1);
    await stack.client.relayProcessorEvent({ ...event, type: 'payment_intent.canceled' });
    expect(await stack.client.confirmPurchase(waiting.purchaseId)).toMatchObject({
      status: 'succeeded',
    });
  });

  test('R13 ends declined where the customer fails at the bank', async () => {
    const { accountId } = await stack.createAccount();
    const waiting = await stack.purchase(accountId, { paymentMethod });
    const [payment] = paymentsOf(accountId);
    stack.sandbox.controls.answerAuthentication(String(payment?.['id']), false);

    expect(await stack.client.confirmPurchase(waiting.purchaseId)).toMatchObject({
      status: 'declined',
      decline: { class: 'authentication' },
    });
    expect(chargesOf(accountId).filter(({ status }) => status === 'succeeded')).toEqual([]);
  });

  test('R5 a second purchase of the same amount meanwhile needs a confirmation', async () => {
    const { accountId } = await stack.createAccount();
    await stack.purchase(accountId, { paymentMethod });

    expect(await stack.purchase(accountId)).toMatchObject({
      status: 'refused',
      refusal: { code: 'duplicate_purchase_pending' },
    });
    expect(await stack.purchase(accountId, { confirmDuplicate: true })).toMatchObject({
      status: 'succeeded',
    });
  });
});

test('R70 money captured after the account was closed goes back, and posts no credits', async () => {
  const { accountId } = await stack.createAccount();
  const waiting = await stack.purchase(accountId, {
    paymentMethod: 'pm_card_threeDSecure2Required',
  });
  await closeAccount(
    stack.ledger,
    { accountId, actor: 'test', nowMs: Date.now() },
    onlyPolicy(together202511),
  );
  const [payment] = paymentsOf(accountId);
  stack.sandbox.controls.answerAuthentication(String(payment?.['id']), true);

  expect(await stack.client.confirmPurchase(waiting.purchaseId)).toMatchObject({
    status: 'returned',
    refusal: { code: 'account_closed' },
  });
  const { balances, lots } = await stateOf(accountId);
  expect({ purchased: balances.purchased, due: balances.refundsDue, lots }).toEqual({
    purchased: 0,
    due: 0,
    lots: [],
  });
  expect(chargesOf(accountId)).toMatchObject([{ refunded: true, amount_refunded: 2500 }]);
});

test('B2 R62 money taken after a decline was told goes back, and the customer is told so', async () => {
  const { accountId } = await stack.createAccount({ email: 'late@example.com' });
  const { controls, url } = stack.sandbox;
  // The decline is told; before the payment is canceled, someone pays it with another card.
  const cancel = { method: 'POST', path: '/v1/payment_intents/:id/cancel' };
  const fault = controls.planFault({ ...cancel, kind: 'drop_before', times: 1_000_000 });
  const declined = await stack.purchase(accountId, { paymentMethod: 'pm_card_chargeDeclined' });
  expect(declined.status).toBe('declined');
  const paid = await fetch(
    `${url}/v1/payment_intents/${String(paymentsOf(accountId)[0]?.['id'])}/confirm`,
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stack.workerSettings.stripeSecretKey}`,
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': randomUUID(),
      },
      body: 'payment_method=pm_card_visa&return_url=https://example.com',
    },
  );
  expect(await paid.json()).toMatchObject({ status: 'succeeded' });
  controls.removeFault(fault.id);

  await stack.temporal.workflow.getHandle(`purchase/${declined.purchaseId}`).result();
  const { balances, lots } = await stateOf(accountId);
  expect({ purchased: balances.purchased, due: balances.refundsDue, lots }).toEqual({
    purchased: 0,
    due: 0,
    lots: [],
  });
  expect(chargesOf(accountId).filter(({ status }) => status === 'succeeded')).toMatchObject([
    { refunded: true, amount_refunded: 2500 },
  ]);
  const subjects = (await stack.mails('late@example.com')).map(({ subject }) => subject);
  expect(subjects).toEqual([
    expect.stringMatching(/returning \$25\.00/),
    expect.stringMatching(/declined/),
  ]);
});
