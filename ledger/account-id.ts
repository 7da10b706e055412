import { TypeID } from 'typeid-js';
import type { AccountId } from '../domain/account.ts';
import { isAccountId } from '../domain/ids.ts';

/** Whose entries belong to the house itself, not to a customer: the nil UUID. */
export const houseId: AccountId = 'acct_00000000000000000000000000';

/**
 * The UUID that tables hold. A text that is no account's id gives the house's, which has no row
 * among the accounts: so it is not found, as any unknown account. Bytes, not the package's UUID
 * text, which throws for ids whose version no UUID has: callers send such ids, too.
 */
export function uuidOf(accountId: AccountId): string {
  const id = TypeID.fromString(isAccountId(accountId) ? accountId : houseId, 'acct');
  const hex = Buffer.from(id.toUUIDBytes()).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function accountIdOf(uuid: string): AccountId {
  return TypeID.fromUUIDBytes('acct', Buffer.from(uuid.replaceAll('-', ''), 'hex')).toString();
}
