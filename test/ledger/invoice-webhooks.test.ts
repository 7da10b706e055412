import { beforeEach, describe, expect, it } from 'vitest';
import { houseId, uuidOf } from '../../ledger/account-id.ts';
import { receiving, register } from '../support/webhook-registration.ts';
import { aPostpaidAccount, run, useImages } from './invoicing-fixture.ts';
import { nowMs, useLedger } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();

let accountIds: string[];
beforeEach(async () => {
  await setPrices(test.ledger);
  accountIds = [await aPostpaidAccount(test.ledger), await aPostpaidAccount(test.ledger)];
  for (const accountId of accountIds) await useImages(test.ledger, accountId, 1_000, nowMs);
});

/** Which of the two accounts' invoices are told. */
async function toldOf(): Promise<number[]> {
  const rows = await test.ledger.run<{ accountId: string }>(
    `select account_id as "accountId" from webhook_messages
     where type = 'invoice.issued' and account_id = any($1::uuid[])`,
    [accountIds.map(uuidOf)],
  );
  return rows.map(({ accountId }) => accountIds.indexOf(accountId)).toSorted();
}

describe('an invoice of a page of many is told', () => {
  it('to nobody where nobody listens', async () => {
    await run(test.ledger);
    expect(await toldOf()).toEqual([]);
  });

  it('to the endpoint of its own account only', async () => {
    await register(test.ledger, accountIds[1] ?? '', await receiving());
    await run(test.ledger);
    expect(await toldOf()).toEqual([1]);
  });

  it('to the endpoint of the house, whosever it is', async () => {
    await register(test.ledger, houseId, await receiving());
    await run(test.ledger);
    expect(await toldOf()).toEqual([0, 1]);
  });
});
