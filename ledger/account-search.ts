import type { Account, AccountId } from '../domain/account.ts';
import { accountOfId, isAccountId } from '../domain/ids.ts';
import { uuidOf } from './account-id.ts';
import type { Ledger } from './database.ts';
import { findInvoiceByNumber } from './invoice-documents.ts';
import { findAccount } from './locators.ts';

/** An account as a search shows it; name and mail address are null once they were erased. */
export interface FoundAccount extends Pick<
  Account,
  'accountId' | 'currency' | 'status' | 'plan' | 'createdAtMs'
> {
  readonly name: string | null;
  readonly email: string | null;
  readonly isOnHold: boolean;
}

/**
 * The accounts that a text names: by their id or that of anything of theirs, by an invoice's number,
 * by Stripe's customer or payment, else by how the name or mail address begins, in any case of
 * letters. An empty text gives the first accounts in the order of their ids.
 */
export async function searchAccounts(
  ledger: Ledger,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<FoundAccount[]> {
  const named = await accountNamedBy(ledger, text);
  if (named !== undefined) {
    return readFound(ledger, 'a.account_id = $2', [limit, uuidOf(named)]);
  }
  if (text === '') return readFound(ledger, 'true', [limit]);
  // Two look-ups of their own: with an `or` neither index would be used.
  const byWords = `a.account_id in (
    select account_id from account_profiles where lower(name) like $2
    union select account_id from account_profiles where lower(email) like $2)`;
  return readFound(ledger, byWords, [limit, `${literal(text.toLowerCase())}%`]);
}

/** Undefined where the text is no id and no number. */
async function accountNamedBy(ledger: Ledger, text: string): Promise<AccountId | undefined> {
  if (isAccountId(text)) return text;
  const owner = accountOfId(text);
  if (owner !== undefined) return owner;
  if (text.startsWith('cus_')) return findAccount(ledger, { kind: 'customer', key: text });
  if (text.startsWith('pi_')) return findAccount(ledger, { kind: 'payment_intent', key: text });
  return (await findInvoiceByNumber(ledger, text.toUpperCase()))?.accountId;
}

function readFound(
  ledger: Ledger,
  condition: string,
  values: readonly unknown[],
): Promise<FoundAccount[]> {
  return ledger.run(
    `select a.account_id as "accountId", a.currency, a.status, a.plan,
       a.created_at as "createdAtMs", p.name, p.email,
       a.admin_hold_since is not null as "isOnHold"
     from accounts a left join account_profiles p using (account_id)
     where ${condition} order by a.account_id limit $1`,
    values,
  );
}

/** The text as a pattern that means itself. */
function literal(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** What an operator's first page counts. */
export interface AccountCounts {
  readonly accounts: number;
  readonly onHold: number;
  readonly closed: number;
  /** Purchases whose end is not known yet. */
  readonly openPurchases: number;
}

/** Counts for the operators' first page. */
export async function countAccounts(ledger: Ledger): Promise<AccountCounts> {
  const [counts] = await ledger.run<AccountCounts>(
    `select (select count(*) from accounts) as accounts,
       (select count(*) from accounts where admin_hold_since is not null) as "onHold",
       (select count(*) from accounts where status = 'closed') as closed,
       (select count(*) from purchases where final_at is null) as "openPurchases"`,
  );
  if (counts === undefined) throw new Error('counting answered no row');
  return counts;
}
