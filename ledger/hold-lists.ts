import type { AccountId } from '../domain/account.ts';
import type { Hold } from '../domain/holds.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger } from './database.ts';
import { readHolds } from './hold-rows.ts';

/** One hold as it stands; undefined where the account has none of this id. */
export async function readHold(
  ledger: Ledger,
  name: { readonly accountId: AccountId; readonly holdId: string },
): Promise<Hold | undefined> {
  const [row] = await ledger.snapshot((session) => readHolds(session, [name]));
  return row;
}

export interface HoldPage {
  readonly holds: readonly Hold[];
  /** Hand it in for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

/** One page of an account's holds in the order of their ids; `state` null: of any state. */
export async function listHolds(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly state: Hold['state'] | null;
    /** The last id seen. */
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<HoldPage> {
  const { accountId, state, cursor, limit } = input;
  const found = await ledger.snapshot(async (session) => {
    const named = await session.read<{ holdId: string }>(
      `select hold_id as "holdId" from holds
       where account_id = $1 and ($2::text is null or state = $2)
         and ($3::text is null or hold_id > $3)
       order by hold_id limit $4`,
      [uuidOf(accountId), state, cursor, limit + 1],
    );
    return readHolds(
      session,
      named.map(({ holdId }) => ({ accountId, holdId })),
    );
  });
  const holds = found.toSorted((a, b) => (a.holdId < b.holdId ? -1 : 1));
  const page = holds.slice(0, limit);
  const nextCursor = holds.length > limit ? (page.at(-1)?.holdId ?? null) : null;
  return { holds: page, nextCursor };
}
