import { setTimeout as sleep } from 'node:timers/promises';
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
import { isAccountId, purchaseIdFor, setupIdFor } from '../domain/ids.ts';
import { currency as currencyOf, isCurrencyCode } from '../domain/currencies.ts';
import { formatMoney, type Micros } from '../domain/money.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import type { cardRemoval, cardSetup, purchase } from '../workflows/index.ts';
import * as message from '../workflows/messages.ts';
import { available, ifKnown, isDeadline } from './answers.ts';
import { keyDigest, requestHash } from './ids.ts';

export interface PurchaseRequest {
  readonly accountId: string;
  /** The caller's own; the same key never makes a second charge. */
  readonly idempotencyKey: string;
  /** Credits wanted; tax comes on top. */
  readonly amount: Micros;
  readonly currency: string;
  /** "pm_…" or "ctoken_…"; null: the default card on file. */
  readonly paymentMethod: string | null;
  readonly confirmDuplicate: boolean;
  /** Where the bank's page sends the customer back to; absent: the billing page's own address. */
  readonly returnUrl?: string;
  /** How long to wait for the first outcome before answering `pending`. */
  readonly waitMs?: number;
}

export interface CardSetupRequest {
  readonly accountId: string;
  readonly idempotencyKey: string;
  /** "pm_…" or "ctoken_…". */
  readonly source: string;
  readonly makeDefault: boolean;
  /** Who asks, for the audit log. */
  readonly actor: string;
  readonly returnUrl?: string;
  readonly waitMs?: number;
}

export interface ClientOptions {
  readonly temporal: Client;
  /** Where the billing page is. */
  readonly publicUrl: string;
  /** The workers' queue; tests take one of their own. */
  readonly taskQueue?: string;
}

const defaultWaitMs = 10_000;
const existenceWaitMs = 2_000;
/** How far Temporal's list of workflows may be behind. */
const listLagMs = 1_000;
const statusWaitMs = 2_000;

/**
 * One id, one run: while it is open a repeat joins it, once it completed a repeat gets its first
 * answer. Only a run that an operator terminated may be followed by another; the ledger tells that
 * one how far the first came.
 */
const onceOnly = {
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
} as const;

/**
 * The way in for backends: starts and asks the workflows that move money. Every call may be
 * repeated with the same key and answers the same.
 *
 * @throws SolventError `idempotency_key_reused` where a key comes back with other input, and
 * `temporarily_unavailable` where Temporal does not answer: repeat the call.
 */
export class SolventClient {
  readonly #temporal: Client;
  readonly #publicUrl: string;
  readonly #taskQueue: string;

  constructor({ temporal, publicUrl, taskQueue = message.defaultTaskQueue }: ClientOptions) {
    this.#temporal = temporal;
    this.#publicUrl = publicUrl;
    this.#taskQueue = taskQueue;
  }

  /** The id that the key gives the purchase, before and after it is made. */
  purchaseIdFor({ accountId, idempotencyKey }: { accountId: string; idempotencyKey: string }) {
    return purchaseIdFor(accountId, keyDigest(idempotencyKey));
  }

  /** Buys a credit pack; answers its first outcome, `pending` where that takes longer. */
  async purchase(request: PurchaseRequest): Promise<PurchaseOutcome> {
    const { accountId, amount, currency, paymentMethod, confirmDuplicate } = request;
    const purchaseId = this.purchaseIdFor(request);
    const hash = requestHash({ accountId, amount, currency, paymentMethod, confirmDuplicate });
    const input: message.PurchaseInput = {
      accountId,
      purchaseId,
      amount,
      currency,
      paymentMethod,
      confirmDuplicate,
      returnUrl: request.returnUrl ?? `${this.#publicUrl}/billing/purchases/${purchaseId}`,
      requestHash: hash,
    };
    const answer = await this.#startOnce<typeof purchase, PurchaseOutcome>({
      workflowType: 'purchase',
      workflowId: workflowIdOf('purchase', purchaseId),
      input,
      update: message.purchaseUpdate,
      waitMs: request.waitMs ?? defaultWaitMs,
      staticSummary: `Buy ${inWords(amount, currency)} of credits`,
    });
    return checked(answer, hash) ?? { purchaseId, status: 'pending' };
  }

  /** The customer is back from the bank: has the payment looked at now, and answers its outcome. */
  async confirmPurchase(purchaseId: string, waitMs = defaultWaitMs): Promise<PurchaseOutcome> {
    const handle = this.#handle<typeof purchase>('purchase', purchaseId);
    const outcome = await this.#lookNow(handle, message.confirmPurchaseUpdate, waitMs);
    return outcome ?? { purchaseId, status: 'pending' };
  }

  /**
   * Has the link to the bank's page mailed anew to the account's address. False where the purchase
   * is over, or unknown.
   */
  async sendAuthenticationLink(purchaseId: string): Promise<boolean> {
    const handle = this.#handle<typeof purchase>('purchase', purchaseId);
    const sent = await available(() =>
      ifKnown(async () => {
        await handle.signal(message.authenticationLinkSignal);
        return true;
      }),
    );
    return sent ?? false;
  }

  /** How a purchase stands by its workflow; undefined where Temporal knows none. */
  async purchaseStatus(purchaseId: string): Promise<PurchaseOutcome | undefined> {
    const handle = this.#handle<typeof purchase>('purchase', purchaseId);
    const status = await this.#within(statusWaitMs, async () => ({
      outcome: await ifKnown(() => handle.query(message.purchaseStatusQuery)),
    }));
    // No answer in time is not "there is none".
    if (status === undefined) throw failure('temporarily_unavailable');
    return status.outcome;
  }

  /** Puts a card on file. */
  async setUpCard(request: CardSetupRequest): Promise<message.CardSetupOutcome> {
    const { accountId, idempotencyKey, source, makeDefault } = request;
    const setupId = setupIdFor(accountId, keyDigest(idempotencyKey));
    const hash = requestHash({ accountId, source, makeDefault });
    const input: message.CardSetupInput = {
      accountId,
      setupId,
      source,
      makeDefault,
      actor: request.actor,
      returnUrl: request.returnUrl ?? `${this.#publicUrl}/billing/card-setups/${setupId}`,
      requestHash: hash,
    };
    const answer = await this.#startOnce<typeof cardSetup, message.CardSetupOutcome>({
      workflowType: 'cardSetup',
      workflowId: workflowIdOf('card-setup', setupId),
      input,
      update: message.cardSetupUpdate,
      waitMs: request.waitMs ?? defaultWaitMs,
      staticSummary: 'Put a card on file',
    });
    return checked(answer, hash) ?? { setupId, status: 'pending' };
  }

  /** The customer is back from the bank: looks at the set-up now. */
  async confirmCardSetup(
    setupId: string,
    waitMs = defaultWaitMs,
  ): Promise<message.CardSetupOutcome> {
    const handle = this.#handle<typeof cardSetup>('card-setup', setupId);
    const outcome = await this.#lookNow(handle, message.confirmCardSetupUpdate, waitMs);
    return outcome ?? { setupId, status: 'pending' };
  }

  /** Takes a card off the file, unless it is the last one and must stay (R12). */
  async removeCard(
    input: message.CardRemovalInput & { idempotencyKey: string },
  ): Promise<message.CardRemovalOutcome> {
    const { idempotencyKey, ...removal } = input;
    const id = `${removal.paymentMethodId}-${keyDigest(idempotencyKey)}`;
    const outcome = await this.#within(defaultWaitMs, () =>
      this.#temporal.workflow.execute<typeof cardRemoval>('cardRemoval', {
        workflowId: workflowIdOf('card-removal', id),
        taskQueue: this.#taskQueue,
        args: [removal],
        ...onceOnly,
        typedSearchAttributes: [
          { key: message.searchAttributes.accountId, value: removal.accountId },
        ],
        staticSummary: 'Take a card off the file',
      }),
    );
    if (outcome === undefined) throw failure('temporarily_unavailable');
    return outcome;
  }

  /**
   * Tells the workflow that made an object to look at it. True where it was told, or is closed and
   * needs no telling; a webhook carries no state of its own.
   */
  async relayProcessorEvent(event: { type: string; workflowId: string }): Promise<boolean> {
    const { type, workflowId } = event;
    const handle = this.#temporal.workflow.getHandle(workflowId);
    await ifKnown(() => handle.signal(message.processorEventSignal, { type }));
    return true;
  }

  /**
   * Tells all open workflows of an account that its test clock was moved; returns how many. Twice,
   * since Temporal's list lags by a moment behind what was just started.
   */
  async moveClock(move: { accountId: string; offsetMs: number }): Promise<number> {
    const { accountId, offsetMs } = move;
    const told = new Set<string>();
    for (const waitMs of [0, listLagMs]) {
      await sleep(waitMs);
      for (const workflowId of await this.#openWorkflowsOf(accountId)) {
        if (told.has(workflowId)) continue;
        told.add(workflowId);
        await available(() => this.relayClockMoved({ workflowId, offsetMs }));
      }
    }
    return told.size;
  }

  async #openWorkflowsOf(accountId: string): Promise<string[]> {
    if (!isAccountId(accountId)) throw new RangeError(`not an account id: "${accountId}"`);
    const query = `AccountId = "${accountId}" and ExecutionStatus = "Running"`;
    return available(async () => {
      const found: string[] = [];
      for await (const { workflowId } of this.#temporal.workflow.list({ query })) {
        found.push(workflowId);
      }
      return found;
    });
  }

  /** Tells the account's open workflow that its test clock was moved. */
  async relayClockMoved(event: { workflowId: string; offsetMs: number }): Promise<void> {
    const { workflowId, offsetMs } = event;
    const handle = this.#temporal.workflow.getHandle(workflowId);
    await ifKnown(() => handle.signal(message.clockMovedSignal, { offsetMs }));
  }

  #handle<Workflow extends typeof purchase | typeof cardSetup>(
    kind: 'purchase' | 'card-setup',
    id: string,
  ): WorkflowHandle<Workflow> {
    return this.#temporal.workflow.getHandle<Workflow>(workflowIdOf(kind, id));
  }

  /**
   * Starts the one run an id may have and asks for its first outcome in the same call. A repeat,
   * before or after the end, gets that first answer; undefined where it takes longer than `waitMs`.
   */
  async #startOnce<Workflow extends typeof purchase | typeof cardSetup, Outcome extends Stated>(
    order: StartOrder<Workflow, Outcome>,
  ): Promise<message.Answer<Outcome> | undefined> {
    const { workflowId, waitMs } = order;
    const answer = await this.#within(waitMs, async () => {
      const first = await this.#ask(order, order.update.name);
      // An answer that is not the end may be remembered of a run that is over by now.
      return endings.has(first.outcome.status) ? first : this.#askAgainWhereOver(order, first);
    });
    // Without an answer, `pending` may only be said of a workflow that is there.
    if (answer === undefined) await this.#mustExist(workflowId);
    return answer;
  }

  async #ask<Workflow extends typeof purchase | typeof cardSetup, Outcome>(
    { workflowType, workflowId, input, update, staticSummary }: StartOrder<Workflow, Outcome>,
    updateId: string,
  ): Promise<message.Answer<Outcome>> {
    const startWorkflowOperation = new WithStartWorkflowOperation(workflowType, {
      workflowId,
      taskQueue: this.#taskQueue,
      args: [input],
      ...onceOnly,
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
    const found = await this.#within(existenceWaitMs, () => ifKnown(() => handle.describe()));
    if (found === undefined) throw failure('temporarily_unavailable');
  }

  async #lookNow<Outcome>(
    handle: WorkflowHandle<typeof purchase | typeof cardSetup>,
    update: UpdateDefinition<Outcome>,
    waitMs: number,
  ): Promise<Outcome | undefined> {
    return this.#within(waitMs, async () => {
      const looked = await ifKnown(() => handle.executeUpdate(update));
      // A closed workflow takes no updates; its result is the outcome.
      return looked ?? ((await handle.result()) as message.Answer<Outcome>).outcome;
    });
  }

  /** Undefined where the time is over: the workflow goes on, and a repeat asks it again. */
  async #within<T>(waitMs: number, call: () => Promise<T>): Promise<T | undefined> {
    const deadlineMs = Date.now() + waitMs;
    try {
      return await available(() => this.#temporal.withDeadline(deadlineMs, call));
    } catch (error) {
      if (isDeadline(error)) return undefined;
      throw error;
    }
  }
}

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
  readonly input: Parameters<Workflow>[0] & { readonly accountId: string };
  readonly update: UpdateDefinition<message.Answer<Outcome>>;
  readonly waitMs: number;
  readonly staticSummary: string;
}

/** The amount as people read it; as it was asked where the currency is none of ours. */
function inWords(amount: Micros, code: string): string {
  return isCurrencyCode(code) ? formatMoney(amount, currencyOf(code)) : `${amount} ${code}`;
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
