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
  /** Hand it in as `before` for the next page; null on the last one. */
  readonly nextBefore: number | null;
}

/** One page of an account's holds, newest first; `state` null: of any state. */
export async function listHolds(
  ledger: Ledger,
  input: {
    readonly accountId: AccountId;
    readonly state: Hold['state'] | null;
    /** Only those placed before this one: its hold version. Null: the newest. */
    readonly before: number | null;
    readonly limit: number;
  },
): Promise<HoldPage> {
  const { accountId, state, before, limit } = input;
  const found = await ledger.snapshot(async (session) => {
    const named = await session.read<{ holdId: string }>(
      `select hold_id as "holdId" from holds
       where account_id = $1 and ($2::text is null or state = $2)
         and ($3::bigint is null or admitted_hold_version < $3)
       order by admitted_hold_version desc limit $4`,
      [uuidOf(accountId), state, before, limit + 1],
    );
    return readHolds(
      session,
      named.map(({ holdId }) => ({ accountId, holdId })),
    );
  });
  const placed = ({ admittedBy }: Hold) => admittedBy.holdVersion;
  const holds = found.toSorted((a, b) => placed(b) - placed(a));
  const page = holds.slice(0, limit);
  const last = holds.length > limit ? page.at(-1) : undefined;
  return { holds: page, nextBefore: last === undefined ? null : placed(last) };
}
