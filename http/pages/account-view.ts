import { accountNowMs } from '../../domain/account-time.ts';
import { failure } from '../../domain/failures.ts';
import { currency, type Currency } from '../../domain/currencies.ts';
import { formatMoney, type Micros } from '../../domain/money.ts';
import type { Account, Balances, CreditLot, UnbilledPeriod } from '../../domain/account.ts';
import type { SavedCard } from '../../domain/payment-methods.ts';
import { currencyPolicyOf, type CurrencyPolicy, type Policy } from '../../domain/policy.ts';
import { policyAt } from '../../domain/policy-schedule.ts';
import type { Tier } from '../../domain/tiers.ts';
import { readAccount } from '../../ledger/accounts.ts';
import { listCards } from '../../ledger/payment-methods.ts';
import { readProfile } from '../../ledger/profiles.ts';
import { standingOf } from '../../domain/standing.ts';
import type { HttpDependencies } from '../dependencies.ts';

/** What the pages show of an account, read anew for every page. */
export interface AccountView {
  readonly account: Account;
  /** The profile's name, else the id. */
  readonly name: string;
  readonly balances: Balances;
  readonly unbilledPeriods: readonly UnbilledPeriod[];
  readonly cards: readonly SavedCard[];
  readonly lots: readonly CreditLot[];
  readonly tier: Tier;
  readonly limit: Micros;
  /** In force at `nowMs`. */
  readonly policy: Policy;
  readonly policyRow: CurrencyPolicy;
  readonly money: Currency;
  /** The account's own time: the clock, plus its test clock's offset. */
  readonly nowMs: number;
  /** Writes an amount as people read it. */
  readonly show: (amount: Micros) => string;
}

/** Throws account_not_found, which a portal session for a deleted account would meet. */
export async function readAccountView(
  accountId: string,
  { ledger, policies, nowMs }: HttpDependencies,
): Promise<AccountView> {
  const [facts, cards, profile, schedule] = await Promise.all([
    readAccount(ledger, { accountId }),
    listCards(ledger, { accountId }),
    readProfile(ledger, { accountId }),
    policies.read(),
  ]);
  if (facts === undefined) throw failure('account_not_found');
  const { account, balances, lots, unbilledPeriods } = facts;
  const now = accountNowMs(account, nowMs());
  const money = currency(account.currency);
  const policy = policyAt(schedule, now);
  const { tier, limit } = standingOf({ account, balances, cards }, policy, now);
  return {
    account,
    name: profile?.name ?? accountId,
    balances,
    unbilledPeriods,
    cards,
    lots,
    tier,
    limit,
    policy,
    policyRow: currencyPolicyOf(policy, account.currency),
    money,
    nowMs: now,
    show: (amount) => formatMoney(amount, money),
  };
}
