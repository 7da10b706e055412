import { TypeID } from 'typeid-js';
import type { AccountId } from '../domain/account.ts';
import { isAccountId } from '../domain/ids.ts';

/** Whose entries belong to the house itself, not to a customer: the nil UUID. */
export const houseId: AccountId = 'acct_00000000000000000000000000';

/**
 * The UUID that tables hold. A text that is no account's id gives the house's, which has no row
 * among the accounts: so it is not found, as any unknown account.
 */
export function uuidOf(accountId: AccountId): string {
  return TypeID.fromString(isAccountId(accountId) ? accountId : houseId, 'acct').toUUID();
}

export function accountIdOf(uuid: string): AccountId {
  return TypeID.fromUUID('acct', uuid).toString();
}
