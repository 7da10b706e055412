import type { AccountId } from './account.ts';
import type { Period } from './period.ts';

/**
 * Public ids. One that belongs to an account carries it, so that any part of the system finds the
 * account's rows, and its shard, without a look-up: `pur_<account, 26 characters>_<16 hex>`.
 */
const accountPattern = /^acct_([0-7][0-9a-hjkmnp-tv-z]{25})$/;
const ownedPattern =
  /^(?:pur|setup|whe|msg|grant|cn|inv|ipay)_([0-7][0-9a-hjkmnp-tv-z]{25})_[0-9a-f]{16}$/;
/** An invoice's has its month, and a number from the second of a month on. */
const invoicePattern = /^inv_([0-7][0-9a-hjkmnp-tv-z]{25})_\d{6}(?:_\d{1,3})?$/;

/** True for `acct_` and the 26 characters of a TypeID. */
export function isAccountId(text: string): boolean {
  return accountPattern.test(text);
}

/** The account that what has this id belongs to; undefined where it is no id that tells one. */
export function accountOfId(ownedId: string): AccountId | undefined {
  const suffix = (ownedPattern.exec(ownedId) ?? invoicePattern.exec(ownedId))?.[1];
  return suffix === undefined ? undefined : `acct_${suffix}`;
}

/** The id of a purchase; `digest`: the first 16 hex digits of a hash of the caller's idempotency key. */
export function purchaseIdFor(accountId: AccountId, digest: string): string {
  return ownedId('pur', accountId, digest);
}

/** The id of a card's set-up; see {@link purchaseIdFor}. */
export function setupIdFor(accountId: AccountId, digest: string): string {
  return ownedId('setup', accountId, digest);
}

/** A webhook endpoint's id; the operator's belong to the house. See {@link purchaseIdFor}. */
export function webhookEndpointIdFor(accountId: AccountId, digest: string): string {
  return ownedId('whe', accountId, digest);
}

/** The id of a message to webhook endpoints: what receivers know repeats by. */
export function webhookMessageIdFor(accountId: AccountId, digest: string): string {
  return ownedId('msg', accountId, digest);
}

/** The id of a grant of free credits; see {@link purchaseIdFor}. */
export function grantIdFor(accountId: AccountId, digest: string): string {
  return ownedId('grant', accountId, digest);
}

/** The id of a credit note; see {@link purchaseIdFor}. */
export function creditNoteIdFor(accountId: AccountId, digest: string): string {
  return ownedId('cn', accountId, digest);
}

/** The id of a payment of an invoice; see {@link purchaseIdFor}. */
export function invoicePaymentIdFor(accountId: AccountId, digest: string): string {
  return ownedId('ipay', accountId, digest);
}

/**
 * The id of an account's invoice of a month (B8): the same, whoever makes it and however often. One
 * that replaces a void one counts on from 2.
 */
export function invoiceIdFor(accountId: AccountId, period: Period, version = 1): string {
  const month = period.replace('-', '');
  const base = `inv_${accountId.slice('acct_'.length)}_${month}`;
  return version === 1 ? base : `${base}_${version}`;
}

/** The id of an invoice that was issued elsewhere; `digest` is of its number there. */
export function importedInvoiceIdFor(accountId: AccountId, digest: string): string {
  return ownedId('inv', accountId, digest);
}

function ownedId(
  prefix: 'pur' | 'setup' | 'whe' | 'msg' | 'grant' | 'cn' | 'inv' | 'ipay',
  accountId: AccountId,
  digest: string,
): string {
  const id = `${prefix}_${accountId.slice('acct_'.length)}_${digest}`;
  if (accountOfId(id) !== accountId) throw new RangeError(`cannot make an id of "${accountId}"`);
  return id;
}
