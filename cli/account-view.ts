import { instant } from '../domain/answer-values.ts';
import type { Account, Balances } from '../domain/account.ts';
import { accountAnswer } from '../domain/account-answer.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { cardName } from '../domain/cards.ts';
import type { Micros } from '../domain/money.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import { standingOf, type Standing } from '../domain/standing.ts';
import { tierName } from '../domain/tiers.ts';
import { listCards } from '../ledger/payment-methods.ts';
import { readProfile } from '../ledger/profiles.ts';
import { accountState } from './account-state.ts';
import type { Json } from './json.ts';
import type { Session } from './session.ts';
import { facts, money, utcTime } from './words.ts';

/** What is shown of an account: its facts, and what follows from them by policy now. */
export interface AccountView extends Standing {
  readonly account: Account;
  readonly balances: Balances;
  readonly cards: readonly SavedCard[];
  readonly name: string | null;
  readonly email: string | null;
}

/** @throws SolventError account_not_found. */
export async function viewAccount(session: Session, accountId: string): Promise<AccountView> {
  const ledger = await session.ledger();
  const { account, balances } = await accountState(session, accountId);
  const cards = await listCards(ledger, { accountId });
  const profile = await readProfile(ledger, { accountId });
  const nowMs = accountNowMs(account, session.nowMs());
  const policy = policyAt(await session.policies.read(), nowMs);
  return {
    account,
    balances,
    cards,
    name: profile?.name ?? null,
    email: profile?.email ?? null,
    ...standingOf({ account, balances, cards }, policy, nowMs),
  };
}

/** The pots apart (R24), the tier in words (R25), what is owed and may be owed (R16, R18). */
export function accountWords(view: AccountView): string {
  const { account, balances, cards, tier, limit, owed } = view;
  const show = (value: Micros) => money(value, account.currency);
  const place = [account.taxCountry, account.taxRegion].filter((part) => part !== null).join('-');
  const rows = facts([
    ['Name', view.name],
    ['Mail', view.email],
    ['Status', account.status],
    ['Tier', tierName(tier)],
    ['Purchased credits', show(balances.purchased)],
    ['Free credits', show(balances.free)],
    ['Held by requests', show(balances.held)],
    ['Held of the limit', balances.heldPostpaid > 0 ? show(balances.heldPostpaid) : null],
    ['Owed', `${show(owed)}, of at most ${show(limit)}`],
    ['Time zone', account.timeZone],
    ['Retries after days', account.retryAfterDays?.join(', ') ?? null],
    ['On hold', account.adminHold === null ? null : account.adminHold.reason],
    ['Net days', account.netDays === null ? null : `${account.netDays}`],
    ['Mails at credits of', account.lowBalanceThresholds.map(show).join(', ') || null],
    ['Going back to card', balances.refundsDue > 0 ? show(balances.refundsDue) : null],
    ['Paid so far', `${show(balances.lifetimePaid)}, without tax`],
    ['Taxed in', place === '' ? 'not known (no tax)' : place],
    ['Cards', cards.length === 0 ? 'none' : cards.map(cardLine).join('; ')],
    ['Created', utcTime(account.createdAtMs)],
  ]);
  return `${account.accountId}\n${rows}`;
}

function cardLine(saved: SavedCard): string {
  return `${cardName(saved.card)}${saved.isDefault ? ' (default)' : ''}`;
}

export function accountJson(view: AccountView): Readonly<Record<string, Json>> {
  const { account, balances, cards } = view;
  return {
    ...accountAnswer(account, balances, view),
    name: view.name,
    email: view.email,
    retryAfterDays: account.retryAfterDays && [...account.retryAfterDays],
    adminHold: account.adminHold && {
      reason: account.adminHold.reason,
      since: instant(account.adminHold.sinceMs),
    },
    cards: cards.map(cardJson),
  };
}

export function cardJson({ paymentMethodId, card, isDefault, savedAtMs }: SavedCard): Json {
  const { brand, last4, funding, expiryMonth, expiryYear } = card;
  return {
    id: paymentMethodId,
    brand,
    last4,
    funding,
    expiryMonth,
    expiryYear,
    isDefault,
    savedAt: instant(savedAtMs),
  };
}
