import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { uuidOf } from '../../ledger/account-id.ts';
import { changeSettings } from '../../ledger/account-settings.ts';
import { applyChange } from '../../ledger/change.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { discardCard, saveCard } from '../../ledger/payment-methods.ts';
import {
  aPaidPurchase,
  anAccount,
  dollars,
  nowMs,
  policies,
  useLedger,
  visa,
} from './ledger-fixture.ts';

const test = useLedger();

/** An account with $10 of credits, a card on file and a balance limit of $100. */
async function aCustomer(): Promise<string> {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(10) });
  const card = { paymentMethodId: 'pm_1', card: visa, makeDefault: true };
  await saveCard(test.ledger, { accountId, ...card, actor: 'test', nowMs });
  return accountId;
}

function settings(accountId: string, change: Parameters<typeof changeSettings>[1]['settings']) {
  const asked = { accountId, settings: change, actor: 'test', nowMs };
  return changeSettings(test.ledger, asked, policies);
}

/** Requests of these costs, one after the other, as they come over HTTP. */
async function use(accountId: string, ...costs: readonly number[]): Promise<void> {
  const desk = openHoldDesk(test.ledger);
  for (const cost of costs) {
    const name = { accountId, holdId: randomUUID(), policies, nowMs };
    await desk.place({ ...name, cost: dollars(cost), model: null, ttlMs: null });
    expect(await desk.settle({ ...name, cost: dollars(cost) })).toMatchObject({
      status: 'settled',
    });
  }
}

/** What was told since the account was made ready, oldest first. */
async function told(accountId: string) {
  const rows = await readDueNotices(test.ledger, { accountId });
  return rows
    .map(({ notice }) => notice)
    .filter(({ kind }) => kind !== 'purchase_succeeded' && kind !== 'tier_reached');
}

it('R61 a request that brings the balance to a threshold writes one mail, with its settling', async () => {
  const accountId = await aCustomer();
  await settings(accountId, { lowBalanceThresholds: [dollars(5), dollars(2)] });
  await use(accountId, 4, 1, 1);
  const low = { kind: 'low_balance', threshold: dollars(5), remaining: dollars(5), version: 4 };
  expect(await told(accountId)).toEqual([low]);
  await use(accountId, 2.5);
  expect(await told(accountId)).toMatchObject([low, { threshold: dollars(2) }]);
});

it('R61 a hold alone crosses nothing: only what is charged does', async () => {
  const accountId = await aCustomer();
  await settings(accountId, { lowBalanceThresholds: [dollars(5)] });
  const desk = openHoldDesk(test.ledger);
  const name = { accountId, holdId: 'one', policies, nowMs };
  await desk.place({ ...name, cost: dollars(10), model: null, ttlMs: null });
  await desk.release(name);
  expect(await told(accountId)).toEqual([]);
});

it('R61 shares of the balance limit are told as it is reached, each crossing once', async () => {
  const accountId = await aCustomer();
  await use(accountId, 10, 49, 1, 20, 19, 11);
  expect(await told(accountId)).toMatchObject([
    { kind: 'balance_limit_share_reached', percent: 50, owed: dollars(50), limit: dollars(100) },
    { percent: 80, owed: dollars(89) },
    { percent: 100, owed: dollars(100) },
  ]);
});

it('R30 the tier that a payment reaches is told in its own transaction', async () => {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(60) });
  const { rows } = await test.asSuperuser(
    `select n.payload ->> 'tier' as tier, n.xmin = e.xmin as "isSame"
     from notices n join billing_events e using (account_id)
     where account_id = $1 and n.kind = 'tier_reached' and e.kind = 'pack_purchased'`,
    [uuidOf(accountId)],
  );
  expect(rows).toEqual([{ tier: 'build_2', isSame: true }]);
});

it('R22 R30 a limit under what is owed is told, whoever lowers it and however often', async () => {
  const accountId = await aCustomer();
  await use(accountId, 10, 45);
  await settings(accountId, { ownBalanceLimit: dollars(40) });
  await settings(accountId, { ownBalanceLimit: dollars(100) });
  await settings(accountId, { ownBalanceLimit: dollars(20) });
  const card = { accountId, paymentMethodId: 'pm_1', actor: 'purchase/pur_1', nowMs };
  await discardCard(test.ledger, card, policies);
  const lowered = (await told(accountId)).filter(({ kind }) => kind === 'balance_limit_lowered');
  expect(lowered).toMatchObject(
    [40, 20, 0].map((limit) => ({ owed: dollars(45), limit: dollars(limit) })),
  );
});

it('no change that may lower a limit gets by without the policies it is told by', async () => {
  const accountId = await aCustomer();
  const change = applyChange(test.ledger, {
    accountId,
    entry: null,
    decide: ({ account }) => ({
      account: { ...account, ownBalanceLimit: dollars(1) },
      result: null,
    }),
  });
  await expect(change).rejects.toThrow('needs policies');
});
