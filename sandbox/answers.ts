import type { ErrorBody } from './errors.ts';
import type { Table } from './store.ts';
import type { Transaction } from './transaction.ts';
import type { ApiVersion } from './versions.ts';

/** What an endpoint gives back. `body` answers may keep what was done though they are errors. */
export type Answer =
  | { kind: 'object'; table: Table<never>; id: string }
  | { kind: 'list'; url: string; table: Table<never>; ids: string[]; hasMore: boolean }
  | {
      kind: 'search';
      url: string;
      table: Table<never>;
      ids: string[];
      hasMore: boolean;
      nextPage: string | null;
    }
  | { kind: 'body'; status: number; body: object };

/** One call of an endpoint: what it may read and write, and what came with it. */
export interface Call<P> {
  transaction: Transaction;
  parameters: P;
  /** The ids in the address, in order. */
  path: readonly string[];
  version: ApiVersion;
  /** Where the sandbox's own pages are, without a slash at the end. */
  baseUrl: string;
}

export function answerObject(table: Table<never>, id: string): Answer {
  return { kind: 'object', table, id };
}

/** An error that keeps what was done: a declined payment is on record. */
export function answerError(status: number, error: ErrorBody): Answer {
  return { kind: 'body', status, body: { error } };
}
