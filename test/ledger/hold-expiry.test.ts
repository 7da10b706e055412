import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { uuidOf } from '../../ledger/account-id.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { expireHolds } from '../../ledger/hold-expiry.ts';
import { readHold } from '../../ledger/hold-lists.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { aPaidPurchase, anAccount, dollars, nowMs, policies, useLedger } from './ledger-fixture.ts';

const test = useLedger();
const minuteMs = 60_000;

async function anOpenHold(ttlMs: number, atMs = nowMs) {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(10) });
  const desk = openHoldDesk(test.ledger);
  const name = { accountId, holdId: randomUUID(), policies, nowMs: atMs };
  await desk.place({ ...name, cost: dollars(4), model: null, ttlMs });
  return { ...name, desk };
}

const heldOf = async (accountId: string) =>
  (await readAccount(test.ledger, { accountId }))?.balances.held;

it('R20 an expired hold gives back what it reserved, once, and not a moment early', async () => {
  const { accountId, holdId } = await anOpenHold(minuteMs);
  expect(await expireHolds(test.ledger, { nowMs: nowMs + minuteMs - 1 })).toEqual({
    ...{ expired: 0, left: 0 },
  });
  expect(await heldOf(accountId)).toBe(dollars(4));
  expect(await expireHolds(test.ledger, { nowMs: nowMs + minuteMs })).toEqual({
    ...{ expired: 1, left: 0 },
  });
  expect(await heldOf(accountId)).toBe(0);
  expect(await readHold(test.ledger, { accountId, holdId })).toMatchObject({ state: 'expired' });
  expect(await expireHolds(test.ledger, { nowMs: nowMs + 2 * minuteMs })).toMatchObject({
    expired: 0,
  });
  expect((await verifyLedger(test.ledger)).differences).toEqual([]);
});

it('R23 an extended hold lasts as long as it was extended to; a settled one is left alone', async () => {
  const extended = await anOpenHold(minuteMs);
  await extended.desk.extend({ ...extended, cost: dollars(5), ttlMs: 10 * minuteMs });
  const settled = await anOpenHold(minuteMs);
  await settled.desk.settle({ ...settled, cost: dollars(3) });
  await expireHolds(test.ledger, { nowMs: nowMs + 5 * minuteMs });
  expect(await readHold(test.ledger, extended)).toMatchObject({ state: 'open' });
  expect(await readHold(test.ledger, settled)).toMatchObject({ state: 'settled' });
  await expireHolds(test.ledger, { nowMs: nowMs + 10 * minuteMs });
  expect(await readHold(test.ledger, extended)).toMatchObject({ state: 'expired' });
});

it('R20 a hold that was written late is found by the next sweep', async () => {
  await expireHolds(test.ledger, { nowMs: nowMs + 20 * minuteMs });
  const late = await anOpenHold(minuteMs, nowMs + 18 * minuteMs);
  await expireHolds(test.ledger, { nowMs: nowMs + 20 * minuteMs + 1 });
  expect(await readHold(test.ledger, late)).toMatchObject({ state: 'expired' });
});

it('R20 on a test clock, holds expire by the account’s own time', async () => {
  const hold = await anOpenHold(60 * minuteMs, nowMs + 30 * minuteMs);
  const offset = { offsetMs: 59 * minuteMs, actor: 'test', nowMs };
  await advanceTestClock(test.ledger, { accountId: hold.accountId, ...offset });
  await expireHolds(test.ledger, { nowMs: nowMs + 30 * minuteMs });
  expect(await readHold(test.ledger, hold)).toMatchObject({ state: 'open' });
  await expireHolds(test.ledger, { nowMs: nowMs + 31 * minuteMs });
  expect(await readHold(test.ledger, hold)).toMatchObject({
    ...{ state: 'expired', endedAtMs: nowMs + 90 * minuteMs },
  });
});

it('R20 more than one page, and one account that fails, hold up nobody else', async () => {
  const { accountId, desk } = await anOpenHold(minuteMs, nowMs + 40 * minuteMs);
  const name = { accountId, policies, nowMs: nowMs + 40 * minuteMs };
  await Promise.all(
    Array.from({ length: 1_100 }, () =>
      desk.place({
        ...{ ...name, holdId: randomUUID(), cost: dollars(0.001), model: null },
        ttlMs: minuteMs,
      }),
    ),
  );
  const broken = await anOpenHold(minuteMs, nowMs + 40 * minuteMs);
  await test.asSuperuser('update lots set held = 0 where held = 4000000 and account_id = $1', [
    uuidOf(broken.accountId),
  ]);
  const sweep = { nowMs: nowMs + 45 * minuteMs };
  expect(await expireHolds(test.ledger, sweep)).toEqual({ expired: 1_101, left: 1 });
  expect(await expireHolds(test.ledger, sweep)).toEqual({ expired: 0, left: 1 });
  await test.asSuperuser('update lots set held = 4000000 where account_id = $1', [
    uuidOf(broken.accountId),
  ]);
  expect(await expireHolds(test.ledger, sweep)).toEqual({ expired: 1, left: 0 });
  expect(await heldOf(accountId)).toBe(0);
});
