import type { Account } from '../domain/account.ts';
import type { BillingEvent } from '../domain/billing-events.ts';
import { balancesAfter, transfersOf } from '../domain/bookkeeping.ts';
import type { ChargeAttempt } from '../domain/charge-attempt.ts';
import { unbilledAfter } from '../domain/lots.ts';
import type { Notice } from '../domain/notices.ts';
import { isFinal } from '../domain/purchase.ts';
import type { AuditEntry } from './audit.ts';
import type { StoredCard } from './card-rows.ts';
import type { AccountFacts } from './facts.ts';
import type { Locator } from './locators.ts';
import type { StoredPurchase } from './purchase-rows.ts';

/** What a change does. All of it is recorded together, or nothing. */
export interface Decision<Result> {
  /** Plain JSON: it is stored, and answered again to every repeat. */
  readonly result: Result;
  readonly events?: readonly BillingEvent[];
  /** When they happened, where only the facts tell: an account's own time. Else the entry says. */
  readonly occurredAtMs?: number;
  /** The account's settings as they are after the change. */
  readonly account?: Account;
  /** The purchase as it is after the change. */
  readonly purchase?: StoredPurchase;
  /** Cards that the change adds or alters, as they are after it; removed ones with their time. */
  readonly cards?: readonly StoredCard[];
  readonly attempt?: ChargeAttempt & { readonly purchaseId: string };
  readonly notices?: readonly { readonly notice: Notice; readonly occurredAtMs: number }[];
  readonly locators?: readonly Omit<Locator, 'accountId'>[];
  readonly audit?: Omit<AuditEntry, 'accountId'>;
}

/** The account's facts after a decision: what the next change to it decides from. */
export function factsAfter(facts: AccountFacts, decision: Decision<unknown>): AccountFacts {
  const { account = facts.account, purchase } = decision;
  let { balances, unbilledPeriods } = facts;
  for (const event of decision.events ?? []) {
    unbilledPeriods = unbilledAfter(unbilledPeriods, transfersOf(event, balances.version + 1));
    balances = balancesAfter(balances, event);
  }
  return {
    ...facts,
    ...{ account, balances, unbilledPeriods },
    ...(purchase === undefined ? {} : withPurchase(facts, purchase)),
    ...(decision.cards === undefined ? {} : withCards(facts, decision.cards)),
  };
}

function withPurchase(facts: AccountFacts, purchase: StoredPurchase) {
  const purchases = new Map(facts.purchases).set(purchase.purchaseId, purchase);
  const openPurchases = [...purchases.values()].filter(({ state }) => !isFinal(state));
  return { purchases, openPurchases, receipts: purchase.receiptSequence ?? facts.receipts };
}

function withCards(facts: AccountFacts, changed: readonly StoredCard[]) {
  const all = new Map([...facts.cards, ...facts.removedCards].map((card) => [idOf(card), card]));
  for (const card of changed) all.set(idOf(card), card);
  return {
    cards: [...all.values()].filter(({ removedAtMs }) => removedAtMs === null),
    removedCards: [...all.values()].filter(({ removedAtMs }) => removedAtMs !== null),
  };
}

function idOf({ paymentMethodId }: StoredCard): string {
  return paymentMethodId;
}
