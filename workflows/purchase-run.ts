import {
  CancellationScope,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { OpenedPurchase } from '../activities/purchases.ts';
import { cardName } from '../domain/cards.ts';
import type { FailureCode } from '../domain/failures.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';
import * as message from './messages.ts';
import { Progress } from './progress.ts';
import { Story } from './story.ts';
import { AccountClock } from './time.ts';

const { paymentState, declineCode, needsReview } = message.searchAttributes;

/** What the steps of one purchase share, and the handlers of its messages. */
export class PurchaseRun {
  readonly input: message.PurchaseInput;
  readonly workflowId = workflowInfo().workflowId;
  readonly clock = new AccountClock();
  readonly story: Story;
  /** True where this run follows a lost one: nobody waits for a charge any more. */
  readonly onlyFollows: boolean;
  /** True once someone, or a deadline, wants the payment called off if it still can be. */
  callOffWanted = false;
  callOffReason: FailureCode = 'payment_not_completed';
  /** A payment object that ended without money: it is canceled after the caller was answered. */
  paymentLeftOpen: string | null = null;
  /** Since when the bank asks the customer, by the account's clock. */
  authenticationSinceMs: number | null = null;
  /** The link and its reminders that were sent. */
  noticesSent = 0;
  /** Mails under way, one delivery after the other: two at once would send the same mail twice. */
  delivery: Promise<void> = Promise.resolve();
  /** True while the customer waits for a new link. */
  linkWanted = false;
  /** Since when nobody knows what Stripe did; null while it is known. */
  unknownSinceMs: number | null = null;
  /** Calls to cancel so far: each is a new attempt with a key of its own. */
  cancellations = 0;
  #alarmRaised = false;
  #opened: OpenedPurchase | undefined;
  readonly #progress: Progress<PurchaseOutcome>;

  constructor(input: message.PurchaseInput) {
    this.input = input;
    this.onlyFollows = input.followsUp === true;
    this.story = new Story(`Purchase ${input.purchaseId}`, this.clock);
    this.#progress = new Progress({ purchaseId: input.purchaseId, status: 'pending' });
    this.#handleMessages();
  }

  /** What the ledger admitted; there from {@link begin} on. */
  get opened(): OpenedPurchase {
    if (this.#opened === undefined) throw new Error('the purchase has not been opened yet');
    return this.#opened;
  }

  begin(opened: OpenedPurchase): void {
    this.#opened = opened;
    this.clock.offsetMs = opened.testClockOffsetMs;
    // A run that follows a lost one goes on with the same deadline and reminders.
    this.authenticationSinceMs = opened.purchase.authenticationSinceMs;
    const by = opened.card === null ? 'a new card' : cardName(opened.card.card);
    this.story.tell(`Opened: ${opened.chargeText} by ${by}.`);
  }

  report(outcome: PurchaseOutcome): void {
    if (outcome.status !== this.#progress.outcome.status) this.#show(outcome.status);
    this.#progress.report(outcome);
  }

  conclude(outcome: PurchaseOutcome): void {
    this.#show(outcome.status);
    this.story.tell(`Final: ${outcome.status}.`);
    this.#progress.conclude(outcome);
  }

  /** Waits until a webhook or a person asks for a look; true where one did. */
  async wait(timeoutMs: number): Promise<boolean> {
    return this.#progress.wait(timeoutMs);
  }

  async look<T>(read: () => Promise<T>): Promise<T> {
    return this.#progress.look(read);
  }

  noteDecline(code: string): void {
    this.story.tell(`Declined: ${code}.`);
    upsertSearchAttributes([{ key: declineCode, value: code }]);
  }

  callOperator(why: string): void {
    this.story.tell(`An operator is needed: ${why}`);
    upsertSearchAttributes([{ key: needsReview, value: true }]);
  }

  /** Calls an operator once about an outcome that stays unknown (R6). */
  raiseAlarm(): void {
    if (this.#alarmRaised) return;
    this.#alarmRaised = true;
    this.callOperator(
      'Stripe has not said what became of this payment. Look it up in the Stripe dashboard; then ' +
        'send the update `resolve` with {"decision":"look_again"}, or {"decision":"call_off"} to ' +
        'have it canceled if it was not taken. It is never charged a second time.',
    );
  }

  callOff(reason: FailureCode): void {
    this.callOffWanted = true;
    this.callOffReason = reason;
  }

  #show(state: PurchaseOutcome['status']): void {
    upsertSearchAttributes([{ key: paymentState, value: state }]);
  }

  #handleMessages(): void {
    const progress = this.#progress;
    setHandler(message.purchaseUpdate, async () => ({
      requestHash: this.input.requestHash,
      outcome: await progress.firstOutcome(),
    }));
    setHandler(message.confirmPurchaseUpdate, () => progress.outcomeAfterLook());
    setHandler(message.resolvePurchaseUpdate, ({ decision }) => {
      if (decision === 'call_off') this.callOff('payment_not_completed');
      return progress.outcomeAfterLook();
    });
    setHandler(message.purchaseStatusQuery, () => progress.outcome);
    setHandler(message.authenticationLinkSignal, () => {
      this.linkWanted = true;
      progress.askForLook();
    });
    setHandler(message.processorEventSignal, () => {
      progress.askForLook();
    });
    setHandler(message.clockMovedSignal, ({ offsetMs }) => {
      this.clock.offsetMs = offsetMs;
      progress.askForLook();
    });
    // Canceling the workflow asks for the payment to be called off; it never drops it.
    CancellationScope.current().cancelRequested.catch(() => {
      this.callOff('payment_not_completed');
      progress.askForLook();
    });
  }
}
