import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listCards } from '../../ledger/payment-methods.ts';
import { setOwnBalanceLimit } from '../../ledger/account-settings.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import { ZERO } from '../../domain/money.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

function setUp(accountId: string, source: string, idempotencyKey: string = randomUUID()) {
  const actor = 'test';
  const given = { accountId, source, idempotencyKey, makeDefault: false, actor, waitMs: 30_000 };
  return stack.client.setUpCard(given);
}

/** What the sandbox keeps with the account's customer. */
function attachedTo(customerId: unknown) {
  return stack.sandbox.controls
    .objects('payment_method', 1000)
    .filter(({ customer }) => customer === customerId);
}

describe('putting a card on file', () => {
  test('R11 keeps it with consent for later charges, the first one as the default', async () => {
    const { accountId } = await stack.createAccount();
    expect(await setUp(accountId, 'pm_card_visa')).toMatchObject({
      status: 'saved',
      card: { isDefault: true, card: { brand: 'visa', last4: '4242', funding: 'credit' } },
    });
    expect(await setUp(accountId, 'pm_card_mastercard_debit')).toMatchObject({
      status: 'saved',
      card: { isDefault: false, card: { funding: 'debit' } },
    });
    expect(await listCards(stack.ledger, { accountId })).toHaveLength(2);
    const setups = stack.sandbox.controls.objects('setup_intent', 2);
    expect(setups).toMatchObject([{ usage: 'off_session' }, { usage: 'off_session' }]);
  });

  test('R3 a card on file then pays without being named', async () => {
    const { accountId } = await stack.createAccount();
    await setUp(accountId, 'pm_card_visa');
    expect(await stack.purchase(accountId, { paymentMethod: null })).toMatchObject({
      status: 'succeeded',
    });
  });

  test('the same key again is the same card; another card under it is an error', async () => {
    const { accountId } = await stack.createAccount();
    const key = randomUUID();
    const first = await setUp(accountId, 'pm_card_visa', key);
    expect(await setUp(accountId, 'pm_card_visa', key)).toEqual(first);
    await expect(setUp(accountId, 'pm_card_amex', key)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await listCards(stack.ledger, { accountId })).toHaveLength(1);
  });

  const refused = [
    ['R9 prepaid', 'pm_card_mastercard_prepaid', 'card_prepaid_not_supported'],
    ['R9 unknown funding on file', 'pm_sandbox_fundingUnknown', 'card_funding_unknown'],
    ['R9 Link', 'pm_sandbox_brandLink', 'card_brand_not_supported'],
    ['one Stripe does not know', 'pm_card_nosuchcard', 'payment_method_not_found'],
  ] as const;

  test.each(refused)('%s (%s) is refused: %s, and nothing is kept', async (_rule, source, code) => {
    const { accountId } = await stack.createAccount();
    expect(await setUp(accountId, source)).toMatchObject({ status: 'refused', refusal: { code } });
    expect(await listCards(stack.ledger, { accountId })).toEqual([]);
    const customers = stack.sandbox.controls
      .objects('customer', 1000)
      .filter(({ metadata }) => (metadata as { account_id?: string }).account_id === accountId);
    expect(customers.flatMap(({ id }) => attachedTo(id))).toEqual([]);
  });

  test('R10 a prepaid card that shows only after the set-up is detached again', async () => {
    const { accountId } = await stack.createAccount();
    const ok = await setUp(accountId, 'pm_card_visa');
    if (ok.status !== 'saved') throw new Error(ok.status);
    // Its number was refused as prepaid meanwhile: the same fingerprint stays refused.
    const other = await stack.createAccount();
    const prepaid = await setUp(other.accountId, 'pm_card_mastercard_prepaid');
    expect(prepaid).toMatchObject({ refusal: { code: 'card_prepaid_not_supported' } });
    expect(await setUp(accountId, 'pm_card_mastercard_prepaid')).toMatchObject({
      status: 'refused',
      refusal: { code: 'card_prepaid_not_supported' },
    });
  });

  test('R14 a bank that refuses the set-up is told as a decline', async () => {
    const { accountId } = await stack.createAccount();
    expect(await setUp(accountId, 'pm_card_chargeDeclinedInsufficientFunds')).toMatchObject({
      status: 'declined',
      decline: { code: 'insufficient_funds' },
    });
  });

  test('R13 the bank may want the set-up confirmed', async () => {
    const { accountId } = await stack.createAccount();
    const waiting = await setUp(accountId, 'pm_card_authenticationRequired');
    expect(waiting).toMatchObject({ status: 'requires_action' });
    const [intent] = stack.sandbox.controls.objects('setup_intent', 1);
    stack.sandbox.controls.answerAuthentication(String(intent?.['id']), true);
    expect(await stack.client.confirmCardSetup(waiting.setupId)).toMatchObject({
      status: 'saved',
      card: { isDefault: true },
    });
  });
});

describe('taking a card off the file', () => {
  const remove = (accountId: string, paymentMethodId: string) =>
    stack.client.removeCard({
      ...{ accountId, paymentMethodId, actor: 'test', nowMs: Date.now() },
      idempotencyKey: randomUUID(),
    });

  test('R12 the last card stays while the balance limit is above zero, and goes at zero', async () => {
    const { accountId } = await stack.createAccount();
    const saved = await setUp(accountId, 'pm_card_visa');
    if (saved.status !== 'saved') throw new Error(saved.status);
    const { paymentMethodId } = saved.card;
    await stack.purchase(accountId, { paymentMethod: null });

    expect(await remove(accountId, paymentMethodId)).toMatchObject({
      status: 'refused',
      refusal: { code: 'payment_method_in_use' },
    });
    await setOwnBalanceLimit(
      stack.ledger,
      { accountId, ownBalanceLimit: ZERO, actor: 'test', nowMs: Date.now() },
      onlyPolicy(together202511),
    );
    expect(await remove(accountId, paymentMethodId)).toEqual({ status: 'removed' });
    expect(await listCards(stack.ledger, { accountId })).toEqual([]);
    const method = stack.sandbox.controls
      .objects('payment_method', 1000)
      .find(({ id }) => id === paymentMethodId);
    expect(method).toMatchObject({ customer: null });
  });
});
