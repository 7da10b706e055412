import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Notice } from '../../domain/notices.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';

import { readAccount } from '../../ledger/accounts.ts';
import { announceExpiry, expireCredits } from '../../ledger/credit-expiry.ts';
import { grantCredits } from '../../ledger/credits.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { readDueNotices } from '../../ledger/notices.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import {
  aPaidPurchase,
  anAccount,
  dayMs,
  dollars,
  nowMs,
  policies,
  useLedger,
} from './ledger-fixture.ts';

const test = useLedger();

async function grant(accountId: string, given: { amount?: number; expiresAtMs: number | null }) {
  const { amount = 5, expiresAtMs } = given;
  const granted = { amount: dollars(amount), scope: null, expiresAtMs, reason: 'goodwill' };
  const asked = { accountId, idempotencyKey: randomUUID(), actor: 'test', nowMs };
  return grantCredits(test.ledger, { ...asked, ...granted }, policies);
}

type Job = typeof expireCredits;

/** The whole run, page by page; how many lots it did something to. */
async function runJob(job: Job, atMs: number, limit = 3): Promise<number> {
  let [lots, after]: [number, string | null] = [0, null];
  do {
    const page = await job(test.ledger, { nowMs: atMs, after, limit }, policies);
    lots += page.lots;
    after = page.nextCursor;
  } while (after !== null);
  return lots;
}

async function stateOf(accountId: string) {
  const state = await readAccount(test.ledger, { accountId });
  if (state === undefined) throw new Error('no such account');
  return state;
}

async function noticesOf(accountId: string, kind: Notice['kind']) {
  const due = await readDueNotices(test.ledger, { accountId });
  return due.map(({ notice }) => notice).filter((notice) => notice.kind === kind);
}

describe('the expiry run', () => {
  it('R1 leaves purchased credits and free ones without expiry as they are, at any future date', async () => {
    const future = fc.integer({ min: 0, max: 200 * 365 }).map((days) => nowMs + days * dayMs);
    const packs = fc.array(fc.integer({ min: 5, max: 500 }), { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(packs, future, async (amounts, atMs) => {
      const accountId = await anAccount(test.ledger);
      for (const amount of amounts) {
        await aPaidPurchase(test.ledger, accountId, { amount: dollars(amount) });
      }
      await grant(accountId, { expiresAtMs: null });
      const before = await stateOf(accountId);
      await runJob(expireCredits, atMs);
      await runJob(announceExpiry, atMs);
      expect(await stateOf(accountId)).toEqual(before);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it('R28 takes back what is left at the very instant of the expiry, and not before', async () => {
    const accountId = await anAccount(test.ledger);
    const expiresAtMs = nowMs + 30 * dayMs;
    const { lotId } = await grant(accountId, { expiresAtMs });
    await grant(accountId, { amount: 2, expiresAtMs: expiresAtMs + 1 });
    await runJob(expireCredits, expiresAtMs - 1);
    expect((await stateOf(accountId)).balances.free).toBe(dollars(7));
    await runJob(expireCredits, expiresAtMs);
    const { balances, lots } = await stateOf(accountId);
    expect(balances.free).toBe(dollars(2));
    expect(lots.find((lot) => lot.lotId === lotId)).toMatchObject({ remaining: 0 });
    const { rows } = await test.asSuperuser(
      `select debit_book, credit_book, amount::int from transfers join billing_events
       using (account_id, event_id) where account_id = $1 and kind = 'credits_expired'`,
      [uuidOf(accountId)],
    );
    expect(rows).toEqual([{ debit_book: 'free', credit_book: 'promotions', amount: 5_000_000 }]);
    const again = await stateOf(accountId);
    await runJob(expireCredits, expiresAtMs);
    expect(await stateOf(accountId)).toEqual(again);
  });

  it('R20 leaves what a running request holds, and takes it once the request gave it back', async () => {
    const accountId = await anAccount(test.ledger);
    const expiresAtMs = nowMs + dayMs;
    await grant(accountId, { expiresAtMs });
    const desk = openHoldDesk(test.ledger);
    const hold = { accountId, holdId: randomUUID(), policies, nowMs: expiresAtMs - 1 };
    await desk.place({ ...hold, cost: dollars(3), model: null, ttlMs: null });
    await runJob(expireCredits, expiresAtMs);
    expect((await stateOf(accountId)).balances).toMatchObject({
      ...{ free: dollars(3), held: dollars(3) },
    });
    await runJob(expireCredits, expiresAtMs + 1);
    expect((await stateOf(accountId)).balances.free).toBe(dollars(3));
    await desk.settle({ ...hold, nowMs: expiresAtMs + 2, cost: dollars(1) });
    await runJob(expireCredits, expiresAtMs + 3);
    expect((await stateOf(accountId)).balances).toMatchObject({ free: 0, held: 0 });
  });

  it('takes back once what two runs find at the same time', async () => {
    const accountId = await anAccount(test.ledger);
    const expiresAtMs = nowMs + dayMs;
    for (let count = 0; count < 6; count += 1) await grant(accountId, { expiresAtMs });
    await grant(accountId, { expiresAtMs: null });
    await Promise.all([1, 2, 3].map((limit) => runJob(expireCredits, expiresAtMs, limit)));
    expect((await stateOf(accountId)).balances.free).toBe(dollars(5));
    const { rows } = await test.asSuperuser(
      `select count(*)::int as count from billing_events where kind = 'credits_expired'
       and account_id = $1`,
      [uuidOf(accountId)],
    );
    expect(rows).toEqual([{ count: 6 }]);
  });

  it('finds an account whose test clock was moved by its own time, and no other', async () => {
    const [moved, other] = [await anAccount(test.ledger), await anAccount(test.ledger)];
    const expiresAtMs = nowMs + 20 * dayMs;
    for (const accountId of [moved, other]) await grant(accountId, { expiresAtMs });
    const move = { accountId: moved, offsetMs: 20 * dayMs, actor: 'test', nowMs };
    await advanceTestClock(test.ledger, move);
    await runJob(expireCredits, nowMs);
    expect((await stateOf(moved)).balances.free).toBe(0);
    expect((await stateOf(other)).balances.free).toBe(dollars(5));
  });

  it('looks at no lot again that is over, also where it was used up before', async () => {
    const accountId = await anAccount(test.ledger);
    const expiresAtMs = nowMs + dayMs;
    await grant(accountId, { expiresAtMs });
    const desk = openHoldDesk(test.ledger);
    const hold = { accountId, holdId: randomUUID(), policies, nowMs };
    await desk.place({ ...hold, cost: dollars(5), model: null, ttlMs: null });
    await desk.settle({ ...hold, cost: dollars(5) });
    await runJob(expireCredits, expiresAtMs);
    const { rows } = await test.asSuperuser(
      'select count(*)::int as count from lots where ended_at is null and expires_at <= $1',
      [new Date(expiresAtMs).toISOString()],
    );
    expect(rows).toEqual([{ count: 0 }]);
  });
});

describe('R28 R61 before credits end', () => {
  const expiresAtMs = nowMs + 30 * dayMs;

  it('their holder is told once, seven days ahead, of what is left', async () => {
    const accountId = await anAccount(test.ledger);
    const { lotId } = await grant(accountId, { expiresAtMs });
    await runJob(announceExpiry, expiresAtMs - 7 * dayMs - 1);
    expect(await noticesOf(accountId, 'credits_expiring')).toEqual([]);
    for (const beforeMs of [7 * dayMs, 6 * dayMs, dayMs]) {
      await runJob(announceExpiry, expiresAtMs - beforeMs);
    }
    const remaining = dollars(5);
    expect(await noticesOf(accountId, 'credits_expiring')).toEqual([
      { kind: 'credits_expiring', lotKind: 'free', lotId, remaining, scope: null, expiresAtMs },
    ]);
  });

  it('nobody is told of a lot that is used up, nor of one that its own mail said ends soon', async () => {
    const accountId = await anAccount(test.ledger);
    const used = await grant(accountId, { amount: 1, expiresAtMs: nowMs + 20 * dayMs });
    await grant(accountId, { amount: 2, expiresAtMs: nowMs + 7 * dayMs });
    const desk = openHoldDesk(test.ledger);
    const hold = { accountId, holdId: randomUUID(), policies, nowMs: nowMs + 8 * dayMs };
    await desk.place({ ...hold, cost: dollars(1), model: null, ttlMs: null });
    await desk.settle({ ...hold, cost: dollars(1) });
    expect((await stateOf(accountId)).lots.find(({ lotId }) => lotId === used.lotId)).toMatchObject(
      { remaining: 0 },
    );
    for (const day of [0, 1, 6, 13, 18, 19]) await runJob(announceExpiry, nowMs + day * dayMs);
    expect(await noticesOf(accountId, 'credits_expiring')).toEqual([]);
  });

  it('the grant’s own mail names scope and expiry, and says so where no other will come', async () => {
    const accountId = await anAccount(test.ledger);
    await grant(accountId, { expiresAtMs: nowMs + 3 * dayMs });
    expect(await noticesOf(accountId, 'credits_granted')).toMatchObject([
      { amount: dollars(5), scope: null, expiresAtMs: nowMs + 3 * dayMs, endsSoon: true },
    ]);
  });

  it('R61 the free pot that an expiry empties is told as expired, not as used up', async () => {
    const accountId = await anAccount(test.ledger);
    await grant(accountId, { expiresAtMs: nowMs + dayMs });
    await runJob(expireCredits, nowMs + dayMs);
    expect(await noticesOf(accountId, 'free_credits_used_up')).toMatchObject([
      { cause: 'expiry', purchased: 0 },
    ]);
  });
});

it('R65 the books agree with themselves after all of this', async () => {
  expect((await verifyLedger(test.ledger)).differences).toEqual([]);
});
