import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { failure } from '../domain/failures.ts';
import { isAccountId, purchaseIdFor, setupIdFor } from '../domain/ids.ts';
import { currency as currencyOf, isCurrencyCode } from '../domain/currencies.ts';
import { formatMoney, type Micros } from '../domain/money.ts';
import type { PurchaseOutcome } from '../domain/purchase-outcome.ts';
import { parseWorkflowId, workflowIdOf } from '../domain/workflow-ids.ts';
import type { cardRemoval, cardSetup, cardUpdate, purchase } from '../workflows/index.ts';
import * as message from '../workflows/messages.ts';
import { available, ifKnown } from './answers.ts';
import { Collections } from './collections.ts';
import { keyDigest, requestHash } from './ids.ts';
import { Operations } from './operations.ts';
import { oneRun, Runs } from './runs.ts';
import { runCollectionStarter, runCreditExpiry } from './schedules.ts';

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
/** How far Temporal's list of workflows may be behind. */
const listLagMs = 1_000;
const statusWaitMs = 2_000;

/**
 * The way in for backends: starts and asks the workflows that move money. Every call may be
 * repeated with the same key and answers the same.
 *
 * @throws SolventError `idempotency_key_reused` where a key comes back with other input, and
 * `temporarily_unavailable` where Temporal does not answer: repeat the call.
 */
export class SolventClient {
  /** For the operators' pages. */
  readonly operations: Operations;
  readonly #temporal: Client;
  readonly #publicUrl: string;
  readonly #taskQueue: string;
  readonly #runs: Runs;
  /** Payments of invoices, and what operators do about those that are past due. */
  readonly collections: Collections;

  constructor({ temporal, publicUrl, taskQueue = message.defaultTaskQueue }: ClientOptions) {
    this.#temporal = temporal;
    this.#publicUrl = publicUrl;
    this.#taskQueue = taskQueue;
    this.#runs = new Runs(temporal, taskQueue);
    this.collections = new Collections({ temporal, taskQueue, publicUrl, runs: this.#runs });
    this.operations = new Operations(temporal, taskQueue);
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
    const answer = await this.#runs.startOnce<typeof purchase, PurchaseOutcome>({
      workflowType: 'purchase',
      workflowId: workflowIdOf('purchase', purchaseId),
      input,
      update: message.purchaseUpdate,
      waitMs: request.waitMs ?? defaultWaitMs,
      staticSummary: `Buy ${inWords(amount, currency)} of credits`,
    });
    return answer ?? { purchaseId, status: 'pending' };
  }

  /** The customer is back from the bank: has the payment looked at now, and answers its outcome. */
  async confirmPurchase(purchaseId: string, waitMs = defaultWaitMs): Promise<PurchaseOutcome> {
    const handle = this.#handle<typeof purchase>('purchase', purchaseId);
    const outcome = await this.#runs.lookNow(handle, message.confirmPurchaseUpdate, waitMs);
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
    const status = await this.#runs.within(statusWaitMs, async () => ({
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
    const answer = await this.#runs.startOnce<typeof cardSetup, message.CardSetupOutcome>({
      workflowType: 'cardSetup',
      workflowId: workflowIdOf('card-setup', setupId),
      input,
      update: message.cardSetupUpdate,
      waitMs: request.waitMs ?? defaultWaitMs,
      staticSummary: 'Put a card on file',
    });
    return answer ?? { setupId, status: 'pending' };
  }

  /** The customer is back from the bank: looks at the set-up now. */
  async confirmCardSetup(
    setupId: string,
    waitMs = defaultWaitMs,
  ): Promise<message.CardSetupOutcome> {
    const handle = this.#handle<typeof cardSetup>('card-setup', setupId);
    const outcome = await this.#runs.lookNow(handle, message.confirmCardSetupUpdate, waitMs);
    return outcome ?? { setupId, status: 'pending' };
  }

  /** Takes a card off the file, unless it is the last one and must stay (R12). */
  async removeCard(
    input: message.CardRemovalInput & { idempotencyKey: string },
  ): Promise<message.CardRemovalOutcome> {
    const { idempotencyKey, ...removal } = input;
    const id = `${removal.paymentMethodId}-${keyDigest(idempotencyKey)}`;
    const outcome = await this.#runs.within(defaultWaitMs, () =>
      this.#temporal.workflow.execute<typeof cardRemoval>('cardRemoval', {
        workflowId: workflowIdOf('card-removal', id),
        taskQueue: this.#taskQueue,
        args: [removal],
        ...oneRun,
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
   * Tells the workflow that made an object to look at it; one that is closed needs no telling. News
   * of a card start their workflow. A webhook carries no state of its own.
   */
  async relayProcessorEvent(event: { type: string; workflowId: string }): Promise<void> {
    const { type, workflowId } = event;
    const named = parseWorkflowId(workflowId);
    if (named?.kind === 'card-update') {
      await this.#temporal.workflow.signalWithStart<typeof cardUpdate, [{ type: string }]>(
        'cardUpdate',
        {
          workflowId,
          taskQueue: this.#taskQueue,
          args: [{ paymentMethodId: named.id }],
          signal: message.processorEventSignal,
          signalArgs: [{ type }],
          staticSummary: message.cardUpdateSummary,
        },
      );
      return;
    }
    const handle = this.#temporal.workflow.getHandle(workflowId);
    await ifKnown(() => handle.signal(message.processorEventSignal, { type }));
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
    await runCreditExpiry(this.#temporal);
    await runCollectionStarter(this.#temporal, this.#taskQueue);
    return told.size;
  }

  async #openWorkflowsOf(accountId: string): Promise<string[]> {
    // It stands in a query.
    if (!isAccountId(accountId)) throw failure('account_not_found');
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
}

/** The amount as people read it; as it was asked where the currency is none of ours. */
function inWords(amount: Micros, code: string): string {
  return isCurrencyCode(code) ? formatMoney(amount, currencyOf(code)) : `${amount} ${code}`;
}
