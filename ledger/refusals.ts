import type { AccessCode } from '../domain/access.ts';
import { minuteMs } from '../domain/durations.ts';
import type { AccountId } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf, instant } from './columns.ts';
import type { Ledger } from './database.ts';

/** How often an account was refused for one reason within one minute of its own time. */
export interface RefusalCount {
  readonly code: AccessCode;
  readonly minuteMs: number;
  readonly refusals: number;
}

/** Counts refused requests; an account that is refused a thousand times a second costs no more. */
export interface RefusalCounter {
  count(accountId: AccountId, refusal: { readonly code: AccessCode; readonly atMs: number }): void;
  /** Writes what was counted; what cannot be written is kept for the next time. */
  flush(): Promise<void>;
  /** The last {@link flush}; nothing is counted after it. */
  close(): Promise<void>;
}

const writeEveryMs = 2_000;

type Row = RefusalCount & { readonly accountId: AccountId };

/** Counts in memory and writes every two seconds; `onError` hears what kept it from writing. */
export function openRefusalCounter(
  ledger: Ledger,
  onError: (error: unknown) => void = () => undefined,
): RefusalCounter {
  let counted = new Map<string, Row>();
  let writing: Promise<void> = Promise.resolve();
  const add = ({ accountId, code, minuteMs: minute, refusals }: Row) => {
    const name = `${accountId} ${minute} ${code}`;
    const before = counted.get(name)?.refusals ?? 0;
    counted.set(name, { accountId, code, minuteMs: minute, refusals: before + refusals });
  };
  const write = async () => {
    const rows = [...counted].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    if (rows.length === 0) return;
    counted = new Map();
    try {
      await writeRefusals(ledger, rows);
    } catch (error) {
      for (const row of rows) add(row);
      onError(error);
    }
  };
  // One after the other: two at once could wait for each other's rows.
  const flush = () => (writing = writing.then(write));
  const timer = setInterval(() => void flush(), writeEveryMs);
  timer.unref();
  return {
    count(accountId, { code, atMs }) {
      add({ accountId, code, minuteMs: atMs - (atMs % minuteMs), refusals: 1 });
    },
    flush,
    close() {
      clearInterval(timer);
      return flush();
    },
  };
}

/** The rows come sorted, so that processes that write at the same time never wait in a circle. */
async function writeRefusals(ledger: Ledger, rows: readonly Row[]): Promise<void> {
  await ledger.run(
    `insert into access_refusals (account_id, code, minute, refusals)
     select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[])
     on conflict (account_id, minute, code)
     do update set refusals = access_refusals.refusals + excluded.refusals`,
    columnsOf(
      rows,
      (row) => uuidOf(row.accountId),
      (row) => row.code,
      (row) => instant(row.minuteMs),
      (row) => row.refusals,
    ),
  );
}

export interface RefusalPage {
  readonly refusals: readonly RefusalCount[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** One page of an account's refusals, newest first. A cursor that is none gives the first page. */
export async function listRefusals(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<RefusalPage> {
  const { accountId, cursor, limit } = input;
  const [, before = null, code = null] = /^(\d{1,15})_(\w{1,40})$/.exec(cursor ?? '') ?? [];
  const rows = await ledger.run<RefusalCount>(
    `select code, minute as "minuteMs", refusals from access_refusals
     where account_id = $1 and ($2::timestamptz is null or (minute, code) < ($2, $3))
     order by minute desc, code desc limit $4`,
    [uuidOf(accountId), before === null ? null : instant(Number(before)), code, limit + 1],
  );
  const refusals = rows.slice(0, limit);
  const last = rows.length > limit ? refusals.at(-1) : undefined;
  return { refusals, nextCursor: last === undefined ? null : `${last.minuteMs}_${last.code}` };
}
