import type { Account, Balances } from './account.ts';
import { decimal, instant } from './answer-values.ts';
import type { Micros } from './money.ts';
import type { Standing } from './standing.ts';
import { tierName } from './tiers.ts';

/** What the API and `--json` tell alike of an account: facts, and how it stands by policy (R56). */
export function accountAnswer(
  account: Account,
  balances: Balances,
  { tier, limit, ceiling, owed }: Standing,
) {
  const amount = (value: Micros) => decimal(value, account.currency);
  const { accountId, ownBalanceLimit } = account;
  return {
    id: accountId,
    status: account.status,
    currency: account.currency,
    plan: account.plan,
    tier: { code: tier, name: tierName(tier) },
    balances: {
      purchased: amount(balances.purchased),
      free: amount(balances.free),
      held: amount(balances.held),
      heldPostpaid: amount(balances.heldPostpaid),
      refundsDue: amount(balances.refundsDue),
    },
    owed: amount(owed),
    unbilled: amount(balances.unbilled),
    invoiced: amount(balances.invoiced),
    lifetimePaid: amount(balances.lifetimePaid),
    balanceLimit: {
      effective: amount(limit),
      own: ownBalanceLimit === null ? null : amount(ownBalanceLimit),
      ceiling: amount(ceiling),
    },
    lowBalanceThresholds: account.lowBalanceThresholds.map(amount),
    netDays: account.netDays,
    timeZone: account.timeZone,
    taxPlace: { country: account.taxCountry, region: account.taxRegion },
    createdAt: instant(account.createdAtMs),
  };
}
