import { describe, expect, it } from 'vitest';
import type { Card } from '../../domain/cards.ts';
import { period } from '../../domain/period.ts';
import { recordOpeningBalance } from '../../ledger/credits.ts';
import { setOwnBalanceLimit } from '../../ledger/account-settings.ts';
import {
  discardCard,
  listCards,
  removeCard,
  saveCard,
  setDefaultCard,
  updateCard,
} from '../../ledger/payment-methods.ts';
import {
  anAccount,
  aPaidPurchase,
  dollars,
  newAccountId,
  nowMs,
  policies,
  useLedger,
  visa,
} from './ledger-fixture.ts';

const test = useLedger();
const expired: Card = { ...visa, expiryYear: 2026, expiryMonth: 10 };

let saved = 0;
function save(accountId: string, paymentMethodId: string, card = visa, makeDefault = false) {
  const at = nowMs + (saved += 1);
  const asked = { accountId, paymentMethodId, actor: 'test', nowMs: at };
  return saveCard(test.ledger, { ...asked, card, makeDefault });
}

const named = (accountId: string, paymentMethodId: string) => ({
  ...{ accountId, paymentMethodId, actor: 'test', nowMs },
});

async function defaultOf(accountId: string): Promise<string | undefined> {
  const cards = await listCards(test.ledger, { accountId });
  return cards.find(({ isDefault }) => isDefault)?.paymentMethodId;
}

describe('saveCard', () => {
  it('R15 keeps what is shown of a card, and gives it back', async () => {
    const accountId = await anAccount(test.ledger);
    const card = await save(accountId, 'pm_1');
    expect(card).toMatchObject({ paymentMethodId: 'pm_1', card: visa, isDefault: true });
    expect(await listCards(test.ledger, { accountId })).toEqual([card]);
  });

  it('R11 makes the first usable card the default, an expired one never', async () => {
    const accountId = await anAccount(test.ledger);
    expect((await save(accountId, 'pm_expired', expired, true)).isDefault).toBe(false);
    expect((await save(accountId, 'pm_1')).isDefault).toBe(true);
    expect((await save(accountId, 'pm_2')).isDefault).toBe(false);
    expect((await save(accountId, 'pm_3', visa, true)).isDefault).toBe(true);
    expect(await defaultOf(accountId)).toBe('pm_3');
  });

  it('saves a card once, however often it is told', async () => {
    const accountId = await anAccount(test.ledger);
    const first = await save(accountId, 'pm_1');
    await save(accountId, 'pm_2', visa, true);
    const again = await save(accountId, 'pm_1', { ...visa, expiryYear: 2031 });
    expect(again.savedAtMs).toBe(first.savedAtMs);
    expect(await listCards(test.ledger, { accountId })).toHaveLength(2);
    expect(await defaultOf(accountId)).toBe('pm_2');
  });

  it('R9 the table itself takes no prepaid card', async () => {
    const accountId = await anAccount(test.ledger);
    await expect(save(accountId, 'pm_1', { ...visa, funding: 'prepaid' })).rejects.toMatchObject({
      name: 'payment_methods_not_prepaid',
    });
  });

  it('fails for an account that does not exist', async () => {
    await expect(save(newAccountId(), 'pm_1')).rejects.toMatchObject({ code: 'account_not_found' });
  });
});

describe('setDefaultCard', () => {
  it('R11 takes a usable card and refuses an expired or unknown one', async () => {
    const accountId = await anAccount(test.ledger);
    await save(accountId, 'pm_1');
    await save(accountId, 'pm_2');
    await save(accountId, 'pm_expired', expired);
    const set = await setDefaultCard(test.ledger, named(accountId, 'pm_2'));
    expect(set.status).toBe('set');
    expect(await setDefaultCard(test.ledger, named(accountId, 'pm_expired'))).toMatchObject({
      refusal: { code: 'card_expired' },
    });
    expect(await setDefaultCard(test.ledger, named(accountId, 'pm_0'))).toMatchObject({
      refusal: { code: 'payment_method_not_found' },
    });
    expect(await defaultOf(accountId)).toBe('pm_2');
  });
});

describe('removeCard', () => {
  const remove = (accountId: string, paymentMethodId: string) =>
    removeCard(test.ledger, named(accountId, paymentMethodId), policies);

  it('R12 hands the default on to the newest usable card', async () => {
    const accountId = await anAccount(test.ledger);
    for (const id of ['pm_1', 'pm_2', 'pm_3']) await save(accountId, id);
    await save(accountId, 'pm_expired', expired);
    expect(await remove(accountId, 'pm_1')).toEqual({ status: 'removed' });
    expect(await defaultOf(accountId)).toBe('pm_3');
    expect(await remove(accountId, 'pm_1')).toEqual({ status: 'removed' });
  });

  it('R12 keeps the last usable card while anything is owed', async () => {
    const accountId = await anAccount(test.ledger);
    await save(accountId, 'pm_1');
    const unbilled = [{ period: period('2026-11'), amount: dollars(1) }];
    const opening = { accountId, purchased: dollars(0), unbilled, idempotencyKey: 'import' };
    await recordOpeningBalance(test.ledger, { ...opening, actor: 'test', nowMs }, policies);
    expect(await remove(accountId, 'pm_1')).toMatchObject({
      status: 'refused',
      refusal: { code: 'payment_method_in_use', amounts: { owed: dollars(1) } },
    });
    await save(accountId, 'pm_2');
    expect(await remove(accountId, 'pm_1')).toEqual({ status: 'removed' });
  });

  it('R12 keeps the last usable card while the balance limit is above $0', async () => {
    const accountId = await anAccount(test.ledger);
    await aPaidPurchase(test.ledger, accountId);
    await save(accountId, 'pm_1');
    expect(await remove(accountId, 'pm_1')).toMatchObject({
      status: 'refused',
      refusal: { amounts: { balanceLimit: dollars(100) } },
    });
    const limit = { accountId, ownBalanceLimit: dollars(0), actor: 'test', nowMs };
    await setOwnBalanceLimit(test.ledger, limit, policies);
    expect(await remove(accountId, 'pm_1')).toEqual({ status: 'removed' });
    expect(await listCards(test.ledger, { accountId })).toEqual([]);
  });

  it('R10 discards a card that turned out prepaid, whatever is owed', async () => {
    const accountId = await anAccount(test.ledger);
    await aPaidPurchase(test.ledger, accountId);
    await save(accountId, 'pm_1');
    await discardCard(test.ledger, named(accountId, 'pm_1'), policies);
    expect(await listCards(test.ledger, { accountId })).toEqual([]);
  });
});

describe('updateCard', () => {
  it('renews a card on file and no other', async () => {
    const accountId = await anAccount(test.ledger);
    await save(accountId, 'pm_1');
    const card = { ...visa, last4: '1881', expiryYear: 2033 };
    const updated = await updateCard(test.ledger, { ...named(accountId, 'pm_1'), card });
    expect(updated).toMatchObject({ card, isDefault: true });
    const unknown = { ...named(accountId, 'pm_0'), card };
    expect(await updateCard(test.ledger, unknown)).toBeUndefined();
  });
});
