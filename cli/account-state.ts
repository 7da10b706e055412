import { failure } from '../domain/failures.ts';
import { readAccount, type AccountState } from '../ledger/accounts.ts';
import type { Session } from './session.ts';

/** @throws SolventError account_not_found. */
export async function accountState(session: Session, accountId: string): Promise<AccountState> {
  const state = await readAccount(await session.ledger(), { accountId });
  if (state === undefined) throw failure('account_not_found', `It was ${accountId}.`);
  return state;
}
