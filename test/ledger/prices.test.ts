import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { priceNoticeMs, type WantedPrice } from '../../domain/price-change.ts';
import { priceAt, type PriceKey, type Rate } from '../../domain/price.ts';
import type { Ledger } from '../../ledger/database.ts';
import { ConstraintViolation, LedgerUnavailable } from '../../ledger/errors.ts';
import {
  listPrices,
  openPrices,
  previewPrices,
  readPriceBook,
  recordPrices,
  type PriceRevision,
} from '../../ledger/prices.ts';
import { useLedger } from './ledger-fixture.ts';

const test = useLedger();
const minuteMs = 60_000;
/** The table compares with the database's own clock. */
let nowMs: number;

let models = 0;
let model: string;
beforeEach(() => {
  nowMs = Date.now();
  model = `maker/model-${(models += 1)}`;
});

const rate = (amount: string, tiers: Rate['tiers'] = []): Rate => ({
  ...{ amount, per: 1_000_000 },
  tiers,
});
const input = (of: Rate | null): WantedPrice => ({ ...keyOf('input_tokens'), rate: of });
const keyOf = (meter: PriceKey['meter']): PriceKey => ({ currency: 'usd', model, meter });

function revisionOf(wanted: readonly WantedPrice[], change: Partial<PriceRevision> = {}) {
  return {
    wanted,
    source: `test:${model}`,
    endsGone: false,
    effectiveFromMs: null,
    nowMs: Date.now(),
    actor: 'test',
    ...change,
  };
}

const record = (wanted: readonly WantedPrice[], change: Partial<PriceRevision> = {}) =>
  recordPrices(test.ledger, revisionOf(wanted, change));

async function rowsOfModel() {
  return (await listPrices(test.ledger, { model, cursor: null, limit: 100 })).prices;
}

async function amountAt(atMs: number): Promise<string | undefined> {
  return priceAt(await readPriceBook(test.ledger), keyOf('input_tokens'), atMs)?.rate.amount;
}

describe('R69 the price book', () => {
  it('keeps every decimal of a price, and its volume tiers', async () => {
    const exact = rate('0.050000000000000000000004', [{ from: 1_000, amount: '0.04' }]);
    await record([input(exact)], { nowMs });
    const [row] = await rowsOfModel();
    expect(row).toMatchObject({ rate: exact, effectiveFromMs: nowMs, effectiveUntilMs: null });
    expect(Number.isInteger(row?.priceId)).toBe(true);
  });

  it('a first price may hold from any instant; a later one leaves that of past usage', async () => {
    await record([input(rate('1'))], { effectiveFromMs: nowMs - 1_000 * minuteMs });
    const { changed } = await record([input(rate('2'))]);
    const fromMs = changed[0]?.effectiveFromMs ?? 0;
    expect(fromMs).toBeGreaterThanOrEqual(nowMs + priceNoticeMs);
    expect(fromMs).toBeLessThan(nowMs + priceNoticeMs + minuteMs);
    expect(await amountAt(nowMs)).toBe('1');
    expect(await amountAt(fromMs - 1)).toBe('1');
    expect(await amountAt(fromMs)).toBe('2');
  });

  it('the same again, written in another way, adds nothing', async () => {
    await record([input(rate('0.18'))]);
    const same = { ...input(rate('0')), rate: { amount: '0.00018', per: 1_000, tiers: [] } };
    const again = await record([same]);
    expect(again).toMatchObject({ added: [], changed: [], unchanged: 1, refused: [] });
    expect(await rowsOfModel()).toHaveLength(1);
  });

  it('B14 a change is refused that would hold before every program knows of it', async () => {
    await record([input(rate('1'))]);
    const soon = { effectiveFromMs: nowMs + minuteMs };
    const { refused } = await record([input(rate('2'))], soon);
    expect(refused).toMatchObject([{ model, message: expect.stringContaining('a minute') }]);
    expect(await rowsOfModel()).toHaveLength(1);
  });

  it('B14 the table itself refuses it, whatever a program decided', async () => {
    await record([input(rate('1'))]);
    // As a program would whose clock is five minutes slow.
    const slow = { nowMs: nowMs - 5 * minuteMs };
    await expect(record([input(rate('2'))], slow)).rejects.toThrow(ConstraintViolation);
    await expect(record([input(rate('2'))], slow)).rejects.toMatchObject({
      name: 'prices_change_announced',
    });
    expect(await rowsOfModel()).toHaveLength(1);
  });

  it('B14 no two prices begin at one instant, and the recorded one stays', async () => {
    await record([input(rate('1'))]);
    const effectiveFromMs = nowMs + 60 * minuteMs;
    await record([input(rate('2'))], { effectiveFromMs });
    const { refused } = await record([input(rate('3'))], { effectiveFromMs });
    expect(refused[0]?.message).toContain('recorded already');
    expect(await amountAt(effectiveFromMs)).toBe('2');
  });

  it('one that is refused keeps all others of its list out', async () => {
    const output: WantedPrice = { ...keyOf('output_tokens'), rate: rate('no number') };
    const { added, refused } = await record([input(rate('1')), output]);
    expect(added).toHaveLength(1);
    expect(refused).toMatchObject([{ meter: 'output_tokens' }]);
    expect(await rowsOfModel()).toEqual([]);
  });

  it.each<[string, (key: PriceKey) => WantedPrice[], string]>([
    ['named twice', (key) => [1, 1].map((n) => ({ ...key, rate: rate(String(n)) })), 'twice'],
    ['to end, but never begun', (key) => [{ ...key, rate: null }], 'never had a price'],
    [
      'with a line break in its name',
      (key) => [{ ...key, model: 'a\nb', rate: rate('1') }],
      'in one line',
    ],
  ])('a price %s is refused', async (_, wanted, message) => {
    const { refused } = await record(wanted(keyOf('input_tokens')));
    expect(refused.map((row) => row.message).join()).toContain(message);
    expect(await rowsOfModel()).toEqual([]);
  });

  it('a price that ends is not sold from then on, and may begin again', async () => {
    await record([input(rate('1'))]);
    const endMs = nowMs + 60 * minuteMs;
    await record([input(null)], { effectiveFromMs: endMs });
    await record([input(rate('1'))], { effectiveFromMs: endMs + minuteMs });
    expect(await amountAt(endMs - 1)).toBe('1');
    expect(await amountAt(endMs)).toBeUndefined();
    expect(await amountAt(endMs + minuteMs)).toBe('1');
    const untils = (await rowsOfModel()).map((row) => row.effectiveUntilMs);
    expect(untils).toEqual([endMs, endMs + minuteMs, null]);
  });

  it('what a source names no more is told, and ends where that is wanted', async () => {
    const output: WantedPrice = { ...keyOf('output_tokens'), rate: rate('2') };
    await record([input(rate('1')), output]);
    await recordPrices(
      test.ledger,
      revisionOf([{ ...keyOf('images'), rate: rate('3') }], { source: `other:${model}` }),
    );
    const kept = await record([input(rate('1'))]);
    expect(kept.gone).toMatchObject([{ meter: 'output_tokens' }]);
    expect(await rowsOfModel()).toHaveLength(3);
    const ended = await record([input(rate('1'))], { endsGone: true });
    expect(ended.changed).toMatchObject([{ meter: 'output_tokens', rate: null }]);
    const again = await record([input(rate('1'))], {
      ...{ endsGone: true, nowMs: nowMs + 3 * minuteMs },
    });
    expect(again).toMatchObject({ gone: [], changed: [] });
  });

  it('a preview tells the same and records nothing', async () => {
    const revision = revisionOf([input(rate('1'))]);
    const preview = await previewPrices(test.ledger, revision);
    expect(await rowsOfModel()).toEqual([]);
    expect(await recordPrices(test.ledger, revision)).toEqual(preview);
  });

  it('two equal lists at once: one adds, the other finds it done', async () => {
    /** Decides long enough for another to have read the same book. */
    const slowly: Ledger = {
      ...test.ledger,
      transaction: (work) =>
        test.ledger.transaction((session) => {
          const read = session.read.bind(session);
          session.read = async (sql, values) => {
            const rows = await read(sql, values);
            await setTimeout(100);
            return rows as never;
          };
          return work(session);
        }),
    };
    const revision = revisionOf([input(rate('1'))]);
    const both = await Promise.all([1, 2].map(() => recordPrices(slowly, revision)));
    expect(both.map(({ added }) => added.length).toSorted()).toEqual([0, 1]);
    expect(both.map(({ unchanged }) => unchanged).toSorted()).toEqual([0, 1]);
  });

  it('who recorded prices is in the audit log', async () => {
    await record([input(rate('1'))]);
    const rows = await test.ledger.run<{ actor: string; detail: object }>(
      `select actor, detail from audit_log
       where action = 'prices.record' and detail->>'source' = $1`,
      [`test:${model}`],
    );
    expect(rows).toMatchObject([{ actor: 'test', detail: { added: 1, changed: 0 } }]);
  });

  it('a page follows the other without a gap or a repeat', async () => {
    const meters = ['input_tokens', 'images', 'output_tokens', 'seconds', 'requests'] as const;
    await record(meters.map((meter) => ({ ...keyOf(meter), rate: rate('1') })));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listPrices(test.ledger, { model, cursor, limit: 2 });
      seen.push(...page.prices.map(({ meter }) => meter));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([...meters].toSorted());
  });
});

describe('R69 nobody rewrites a price', () => {
  it.each([
    'update prices set amount = 0',
    'delete from prices',
    'truncate prices',
    'alter table prices disable trigger all',
  ])('not the application: %s', async (sql) => {
    await expect(test.ledger.run(sql)).rejects.toThrow(/permission denied|must be owner/);
  });

  it.each(['update prices set amount = 0', 'delete from prices', 'truncate prices cascade'])(
    'not the owner: %s',
    async (sql) => {
      await record([input(rate('1'))]);
      const owner = new pg.Client({ connectionString: test.ownerUrl });
      await owner.connect();
      const refused = await owner.query(sql).catch((error: unknown) => error);
      await owner.end();
      expect(refused).toMatchObject({ constraint: 'prices_append_only' });
    },
  );
});

describe('B15 a process’s copy of the prices', () => {
  /** A ledger that counts its questions, and can be down. */
  function counting(): { ledger: Ledger; state: { reads: number; isDown: boolean } } {
    const state = { reads: 0, isDown: false };
    const run: Ledger['run'] = (sql, values) => {
      state.reads += 1;
      if (state.isDown) return Promise.reject(new LedgerUnavailable('down'));
      return test.ledger.run(sql, values);
    };
    return { ledger: { ...test.ledger, run }, state };
  }

  let elapsedMs = 0;
  afterEach(() => {
    elapsedMs = 0;
  });
  const prices = (ledger: Ledger) => openPrices(ledger, { elapsedMs: () => elapsedMs });

  it('is read anew when it is older than 20 seconds, and not before', async () => {
    const { ledger, state } = counting();
    const copy = prices(ledger);
    await Promise.all([copy.read(), copy.read(), copy.read()]);
    elapsedMs = 20_000;
    await copy.read();
    expect(state.reads).toBe(1);
    elapsedMs = 20_001;
    await copy.read();
    expect(state.reads).toBe(2);
  });

  it('that lacks a model and meter is read anew, at most once a second', async () => {
    const { ledger, state } = counting();
    const copy = prices(ledger);
    const key = keyOf('input_tokens');
    expect(priceAt(await copy.read([key]), key, nowMs)).toBeUndefined();
    await record([input(rate('1'))], { nowMs });
    elapsedMs = 1_000;
    expect(priceAt(await copy.read([key]), key, nowMs)).toBeUndefined();
    elapsedMs = 1_001;
    expect(priceAt(await copy.read([key]), key, nowMs)?.rate.amount).toBe('1');
    elapsedMs = 10_000;
    await copy.read([key]);
    expect(state.reads).toBe(2);
  });

  it('is never used beyond its age, and is tried again, where the database is down', async () => {
    const { ledger, state } = counting();
    const copy = prices(ledger);
    state.isDown = true;
    await expect(copy.read()).rejects.toThrow(LedgerUnavailable);
    state.isDown = false;
    await copy.read();
    state.isDown = true;
    await copy.read();
    elapsedMs = 20_001;
    await expect(copy.read()).rejects.toThrow(LedgerUnavailable);
  });
});
