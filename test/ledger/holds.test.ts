import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { readAccount } from '../../ledger/accounts.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { aPaidPurchase, anAccount, dollars, nowMs, policies, useLedger } from './ledger-fixture.ts';

const test = useLedger();

it('R20 a hold reserves its worst case; a settle charges the true cost and gives back the rest', async () => {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(10) });
  const desk = openHoldDesk(test.ledger);
  const name = { accountId, holdId: randomUUID(), policies, nowMs };
  const placed = await desk.place({ ...name, cost: dollars(4), model: null, ttlMs: null });
  expect(placed).toMatchObject({ status: 'admitted', hold: { cost: dollars(4), postpaid: 0 } });
  expect((await readAccount(test.ledger, { accountId }))?.balances).toMatchObject({
    ...{ purchased: dollars(10), held: dollars(4), holdVersion: 1 },
  });
  const refused = { ...name, holdId: randomUUID(), cost: dollars(6.01), model: null, ttlMs: null };
  expect(await desk.place(refused)).toMatchObject({
    status: 'refused',
    decision: { code: 'holds_full', spendable: dollars(6) },
  });
  const settled = await desk.settle({ ...name, cost: dollars(1.5) });
  expect(settled).toMatchObject({ status: 'settled', charge: { cost: dollars(1.5) } });
  expect(await desk.settle({ ...name, cost: dollars(1.5) })).toEqual(settled);
  expect(await desk.settle({ ...name, cost: dollars(2) })).toMatchObject({
    refusal: { code: 'hold_ended' },
  });
  expect((await readAccount(test.ledger, { accountId }))?.balances).toMatchObject({
    ...{ purchased: dollars(8.5), held: 0, holdVersion: 2 },
  });
  expect((await verifyLedger(test.ledger)).differences).toEqual([]);
});
