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

/**
 * Rows turned on their side: for each column of an `unnest` statement its values as the text of a
 * PostgreSQL array. The driver would take three times as long for it.
 */
export function columnsOf<Row>(
  rows: readonly Row[],
  ...columns: readonly ((row: Row) => Cell)[]
): string[] {
  return columns.map((column) => arrayOf(rows, column));
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
