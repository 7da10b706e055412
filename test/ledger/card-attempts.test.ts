import { beforeAll, expect, it } from 'vitest';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readCollectionStory } from '../../ledger/collection-story.ts';
import { issueInvoice } from '../../ledger/invoicing.ts';
import { saveCard } from '../../ledger/payment-methods.ts';
import { aPostpaidAccount, cutoffMs, november, runMs, useImages } from './invoicing-fixture.ts';
import { dayMs, nowMs, policies, useLedger, visa } from './ledger-fixture.ts';
import { setPrices } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

const chargeAtMs = cutoffMs + 2 * dayMs;

interface Owing {
  readonly accountId: string;
  readonly invoiceId: string;
}

/** An account that owes, with a card of this number on file. */
async function owing(fingerprint: string): Promise<Owing> {
  const accountId = await aPostpaidAccount(test.ledger);
  await useImages(test.ledger, accountId, 1_000, nowMs);
  const asked = { accountId, period: november, nowMs: runMs };
  const { invoiceId } = await issueInvoice(test.ledger, asked, policies);
  if (invoiceId === null) throw new Error('it owes');
  const card = { ...visa, brand: 'mastercard', fingerprint };
  await saveCard(test.ledger, {
    ...{ accountId, paymentMethodId: `pm_${invoiceId}`, card, makeDefault: true },
    ...{ actor: 'test', nowMs },
  });
  return { accountId, invoiceId };
}

/** A decline by which the network forbids the card, as it is recorded. */
async function forbidden({ accountId, invoiceId }: Owing, fingerprint: string, atMs: number) {
  await test.ledger.run(
    `insert into charge_attempts (account_id, attempt_id, invoice_id, payment_intent_id,
       card_fingerprint, card_brand, amount, outcome, decline_code, network_advice_code,
       attempted_at, origin, method)
     values ($1, $2, $2, 'pi_1', $3, 'mastercard', 2700000, 'declined', 'do_not_honor', '03', $4,
       'scheduled', 'pm_other:2030-12')`,
    [uuidOf(accountId), invoiceId, fingerprint, new Date(atMs).toISOString()],
  );
}

async function stepOf(name: Owing, clockMs: number) {
  const asked = { ...name, nowMs: clockMs };
  return (await readCollectionStory(test.ledger, asked, policies)).step;
}

it.each([
  ['of the day before counts', 'fp_one', 1, { step: 'needs_card', why: 'card_refused' }],
  ['of 29 days before counts', 'fp_two', 29, { step: 'needs_card', why: 'card_refused' }],
  ['of 30 days before counts no more', 'fp_three', 30, { step: 'charge' }],
])('R49 what another account’s charge of the card said %s', async (_, fingerprint, days, step) => {
  const own = await owing(fingerprint);
  const atMs = chargeAtMs - days * dayMs;
  await forbidden(await owing(`${fingerprint}_other`), fingerprint, atMs);
  expect(await stepOf(own, chargeAtMs)).toMatchObject(step);
});

it('R49 what was said of another card does not', async () => {
  const own = await owing('fp_own');
  await forbidden(await owing('fp_others'), 'fp_others', chargeAtMs - dayMs);
  expect(await stepOf(own, chargeAtMs)).toMatchObject({ step: 'charge' });
});

it('R49 it counts by the account’s own time', async () => {
  const own = await owing('fp_ahead');
  const offsetMs = 40 * dayMs;
  const { accountId } = own;
  await advanceTestClock(test.ledger, { accountId, offsetMs, actor: 'test', nowMs });
  await forbidden(await owing('fp_ahead_other'), 'fp_ahead', chargeAtMs - dayMs);
  expect(await stepOf(own, chargeAtMs - offsetMs)).toMatchObject({ why: 'card_refused' });
});
