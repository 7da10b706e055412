import type { Account, AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { usableUntilMs } from '../domain/cards.ts';
import { withAccount, type CurrencyImpact } from '../domain/policy-impact.ts';
import { policyAt, type PolicyActivation } from '../domain/policy-schedule.ts';
import type { StandingFacts } from '../domain/standing.ts';
import { uuidOf } from './account-id.ts';
import { readBalances } from './account-rows.ts';
import { listAccounts } from './accounts.ts';
import { readCards, type CardRow } from './card-rows.ts';
import type { Ledger } from './database.ts';
import { readSchedule } from './policies.ts';
import { countWithoutNotice } from './policy-notices.ts';

export interface PolicyPreview {
  /** What would be in force at that instant otherwise. */
  readonly instead: string;
  readonly impacts: readonly CurrencyImpact[];
  /** Open accounts not told early enough of an expiry (R2); null: it brings none. */
  readonly withoutNotice: number | null;
}

const accountsInPage = 500;

/**
 * Whom a policy would touch: every open account, as it stands now, under it and under the one that
 * would be in force otherwise. Reads page by page while work goes on, and changes nothing.
 */
export async function previewPolicy(
  ledger: Ledger,
  activation: PolicyActivation & { readonly nowMs: number },
): Promise<PolicyPreview> {
  const { policy: after, effectiveAtMs, nowMs } = activation;
  const before = policyAt(await readSchedule(ledger), effectiveAtMs);
  let impacts: readonly CurrencyImpact[] = [];
  let cursor: string | null = null;
  do {
    const page = await listAccounts(ledger, { cursor, limit: accountsInPage });
    const open = page.accounts.filter(({ status }) => status === 'open');
    for (const facts of await readStandingFacts(ledger, open)) {
      const at = accountNowMs(facts.account, nowMs);
      impacts = withAccount(impacts, facts, { before, after, nowMs: at });
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  const expires = after.purchasedCreditsExpireAfterMs !== null;
  const withoutNotice = expires
    ? await ledger.snapshot((session) => countWithoutNotice(session, activation))
    : null;
  return { instead: before.version, impacts, withoutNotice };
}

async function readStandingFacts(
  ledger: Ledger,
  accounts: readonly Account[],
): Promise<StandingFacts[]> {
  const uuids = accounts.map(({ accountId }) => uuidOf(accountId));
  const [balances, cards] = await ledger.snapshot((session) =>
    Promise.all([readBalances(session, uuids), readCards(session, uuids)]),
  );
  const balancesOf = new Map(balances.map((row) => [row.accountId, row]));
  const cardsOf = cardsOnFile(cards);
  return accounts.map((account) => {
    const totals = balancesOf.get(account.accountId);
    if (totals === undefined) throw new Error(`${account.accountId} has no balances`);
    const cardUsableUntilMs = usableUntilMs(cardsOf.get(account.accountId) ?? []);
    return { account, balances: totals, cardUsableUntilMs };
  });
}

function cardsOnFile(rows: readonly CardRow[]): Map<AccountId, CardRow['card'][]> {
  const found = new Map<AccountId, CardRow['card'][]>();
  for (const { accountId, card, removedAtMs } of rows) {
    if (removedAtMs !== null) continue;
    const others = found.get(accountId);
    if (others === undefined) found.set(accountId, [card]);
    else others.push(card);
  }
  return found;
}
