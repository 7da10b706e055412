import type { Account, AccountId } from '../domain/account.ts';
import { accountNowMs } from '../domain/account-time.ts';
import { refusal, type Refusal } from '../domain/failures.ts';
import { renewalOf } from '../domain/notices.ts';
import { accountOfId } from '../domain/ids.ts';
import { ZERO, type Micros } from '../domain/money.ts';
import { cardSourceOf, type CardSource } from '../domain/payment.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import { policyAt, type PolicySchedule } from '../domain/policy-schedule.ts';
import { decideOpenPurchase, isFinal, type Purchase } from '../domain/purchase.ts';
import { applyChange, applyChanges } from './change.ts';
import type { Ledger } from './database.ts';
import type { Decision } from './decision.ts';
import { purchaseNamed, type AccountFacts } from './facts.ts';
import { purchaseOf, type KeptRequest, type StoredPurchase } from './purchase-rows.ts';

export interface PurchaseName {
  readonly accountId: AccountId;
  readonly purchaseId: string;
}

export interface OpenPurchaseInput extends PurchaseName {
  /** Credits asked for; tax comes on top. */
  readonly amount: Micros;
  readonly currency: string;
  readonly confirmDuplicate: boolean;
  /** "pm_…" or "ctoken_…"; null: the default card on file. */
  readonly paymentMethodId: string | null;
  /** Kept beside the purchase for a run that is lost; of no weight for the decision. */
  readonly request?: KeptRequest;
  /** The clock: who opens a purchase does not know the account's own time yet. */
  readonly nowMs: number;
}

export type OpenPurchaseOutcome =
  | {
      /** `stored`: asked for before. Its purchase may be in any state, final ones included. */
      readonly status: 'opened' | 'refused' | 'stored';
      readonly purchase: Purchase;
      readonly account: Account;
      /** What is charged, chosen when it was opened; null where it was refused then. */
      readonly source: CardSource | null;
      /** The source as a card of this account; null where a new card pays. */
      readonly card: SavedCard | null;
    }
  /** account_not_found or idempotency_key_reused: nothing was recorded. */
  | { readonly status: 'failed'; readonly refusal: Refusal };

/**
 * Opens a purchase, or refuses it by rule; both are recorded. It may be called with the same input
 * again and again, also after a month: the stored purchase comes back and nothing is decided. Other
 * input under the same purchase id fails (B19).
 */
export async function openPurchase(
  ledger: Ledger,
  input: OpenPurchaseInput,
  policies: PolicySchedule,
): Promise<OpenPurchaseOutcome> {
  const { accountId, purchaseId, amount, currency, confirmDuplicate, paymentMethodId } = input;
  if (accountOfId(purchaseId) !== accountId) {
    throw new RangeError(`${purchaseId} is no purchase of ${accountId}`);
  }
  const [outcome] = await applyChanges(ledger, [
    {
      accountId,
      reads: { purchaseId, cards: true },
      entry: {
        key: `purchase/${purchaseId}:open`,
        input: { amount, currency, confirmDuplicate, paymentMethodId },
        policies,
        occurredAtMs: input.nowMs,
      },
      decide: (facts) => open(facts, input, policies),
    },
  ]);
  switch (outcome?.status) {
    case 'recorded':
      return { status: outcome.result.status, ...openedFrom(outcome.facts, purchaseId) };
    case 'stored':
      return { status: 'stored', ...openedFrom(outcome.facts, purchaseId) };
    case 'conflict':
      return { status: 'failed', refusal: refusal('idempotency_key_reused') };
    case 'account_not_found':
    case undefined:
      return { status: 'failed', refusal: refusal('account_not_found') };
  }
}

function open(
  facts: AccountFacts,
  input: OpenPurchaseInput,
  policies: PolicySchedule,
): Decision<{ status: 'opened' | 'refused' }> {
  const { accountId, purchaseId, amount, currency } = input;
  const nowMs = accountNowMs(facts.account, input.nowMs);
  const decision = decideOpenPurchase(facts, input, policyAt(policies, nowMs), nowMs);
  const opened = {
    accountId,
    purchaseId,
    currency,
    openedAtMs: nowMs,
    openedEventId: facts.balances.version + 1,
    paymentIntentId: null,
    decline: null,
    receiptSequence: null,
    receiptNumber: null,
    lotId: null,
    paidUnbilled: null,
    chargeId: null,
    capturedAtMs: null,
    authenticationSinceMs: null,
    request: input.request ?? null,
  };
  if (decision.admitted) {
    const { event, source } = decision;
    const { credits, tax } = event;
    const purchase: StoredPurchase = {
      ...opened,
      state: 'pending',
      credits,
      tax,
      paymentMethodId: source.id,
      finalAtMs: null,
      refusal: null,
    };
    return { events: [event], occurredAtMs: nowMs, purchase, result: { status: 'opened' } };
  }
  const { event } = decision;
  const purchase: StoredPurchase = {
    ...opened,
    state: 'refused',
    credits: amount,
    tax: ZERO,
    paymentMethodId: null,
    finalAtMs: nowMs,
    refusal: decision.refusal,
  };
  return { events: [event], occurredAtMs: nowMs, purchase, result: { status: 'refused' } };
}

function openedFrom({ account, cards, removedCards, ...facts }: AccountFacts, purchaseId: string) {
  const purchase = facts.purchases.get(purchaseId);
  if (purchase === undefined) throw new Error(`${purchaseId} was opened, but has no row`);
  const { paymentMethodId } = purchase;
  const card = [...cards, ...removedCards].find(
    (candidate) => candidate.paymentMethodId === paymentMethodId,
  );
  return {
    purchase: purchaseOf(purchase),
    account,
    source: paymentMethodId === null ? null : (cardSourceOf(paymentMethodId) ?? null),
    card: card ?? null,
  };
}

/**
 * Records Stripe's payment of a purchase, before it is confirmed. A repeat changes nothing.
 * @throws SolventError account_not_found, purchase_not_found; Error where the purchase has another
 * payment already: one purchase is one payment for ever.
 */
export async function recordPayment(
  ledger: Ledger,
  { accountId, purchaseId, paymentIntentId }: PurchaseName & { readonly paymentIntentId: string },
): Promise<Purchase> {
  const { result } = await applyChange(ledger, {
    accountId,
    reads: { purchaseId },
    entry: null,
    decide(facts) {
      const before = purchaseNamed(facts, purchaseId);
      if (before.paymentIntentId === paymentIntentId) return { result: purchaseOf(before) };
      if (before.paymentIntentId !== null) {
        throw new Error(
          `${purchaseId} is paid by ${before.paymentIntentId}, not ${paymentIntentId}`,
        );
      }
      const purchase = { ...before, paymentIntentId };
      const locators = [{ kind: 'payment_intent' as const, key: paymentIntentId }];
      return { purchase, locators, result: purchaseOf(purchase) };
    },
  });
  return result;
}

/**
 * Records whether the bank waits for the customer. With a `reminder` the customer is told so: 0 is
 * the first notice, each number is sent once (R13). A final purchase stays as it is (B2).
 * @throws SolventError account_not_found, purchase_not_found.
 */
export async function recordPaymentState(
  ledger: Ledger,
  input: PurchaseName & {
    readonly state: 'pending' | 'requires_action';
    readonly reminder: number | null;
    readonly nowMs: number;
  },
): Promise<Purchase> {
  const { accountId, purchaseId, state, reminder, nowMs } = input;
  const { result } = await applyChange(ledger, {
    accountId,
    reads: { purchaseId },
    entry: null,
    decide(facts) {
      const before = purchaseNamed(facts, purchaseId);
      if (isFinal(before.state)) return { result: purchaseOf(before) };
      const authenticationSinceMs =
        before.authenticationSinceMs ?? (state === 'requires_action' ? nowMs : null);
      const purchase = { ...before, state, authenticationSinceMs };
      const result = purchaseOf(purchase);
      if (reminder === null) return { purchase, result };
      const { credits } = purchase;
      const notice = { kind: 'authentication_needed' as const, purchaseId, credits, reminder };
      return { purchase, result, notices: [{ notice, occurredAtMs: nowMs }] };
    },
  });
  return result;
}

/**
 * Tells the customer of a new link, where the bank still asks (R13). However often it is asked for,
 * one mail goes out every few minutes.
 * @throws SolventError account_not_found, purchase_not_found.
 */
export async function requestAuthenticationLink(
  ledger: Ledger,
  { accountId, purchaseId, nowMs }: PurchaseName & { readonly nowMs: number },
): Promise<Purchase> {
  const { result } = await applyChange(ledger, {
    accountId,
    reads: { purchaseId },
    entry: null,
    decide(facts) {
      const stored = purchaseNamed(facts, purchaseId);
      const { state, credits, authenticationSinceMs } = stored;
      if (state !== 'requires_action') return { result: purchaseOf(stored) };
      const renewal = renewalOf(authenticationSinceMs ?? nowMs, nowMs);
      const notice = { kind: 'authentication_renewed' as const, purchaseId, credits, renewal };
      return { result: purchaseOf(stored), notices: [{ notice, occurredAtMs: nowMs }] };
    },
  });
  return result;
}
