import type { AccountId } from '../domain/account.ts';
import { ZERO, type Micros } from '../domain/money.ts';
import type { Period } from '../domain/period.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger } from './database.ts';

/** What of a month's usage nobody was charged, since it was beyond what could be spent (R21). */
export async function readUnchargedUsage(
  ledger: Ledger,
  { accountId, period }: { readonly accountId: AccountId; readonly period: Period },
): Promise<Micros> {
  const [row] = await ledger.run<{ amount: Micros }>(
    `select coalesce(sum(written_off), 0)::bigint as amount from usage_postings
     where account_id = $1 and posting_period = $2`,
    [uuidOf(accountId), period],
  );
  return row?.amount ?? ZERO;
}
