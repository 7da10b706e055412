import type { AccountId } from '../domain/account.ts';
import { uuidOf } from './account-id.ts';
import { lockBalances } from './account-rows.ts';
import { insertAudit } from './audit.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';

/** A postal address, as invoices show it. */
export type Address = Readonly<
  Record<'line1' | 'line2' | 'city' | 'postalCode' | 'region' | 'country', string | null>
>;

/** The personal data of an account; all null once it was erased. */
export interface Profile {
  readonly name: string | null;
  readonly email: string | null;
  readonly address: Address | null;
  readonly erasedAtMs: number | null;
}

/** Name and addresses of an account; undefined where there is no such account. */
export async function readProfile(
  ledger: Ledger,
  { accountId }: { readonly accountId: AccountId },
): Promise<Profile | undefined> {
  const [profile] = await ledger.run<Profile>(
    `select name, email, address, erased_at as "erasedAtMs" from account_profiles
     where account_id = $1`,
    [uuidOf(accountId)],
  );
  return profile;
}

/** Erases all personal data of an account. The entries stay: they hold none. */
export async function eraseProfile(
  ledger: Ledger,
  { accountId, actor, nowMs }: { accountId: AccountId; actor: string; nowMs: number },
): Promise<void> {
  await ledger.transaction(async (session) => {
    // No invoice is made out to the account meanwhile.
    await lockBalances(session, [uuidOf(accountId)]);
    const erased = await session.read(
      `update account_profiles set name = null, email = null, address = null, created_from = null,
         business_name = null, invoice_emails = null, purchase_order = null, tax_id = null,
         tax_id_country = null, erased_at = $2
       where account_id = $1 and erased_at is null returning account_id`,
      [uuidOf(accountId), instant(nowMs)],
    );
    if (erased.length === 0) return;
    session.write(
      `update invoice_parties set party = null, erased_at = $2
       where account_id = $1 and erased_at is null`,
      [uuidOf(accountId), instant(nowMs)],
    );
    const action = 'account.erase_profile';
    insertAudit(session, [{ accountId, actor, action, detail: {}, occurredAtMs: nowMs }]);
  });
}
