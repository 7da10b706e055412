import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transfersOf } from '../../domain/bookkeeping.ts';
import { csvLine, CsvReader, type CsvRecord } from '../../domain/csv.ts';
import { lotStatement } from '../../domain/lot-statement.ts';
import { micros, ZERO } from '../../domain/money.ts';
import {
  changeBy,
  entriesFrom,
  entriesUpTo,
  minus,
  movementsOf,
  plus,
  type RecordedEntry,
} from '../../domain/statement.ts';
import { usageChart } from '../../domain/usage-chart.ts';
import { daysFromTo, NO_USAGE, type DayUsage } from '../../domain/usage-summary.ts';
import { billingEvents, dollars, nowMs } from './samples.ts';

const nothing = changeBy([]);
const recorded = fc.array(billingEvents, { maxLength: 12 }).map((events) =>
  events.map((event, at): RecordedEntry => {
    const about = { eventId: at + 1, occurredAtMs: nowMs, policyVersion: 'test' };
    return { ...about, event, transfers: transfersOf(event, at + 1) };
  }),
);

describe('a statement', () => {
  it('R66 opening + changes = closing, read from either end', () => {
    fc.assert(
      fc.property(recorded, (rows) => {
        const forward = entriesFrom(nothing, rows);
        const closing = forward.reduce((sum, { change }) => plus(sum, change), nothing);
        expect(forward.at(-1)?.after ?? nothing).toEqual(closing);
        const backward = entriesUpTo(closing, rows.toReversed());
        expect(backward.toReversed()).toEqual(forward);
        expect(minus(closing, closing)).toEqual(nothing);
      }),
    );
  });

  it('words every transfer of every kind of event, and loses no amount', () => {
    fc.assert(
      fc.property(recorded, (rows) => {
        for (const entry of entriesFrom(nothing, rows)) {
          const movements = movementsOf(entry);
          const amount = (parts: readonly { amount: number }[]) =>
            parts.reduce((total, part) => total + part.amount, 0);
          expect(amount(movements)).toBe(amount(entry.transfers));
          expect(entry.words).toMatch(/^[A-Z]/);
          expect(new Set(movements.map(({ words }) => words)).size).toBe(movements.length);
          // "From … to …" would be the book's name: each pair has words of its own.
          for (const { words } of movements) expect(words).not.toMatch(/^From /);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells apart what a lot was used for, what expired and what was taken out of it', () => {
    const lot = {
      ...{ lotId: 1, kind: 'purchased' as const, amount: dollars(10), remaining: ZERO, held: ZERO },
      ...{ scope: null, acquiredAtMs: nowMs, expiresAtMs: null, frozenAtMs: null },
    } as const;
    const madeBy = {
      kind: 'opening_balance',
      purchased: dollars(10),
      unbilled: [],
      invoices: [],
    } as const;
    const out = { debitBook: 'purchased', amount: dollars(2) } as const;
    const movements = [
      { ...out, kind: 'usage_charged', creditBook: 'revenue' },
      { ...out, kind: 'pack_purchased', creditBook: 'unbilled' },
      { ...out, kind: 'credits_expired', creditBook: 'revenue' },
      { ...out, kind: 'refund_paid', creditBook: 'processor' },
      {
        kind: 'usage_corrected',
        debitBook: 'revenue',
        creditBook: 'purchased',
        amount: dollars(1),
      },
    ] as const;
    expect(lotStatement(lot, madeBy, movements)).toMatchObject({
      ...{ used: dollars(3), expired: dollars(2), withdrawn: dollars(2), remaining: dollars(3) },
    });
  });
});

function read(text: string, cut: number): CsvRecord[] {
  const reader = new CsvReader();
  const records = [...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))];
  return [...records, ...reader.end()];
}

describe('CSV', () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom('a,b', '"', 'two\nlines', 'é ☃', '', ' x '));
  const safe = cell.filter((text) => !/^[=+\-@\t\r\n]/.test(text) && !text.includes('\r'));
  it('reads what it writes, wherever the file is cut into pieces', () => {
    const rows = fc.array(fc.array(safe, { minLength: 2, maxLength: 4 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(rows, fc.nat(60), (cells, cut) => {
        const records = read(cells.map(csvLine).join(''), cut);
        expect(records.map((record) => record.cells)).toEqual(cells);
        expect(records.map(({ fault }) => fault)).toEqual(cells.map(() => null));
      }),
    );
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['@cmd', "'@cmd"],
    ['-5+2', "'-5+2"],
    ['\tx', "'\tx"],
    ['-5.25', '-5.25'],
    ['-0.000001', '-0.000001'],
    ['plain', 'plain'],
  ])(
    'a cell %j is written as %j: numbers stay, what a spreadsheet would run is a text',
    (is, written) => {
      expect(csvLine([is])).toBe(`${written}\r\n`);
    },
  );

  it('names the line that a record begins on', () => {
    const records = read('a,b\n"two\nlines",c\n\nd,e', 5);
    expect(records.map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it.each([
    ['a"b,c', 'a quotation mark stands within a cell'],
    ['"a"b,c', 'a cell goes on after its quotation'],
    ['"a,c', 'a quotation mark is not closed'],
  ])('%j is at fault', (text, fault) => {
    expect(read(text, 1)).toMatchObject([{ fault }]);
  });
});

describe('the chart', () => {
  const days = daysFromTo(nowMs - 3 * 86_400_000, nowMs);
  const used = (day: number, model: string, cost: number, writtenOff = 0): DayUsage => ({
    ...NO_USAGE,
    ...{ day: days[day] ?? '', model, cost: micros(cost), writtenOff: micros(writtenOff) },
  });

  it('has every day, the dearest models in order, and all others as one', () => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((model, at) => used(1, model, 10 - at));
    const chart = usageChart([...rows, used(3, 'a', 5)], days);
    expect(chart.series).toMatchObject([
      { model: 'a', charged: 15 },
      ...[{ model: 'b' }, { model: 'c' }, { model: 'd' }, { model: 'e' }],
      { model: null, charged: 5 + 4 },
    ]);
    expect(chart.days.map(({ total }) => total)).toEqual([0, 49, 0, 5]);
    expect(chart).toMatchObject({ total: 54, top: 50 });
  });

  it('R21 shows what was charged, not what was written off', () => {
    expect(usageChart([used(0, 'a', 10, 4), used(0, 'b', 3, 3)], days)).toMatchObject({
      ...{ total: 6, series: [{ model: 'a', charged: 6 }] },
    });
  });

  it('of six models names all six', () => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map((model) => used(0, model, 1));
    expect(usageChart(rows, days).series.map(({ model }) => model)).not.toContain(null);
  });

  it('of nothing is empty', () => {
    expect(usageChart([], days)).toMatchObject({ series: [], total: 0, top: 0 });
  });
});
