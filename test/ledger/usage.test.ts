import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import type { UsageDesk } from '../../ledger/usage.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { quantity } from '../../domain/meter.ts';
import {
  aPaidPurchase,
  anAccount,
  dayMs,
  dollars,
  nowMs,
  policies,
  useLedger,
} from './ledger-fixture.ts';
import { chat, deskOf, image, report, setPrices, used, usageNowMs } from './usage-fixture.ts';

const test = useLedger();
let desk: UsageDesk;
beforeAll(async () => {
  await setPrices(test.ledger);
  desk = deskOf(test.ledger);
});

async function aPayingAccount(amount: number): Promise<string> {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(amount) });
  return accountId;
}

const balancesOf = async (accountId: string) =>
  (await readAccount(test.ledger, { accountId }))?.balances;

const statusesOf = ({ answers }: { answers: readonly { status: string }[] }) =>
  answers.map(({ status }) => status);

describe('R66 a usage event is charged once', () => {
  it('its account pays by its credits; the same told again changes nothing', async () => {
    const accountId = await aPayingAccount(10);
    const event = used(accountId, { input_tokens: 1_000_000, output_tokens: 500_000 });
    const first = await report(desk, [event]);
    expect(first).toMatchObject({
      answers: [{ status: 'accepted', hold: null }],
      charged: [{ charged: dollars(0.15), writtenOff: 0 }],
    });
    expect(await report(desk, [event])).toMatchObject({
      ...{ answers: [{ status: 'duplicate' }], charged: [] },
    });
    expect(await balancesOf(accountId)).toMatchObject({ purchased: dollars(9.85) });
  });

  it.each([
    ['another time', { occurredAtMs: usageNowMs - 1 }],
    ['another model', { model: image, quantities: [{ meter: 'images', quantity: quantity(1) }] }],
    [
      'another quantity',
      { quantities: [{ meter: 'input_tokens', quantity: quantity(1_000_001) }] },
    ],
    ['another meter', { quantities: [{ meter: 'output_tokens', quantity: quantity(1_000_000) }] }],
  ] as const)('the same id with %s is a conflict, and no second charge', async (_, change) => {
    const accountId = await aPayingAccount(10);
    const event = used(accountId, { input_tokens: 1_000_000 });
    await report(desk, [event]);
    const again = await report(desk, [{ ...event, ...change }]);
    expect(again).toMatchObject({
      ...{ answers: [{ status: 'conflict', refusal: { code: 'usage_conflict' } }], charged: [] },
    });
    expect(await balancesOf(accountId)).toMatchObject({ purchased: dollars(9.95) });
  });

  it('half a batch is bad: the good half counts', async () => {
    const accountId = await aPayingAccount(10);
    const good = used(accountId, { input_tokens: 1_000_000 });
    const answered = await report(desk, [
      good,
      { ...good },
      used('acct_00000000000000000000000009', { input_tokens: 1 }),
      used(accountId, { input_tokens: 1 }, { model: 'nobody/sells-it' }),
      used(accountId, { input_tokens: 1 }, { occurredAtMs: usageNowMs - 92 * dayMs - 1 }),
      used(accountId, { input_tokens: 1 }, { occurredAtMs: usageNowMs + 30_001 }),
      used(accountId, { images: 1 }, { model: image }),
    ]);
    expect(statusesOf(answered)).toEqual([
      ...['accepted', 'duplicate', 'rejected', 'rejected', 'rejected', 'rejected', 'accepted'],
    ]);
    expect(await balancesOf(accountId)).toMatchObject({ purchased: dollars(9.9473) });
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });

  it('every debit leads to its events', async () => {
    const accountId = await aPayingAccount(10);
    const events = [1, 2, 3].map((tokens) => used(accountId, { input_tokens: tokens }));
    await report(desk, events);
    const rows = await test.ledger.run<{ key: string; kind: string }>(
      `select usage_key::text as key, kind from usage_events
       join billing_events using (account_id, event_id)
       where usage_key = any($1::uuid[])`,
      [events.map(({ usageKey }) => usageKey)],
    );
    expect(rows.map(({ key }) => key).toSorted()).toEqual(
      events.map(({ usageKey }) => usageKey).toSorted(),
    );
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['usage_charged']));
  });
});

describe('R21 usage beyond what is spendable', () => {
  it('is charged up to it; the rest is told as written off, and the totals know all of it', async () => {
    const accountId = await aPayingAccount(5);
    const answered = await report(desk, [used(accountId, { output_tokens: 30_000_000 })]);
    expect(answered.charged).toMatchObject([{ charged: dollars(5), writtenOff: dollars(1) }]);
    const postings = await test.ledger.run<object>(
      `select quantity, cost, free, purchased, unbilled, written_off as "writtenOff"
       from usage_postings where account_id = $1`,
      [uuidOf(accountId)],
    );
    expect(postings).toEqual([
      {
        ...{ quantity: 30_000_000, cost: dollars(6), free: 0, purchased: dollars(5) },
        ...{ unbilled: 0, writtenOff: dollars(1) },
      },
    ]);
    expect(await balancesOf(accountId)).toMatchObject({ purchased: 0, unbilled: 0 });
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });
});

describe('R20 usage that names its hold', () => {
  it('settles it; told again it is a duplicate, and other usage of it is charged without one', async () => {
    const accountId = await aPayingAccount(10);
    const holds = openHoldDesk(test.ledger);
    const holdId = randomUUID();
    const name = { accountId, holdId, policies, nowMs };
    await holds.place({ ...name, cost: dollars(1), model: chat, ttlMs: null });
    const event = used(accountId, { output_tokens: 1_000_000 }, { holdId });
    expect(await report(desk, [event])).toMatchObject({
      answers: [{ status: 'accepted', hold: 'settled' }],
    });
    expect(await balancesOf(accountId)).toMatchObject({ purchased: dollars(9.8), held: 0 });
    expect(statusesOf(await report(desk, [event]))).toEqual(['duplicate']);
    const late = used(accountId, { output_tokens: 1_000_000 }, { holdId });
    expect(await report(desk, [late])).toMatchObject({ answers: [{ hold: 'ended' }] });
    const lost = used(accountId, { output_tokens: 1_000_000 }, { holdId: 'never-placed' });
    expect(await report(desk, [lost])).toMatchObject({ answers: [{ hold: 'unknown' }] });
    expect(await balancesOf(accountId)).toMatchObject({ purchased: dollars(9.4), held: 0 });
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });

  it('by the hold’s name and quantities: a repeat gets the first outcome, others are refused', async () => {
    const accountId = await aPayingAccount(10);
    const holds = openHoldDesk(test.ledger);
    const name = { accountId, holdId: randomUUID(), policies, nowMs };
    await holds.place({ ...name, cost: dollars(1), model: chat, ttlMs: null });
    const quantities = [{ meter: 'output_tokens', quantity: quantity(1_000_000) }] as const;
    const settled = await desk.settle({ ...name, quantities });
    expect(settled).toMatchObject({ status: 'settled', charge: { cost: dollars(0.2) } });
    expect(await desk.settle({ ...name, quantities })).toMatchObject({ status: 'settled' });
    const other = [{ meter: 'output_tokens', quantity: quantity(2) }] as const;
    expect(await desk.settle({ ...name, quantities: other })).toMatchObject({
      refusal: { code: 'hold_ended' },
    });
    expect(await balancesOf(accountId)).toMatchObject({ purchased: dollars(9.8), held: 0 });
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
  });
});

describe('R66 the recount of usage', () => {
  it.each([
    [
      'a usage event that nothing charged',
      'insert into usage_events select account_id, gen_random_uuid(), now(), 999, quantities from usage_events where account_id = $1 limit 1',
    ],
    [
      'a usage event that is not told',
      'insert into usage_events select account_id, gen_random_uuid(), occurred_at, event_id, quantities from usage_events where account_id = $1 limit 1',
    ],
    [
      'a total that was changed',
      'update usage_postings set quantity = quantity + 1 where account_id = $1',
    ],
    [
      'a cost that was changed',
      'update usage_postings set cost = cost + 1, purchased = purchased + 1 where account_id = $1',
    ],
    ['a total that is gone', 'delete from usage_postings where account_id = $1'],
  ])('finds %s', async (_, sql) => {
    const accountId = await aPayingAccount(5);
    await report(desk, [used(accountId, { input_tokens: 10_000 })]);
    expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
    await test.asSuperuser(sql, [uuidOf(accountId)]);
    const { differences } = await verifyLedger(test.ledger, { accountId });
    expect(differences.length).toBeGreaterThan(0);
  });
});
