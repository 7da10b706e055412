import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { failure, type Refusal } from '../domain/failures.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';
import type { cardSetup, purchase } from '../workflows/index.ts';
import * as message from '../workflows/messages.ts';
import { available, ifKnown, isDeadline } from './answers.ts';

/** How long may be asked whether a workflow is there at all. */
const existenceWaitMs = 2_000;

/**
 * One id, one run: while it is open a repeat joins it, once it completed a repeat gets its first
 * answer. Only a run that an operator terminated may be followed by another; the ledger tells that
 * one how far the first came.
 */
export const oneRun = {
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
} as const;

interface Stated {
  readonly status: string;
  readonly refusal?: Refusal;
}

/** Statuses that no later look can change. */
const endings: ReadonlySet<string> = new Set<
  (PurchaseOutcome | message.CardSetupOutcome)['status']
>(['succeeded', 'saved', 'declined', 'refused', 'canceled', 'returned']);

interface StartOrder<Workflow extends typeof purchase | typeof cardSetup, Outcome> {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly input: Parameters<Workflow>[0];
  readonly update: UpdateDefinition<message.Answer<Outcome>>;
  readonly waitMs: number;
  readonly staticSummary: string;
}

/** The workflows that answer a first outcome while they run on: one run for each id. */
export class Runs {
  readonly #temporal: Client;
  readonly #taskQueue: string;

  constructor(temporal: Client, taskQueue: string) {
    this.#temporal = temporal;
    this.#taskQueue = taskQueue;
  }

  /**
   * Starts the one run an id may have and asks for its first outcome in the same call. A repeat,
   * before or after the end, gets that first answer; undefined where it takes longer than `waitMs`.
   * @throws SolventError `idempotency_key_reused`, `temporarily_unavailable`
   */
  async startOnce<Workflow extends typeof purchase | typeof cardSetup, Outcome extends Stated>(
    order: StartOrder<Workflow, Outcome>,
  ): Promise<Outcome | undefined> {
    const { workflowId, waitMs, input } = order;
    const answer = await this.within(waitMs, async () => {
      const first = await this.#ask(order, order.update.name);
      // An answer that is not the end may be remembered of a run that is over by now.
      return endings.has(first.outcome.status) ? first : this.#askAgainWhereOver(order, first);
    });
    // Without an answer, `pending` may only be said of a workflow that is there.
    if (answer === undefined) await this.#mustExist(workflowId);
    return checked(answer, input.requestHash);
  }

  async #ask<Workflow extends typeof purchase | typeof cardSetup, Outcome>(
    { workflowType, workflowId, input, update, staticSummary }: StartOrder<Workflow, Outcome>,
    updateId: string,
  ): Promise<message.Answer<Outcome>> {
    const startWorkflowOperation = new WithStartWorkflowOperation(workflowType, {
      workflowId,
      taskQueue: this.#taskQueue,
      args: [input],
      ...oneRun,
      typedSearchAttributes: [{ key: message.searchAttributes.accountId, value: input.accountId }],
      staticSummary,
      priority: { priorityKey: 1 },
    });
    try {
      return await this.#temporal.workflow.executeUpdateWithStart(update, {
        updateId,
        startWorkflowOperation,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // It is over, and the question was lost on the way to it (a server that restarted in
      // between): the result has the answer.
      const handle = this.#temporal.workflow.getHandle(workflowId);
      return (await handle.result()) as message.Answer<Outcome>;
    }
  }

  /**
   * A run that completed tells its result; one that an operator terminated is followed by another,
   * to which the ledger says how far the first came.
   */
  async #askAgainWhereOver<Workflow extends typeof purchase | typeof cardSetup, Outcome>(
    order: StartOrder<Workflow, Outcome>,
    first: message.Answer<Outcome>,
  ): Promise<message.Answer<Outcome>> {
    const handle = this.#temporal.workflow.getHandle(order.workflowId);
    const { status, runId } = await handle.describe();
    if (status.name === 'RUNNING') return first;
    if (status.name === 'COMPLETED') return (await handle.result()) as message.Answer<Outcome>;
    return this.#ask(order, `${order.update.name}:after:${runId}`);
  }

  async #mustExist(workflowId: string): Promise<void> {
    const handle = this.#temporal.workflow.getHandle(workflowId);
    const found = await this.within(existenceWaitMs, () => ifKnown(() => handle.describe()));
    if (found === undefined) throw failure('temporarily_unavailable');
  }

  async lookNow<Outcome>(
    handle: WorkflowHandle<typeof purchase | typeof cardSetup>,
    update: UpdateDefinition<Outcome>,
    waitMs: number,
  ): Promise<Outcome | undefined> {
    return this.within(waitMs, async () => {
      const looked = await ifKnown(() => handle.executeUpdate(update));
      // A closed workflow takes no updates; its result is the outcome.
      return looked ?? ((await handle.result()) as message.Answer<Outcome>).outcome;
    });
  }

  /** Undefined where the time is over: the workflow goes on, and a repeat asks it again. */
  async within<T>(waitMs: number, call: () => Promise<T>): Promise<T | undefined> {
    const deadlineMs = Date.now() + waitMs;
    try {
      return await available(() => this.#temporal.withDeadline(deadlineMs, call));
    } catch (error) {
      if (isDeadline(error)) return undefined;
      throw error;
    }
  }
}

/** Same key, other input: told by the run's own hash, or by the ledger long after (B19). */
function checked<Outcome extends Stated>(
  answer: message.Answer<Outcome> | undefined,
  hash: string,
): Outcome | undefined {
  const told = answer?.outcome;
  const isReused =
    (answer !== undefined && answer.requestHash !== hash) ||
    told?.refusal?.code === 'idempotency_key_reused';
  if (isReused) throw failure('idempotency_key_reused');
  return told;
}
