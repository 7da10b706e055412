import type { Client } from '@temporalio/client';
import { failure } from '../domain/failures.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import type { purchase } from '../workflows/index.ts';
import * as message from '../workflows/messages.ts';
import { ifKnown } from './answers.ts';
import {
  cancelInvoiceRun,
  startInvoiceRun,
  type InvoiceRunOrder,
  type StartedInvoiceRun,
} from './invoice-runs.ts';
import { countReviews, listReviews, type Review } from './reviews.ts';
import { Runs } from './runs.ts';

const resolutionWaitMs = 10_000;

/**
 * What operators do to workflows, from their pages.
 * @throws SolventError temporarily_unavailable where Temporal does not answer.
 */
export class Operations {
  readonly #temporal: Client;
  readonly #taskQueue: string;
  readonly #runs: Runs;

  constructor(temporal: Client, taskQueue: string) {
    this.#temporal = temporal;
    this.#taskQueue = taskQueue;
    this.#runs = new Runs(temporal, taskQueue);
  }

  /** See {@link listReviews}. */
  listReviews(): Promise<Review[]> {
    return listReviews(this.#temporal);
  }

  /** See {@link countReviews}. */
  countReviews(): Promise<number> {
    return countReviews(this.#temporal);
  }

  /**
   * An operator's answer to a payment whose outcome stayed unknown (R6).
   * @throws SolventError `resource_not_found` where the purchase's workflow is over.
   */
  async resolvePurchase(
    purchaseId: string,
    resolution: message.Resolution,
  ): Promise<PurchaseOutcome> {
    const workflowId = workflowIdOf('purchase', purchaseId);
    const handle = this.#temporal.workflow.getHandle<typeof purchase>(workflowId);
    const answer = await this.#runs.within(resolutionWaitMs, async () => ({
      outcome: await ifKnown(() =>
        handle.executeUpdate(message.resolvePurchaseUpdate, { args: [resolution] }),
      ),
    }));
    if (answer === undefined) return { purchaseId, status: 'pending' };
    if (answer.outcome === undefined) throw failure('resource_not_found', 'The purchase is over.');
    return answer.outcome;
  }

  /** See {@link startInvoiceRun}. */
  startInvoiceRun(order: Omit<InvoiceRunOrder, 'taskQueue'>): Promise<StartedInvoiceRun> {
    return startInvoiceRun(this.#temporal, { ...order, taskQueue: this.#taskQueue });
  }

  /** See {@link cancelInvoiceRun}. */
  cancelInvoiceRun(of: Parameters<typeof cancelInvoiceRun>[1]): Promise<message.InvoiceRunReport> {
    return cancelInvoiceRun(this.#temporal, of);
  }
}
