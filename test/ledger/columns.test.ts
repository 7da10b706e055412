import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrayOf, columnsOf, instant, type Cell } from '../../ledger/columns.ts';
import { openLedger } from '../../ledger/database.ts';
import { useLedger } from './ledger-fixture.ts';

const test = useLedger();

async function sent(type: string, values: readonly Cell[]): Promise<unknown[]> {
  const list = arrayOf(values, (value) => value);
  const rows = await test.ledger.run<{ value: unknown }>(
    `select value from unnest($1::${type}[]) with ordinality as r (value, n) order by n`,
    [list],
  );
  return rows.map(({ value }) => value);
}

// PostgreSQL's text knows no zero character.
const texts = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));

it('every text arrives as it was sent, whatever quotes, backslashes and signs are in it', async () => {
  const awkward = [
    '',
    '"',
    '\\',
    '\\"',
    '{',
    '}',
    ',',
    'null',
    'NULL',
    ' a ',
    '\n\t',
    '€ 😀',
    'a"b\\c',
  ];
  expect(await sent('text', [...awkward, null])).toEqual([...awkward, null]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(texts), { maxLength: 20 }), async (values) => {
      expect(await sent('text', values)).toEqual(values);
    }),
    { numRuns: 60 },
  );
});

it('JSON, bytes, numbers and booleans arrive as they were sent', async () => {
  const values = [{ a: 'x"y\\z\n', b: [1, null] }, 'text', 7, null];
  const json = values.map((value) => JSON.stringify(value));
  expect(await sent('jsonb', json)).toEqual(values);
  const bytes = [Buffer.from([0, 34, 92, 255]), Buffer.alloc(0)];
  expect(await sent('bytea', bytes)).toEqual(bytes);
  const numbers = [0, -1, Number.MAX_SAFE_INTEGER, null];
  expect(await sent('bigint', numbers)).toEqual(numbers);
  expect(await sent('boolean', [true, false])).toEqual([true, false]);
});

it('instants to the millisecond come back as they went, before 1970 and on leap days, too', async () => {
  const ledger = openLedger({ url: test.appUrl, maxConnections: 1 });
  const at = [0, -1, 1, 999, Date.UTC(2028, 1, 29, 23, 59, 59, 990), Date.UTC(1969, 0, 1), 4e12];
  const [list] = columnsOf(at, instant);
  const rows = await ledger.run<{ value: number }>(
    'select value from unnest($1::timestamptz[]) with ordinality as r (value, n) order by n',
    [list],
  );
  expect(rows.map(({ value }) => value)).toEqual(at);
  const [exact] = await ledger.run<{ value: number }>(
    "select timestamptz '2026-11-22 10:00:00.123456+02' as value",
  );
  expect(exact?.value).toBe(Date.UTC(2026, 10, 22, 8, 0, 0, 123));
  await ledger.close();
});
