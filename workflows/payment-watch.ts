import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  ParentClosePolicy,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import type { LostRun, WatchFinding } from '../activities/payment-watch.ts';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import type { CollectionInput } from './collection-messages.ts';
import { startCollection } from './collection-starter.ts';
import { searchAttributes, type PaymentWatchInput, type PaymentWatchReport } from './messages.ts';
import { purchase } from './purchase.ts';
import * as step from './proxies.ts';
import { Story } from './story.ts';
import { AccountClock } from './time.ts';

/** Longer than any authentication waits (policy), so that no open payment is too old to be seen. */
const lookBackMs = 8 * 24 * 3_600_000;
/** Then the run continues as a new one, so that no history grows without bounds. */
const pagesPerRun = 10;

const nothingYet: PaymentWatchReport = { looked: 0, canceled: 0, followed: 0, reviews: 0 };

/**
 * Each hour: the ledger's purchases that are not final, its collections that are late, and Stripe's
 * payments of the last days, each compared with the other. It cancels what must not be taken any more and starts runs that
 * were lost; it never charges anything.
 */
export async function paymentWatch(input: PaymentWatchInput = {}): Promise<PaymentWatchReport> {
  const watch = new PaymentWatch(input.report ?? nothingYet);
  const createdFromMs = input.createdFromMs ?? watch.clock.nowMs() - lookBackMs;
  let place: Place | null = input.place ?? { list: 'purchases', after: null };
  for (let page = 0; place !== null; page += 1) {
    if (page === pagesPerRun) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof paymentWatch>({ place, createdFromMs, report: watch.report });
    }
    place = await watch.page(place, createdFromMs);
  }
  return watch.report;
}

type Place = NonNullable<PaymentWatchInput['place']>;

class PaymentWatch {
  readonly clock = new AccountClock();
  report: PaymentWatchReport;
  readonly #story = new Story('Payment watch', this.clock);
  /** An invoice may be late in the ledger and open at Stripe: its collection is started once. */
  readonly #collected = new Set<string>();

  constructor(report: PaymentWatchReport) {
    this.report = report;
  }

  /** Works one page off; returns where the next one begins, null at the end. */
  async page({ list, after }: Place, createdFromMs: number): Promise<Place | null> {
    if (list === 'purchases') {
      const { findings, nextCursor } = await step.listOpenPurchases({ after });
      await this.#settle(findings);
      return nextCursor === null
        ? { list: 'collections', after: null }
        : { list: 'purchases', after: nextCursor };
    }
    if (list === 'collections') {
      const nowMs = this.clock.clockMs();
      const { findings, nextCursor } = await step.listLostCollections({ after, nowMs });
      await this.#settle(findings);
      return nextCursor === null
        ? { list: 'payments', after: null }
        : { list: 'collections', after: nextCursor };
    }
    const { payments, nextCursor } = await step.listPayments({ createdFromMs, after });
    this.#count('looked', payments.length);
    if (payments.length > 0) {
      const { findings } = await step.judgePayments({ payments });
      await this.#settle(findings);
    }
    return nextCursor === null ? null : { list: 'payments', after: nextCursor };
  }

  async #settle(findings: readonly WatchFinding[]): Promise<void> {
    for (const finding of findings) {
      switch (finding.kind) {
        case 'cancel':
          await this.#cancel(finding);
          break;
        case 'follow':
          await this.#follow(finding.lost);
          break;
        case 'collect':
          await this.#collect(finding.invoice);
          break;
        case 'review':
          this.#review(finding.subject, finding.why);
      }
    }
  }

  async #cancel({ paymentIntentId, currency }: Extract<WatchFinding, { kind: 'cancel' }>) {
    const idempotencyKey = `${workflowInfo().workflowId}:cancel:${paymentIntentId}`;
    try {
      const answer = await step.cancelPayment({ paymentIntentId, currency, idempotencyKey });
      if (answer.status === 'succeeded') {
        this.#review(paymentIntentId, 'was paid although what it was for had ended');
      } else if (answer.status === 'canceled') {
        this.#count('canceled', 1);
        this.#story.tell(`${paymentIntentId} was canceled: what it was for had ended without it.`);
      }
    } catch (error) {
      // Stripe does not answer: the next hour's watch finds it again.
      if (!step.wasGivenUp(error)) throw error;
    }
  }

  /** Starts the purchase's run again, where none is open, with the one id it may have. */
  async #follow(lost: LostRun): Promise<void> {
    const { accountId, purchaseId } = lost;
    try {
      await startChild(purchase, {
        workflowId: workflowIdOf('purchase', purchaseId),
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        args: [{ ...lost, followsUp: true }],
        typedSearchAttributes: [{ key: searchAttributes.accountId, value: accountId }],
        staticSummary: 'Follow a purchase whose run was lost',
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return;
      throw error;
    }
    this.#count('followed', 1);
    this.#story.tell(`${purchaseId} had no run; one follows it now.`);
  }

  /** It looks first how things stand, and ends at once where nothing is to be done. */
  async #collect(invoice: CollectionInput): Promise<void> {
    const { invoiceId } = invoice;
    if (this.#collected.has(invoiceId)) return;
    this.#collected.add(invoiceId);
    if (!(await startCollection(invoice))) return;
    this.#count('followed', 1);
    this.#story.tell(`The collection of ${invoiceId} had no run; one goes on with it now.`);
  }

  #review(subject: string, why: string): void {
    this.#count('reviews', 1);
    this.#story.tell(`An operator is needed: ${subject} ${why}.`);
    log.warn('payment needs review', { subject, why });
    upsertSearchAttributes([{ key: searchAttributes.needsReview, value: true }]);
  }

  #count(what: keyof PaymentWatchReport, by: number): void {
    this.report = { ...this.report, [what]: this.report[what] + by };
  }
}
