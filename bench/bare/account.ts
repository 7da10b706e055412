import type { Account, AccountId } from '../../domain/account.ts';

/** An account for answers of what knows nothing of accounts. */
export function someAccount(accountId: AccountId): Account {
  return {
    accountId,
    currency: 'usd',
    status: 'open',
    plan: 'build',
    customerId: null,
    taxCountry: null,
    taxRegion: null,
    ownBalanceLimit: null,
    balanceLimitCeiling: null,
    netDays: null,
    timeZone: null,
    retryAfterDays: null,
    lowBalanceThresholds: [],
    adminHold: null,
    testClockOffsetMs: 0,
    createdAtMs: 0,
  };
}
