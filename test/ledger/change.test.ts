import { describe, expect, it } from 'vitest';
import type { CreditsGranted, PurchaseClosed } from '../../domain/billing-events.ts';
import { refusal } from '../../domain/failures.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { applyChange, applyChanges, type Change } from '../../ledger/change.ts';
import { openLedger } from '../../ledger/database.ts';
import { hashOfInput } from '../../ledger/input-hash.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { anAccount, dollars, newAccountId, nowMs, policies, useLedger } from './ledger-fixture.ts';

const test = useLedger();

function grantOf(amount: number): CreditsGranted {
  const how = { scope: ['chat', 'images'], expiresAtMs: nowMs + 1_000, reason: 'test' };
  return { kind: 'credits_granted', amount: dollars(amount), ...how };
}

/** Grants as many dollars as the account has credits, plus one: it shows what it decided from. */
function doubling(accountId: string, key: string): Change<number> {
  return {
    accountId,
    entry: { key, input: { key }, policies, occurredAtMs: nowMs },
    decide({ balances }) {
      const amount = balances.free / 1_000_000 + 1;
      return { events: [grantOf(amount)], result: amount };
    },
  };
}

const balanceOf = async (accountId: string) =>
  (await readAccount(test.ledger, { accountId }))?.balances;

describe('a batch of changes', () => {
  it('lets changes to one account see each other, in their order', async () => {
    const [one, two] = [await anAccount(test.ledger), await anAccount(test.ledger)];
    const outcomes = await applyChanges(test.ledger, [
      ...[doubling(one, 'a'), doubling(two, 'a'), doubling(one, 'b'), doubling(one, 'c')],
    ]);
    expect(outcomes).toMatchObject([
      ...[{ result: 1 }, { result: 1 }, { result: 2 }, { result: 4 }].map((outcome) => ({
        ...{ status: 'recorded', ...outcome },
      })),
    ]);
    expect(await balanceOf(one)).toMatchObject({ free: dollars(7), version: 3 });
    expect((await verifyLedger(test.ledger)).differences).toEqual([]);
  });

  it('knows a repeat within the batch as one from before', async () => {
    const accountId = await anAccount(test.ledger);
    const twice = await applyChanges(test.ledger, [
      ...[doubling(accountId, 'a'), doubling(accountId, 'a')],
    ]);
    expect(twice.map(({ status }) => status)).toEqual(['recorded', 'stored']);
    const [again] = await applyChanges(test.ledger, [doubling(accountId, 'a')]);
    expect(again).toMatchObject({ status: 'stored', result: 1 });
    expect(await balanceOf(accountId)).toMatchObject({ free: dollars(1) });
  });

  it('B19 answers a key that comes with other input, without deciding', async () => {
    const accountId = await anAccount(test.ledger);
    await applyChange(test.ledger, doubling(accountId, 'a'));
    const change = doubling(accountId, 'a');
    const [outcome] = await applyChanges(test.ledger, [
      {
        ...change,
        entry: { key: 'a', input: { key: 'b' }, policies, occurredAtMs: nowMs },
        decide: () => {
          throw new Error('decided');
        },
      },
    ]);
    expect(outcome).toEqual({ status: 'conflict' });
  });

  it('takes a key of another account for another key', async () => {
    const [one, two] = [await anAccount(test.ledger), await anAccount(test.ledger)];
    await applyChange(test.ledger, doubling(one, 'same'));
    const [outcome] = await applyChanges(test.ledger, [doubling(two, 'same')]);
    expect(outcome?.status).toBe('recorded');
  });

  it('says which accounts do not exist and changes the others', async () => {
    const accountId = await anAccount(test.ledger);
    const outcomes = await applyChanges(test.ledger, [
      ...[doubling(newAccountId(), 'a'), doubling('acct_nonsense', 'a'), doubling(accountId, 'a')],
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['account_not_found', 'account_not_found', 'recorded'],
    ]);
  });

  it('records several events of one change together; the first answers for all', async () => {
    const accountId = await anAccount(test.ledger);
    const change: Change<null> = {
      ...doubling(accountId, 'two'),
      decide: () => ({ events: [grantOf(1), grantOf(2)], result: null }),
    };
    await applyChange(test.ledger, change);
    expect((await applyChange(test.ledger, change)).status).toBe('stored');
    const state = await readAccount(test.ledger, { accountId });
    expect(state?.lots).toMatchObject([
      { lotId: 1, amount: dollars(1), scope: ['chat', 'images'], expiresAtMs: nowMs + 1_000 },
      { lotId: 2, amount: dollars(2), acquiredAtMs: nowMs },
    ]);
  });
});

describe('nothing is recorded', () => {
  it('where a constraint is broken; its name is the error’s', async () => {
    const accountId = await anAccount(test.ledger);
    const broken: Change<null> = {
      ...doubling(accountId, 'broken'),
      decide: () => ({
        events: [
          grantOf(1),
          {
            ...{ kind: 'refund_paid', purchaseId: 'pur', refundId: 're' },
            amount: dollars(2),
          },
        ],
        result: null,
      }),
    };
    await expect(applyChange(test.ledger, broken)).rejects.toMatchObject({
      name: 'balances_refunds_due_not_negative',
    });
    expect(await balanceOf(accountId)).toMatchObject({ free: 0, version: 0 });
  });

  it('where deciding throws, and the connection is good for the next change', async () => {
    const accountId = await anAccount(test.ledger);
    const one = openLedger({ url: test.appUrl, maxConnections: 1 });
    const thrown: Change<number> = {
      ...doubling(accountId, 'thrown'),
      decide: () => {
        throw new Error('cannot decide');
      },
    };
    const batch = applyChanges(one, [doubling(accountId, 'before'), thrown]);
    await expect(batch).rejects.toThrow('cannot decide');
    expect(await balanceOf(accountId)).toMatchObject({ free: 0, version: 0 });
    expect((await applyChange(one, doubling(accountId, 'after'))).status).toBe('recorded');
    await one.close();
  });

  it('where a statement failed, even if whoever sent it looked away', async () => {
    const accountId = await anAccount(test.ledger);
    const work = test.ledger.transaction(async (session) => {
      session.write('update balances set held = 7 where account_id = $1', [uuidOf(accountId)]);
      await session.read('select 1 / 0').catch(() => undefined);
      return 'done';
    });
    await expect(work).rejects.toThrow('division by zero');
    expect(await balanceOf(accountId)).toMatchObject({ held: 0 });
  });

  it('where events come without an idempotency key', async () => {
    const accountId = await anAccount(test.ledger);
    const closed: PurchaseClosed = {
      ...{ kind: 'purchase_closed', purchaseId: 'pur' },
      ending: { status: 'refused', refusal: refusal('card_expired') },
    };
    const change: Change<null> = {
      ...{ accountId, entry: null },
      decide: () => ({ events: [closed], result: null }),
    };
    await expect(applyChange(test.ledger, change)).rejects.toThrow('billing events need');
  });
});

describe('a ledger that does not answer', () => {
  it('is said to be unavailable', async () => {
    const ledger = openLedger({ url: 'postgres://solvent_app@127.0.0.1:1/solvent' });
    const reading = readAccount(ledger, { accountId: newAccountId() });
    await expect(reading).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    await ledger.close();
  });

  it('recovers after its connections were cut', async () => {
    const accountId = await anAccount(test.ledger);
    const one = openLedger({ url: test.appUrl, maxConnections: 1 });
    const change = one.transaction(async (session) => {
      const [backend] = await session.read<{ pid: number }>('select pg_backend_pid() as pid');
      await test.asSuperuser('select pg_terminate_backend($1)', [backend?.pid]);
      await session.read('select 1');
    });
    await expect(change).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    expect((await applyChange(one, doubling(accountId, 'after'))).status).toBe('recorded');
    await one.close();
  });
});

describe('hashOfInput', () => {
  it('is the same for equal values and another for other ones', () => {
    const hash = (input: Parameters<typeof hashOfInput>[0]) => hashOfInput(input).toString('hex');
    expect(hash({ a: 1, b: [null, 'x'] })).toBe(hash({ b: [null, 'x'], a: 1 }));
    const others = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, { a: { b: 1 } }, ['a', 1], 'a'];
    expect(new Set(others.map(hash)).size).toBe(others.length);
  });
});
