import { describe, expect, it } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import { applyChanges, type Change } from '../../ledger/change.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { saveCard, listCards } from '../../ledger/payment-methods.ts';
import { openPurchase } from '../../ledger/purchase-opening.ts';
import { createAccount } from '../../ledger/accounts.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  anAccount,
  anOpenPurchase,
  aRequest,
  dollars,
  newAccountId,
  nowMs,
  policies,
  settle,
  useLedger,
  visa,
} from './ledger-fixture.ts';

const test = useLedger();

/** Calls the same function many times at once and counts what the calls said. */
async function atOnce(times: number, call: (index: number) => Promise<string>) {
  const answers = await Promise.all(Array.from({ length: times }, (_, index) => call(index)));
  return answers.reduce<Record<string, number>>(
    (counts, answer) => ({ ...counts, [answer]: (counts[answer] ?? 0) + 1 }),
    {},
  );
}

describe('at once', () => {
  it('B3 B4 50 settlements of one payment make one lot', async () => {
    const accountId = await anAccount(test.ledger);
    const opened = await anOpenPurchase(test.ledger, accountId);
    const counts = await atOnce(50, async () => (await settle(test.ledger, opened)).status);
    expect(counts).toEqual({ settled: 1, stored: 49 });
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.lots).toHaveLength(1);
    expect(state?.balances.purchased).toBe(dollars(25));
  });

  it('R5 20 openings of one purchase open it once', async () => {
    const request = aRequest(await anAccount(test.ledger));
    const open = async () => (await openPurchase(test.ledger, request, policies)).status;
    expect(await atOnce(20, open)).toEqual({ opened: 1, stored: 19 });
  });

  it('R5 B6 20 purchases of the same amount: one is admitted, the others need a confirmation', async () => {
    const accountId = await anAccount(test.ledger);
    const counts = await atOnce(20, async () => {
      const request = aRequest(accountId, { confirmDuplicate: false });
      return (await openPurchase(test.ledger, request, policies)).status;
    });
    expect(counts).toEqual({ opened: 1, refused: 19 });
  });

  it('R46 receipts of purchases that are paid together are gapless', async () => {
    const accountId = await anAccount(test.ledger);
    const opened = [];
    for (let count = 0; count < 12; count += 1) {
      opened.push(await anOpenPurchase(test.ledger, accountId));
    }
    const settled = await Promise.all(opened.map((purchase) => settle(test.ledger, purchase)));
    const numbers = settled.map(({ purchase }) => purchase.receipt?.receiptNumber).toSorted();
    expect(numbers).toEqual(opened.map((_, index) => `R-${String(index + 1).padStart(6, '0')}`));
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });

  it('one account is made of 20 same requests', async () => {
    const input = {
      ...{ accountId: newAccountId(), currency: 'usd', name: 'Ada', email: 'ada@example.com' },
      ...{ taxCountry: null, taxRegion: null, actor: 'test', nowMs },
    };
    const create = async () => (await createAccount(test.ledger, input, policies)).status;
    expect(await atOnce(20, create)).toEqual({ created: 1, stored: 19 });
  });

  it('R11 an account has one default card however many are saved', async () => {
    const accountId = await anAccount(test.ledger);
    await atOnce(12, async (index) => {
      const paymentMethodId = `pm_${index}`;
      const asked = { accountId, paymentMethodId, card: visa, actor: 'test', nowMs };
      return (await saveCard(test.ledger, { ...asked, makeDefault: true })).paymentMethodId;
    });
    const cards = await listCards(test.ledger, { accountId });
    expect(cards).toHaveLength(12);
    expect(cards.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('batches over the same accounts in any order never wait for each other in a circle', async () => {
    const accountIds = await Promise.all(Array.from({ length: 8 }, () => anAccount(test.ledger)));
    const batch = (round: number): Change<null>[] =>
      accountIds.map((_, index) => {
        const accountId = accountIds[(index * 3 + round) % accountIds.length] ?? '';
        return {
          accountId,
          entry: {
            ...{ key: `grant/${round}`, input: { round }, policies },
            occurredAtMs: nowMs,
          },
          decide: () => ({
            events: [
              {
                ...{ kind: 'credits_granted', amount: dollars(1), scope: null },
                ...{ expiresAtMs: null, reason: 'test' },
              },
            ],
            result: null,
          }),
        };
      });
    await Promise.all(
      Array.from({ length: 30 }, (_, round) => applyChanges(test.ledger, batch(round))),
    );
    for (const accountId of accountIds) {
      const state = await readAccount(test.ledger, { accountId });
      expect(state?.balances).toMatchObject({ free: dollars(30), version: 30 });
    }
  });

  it('a repeat that races with the first one waits for its result', async () => {
    const accountId = await anAccount(test.ledger);
    const grant = {
      ...{ accountId, amount: dollars(3), scope: null, expiresAtMs: null, reason: 'goodwill' },
      ...{ idempotencyKey: 'one', actor: 'test', nowMs },
    };
    const counts = await atOnce(20, async () =>
      String((await grantCredits(test.ledger, grant, policies)).lotId),
    );
    expect(counts).toEqual({ '1': 20 });
  });
});
