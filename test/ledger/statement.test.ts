import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { AccountId } from '../../domain/account.ts';
import { lotSource } from '../../domain/lot-statement.ts';
import { micros, sum, type Micros } from '../../domain/money.ts';
import { periodOf } from '../../domain/period.ts';
import {
  minus,
  plus,
  statementBooks,
  type StatementBalances,
  type StatementEntry,
} from '../../domain/statement.ts';
import { dayMs } from '../../domain/durations.ts';
import { addSums } from '../../domain/usage-summary.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { readDebitUsage } from '../../ledger/debit-usage.ts';
import { openHoldDesk } from '../../ledger/holds.ts';
import { readLotStatement } from '../../ledger/lot-statement.ts';
import {
  readStatement,
  readStatementSpan,
  streamStatement,
  type StatementRange,
} from '../../ledger/statement.ts';
import { exportStatement } from '../../ledger/statement-exports.ts';
import { readUsageByDay, readUsageByLot, readUsageByModel } from '../../ledger/usage-summary.ts';
import { AccountModel } from '../support/account-model.ts';
import { lives, nowOf, rules, type Play, type Played, type Rules } from './account-plays.ts';
import {
  aPaidPurchase,
  anAccount,
  dollars,
  newAccountId,
  nowMs as clockMs,
  useLedger,
} from './ledger-fixture.ts';
import { chat, deskOf, image, report, setPrices, used } from './usage-fixture.ts';

const test = useLedger();
beforeAll(() => setPrices(test.ledger));

interface Use {
  readonly model: 'chat' | 'image';
  readonly count: number;
  readonly daysAgo: number;
}

const uses = fc.array(
  fc.array(
    fc.record<Use>({
      model: fc.constantFrom('chat', 'image'),
      count: fc.integer({ min: 1, max: 3_000_000 }),
      daysAgo: fc.constantFrom(0, 0, 1, 20),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  { maxLength: 4 },
);

/** A random life, then usage; returns what the balances were after each of its events. */
async function live(given: Rules, life: readonly Play[], batches: readonly (readonly Use[])[]) {
  const { ledger } = test;
  const accountId = await anAccount(ledger);
  const played: Played = {
    ...{ ledger, desk: openHoldDesk(ledger), accountId, model: new AccountModel() },
    ...{ policies: given.policies, offsetMs: 0, step: 0 },
    ...{ reserved: new Map<number, unknown>(), seen: new Map<string, number>() },
  };
  const seen = new Map<number, StatementBalances>();
  const look = async () => {
    const balances = (await readAccount(ledger, { accountId }))?.balances;
    if (balances !== undefined) seen.set(balances.version, booksOf(balances));
  };
  for (const play of life) {
    played.step += 1;
    played.model.policy = given.at(nowOf(played));
    await play.run(played);
    await look();
  }
  const desk = deskOf(ledger);
  let accepted = 0;
  for (const batch of batches) {
    const events = batch.map(({ model, count, daysAgo }) =>
      used(
        accountId,
        model === 'chat'
          ? { input_tokens: count, output_tokens: Math.ceil(count / 3) }
          : { images: Math.ceil(count / 100_000) },
        { model: model === 'chat' ? chat : image, occurredAtMs: nowOf(played) - daysAgo * dayMs },
      ),
    );
    const { answers } = await report(desk, [...events, ...events.slice(0, 2)], clockMs);
    accepted += answers.filter(({ status }) => status === 'accepted').length;
    await look();
  }
  return { accountId, nowMs: nowOf(played), seen, accepted };
}

function booksOf(balances: StatementBalances): StatementBalances {
  return Object.fromEntries(
    statementBooks.map((book) => [book, balances[book]]),
  ) as StatementBalances;
}

async function allPages(range: StatementRange, order: 'newest_first' | 'oldest_first') {
  const entries: StatementEntry[] = [];
  let cursor: string | null = null;
  do {
    const page = await readStatement(test.ledger, range, { order, cursor, limit: 7 });
    if (page === undefined) throw new Error('no account');
    entries.push(...page.entries);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries;
}

async function spanOf(range: StatementRange) {
  const span = await readStatementSpan(test.ledger, range);
  if (span === undefined) throw new Error('no account');
  return span;
}

const total = (entries: readonly StatementEntry[], opening: StatementBalances) =>
  entries.reduce((balances, { change }) => plus(balances, change), opening);

/** The whole life and any part of it: opening + entries = closing, in pages as in one stream. */
async function expectSums(accountId: AccountId, instants: readonly number[]): Promise<void> {
  const ends = [null, ...instants.toSorted((a, b) => a - b), null];
  for (const [at, fromMs] of ends.slice(0, -1).entries()) {
    const range = { accountId, fromMs, toMs: ends[at + 1] ?? null };
    const span = await spanOf(range);
    const oldest = await allPages(range, 'oldest_first');
    expect(await allPages(range, 'newest_first')).toEqual(oldest.toReversed());
    const streamed = [];
    for await (const entries of streamStatement(test.ledger, span)) streamed.push(...entries);
    expect(streamed).toEqual(oldest);
    expect(total(oldest, span.opening)).toEqual(span.closing);
    expect(oldest.at(-1)?.after ?? span.opening).toEqual(span.closing);
    expect(minus(span.closing, span.opening)).toEqual(
      total(oldest, minus(span.opening, span.opening)),
    );
  }
}

/** Amount = used + expired + withdrawn + remaining for each lot; the rest is the balance. */
async function expectLots(accountId: AccountId, atMs: number): Promise<void> {
  const { closing } = await spanOf({ accountId, fromMs: null, toMs: atMs + 1 });
  const remaining = { purchased: 0, free: 0 };
  let cursor: string | null = null;
  do {
    const asked = { accountId, atMs, cursor, limit: 3 };
    const page = await readLotStatement(test.ledger, asked);
    if (page === undefined) throw new Error('no account');
    for (const lot of page.lots) {
      expect(lot.used + lot.expired + lot.withdrawn + lot.remaining).toBe(lot.amount);
      expect(Math.min(lot.used, lot.expired, lot.withdrawn, lot.remaining)).toBeGreaterThanOrEqual(
        0,
      );
      expect(lot.held).toBeLessThanOrEqual(lot.remaining);
      expect(lotSource(lot)).toMatch(/bought|given|brought/);
      remaining[lot.kind] += lot.remaining;
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(remaining).toEqual({ purchased: closing.purchased, free: closing.free });
}

/** By day, model and lot: each comes to what the statement's entries of usage took. */
async function expectUsage(accountId: AccountId, fromMs: number, toMs: number): Promise<void> {
  const range = { accountId, fromMs, toMs };
  const entries = (await allPages(range, 'oldest_first')).filter(
    ({ event }) => event.kind === 'usage_charged',
  );
  const debited = {
    free: micros(0 - sum(...entries.map(({ change }) => change.free))),
    purchased: micros(0 - sum(...entries.map(({ change }) => change.purchased))),
    unbilled: sum(...entries.map(({ change }) => change.unbilled)),
  };
  for (const read of [readUsageByDay, readUsageByModel]) {
    const { rows, total: told } = await read(test.ledger, range);
    const { cost, writtenOff, ...paid } = addSums(rows);
    expect(told).toEqual(debited);
    expect(paid).toEqual(debited);
    expect(cost - writtenOff).toBe(sum(...Object.values(debited)));
  }
  const byLot = await readUsageByLot(test.ledger, range);
  const ofPot = (pot: string): Micros =>
    sum(...byLot.rows.filter((row) => row.pot === pot).map(({ amount }) => amount));
  const pots = ['free', 'purchased', 'unbilled'].map((pot) => [pot, ofPot(pot)] as const);
  expect(Object.fromEntries(pots)).toEqual(debited);
  expect(byLot.total).toEqual(debited);
}

/** R66: each debit's usage events come to its lines; none is behind two debits, or behind none. */
async function expectUsageBehind(accountId: AccountId, accepted: number): Promise<void> {
  const rows = await test.ledger.run<{ eventId: number }>(
    `select event_id as "eventId" from billing_events
     where account_id = $1 and kind = 'usage_charged'`,
    [uuidOf(accountId)],
  );
  const keys: string[] = [];
  for (const { eventId } of rows) {
    const counted = new Map<string, number>();
    let told: (readonly [string, number])[];
    let cursor: string | null = null;
    do {
      const asked = { accountId, eventId, cursor, limit: 2 };
      const page = await readDebitUsage(test.ledger, asked);
      if (page === undefined) throw new Error(`no usage of ${eventId}`);
      cursor = page.nextCursor;
      told = page.lines.map((line) => [`${line.priceId} ${line.period}`, line.quantity] as const);
      for (const { usageKey, occurredAtMs, quantities } of page.usage) {
        keys.push(usageKey);
        for (const { priceId, quantity } of quantities) {
          const name = `${priceId} ${periodOf(occurredAtMs)}`;
          counted.set(name, (counted.get(name) ?? 0) + quantity);
        }
      }
    } while (cursor !== null);
    expect([...counted].toSorted()).toEqual(told.toSorted());
  }
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.length).toBe(accepted);
}

it('R63 R66 whatever happened to an account, each export sums to its balance, at any instant', async () => {
  let usageMet = 0;
  const instants = fc.array(fc.integer({ min: -2, max: 12 * 24 }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(rules, lives, uses, instants, async (given, life, batches, hours) => {
      const { accountId, nowMs, seen, accepted } = await live(given, life, batches);
      const whole = { accountId, fromMs: null, toMs: null };
      const entries = await allPages(whole, 'oldest_first');
      // After each event, the running balances are what the account had.
      for (const [version, balances] of seen) {
        const last = entries.findLast(({ eventId }) => eventId <= version);
        if (last !== undefined) expect([version, last.after]).toEqual([version, balances]);
      }
      const { closing, closingVersion } = await spanOf(whole);
      expect(closing).toEqual(seen.get(closingVersion) ?? closing);
      const asked = hours.map((hour) => clockMs + hour * 3_600_000);
      await expectSums(accountId, asked);
      for (const atMs of [...asked.filter((ms) => ms <= nowMs), nowMs + 100 * 1_000]) {
        await expectLots(accountId, atMs);
      }
      const [from = clockMs - dayMs, to = nowMs + dayMs] = asked.toSorted((a, b) => a - b);
      await expectUsage(accountId, from, Math.max(from, to));
      await expectUsage(accountId, 0, nowMs + dayMs);
      await expectUsageBehind(accountId, accepted);
      usageMet += accepted;
    }),
    { numRuns: 25 },
  );
  expect(usageMet).toBeGreaterThan(20);
});

it('R66 as of a past instant a statement ends with what was there then, the instant included', async () => {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(25) });
  const desk = deskOf(test.ledger);
  const laterMs = clockMs + 3_600_000;
  await report(desk, [used(accountId, { input_tokens: 20_000_000 })], laterMs);
  const closingAt = async (atMs: number) =>
    (await spanOf({ accountId, fromMs: null, toMs: atMs + 1 })).closing.purchased;
  expect(await closingAt(clockMs)).toBe(0);
  expect(await closingAt(laterMs - 1)).toBe(dollars(25));
  expect(await closingAt(laterMs)).toBe(dollars(24));
});

it('an export is whole: opening, every entry, closing', async () => {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(5) });
  const span = await spanOf({ accountId, fromMs: null, toMs: null });
  let csv = '';
  for await (const piece of exportStatement(test.ledger, span)) csv += piece;
  const lines = csv.trimEnd().split('\r\n');
  expect(lines.map((line) => line.split(',')[2])).toEqual([
    ...['kind', 'opening', 'pack_purchased', 'closing'],
  ]);
  expect(lines[3]).toBe(',,closing,Closing balance,usd,,,,,,,5.00,0.00,0.00,0.00,0.00,0.00,');
});

it('of an account that does not exist there is no statement', async () => {
  const accountId = newAccountId();
  const range = { accountId, fromMs: null, toMs: null };
  const page = { order: 'newest_first', cursor: null, limit: 5 } as const;
  expect(await readStatement(test.ledger, range, page)).toBeUndefined();
  const lots = { accountId, atMs: clockMs, cursor: null, limit: 5 };
  expect(await readLotStatement(test.ledger, lots)).toBeUndefined();
  const debit = { accountId, eventId: 1, cursor: null, limit: 5 };
  expect(await readDebitUsage(test.ledger, debit)).toBeUndefined();
});
