import { columnsOf, type Cell } from '../../ledger/columns.ts';
import type { Session } from '../../ledger/database.ts';

/** An account's totals as they were read, changed in place. */
export interface BalancesRow {
  readonly accountId: string;
  purchased: number;
  free: number;
  held: number;
  version: number;
  holdVersion: number;
}

/** The same of a lot. */
export interface LotRow {
  readonly accountId: string;
  readonly lotId: number;
  readonly kind: 'free' | 'purchased';
  remaining: number;
  held: number;
}

/** Sends a statement with a list for each column; without rows nothing. */
export function put(session: Session, sql: string, rows: readonly Cell[][]): void {
  const [first] = rows;
  if (first === undefined) return;
  const columns = first.map((_, column) => (row: readonly Cell[]) => row[column]);
  session.write(sql, columnsOf(rows, ...columns));
}
