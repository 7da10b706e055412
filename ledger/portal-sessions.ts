import type { AccountId } from '../domain/account.ts';
import { isAccountId } from '../domain/ids.ts';
import { uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger } from './database.ts';
import { hashOfSecret, newSecret } from './secrets.ts';

/** A customer's short-lived way to the billing page, made by the backend. */
export interface PortalSession {
  readonly accountId: AccountId;
  /** Where the page leads back to. */
  readonly returnUrl: string | null;
  readonly expiresAtMs: number;
}

const prefix = 'ps_';
/** "ps_", the account's 26 characters, 64 hex digits of chance. */
const tokenPattern = /^ps_([0-9a-z]{26})_[0-9a-f]{64}$/;

/**
 * Makes a session. Its token carries the account, so that it is found among that account's rows;
 * only a hash of the token is kept.
 * @throws ConstraintViolation `portal_sessions_account_id_fkey` where there is no such account.
 */
export async function createPortalSession(
  ledger: Ledger,
  input: PortalSession & { readonly nowMs: number },
): Promise<{ readonly token: string }> {
  const { accountId, returnUrl, expiresAtMs, nowMs } = input;
  const token = newSecret(`${prefix}${accountId.slice('acct_'.length)}_`);
  await ledger.run(
    `insert into portal_sessions (account_id, token_hash, return_url, created_at, expires_at)
     values ($1, $2, $3, $4, $5)`,
    [uuidOf(accountId), hashOfSecret(token), returnUrl, instant(nowMs), instant(expiresAtMs)],
  );
  return { token };
}

/** The session of a token; undefined where it is unknown or over. */
export async function findPortalSession(
  ledger: Ledger,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<PortalSession | undefined> {
  const accountId = `acct_${tokenPattern.exec(token)?.[1] ?? ''}`;
  if (!isAccountId(accountId)) return undefined;
  const [session] = await ledger.run<PortalSession>(
    `select account_id as "accountId", return_url as "returnUrl", expires_at as "expiresAtMs"
     from portal_sessions where account_id = $1 and token_hash = $2 and expires_at > $3`,
    [uuidOf(accountId), hashOfSecret(token), instant(nowMs)],
  );
  return session;
}
