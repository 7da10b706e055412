import { decideAccess, leastCost } from '../../domain/access.ts';
import { accessAnswer, type AccessAnswer } from '../../domain/access-answer.ts';
import { accountNowMs } from '../../domain/account-time.ts';
import { failure } from '../../domain/failures.ts';
import { currency, type Currency } from '../../domain/currencies.ts';
import { formatDecimal, formatMoney, ZERO, type Micros } from '../../domain/money.ts';
import type {
  Account,
  Balances,
  CreditLot,
  OpenInvoice,
  UnbilledPeriod,
} from '../../domain/account.ts';
import type { SavedCard } from '../../domain/payment-methods.ts';
import { currencyPolicyOf, type CurrencyPolicy, type Policy } from '../../domain/policy.ts';
import { policyAt } from '../../domain/policy-schedule.ts';
import type { Tier } from '../../domain/tiers.ts';
import { readAccessFacts } from '../../ledger/access.ts';
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
  /** Until when one of the cards can be charged; null: there is none. */
  readonly cardUsableUntilMs: number | null;
  readonly lots: readonly CreditLot[];
  /** Something is still to be paid of each. */
  readonly openInvoices: readonly OpenInvoice[];
  readonly tier: Tier;
  readonly limit: Micros;
  /** The most the customer may choose to owe. */
  readonly ceiling: Micros;
  /** May a request run, and if not, why (R54)? */
  readonly access: AccessAnswer;
  /** In force at `nowMs`. */
  readonly policy: Policy;
  readonly policyRow: CurrencyPolicy;
  readonly money: Currency;
  /** The account's own time: the clock, plus its test clock's offset. */
  readonly nowMs: number;
  /** Writes an amount as people read it. */
  readonly show: (amount: Micros) => string;
  /** Writes an amount as it is typed. */
  readonly write: (amount: Micros) => string;
  readonly zero: Micros;
}

/** `model`: of which `access` tells. Throws account_not_found, which a portal session for a deleted account would meet. */
export async function readAccountView(
  accountId: string,
  { ledger, policies, nowMs }: HttpDependencies,
  model: string | null = null,
): Promise<AccountView> {
  const [facts, accessFacts, cards, profile, schedule] = await Promise.all([
    readAccount(ledger, { accountId }),
    readAccessFacts(ledger, accountId),
    listCards(ledger, { accountId }),
    readProfile(ledger, { accountId }),
    policies.read(),
  ]);
  if (facts === undefined || accessFacts === undefined) throw failure('account_not_found');
  const { account, balances, lots, unbilledPeriods } = facts;
  const now = accountNowMs(account, nowMs());
  const money = currency(account.currency);
  const policy = policyAt(schedule, now);
  const { tier, limit, ceiling } = standingOf({ account, balances, cards }, policy, now);
  const decision = decideAccess(accessFacts, { cost: leastCost, model }, policy, now);
  return {
    account,
    name: profile?.name ?? accountId,
    balances,
    unbilledPeriods,
    cards,
    lots,
    openInvoices: accessFacts.openInvoices,
    cardUsableUntilMs: accessFacts.cardUsableUntilMs,
    tier,
    limit,
    ceiling,
    access: accessAnswer(decision, account, policy),
    policy,
    policyRow: currencyPolicyOf(policy, account.currency),
    money,
    nowMs: now,
    show: (amount) => formatMoney(amount, money),
    write: (amount) => formatDecimal(amount, money),
    zero: ZERO,
  };
}
