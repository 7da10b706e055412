import type { AccountId } from '../domain/account.ts';
import { isAccountId } from '../domain/ids.ts';
import type { Invoice } from '../domain/invoices.ts';
import type { Purchase, PurchaseState } from '../domain/purchase.ts';
import { uuidOf } from './account-id.ts';
import { instant } from './columns.ts';
import type { Ledger, Session } from './database.ts';
import { readInvoice } from './invoice-documents.ts';
import type { PurchaseName } from './purchase-opening.ts';
import { purchaseOf, readPurchaseRows } from './purchase-rows.ts';
import { hashOfSecret, newSecret } from './secrets.ts';

/** Why a link leads nowhere any more; `good` where it still does. */
export type LinkState = 'good' | 'used' | 'replaced' | 'expired';

/** A link that was mailed, and the purchase that it confirms or the invoice that it pays. */
export type AuthenticationLink = PurchaseLink | InvoiceLink;

export interface PurchaseLink {
  readonly state: LinkState;
  readonly purchase: Purchase;
}

export interface InvoiceLink {
  readonly state: LinkState;
  readonly invoice: Invoice;
}

export type MadeLink =
  | { readonly status: 'made'; readonly token: string; readonly expiresAtMs: number }
  /** The bank asks nothing of this customer (any more). */
  | { readonly status: 'not_waiting'; readonly state: PurchaseState }
  | { readonly status: 'not_found' };

const prefix = 'pay_';
/** "pay_", the account's 26 characters, 64 hex digits of chance. */
const tokenPattern = /^pay_([0-9a-z]{26})_[0-9a-f]{64}$/;

/**
 * Makes the customer's link to the bank's page, good once and until the purchase's authentication
 * expires; an older one is dead from then on (R13). Only a hash of the token is kept.
 * @param input.validMs how long an authentication is waited for, from its begin
 */
export async function createAuthenticationLink(
  ledger: Ledger,
  input: PurchaseName & { readonly validMs: number; readonly nowMs: number },
): Promise<MadeLink> {
  const { accountId, purchaseId, validMs, nowMs } = input;
  return ledger.transaction(async (session) => {
    const purchase = await lockPurchase(session, accountId, purchaseId);
    if (purchase === undefined) return { status: 'not_found' };
    const { state, authenticationSinceMs } = purchase;
    if (state !== 'requires_action') return { status: 'not_waiting', state };
    const token = newLinkToken(accountId);
    const expiresAtMs = (authenticationSinceMs ?? nowMs) + validMs;
    session.write(
      `update authentication_links set replaced_at = $3
       where account_id = $1 and purchase_id = $2 and used_at is null and replaced_at is null`,
      [uuidOf(accountId), purchaseId, instant(nowMs)],
    );
    session.write(
      `insert into authentication_links (account_id, token_hash, purchase_id, created_at, expires_at)
       values ($1, $2, $3, $4, $5)`,
      [uuidOf(accountId), hashOfSecret(token), purchaseId, instant(nowMs), instant(expiresAtMs)],
    );
    return { status: 'made', token, expiresAtMs };
  });
}

/** The lock makes two who renew at once take turns: the later link is the one that lives. */
async function lockPurchase(session: Session, accountId: AccountId, purchaseId: string) {
  const [purchase] = await session.read<{
    state: PurchaseState;
    authenticationSinceMs: number | null;
  }>(
    `select state, authentication_since as "authenticationSinceMs" from purchases
     where account_id = $1 and purchase_id = $2 for update`,
    [uuidOf(accountId), purchaseId],
  );
  return purchase;
}

/** A secret for one link; it begins with its account, so that the account's rows are found by it. */
export function newLinkToken(accountId: AccountId): string {
  return newSecret(`${prefix}${accountId.slice('acct_'.length)}_`);
}

/** The account that a token belongs to; undefined for what is no token. */
export function accountOfLink(token: string): AccountId | undefined {
  const accountId = `acct_${tokenPattern.exec(token)?.[1] ?? ''}`;
  return isAccountId(accountId) ? accountId : undefined;
}

/** Looks a link up without using it; undefined where there is none. */
export async function findAuthenticationLink(
  ledger: Ledger,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<AuthenticationLink | undefined> {
  const accountId = accountOfLink(token);
  if (accountId === undefined) return undefined;
  const [link] = await ledger.run<FoundLink>(
    `select purchase_id as "purchaseId", invoice_id as "invoiceId",
       case when used_at is not null then 'used' when replaced_at is not null then 'replaced'
         when expires_at <= $3 then 'expired' else 'good' end as state
     from authentication_links where account_id = $1 and token_hash = $2`,
    [uuidOf(accountId), hashOfSecret(token), instant(nowMs)],
  );
  if (link === undefined) return undefined;
  const { state, purchaseId, invoiceId } = link;
  if (invoiceId !== null) {
    const invoice = await readInvoice(ledger, { accountId, invoiceId });
    return invoice && { state, invoice };
  }
  const [row] = await readPurchaseRows(ledger, uuidOf(accountId), purchaseId);
  return row && { state, purchase: purchaseOf(row) };
}

/** What a link is for: one of the two. */
type FoundLink = { readonly state: LinkState } & (
  | { readonly purchaseId: string; readonly invoiceId: null }
  | { readonly purchaseId: null; readonly invoiceId: string }
);

/** Uses a link up. False where it is not good, or somebody was quicker: it leads nowhere then. */
export async function useAuthenticationLink(
  ledger: Ledger,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<boolean> {
  const accountId = accountOfLink(token);
  if (accountId === undefined) return false;
  const used = await ledger.run(
    `update authentication_links set used_at = $3
     where account_id = $1 and token_hash = $2 and used_at is null and replaced_at is null
       and expires_at > $3 returning account_id`,
    [uuidOf(accountId), hashOfSecret(token), instant(nowMs)],
  );
  return used.length > 0;
}
