import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { quantity, type Meter } from '../../domain/meter.ts';
import { sum } from '../../domain/money.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { readPriceBook } from '../../ledger/prices.ts';
import { correctUsage } from '../../ledger/usage-corrections.ts';
import type { ReportedEvent, UsageDesk } from '../../ledger/usage.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { aPaidPurchase, anAccount, dayMs, dollars, policies, useLedger } from './ledger-fixture.ts';
import { chat, deskOf, image, report, setPrices, used, usageNowMs } from './usage-fixture.ts';

const test = useLedger();
let desk: UsageDesk;
beforeAll(async () => {
  await setPrices(test.ledger);
  desk = deskOf(test.ledger);
});

/** What was used at one instant, before anybody cut it into events. */
interface Use {
  readonly model: string;
  readonly meter: Meter;
  readonly steps: number;
  /** At most 90 days, so that it may be told up to two days late. */
  readonly agoMs: number;
}

const uses: fc.Arbitrary<Use[]> = fc.array(
  fc.oneof(
    fc.record({
      ...{
        model: fc.constant(chat),
        meter: fc.constantFrom<Meter>('input_tokens', 'output_tokens'),
      },
      // Few, so that single events cost less than a micro-dollar: 20 input tokens cost one.
      steps: fc.integer({ min: 0, max: 400 }),
      agoMs: fc.integer({ min: 0, max: 90 * dayMs }),
    }),
    fc.record({
      ...{ model: fc.constant(image), meter: fc.constant<Meter>('images') },
      ...{ steps: fc.integer({ min: 0, max: 5 }), agoMs: fc.integer({ min: 0, max: 90 * dayMs }) },
    }),
  ),
  { minLength: 1, maxLength: 12 },
);

/** How the same usage is told: cut into pieces, in what order, in how many requests, how late. */
interface Telling {
  readonly pieces: readonly number[];
  readonly order: readonly number[];
  readonly perRequest: number;
  readonly again: readonly boolean[];
  readonly lateMs: number;
  readonly atOnce: boolean;
}

const tellings: fc.Arbitrary<Telling> = fc.record({
  pieces: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }),
  order: fc.array(fc.nat(1_000), { minLength: 60, maxLength: 60 }),
  perRequest: fc.integer({ min: 1, max: 30 }),
  again: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  lateMs: fc.integer({ min: 0, max: 2 * dayMs }),
  atOnce: fc.boolean(),
});

function eventsOf(accountId: string, told: readonly Use[], telling: Telling): ReportedEvent[] {
  const events = told.flatMap(({ model, meter, steps, agoMs }, index) => {
    const count = telling.pieces[index % telling.pieces.length] ?? 1;
    return Array.from({ length: count }, (_, piece) => {
      const part = Math.floor((steps * (piece + 1)) / count) - Math.floor((steps * piece) / count);
      const quantities = [{ meter, quantity: quantity(part) }];
      return { ...used(accountId, {}), model, occurredAtMs: usageNowMs - agoMs, quantities };
    });
  });
  const doubled = events.flatMap((event, at) =>
    telling.again[at % 60] ? [event, event] : [event],
  );
  return doubled
    .map((event, at) => ({ event, place: telling.order[at % 60] ?? 0 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ event }) => event);
}

async function tell(accountId: string, told: readonly Use[], telling: Telling): Promise<void> {
  const events = eventsOf(accountId, told, telling);
  const requests: ReportedEvent[][] = [];
  while (events.length > 0) requests.push(events.splice(0, telling.perRequest));
  const send = async (request: ReportedEvent[], index: number) => {
    // The later a request, the later its clock.
    const nowMs = usageNowMs + Math.floor((telling.lateMs * index) / requests.length);
    const { answers } = await report(desk, request, nowMs);
    for (const { status } of answers) expect(['accepted', 'duplicate']).toContain(status);
  };
  if (telling.atOnce) await Promise.all(requests.map(send));
  else for (const [index, request] of requests.entries()) await send(request, index);
}

/** What each price was charged in each month of use, whatever month it was recorded in. */
async function chargedOf(accountId: string) {
  return test.ledger.run<{ quantity: number; cost: number }>(
    `select price_id as "priceId", usage_period as period, sum(quantity)::bigint as quantity,
       sum(cost)::bigint as cost
     from usage_postings where account_id = $1 group by 1, 2 having sum(quantity) > 0
     order by 1, 2`,
    [uuidOf(accountId)],
  );
}

async function aRichAccount(): Promise<string> {
  const accountId = await anAccount(test.ledger);
  await aPaidPurchase(test.ledger, accountId, { amount: dollars(50) });
  return accountId;
}

it('R69 B14 any split, order, duplication and lateness of the same usage is charged the same', async () => {
  const runs = fc.asyncProperty(uses, tellings, tellings, async (told, one, other) => {
    const [a, b] = [await aRichAccount(), await aRichAccount()];
    await tell(a, told, one);
    await tell(b, told, other);
    const [ofA, ofB] = [await chargedOf(a), await chargedOf(b)];
    expect(ofA).toEqual(ofB);
    for (const accountId of [a, b]) {
      const balances = (await readAccount(test.ledger, { accountId }))?.balances;
      const spent = sum(...ofA.map(({ cost }) => cost as never));
      expect(balances?.purchased).toBe(dollars(50) - spent);
      expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
    }
  });
  await fc.assert(runs, { numRuns: 25 });
});

it('R69 R43 once any of it was taken back, what is left is charged as one rounding of the whole', async () => {
  const picks = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 });
  const runs = fc.asyncProperty(
    uses,
    tellings,
    picks,
    uses,
    async (told, telling, picked, more) => {
      const accountId = await aRichAccount();
      await tell(accountId, told, telling);
      const charged = await chargesOf(accountId);
      const book = await readPriceBook(test.ledger);
      const corrected = new Set(picked.flatMap((pick) => charged[pick % charged.length] ?? []));
      for (const eventId of corrected) {
        const asked = { accountId, eventId, reason: 'a test', actor: 'test', nowMs: usageNowMs };
        const { status } = await correctUsage(test.ledger, asked, policies, book);
        expect(status).toBe('corrected');
        await expectExact(accountId);
      }
      await tell(accountId, more, telling);
      await expectExact(accountId);
    },
  );
  await fc.assert(runs, { numRuns: 15 });
});

it('R69 R43 what a rounding charged to other usage goes back with what caused it', async () => {
  const accountId = await aRichAccount();
  // Ten cost half a micro-dollar, which rounds to nothing; ten more, and twenty cost one.
  for (let told = 0; told < 2; told += 1)
    await report(desk, [used(accountId, { input_tokens: 10 })]);
  const [first = 0, second = 0] = await chargesOf(accountId);
  const book = await readPriceBook(test.ledger);
  const back: unknown[] = [];
  for (const eventId of [first, second]) {
    const asked = { accountId, eventId, reason: 'a test', actor: 'test', nowMs: usageNowMs };
    back.push(await correctUsage(test.ledger, asked, policies, book));
    await expectExact(accountId);
  }
  expect(back).toMatchObject([{ credits: 1 }, { credits: 0 }]);
});

/** The billing events that charged usage. */
async function chargesOf(accountId: string): Promise<number[]> {
  const rows = await test.ledger.run<{ eventId: number }>(
    `select event_id as "eventId" from billing_events
     where account_id = $1 and kind = 'usage_charged' order by event_id`,
    [uuidOf(accountId)],
  );
  return rows.map(({ eventId }) => eventId);
}

/** What was paid is what the totals cost, to the micro-unit; `verifyLedger` rounds those itself. */
async function expectExact(accountId: string): Promise<void> {
  const spent = sum(...(await chargedOf(accountId)).map(({ cost }) => cost as never));
  const balances = (await readAccount(test.ledger, { accountId }))?.balances;
  expect(balances?.purchased).toBe(dollars(50) - spent);
  expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
}

it('R69 a thousand events that cost a twentieth of a micro-dollar each cost fifty together', async () => {
  const accountId = await aRichAccount();
  const events = Array.from({ length: 1_000 }, () => used(accountId, { input_tokens: 1 }));
  await report(desk, events);
  expect(await chargedOf(accountId)).toMatchObject([{ quantity: 1_000, cost: 50 }]);
});

const writer = join(import.meta.dirname, 'usage-writer.ts');

/**
 * A process that tells events 0 to `count` of an account, in requests of ten. It dies after so many
 * answers, if after any. Resolves to its exit code and signal.
 */
function write(accountId: string, count: number, ...diesAfter: number[]): Promise<unknown[]> {
  const child = fork(writer, [test.appUrl, accountId, ...[count, ...diesAfter].map(String)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return once(child, 'exit');
}

it('R66 B14 two processes tell the same events at once: each is charged once', async () => {
  const accountId = await aRichAccount();
  const writers = [write(accountId, 600), write(accountId, 600)];
  expect((await Promise.all(writers)).map(([code]) => code)).toEqual([0, 0]);
  expect(await chargedOf(accountId)).toMatchObject([{ quantity: 600 * 7, cost: 210 }]);
  expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
});

it('R66 B14 a process that is killed while it tells is repeated: nothing is lost or charged twice', async () => {
  const accountId = await aRichAccount();
  expect(await write(accountId, 2_000, 20)).toEqual([null, 'SIGKILL']);
  const between = await chargedOf(accountId);
  expect(between[0]?.quantity ?? 0).toBeLessThan(2_000 * 7);
  expect(await write(accountId, 2_000)).toEqual([0, null]);
  expect(await chargedOf(accountId)).toMatchObject([{ quantity: 2_000 * 7, cost: 700 }]);
  expect((await verifyLedger(test.ledger, { accountId })).differences).toEqual([]);
});
