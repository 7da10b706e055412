import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listCards } from '../../ledger/payment-methods.ts';
import {
  invoiceNow,
  ownCard,
  owingAccount,
  paidCharges,
  putOnFile,
} from '../workflows/fixtures/owing-account.ts';
import { keyWith, startRunningApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let key: string;
let operator: string;
beforeAll(async () => {
  app = await startRunningApp();
  key = await keyWith(app.ledger, 'billing');
  operator = await keyWith(app.ledger, 'operator');
});
afterAll(() => app.close());

const dayMs = 86_400_000;

interface Named {
  readonly accountId: string;
  readonly invoiceId: string;
}

/** An account whose charge day has come, as its collection left it. */
async function waiting(card: string | null, step: string, script?: readonly string[]) {
  const account = await owingAccount(app, card, {
    nowMs: Date.now(),
    ...(script === undefined ? {} : { script }),
  });
  await advance(account, account.chargeAtMs + dayMs / 2);
  await expect.poll(() => stepOf(account)).toBe(step);
  return account;
}

async function advance({ accountId }: Named, toMs: number): Promise<void> {
  const body = { to: new Date(toMs).toISOString() };
  const path = `/v1/accounts/${accountId}/clock/advance`;
  expect(await app.api('POST', path, { key: operator, body })).toMatchObject({ status: 200 });
}

async function stepOf({ invoiceId }: Named): Promise<string | undefined> {
  return (await app.client.collections.status(invoiceId))?.step?.step;
}

async function untilPaid(account: Named): Promise<void> {
  await expect.poll(async () => (await invoiceNow(app, account)).state).toBe('paid');
  expect(paidCharges(app, account)).toHaveLength(1);
}

async function cardsOf({ accountId }: Pick<Named, 'accountId'>) {
  return listCards(app.ledger, { accountId });
}

describe('a collection that waits for a card', () => {
  it('R12 charges a card that is put on file, by itself', async () => {
    const account = await waiting(null, 'needs_card');
    expect(paidCharges(app, account)).toHaveLength(0);
    await putOnFile(app, account.accountId, 'pm_card_visa');
    await untilPaid(account);
  });

  it('B16 charges another default, made so by the API, with a key of its own', async () => {
    const account = await waiting(ownCard(), 'needs_card', ['lost_card']);
    const { accountId } = account;
    const saved = await app.client.setUpCard({
      ...{ accountId, source: 'pm_card_mastercard', makeDefault: false, actor: 'test' },
      ...{ idempotencyKey: 'second', waitMs: 10_000 },
    });
    if (saved.status !== 'saved') throw new Error(saved.status);
    const { paymentMethodId } = saved.card;
    const path = `/v1/accounts/${accountId}/payment-methods/${paymentMethodId}/default`;
    expect((await app.api('POST', path, { key })).status).toBe(200);
    await untilPaid(account);
    const [charge] = paidCharges(app, account);
    expect(charge).toMatchObject({ payment_method: paymentMethodId });
  });

  it('R9 charges an expired card that its bank renewed, once the updater tells', async () => {
    const account = await owingAccount(app, 'pm_card_visa', { nowMs: Date.now() });
    const [card] = await cardsOf(account);
    const { paymentMethodId = '' } = card ?? {};
    const now = new Date();
    app.sandbox.controls.updateCard(paymentMethodId, {
      ...{ expMonth: now.getUTCMonth() === 0 ? 12 : now.getUTCMonth() },
      expYear: now.getUTCMonth() === 0 ? now.getUTCFullYear() - 1 : now.getUTCFullYear(),
    });
    const shown = async () => (await cardsOf(account))[0]?.card;
    await expect.poll(shown).not.toEqual(card?.card);
    await advance(account, account.chargeAtMs + dayMs / 2);
    await expect.poll(() => stepOf(account)).toBe('needs_card');

    app.sandbox.controls.updateCard(paymentMethodId, { expMonth: 12, expYear: 2040 });
    await untilPaid(account);
    expect(await shown()).toMatchObject({ expiryMonth: 12, expiryYear: 2040 });
  });
});

describe('R9 news of a card from Stripe', () => {
  it('R10 one that is prepaid now leaves the file, and stays refused', async () => {
    const { accountId } = await app.createAccount();
    await putOnFile(app, accountId, 'pm_card_amex');
    const [card] = await cardsOf({ accountId });
    app.sandbox.controls.updateCard(card?.paymentMethodId ?? '', { funding: 'prepaid' });
    await expect.poll(() => cardsOf({ accountId })).toEqual([]);
    const again = await app.client.setUpCard({
      ...{ accountId, source: 'pm_card_amex', makeDefault: true, actor: 'test' },
      ...{ idempotencyKey: 'again', waitMs: 10_000 },
    });
    expect(again).toMatchObject({
      status: 'refused',
      refusal: { code: 'card_prepaid_not_supported' },
    });
  });

  it('a new expiry is known at once, and other cards stay as they are', async () => {
    const { accountId } = await app.createAccount();
    await putOnFile(app, accountId, 'pm_card_visa');
    const second = await putOnFile(app, accountId, 'pm_card_mastercard');
    const before = await cardsOf({ accountId });
    app.sandbox.controls.updateCard(second, { expMonth: 6, expYear: 2041 });
    const after = before.map((saved) =>
      saved.paymentMethodId === second
        ? { ...saved, card: { ...saved.card, expiryMonth: 6, expiryYear: 2041 } }
        : saved,
    );
    await expect.poll(() => cardsOf({ accountId })).toEqual(after);
  });
});

describe('R12 the last valid card', () => {
  async function remove({ accountId }: Named) {
    const [card] = await cardsOf({ accountId });
    const path = `/v1/accounts/${accountId}/payment-methods/${card?.paymentMethodId ?? ''}`;
    return app.api('DELETE', path, { key });
  }

  it('stays while an issued invoice is open', async () => {
    const account = await owingAccount(app, 'pm_card_visa', { nowMs: Date.now() });
    expect(await remove(account)).toMatchObject({
      status: 409,
      body: { code: 'payment_method_in_use', amounts: { owed: '2.70' } },
    });
  });

  it('stays while an invoice is uncollectible, since that is owed until paid or forgiven', async () => {
    const account = await owingAccount(app, 'pm_card_visa', { nowMs: Date.now() });
    const { invoiceId } = account;
    const operate = (kind: 'write_off' | 'forgive') =>
      app.client.collections.operate({
        ...{ invoiceId, idempotencyKey: kind, actor: 'operator:ada' },
        action: { kind, reason: 'the debtor is gone' },
      });
    expect(await operate('write_off')).toMatchObject({ status: 'done' });
    expect(await invoiceNow(app, account)).toMatchObject({ state: 'uncollectible' });
    expect(await remove(account)).toMatchObject({
      status: 409,
      body: { amounts: { owed: '2.70' } },
    });
    expect(await operate('forgive')).toMatchObject({ status: 'done' });
    // An enterprise account's limit is above zero, which keeps the card as well.
    const kept = await remove(account);
    expect(kept.body['amounts']).not.toHaveProperty('owed');
  });
});
