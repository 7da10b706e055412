import { describe, expect, it } from 'vitest';
import { period } from '../../domain/period.ts';
import { grantCredits, recordOpeningBalance } from '../../ledger/credits.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import {
  anAccount,
  anOpenPurchase,
  aPaidPurchase,
  dollars,
  nowMs,
  policies,
  useLedger,
} from './ledger-fixture.ts';

const test = useLedger();

/** An account with every kind of entry: opening balance (1), grant (2), purchase (3, 4). */
async function aBusyAccount(): Promise<string> {
  const accountId = await anAccount(test.ledger, { taxCountry: 'DE' });
  const asked = { accountId, idempotencyKey: 'one', actor: 'test', nowMs };
  const unbilled = [
    { period: period('2026-10'), amount: dollars(2) },
    { period: period('2026-11'), amount: dollars(3) },
  ];
  await recordOpeningBalance(test.ledger, { ...asked, purchased: dollars(8), unbilled }, policies);
  const grant = { amount: dollars(5), scope: ['chat'], expiresAtMs: nowMs + 1_000, reason: 'r' };
  await grantCredits(test.ledger, { ...asked, ...grant }, policies);
  await aPaidPurchase(test.ledger, accountId);
  return accountId;
}

/** Changes what nobody may change: as superuser, with triggers and foreign keys off. */
async function plant(sql: string): Promise<void> {
  await test.asSuperuser('set session_replication_role = replica');
  try {
    const { rowCount } = await test.asSuperuser(sql);
    expect(rowCount).toBeGreaterThan(0);
  } finally {
    await test.asSuperuser('set session_replication_role = origin');
  }
}

describe('R65 verifyLedger', () => {
  it('finds nothing where all is as recorded', async () => {
    const accountIds = [await aBusyAccount(), await anAccount(test.ledger)];
    await anOpenPurchase(test.ledger, accountIds[1] ?? '');
    const found = await verifyLedger(test.ledger);
    expect(found).toEqual({ accounts: 2, events: 5, transfers: 7, differences: [] });
  });

  it.each([
    ['purchased credits', 'balances set purchased = purchased + 1', ['purchased']],
    ['free credits', 'balances set free = free - 1', ['free']],
    ['money owed back', 'balances set refunds_due = 5', ['refunds_due']],
    ['unbilled usage', 'balances set unbilled = unbilled + 1', ['unbilled']],
    ['invoiced usage', 'balances set invoiced = 1', ['invoiced', 'invoices']],
    ['tier spend', 'balances set lifetime_paid = 1', ['lifetime_paid']],
    ['what is held', 'balances set held = 1', ['held']],
    ['the version', 'balances set version = 9', ['version']],
    ['what remains of a lot', 'lots set remaining = remaining - 1 where lot_id = 2', ['lot 2']],
    [
      'the kind of a lot',
      `lots set kind = 'free' where lot_id = 1`,
      ['lot 1', 'lot 1', 'event 1 (opening_balance)'],
    ],
    [
      'the expiry of a lot',
      'lots set expires_at = null where lot_id = 2',
      ['event 2 (credits_granted)'],
    ],
    [
      'when a lot was bought',
      `lots set acquired_at = now() where lot_id = 4`,
      ['event 4 (pack_purchased)'],
    ],
    [
      'an unbilled month',
      "unbilled_periods set amount = amount + 1 where period = '2026-11'",
      ['unbilled 2026-11'],
    ],
    [
      'the amount of a transfer',
      'transfers set amount = amount + 1 where event_id = 2',
      ['free', 'lot 2', 'event 2 (credits_granted)'],
    ],
    [
      'the book of a transfer',
      `transfers set credit_book = 'promotions' where credit_book = 'tax'`,
      ['event 4 (pack_purchased)'],
    ],
    [
      'the currency of a transfer',
      `transfers set currency = 'eur' where event_id = 2`,
      ['event 2 (credits_granted)'],
    ],
    [
      'what an event says',
      `billing_events set payload = jsonb_set(payload, '{event,amount}', '6') where event_id = 2`,
      ['event 2 (credits_granted)', 'event 2 (credits_granted)'],
    ],
    ['the receipt of a purchase', `purchases set receipt_sequence = 2`, ['last receipt']],
    ['the charge of a purchase', `purchases set charge_id = 'ch_0'`, ['purchases of packs']],
  ])('finds a difference planted in %s', async (_, change, which) => {
    const accountId = await aBusyAccount();
    const [table, ...rest] = change.split(' ');
    const [set, where] = rest.join(' ').split(/ where /);
    const mine = `account_id = '${uuidOf(accountId)}'`;
    await plant(
      `update ${table ?? ''} ${set ?? ''} where ${mine}${where === undefined ? '' : ` and ${where}`}`,
    );
    const { differences } = await verifyLedger(test.ledger, { accountId });
    expect(differences.map((difference) => difference.which).toSorted()).toEqual(which.toSorted());
    expect(differences.every((difference) => difference.accountId === accountId)).toBe(true);
  });

  it.each([
    [
      'the transfers of an event',
      'transfers where event_id = 2',
      ['free', 'lot 2', 'event 2 (credits_granted)'],
    ],
    ['a lot', 'lots where lot_id = 2', ['lot 2', 'event 2 (credits_granted)']],
    ['an unbilled month', "unbilled_periods where period = '2026-10'", ['unbilled 2026-10']],
    ['an event', 'billing_events where event_id = 3', ['events']],
    ['a paid purchase', 'purchases where true', ['last receipt', 'receipts', 'purchases of packs']],
  ])('finds %s missing', async (_, what, which) => {
    const accountId = await aBusyAccount();
    await plant(`delete from ${what} and account_id = '${uuidOf(accountId)}'`);
    const { differences } = await verifyLedger(test.ledger, { accountId });
    expect(differences.map((difference) => difference.which).toSorted()).toEqual(which.toSorted());
  });

  it('finds the one wrong account among many, and says by how much', async () => {
    const accountIds = await Promise.all(Array.from({ length: 5 }, aBusyAccount));
    const accountId = accountIds[3] ?? '';
    await plant(`update balances set free = 7 where account_id = '${uuidOf(accountId)}'`);
    const { differences } = await verifyLedger(test.ledger);
    expect(differences.filter((found) => accountIds.includes(found.accountId))).toEqual([
      { kind: 'count', accountId, which: 'free', stored: 7, recounted: dollars(5) },
    ]);
  });
});
