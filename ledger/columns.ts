/** An instant as statements take it; tables hold microseconds, we pass whole milliseconds. */
export function instant(ms: number): string;
export function instant(ms: number | null): string | null;
export function instant(ms: number | null): string | null {
  if (ms === null) return null;
  if (ms !== latest.ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}

/** What is recorded together mostly happened at the same instant. */
let latest = { ms: 0, text: new Date(0).toISOString() };

/** What a column may hold. JSON comes as its text. */
export type Cell = string | number | boolean | Buffer | null | undefined;

/** A column that goes as bytes (binary-columns.ts). */
export interface BinaryColumn<Row> {
  readonly encode: (rows: readonly Row[]) => Buffer;
}

/** A column of an `unnest` statement; as a function it goes as text. */
export type Column<Row> = ((row: Row) => Cell) | BinaryColumn<Row>;

/**
 * Rows turned on their side: for each column of an `unnest` statement its values as a PostgreSQL
 * array. The driver would take three times as long for it.
 */
export function columnsOf<Row>(
  rows: readonly Row[],
  ...columns: readonly Column<Row>[]
): (string | Buffer)[] {
  return columns.map((column) =>
    typeof column === 'function' ? arrayOf(rows, column) : column.encode(rows),
  );
}

/** The text of a PostgreSQL array with a value of each row. */
export function arrayOf<Row>(rows: readonly Row[], value: (row: Row) => Cell): string {
  let text = '{';
  for (const row of rows) text += (text === '{' ? '' : ',') + elementOf(value(row));
  return `${text}}`;
}

/** As in the manual's "Array Input and Output Syntax". */
function elementOf(cell: Cell): string {
  if (cell === null || cell === undefined) return 'null';
  if (typeof cell === 'string') {
    if (!/["\\]/.test(cell)) return `"${cell}"`;
    return `"${cell.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  }
  if (typeof cell === 'object') return `"\\\\x${cell.toString('hex')}"`;
  return String(cell);
}
