/** An instant as statements take it; tables hold microseconds, we pass whole milliseconds. */
export function instant(ms: number): string;
export function instant(ms: number | null): string | null;
export function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Rows turned on their side: one array for each column of an `unnest` statement. */
export function columnsOf<Row>(
  rows: readonly Row[],
  ...columns: readonly ((row: Row) => unknown)[]
): unknown[][] {
  return columns.map((column) => rows.map(column));
}
