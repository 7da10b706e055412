import { decideCard, type Card, type CardDecision, type CardUse } from '../domain/cards.ts';
import { refusal } from '../domain/failures.ts';
import type { CardSource, SetupAnswer } from '../domain/payment.ts';
import type { SavedCard } from '../domain/payment-methods.ts';
import { policyAt } from '../domain/policy-schedule.ts';
import * as cards from '../gateway/cards.ts';
import { readAccount } from '../ledger/accounts.ts';
import { readCardEvidence, refuseFingerprint } from '../ledger/card-evidence.ts';
import { findAccount } from '../ledger/locators.ts';
import * as files from '../ledger/payment-methods.ts';
import type { Dependencies } from './dependencies.ts';

export interface CheckCardInput {
  readonly source: CardSource;
  /** The account's own customer: a card kept with another customer is not this account's. */
  readonly customerId: string | null;
  readonly use: CardUse;
  readonly nowMs: number;
}

export interface CheckedCard {
  readonly decision: CardDecision;
  readonly fingerprint: string | null;
  /** As Stripe shows it now; null where there is none. */
  readonly card: Card | null;
  /** True where the card is kept with the account's customer already. */
  readonly isOnFileAtStripe: boolean;
}

export type CardOnFile =
  | { readonly accountId: null }
  | {
      readonly accountId: string;
      readonly saved: SavedCard;
      /** As Stripe shows it now. */
      readonly card: Card;
      readonly testClockOffsetMs: number;
    };

/** Activities about cards, at Stripe and on file. */
export const createCardActivities = ({ stripe, ledger, policies }: Dependencies) => {
  const decide = async (
    card: Card,
    isOnFileAtStripe: boolean,
    use: CardUse,
    nowMs: number,
  ): Promise<CheckedCard> => {
    const { fingerprint, iin, wallet } = card;
    const evidence = await readCardEvidence(ledger, { fingerprint, iin, wallet });
    const policy = policyAt(await policies.read(), nowMs);
    const decision = decideCard({ card, ...evidence }, use, policy, nowMs);
    return { decision, fingerprint, card, isOnFileAtStripe };
  };

  return {
    /** Reads the card and decides, before any payment object exists (R9, R10). */
    async checkCard({ source, customerId, use, nowMs }: CheckCardInput): Promise<CheckedCard> {
      const reading = await cards.readCard(stripe, source);
      const belongsToAnother =
        reading !== undefined && reading.customerId !== null && reading.customerId !== customerId;
      if (reading === undefined || belongsToAnother) {
        const reason = refusal('payment_method_not_found');
        return {
          decision: { accepted: false, refusal: reason, prepaidSource: null },
          fingerprint: null,
          card: null,
          isOnFileAtStripe: false,
        };
      }
      return decide(reading.card, reading.customerId !== null, use, nowMs);
    },

    /** What Stripe shows of a card now, and on whose file it is: that of its customer's account. */
    async readCardOnFile({ paymentMethodId }: { paymentMethodId: string }): Promise<CardOnFile> {
      const source = { kind: 'payment_method', id: paymentMethodId } as const;
      const reading = await cards.readCard(stripe, source);
      const key = reading?.customerId ?? null;
      if (reading === undefined || key === null) return { accountId: null };
      const accountId = await findAccount(ledger, { kind: 'customer', key });
      const facts = accountId === undefined ? undefined : await readAccount(ledger, { accountId });
      if (accountId === undefined || facts === undefined) return { accountId: null };
      const onFile = await files.listCards(ledger, { accountId });
      const saved = onFile.find((card) => card.paymentMethodId === paymentMethodId);
      if (saved === undefined) return { accountId: null };
      const { testClockOffsetMs } = facts.account;
      return { accountId, saved, card: reading.card, testClockOffsetMs };
    },

    /** Decides again on the card that the set-up attached: it may show more than its preview. */
    async checkSavedCard(input: { card: Card; nowMs: number }): Promise<CheckedCard> {
      return decide(input.card, true, 'save', input.nowMs);
    },

    async createCustomer(input: { accountId: string; idempotencyKey: string }) {
      return { customerId: await cards.createCustomer(stripe, input) };
    },

    async setUpCard(input: cards.SetupOrder): Promise<SetupAnswer> {
      return cards.setUpCard(stripe, input);
    },

    async readSetup(input: { setupIntentId: string }): Promise<SetupAnswer> {
      return cards.readSetup(stripe, input);
    },

    async detachCard(input: { paymentMethodId: string; idempotencyKey: string }): Promise<void> {
      await cards.detachCard(stripe, input);
    },

    async saveCard(
      input: files.CardChange & { card: Card; makeDefault: boolean },
    ): Promise<SavedCard> {
      return files.saveCard(ledger, input);
    },

    /** Brings the card on file up to date with what Stripe shows of it (its updater). */
    async updateCard(input: files.CardChange & { card: Card }): Promise<void> {
      await files.updateCard(ledger, input);
    },

    async removeCard(input: files.CardChange): Promise<files.RemovalOutcome> {
      return files.removeCard(ledger, input, await policies.read());
    },

    /** Takes a card off the file whatever is owed: it turned out to be prepaid (R10). */
    async discardCard(input: files.CardChange): Promise<void> {
      await files.discardCard(ledger, input, await policies.read());
    },

    async refuseFingerprint(input: { fingerprint: string; source: string; nowMs: number }) {
      await refuseFingerprint(ledger, input);
    },
  };
};
