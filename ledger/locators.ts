import type { AccountId } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { columnsOf } from './columns.ts';
import type { Ledger, Session } from './database.ts';

/** A key that arrives without its account, and the account it belongs to. */
export interface Locator {
  readonly kind: 'customer' | 'payment_intent';
  readonly key: string;
  readonly accountId: AccountId;
}

/** Fails on `locators_pkey` where a key is known already: it belongs to one account for ever. */
export function insertLocators(session: Session, rows: readonly Locator[]): void {
  session.write(
    `insert into locators (kind, key, account_id)
     select * from unnest($1::text[], $2::text[], $3::uuid[])`,
    columnsOf(
      rows,
      (row) => row.kind,
      (row) => row.key,
      (row) => uuidOf(row.accountId),
    ),
  );
}

/** The account a Stripe object belongs to; undefined where it is none of ours. */
export async function findAccount(
  ledger: Ledger,
  { kind, key }: Pick<Locator, 'kind' | 'key'>,
): Promise<AccountId | undefined> {
  const [row] = await ledger.run<{ accountId: AccountId }>(
    'select account_id as "accountId" from locators where kind = $1 and key = $2',
    [kind, key],
  );
  return row?.accountId;
}
