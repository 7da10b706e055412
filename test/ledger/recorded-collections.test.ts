import { beforeAll, expect, it } from 'vitest';
import { invoiceIdFor } from '../../domain/ids.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readRecordedCollections } from '../../ledger/recorded-collections.ts';
import { aPostpaidAccount, cutoffMs, november, run, useImages } from './invoicing-fixture.ts';
import { dayMs, nowMs, useLedger } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

const chargeAtMs = cutoffMs + 2 * dayMs;

async function anOwingAccount() {
  const accountId = await aPostpaidAccount(test.ledger);
  await useImages(test.ledger, accountId, 1_000, nowMs);
  return { accountId, invoiceId: invoiceIdFor(accountId, november) };
}

/** As the gateway's answer is recorded, without the payment around it. */
async function charge(
  { accountId, invoiceId }: { accountId: string; invoiceId: string },
  origin: 'scheduled' | 'customer',
  days: number,
  outcome: 'succeeded' | 'declined',
) {
  await test.ledger.run(
    `insert into charge_attempts (account_id, attempt_id, invoice_id, payment_intent_id,
       card_fingerprint, card_brand, amount, outcome, decline_code, attempted_at, origin, method)
     values ($1, $2, $3, 'pi_1', 'fp_1', 'visa', 2700000, $4, $5, $6, $7, 'pm_1:2030-12')`,
    [
      ...[uuidOf(accountId), `${invoiceId}:${days}`, invoiceId, outcome],
      ...[outcome === 'declined' ? 'insufficient_funds' : null],
      ...[new Date(chargeAtMs + days * dayMs).toISOString(), origin],
    ],
  );
}

it('those that were charged by themselves are read, the latest first, with all their charges', async () => {
  const [untouched, paid, tried] = [
    await anOwingAccount(),
    await anOwingAccount(),
    await anOwingAccount(),
  ];
  await run(test.ledger);
  await charge(paid, 'scheduled', 0, 'declined');
  await charge(paid, 'customer', 0.5, 'succeeded');
  await charge(tried, 'customer', 1, 'declined');
  await test.ledger.run(
    `insert into collection_pauses (account_id, invoice_id, pause_id, reason, from_at, until_at)
     values ($1, $2, 1, 'promise', $3, $4)`,
    [
      ...[uuidOf(paid.accountId), paid.invoiceId],
      ...[new Date(chargeAtMs).toISOString(), new Date(chargeAtMs + dayMs).toISOString()],
    ],
  );

  expect(await readRecordedCollections(test.ledger, 10)).toEqual([
    {
      ...{ currency: 'usd', timeZone: null, retryAfterDays: null },
      invoice: { due: 2_700_000, chargeAtMs: expect.any(Number), dueAtMs: expect.any(Number) },
      pauses: [{ reason: 'promise', fromMs: chargeAtMs, untilMs: chargeAtMs + dayMs }],
      attempts: [
        expect.objectContaining({ origin: 'scheduled', outcome: 'declined', cardBrand: 'visa' }),
        expect.objectContaining({ origin: 'customer', outcome: 'succeeded', amount: 2_700_000 }),
      ],
    },
  ]);
  await charge(tried, 'scheduled', 2, 'declined');
  expect(await readRecordedCollections(test.ledger, 10)).toHaveLength(2);
  expect(await readRecordedCollections(test.ledger, 1)).toHaveLength(1);
  expect(untouched.invoiceId).not.toBe(tried.invoiceId);
});
