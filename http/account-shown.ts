import { accountNowMs } from '../domain/account-time.ts';
import { failure } from '../domain/failures.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { readAccount } from '../ledger/accounts.ts';
import { listCards } from '../ledger/payment-methods.ts';
import { accountResource, type AccountResource } from './account-resource.ts';
import type { HttpDependencies } from './dependencies.ts';

/** An account as it is now. Throws account_not_found. */
export async function showAccount(
  accountId: string,
  { ledger, policies, settings: { publicUrl }, nowMs }: HttpDependencies,
): Promise<AccountResource> {
  const facts = await readAccount(ledger, { accountId });
  if (facts === undefined) throw failure('account_not_found');
  const cards = await listCards(ledger, { accountId });
  const now = accountNowMs(facts.account, nowMs());
  const policy = policyAt(await policies.read(), now);
  return accountResource({ ...facts, cards }, policy, now, publicUrl);
}
