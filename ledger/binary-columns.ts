import type { AccountId } from '../domain/account.ts';
import { writeUuid } from './account-id.ts';
import type { BinaryColumn } from './columns.ts';

/*
 * Columns in PostgreSQL's binary form of an array (array_recv in its arrayfuncs.c): for statements
 * that write hundreds of rows. Nothing is quoted, and PostgreSQL has no text to read: an id or a JSON
 * takes the tenth part of the time that it takes here as text, and less there, too.
 *
 * They are constants of their modules. A function that is made anew with each page is compiled
 * anew with many: V8 forgets the machine code of functions that nothing refers to.
 */

/** `uuid[]` */
export function accountIds<Row>(value: (row: Row) => AccountId): BinaryColumn<Row> {
  return columnOf(types.uuid, value, (list, accountId) => {
    list.reserve(16);
    writeUuid(accountId, list.bytes, list.length);
    list.length += 16;
  });
}

/** `bigint[]`; throws RangeError for what is no exact integer. */
export function bigints<Row>(value: (row: Row) => number | null): BinaryColumn<Row> {
  return columnOf(types.bigint, value, addBigint);
}

/** `timestamptz[]`, of milliseconds since 1970. */
export function instants<Row>(value: (row: Row) => number | null): BinaryColumn<Row> {
  return columnOf(types.timestamptz, value, (list, ms) => {
    addBigint(list, (ms - epochMs) * 1_000);
  });
}

/** `text[]` */
export function texts<Row>(value: (row: Row) => string | null): BinaryColumn<Row> {
  return columnOf(types.text, value, addText);
}

/** `jsonb[]`, of JSON as text. */
export function jsons<Row>(value: (row: Row) => string): BinaryColumn<Row> {
  return columnOf(types.jsonb, value, (list, json) => {
    list.reserve(1);
    list.bytes[list.length] = 1; // The version of the binary form; jsonb_recv.
    list.length += 1;
    addText(list, json);
  });
}

/** `bytea[]` */
export function byteStrings<Row>(value: (row: Row) => Uint8Array | null): BinaryColumn<Row> {
  return columnOf(types.bytea, value, (list, bytes) => {
    list.reserve(bytes.length);
    list.bytes.set(bytes, list.length);
    list.length += bytes.length;
  });
}

/** PostgreSQL's fixed numbers of types (pg_type.oid). */
const types = { bytea: 17, bigint: 20, text: 25, timestamptz: 1184, uuid: 2950, jsonb: 3802 };

/** PostgreSQL counts microseconds since 2000. */
const epochMs = Date.UTC(2000, 0, 1);

/** Bytes, with room for more. */
class Bytes {
  bytes: Buffer;
  length = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** Makes room for so many more. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  addInt32(value: number): void {
    this.reserve(4);
    this.setInt32(value, this.length);
    this.length += 4;
  }

  setInt32(value: number, at: number): void {
    const { bytes } = this;
    bytes[at] = value >> 24;
    bytes[at + 1] = value >> 16;
    bytes[at + 2] = value >> 8;
    bytes[at + 3] = value;
  }
}

/** `add` writes one value's bytes; its length is written before them when it is known. */
function columnOf<Row, Value>(
  type: number,
  value: (row: Row) => Value | null,
  add: (list: Bytes, value: Value) => void,
): BinaryColumn<Row> {
  return {
    encode(rows) {
      const list = new Bytes(20 + rows.length * 24);
      // One dimension; there may be nulls; the type; the number of values; the first one's index.
      for (const head of [1, 1, type, rows.length, 1]) list.addInt32(head);
      for (const row of rows) {
        const one = value(row);
        const at = list.length;
        list.addInt32(-1);
        if (one === null) continue;
        add(list, one);
        list.setInt32(list.length - at - 4, at);
      }
      return list.bytes.subarray(0, list.length);
    },
  };
}

function addBigint(list: Bytes, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not an exact number: ${value}`);
  const high = Math.floor(value / 2 ** 32);
  list.addInt32(high);
  list.addInt32(value - high * 2 ** 32);
}

function addText(list: Bytes, text: string): void {
  list.reserve(3 * text.length); // UTF-8 takes no more for a unit of UTF-16.
  list.length += list.bytes.write(text, list.length);
}
