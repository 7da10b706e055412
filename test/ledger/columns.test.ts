import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as binary from '../../ledger/binary-columns.ts';
import { arrayOf, columnsOf, instant, type BinaryColumn, type Cell } from '../../ledger/columns.ts';
import { accountIdOf } from '../../ledger/account-id.ts';
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

/** The same values as bytes. */
async function sentAsBytes<Value>(
  type: string,
  column: BinaryColumn<Value>,
  values: readonly Value[],
): Promise<unknown[]> {
  const rows = await test.ledger.run<{ value: unknown }>(
    `select value from unnest($1::${type}[]) with ordinality as r (value, n) order by n`,
    columnsOf(values, column),
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
      expect(await sentAsBytes('text', asTexts, values)).toEqual(values);
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

it('as bytes, ids, numbers, JSON, byte strings and instants arrive as they were sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.maxSafeInteger()), { maxLength: 20 }),
      fc.array(fc.option(fc.uint8Array()), { maxLength: 20 }),
      fc.array(fc.json(), { maxLength: 5 }),
      fc.array(fc.uuid(), { maxLength: 100 }),
      async (numbers, byteStrings, jsons, uuids) => {
        expect(await sentAsBytes('bigint', asBigints, numbers)).toEqual(numbers);
        const buffers = byteStrings.map((bytes) => bytes && Buffer.from(bytes));
        expect(await sentAsBytes('bytea', asByteStrings, byteStrings)).toEqual(buffers);
        const stored = jsons.filter((json) => !json.includes(String.raw`\u0000`));
        const values: unknown[] = stored.map((json) => JSON.parse(json) as unknown);
        expect(await sentAsBytes('jsonb', asJsons, stored)).toEqual(values);
        const ids = uuids.map(accountIdOf);
        expect(await sentAsBytes('uuid', asAccountIds, ids)).toEqual(ids);
      },
    ),
    { numRuns: 30 },
  );
  const at = [0, -1, null, 999, Date.UTC(2000, 0, 1), Date.UTC(1969, 0, 1), 4e12];
  expect(await sentAsBytes('timestamptz', asInstants, at)).toEqual(at);
  expect(() => columnsOf([0.5], asBigints)).toThrow(RangeError);
});

const asTexts = binary.texts((text: string | null) => text);
const asBigints = binary.bigints((value: number | null) => value);
const asByteStrings = binary.byteStrings((bytes: Uint8Array | null) => bytes);
const asJsons = binary.jsons((json: string) => json);
const asAccountIds = binary.accountIds((accountId: string) => accountId);
const asInstants = binary.instants((ms: number | null) => ms);

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
