import { setTimeout as sleep } from 'node:timers/promises';
import {
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import type { AccountId } from '../domain/account.ts';
import type { CollectionAction } from '../domain/collection-changes.ts';
import type { ChargeOrigin } from '../domain/collection.ts';
import { failure, refusal } from '../domain/failures.ts';
import { accountOfId, invoicePaymentIdFor } from '../domain/ids.ts';
import { isPaymentFinal, type InvoicePaymentOutcome } from '../domain/invoice-payments.ts';
import type { Micros } from '../domain/money.ts';
import { workflowIdOf } from '../domain/workflow-ids.ts';
import * as message from '../workflows/collection-messages.ts';
import type { collection } from '../workflows/index.ts';
import { searchAttributes, type Resolution } from '../workflows/messages.ts';
import { ifKnown } from './answers.ts';
import { keyDigest, requestHash } from './ids.ts';
import type { Runs } from './runs.ts';

interface Named {
  readonly invoiceId: string;
  /** What the Temporal UI calls it, should its workflow start now; absent: its id. */
  readonly number?: string;
}

export interface PayInvoiceRequest extends Named {
  /** The caller's own; the same key never makes a second charge. */
  readonly idempotencyKey: string;
  readonly origin: Exclude<ChargeOrigin, 'scheduled'>;
  /** Null: all that is due; less reduces the invoice (R52). */
  readonly amount: Micros | null;
  /** "pm_…" or "ctoken_…"; null: the default card on file. */
  readonly paymentMethod: string | null;
  /** Where the bank's page sends the customer back to; absent: the invoice on the billing page. */
  readonly returnUrl?: string;
  readonly waitMs?: number;
}

export interface CollectionOperation extends Named {
  readonly idempotencyKey: string;
  /** "operator:NAME", for the audit log. */
  readonly actor: string;
  readonly action: CollectionAction;
}

/** By whom, which payment, and why. */
export interface PaymentBooking extends message.Booking, Named {}

const defaultWaitMs = 10_000;
/** For what answers at once; a busy machine may take a little longer. */
const lookWaitMs = 5_000;
const crowdedWaitMs = 250;
/** gRPC's RESOURCE_EXHAUSTED. */
const resourceExhausted = 8;

/**
 * Payments of invoices, and what operators do about those that are past due: all of it goes through
 * the invoice's one workflow, which is started where it does not run (B1).
 *
 * @throws SolventError `invoice_not_found`, `idempotency_key_reused`; `temporarily_unavailable` where
 * Temporal does not answer: repeat the call.
 */
export class Collections {
  readonly #temporal: Client;
  readonly #taskQueue: string;
  readonly #publicUrl: string;
  readonly #runs: Runs;

  constructor(options: {
    readonly temporal: Client;
    readonly taskQueue: string;
    readonly publicUrl: string;
    readonly runs: Runs;
  }) {
    this.#temporal = options.temporal;
    this.#taskQueue = options.taskQueue;
    this.#publicUrl = options.publicUrl;
    this.#runs = options.runs;
  }

  /** The id that the key gives the payment, before and after it is made. */
  paymentIdFor({ invoiceId, idempotencyKey }: { invoiceId: string; idempotencyKey: string }) {
    return invoicePaymentIdFor(accountOf(invoiceId), keyDigest(idempotencyKey));
  }

  /** Pays an invoice by card; answers the first outcome, `pending` where that takes longer. */
  async pay(request: PayInvoiceRequest): Promise<InvoicePaymentOutcome> {
    const { invoiceId, origin, amount, paymentMethod, waitMs = defaultWaitMs } = request;
    const paymentId = this.paymentIdFor(request);
    const hash = requestHash({ invoiceId, amount, paymentMethod });
    const returnUrl = request.returnUrl ?? `${this.#publicUrl}/billing/invoices/${invoiceId}`;
    const asked = { paymentId, origin, amount, paymentMethod, returnUrl, requestHash: hash };
    const answer = await this.#runs.within(waitMs, async () => {
      const first = await this.#update(request, message.payNowUpdate, paymentId, asked);
      // What was answered first may be over by now: a repeat is told how it stands.
      return isOver(first.outcome)
        ? first
        : this.#update(request, message.payNowUpdate, `${paymentId}:${crypto.randomUUID()}`, asked);
    });
    if (answer === undefined) {
      await this.#mustExist(invoiceId);
      return { paymentId, invoiceId, status: 'pending' };
    }
    const { outcome } = answer;
    const isReused = outcome.paymentId === paymentId && answer.requestHash !== hash;
    if (isReused || isRefusedAsReused(outcome)) throw failure('idempotency_key_reused');
    return outcome;
  }

  /** The customer is back from the bank: has the payment looked at now. Null: none is under way. */
  async confirm(invoiceId: string, waitMs = defaultWaitMs): Promise<InvoicePaymentOutcome | null> {
    const handle = this.#handle(invoiceId);
    const answer = await this.#runs.within(waitMs, async () => ({
      outcome: await ifKnown(() => handle.executeUpdate(message.confirmPaymentUpdate)),
    }));
    return answer?.outcome ?? null;
  }

  /** An operator's answer about a payment whose outcome stayed unknown. Null: none is under way. */
  async resolve(
    invoiceId: string,
    resolution: Resolution,
    waitMs = defaultWaitMs,
  ): Promise<InvoicePaymentOutcome | null> {
    const handle = this.#handle(invoiceId);
    const answer = await this.#runs.within(waitMs, async () => ({
      outcome: await ifKnown(() =>
        handle.executeUpdate(message.resolvePaymentUpdate, { args: [resolution] }),
      ),
    }));
    return answer?.outcome ?? null;
  }

  /** How the invoice's workflow stands; undefined where Temporal knows none. */
  async status(invoiceId: string): Promise<message.CollectionStatus | undefined> {
    const handle = this.#handle(invoiceId);
    const answer = await this.#runs.within(lookWaitMs, async () => ({
      status: await ifKnown(() => handle.query(message.collectionStatusQuery)),
    }));
    if (answer === undefined) throw failure('temporarily_unavailable');
    return answer.status;
  }

  /**
   * Does what an operator asks for.
   * @throws SolventError `idempotency_key_reused` where the same key asked for something else before.
   */
  async operate(operation: CollectionOperation): Promise<message.OperationOutcome> {
    const { invoiceId, idempotencyKey, actor, action } = operation;
    const operationId = keyDigest(`${action.kind} ${idempotencyKey}`);
    const update = message.operationUpdates[action.kind] as UpdateDefinition<
      message.OperationOutcome,
      [message.Operation]
    >;
    const hash = requestHash({ invoiceId, action: JSON.stringify(action) });
    const asked = { operationId, requestHash: hash, actor, action };
    const answer = await this.#runs.within(defaultWaitMs, () =>
      this.#update(operation, update, `${action.kind}:${operationId}`, asked).catch(reusedOrThrow),
    );
    if (answer === undefined) throw failure('temporarily_unavailable');
    // Temporal answers a known update id without a look at its input (B19).
    const { requestHash: answered = hash, ...outcome } = answer;
    if (answered !== hash) throw failure('idempotency_key_reused');
    return outcome;
  }

  /** Books a payment that Stripe took for the invoice and the ledger knows nothing of; once. */
  async book({ invoiceId, number, ...booking }: PaymentBooking): Promise<message.OperationOutcome> {
    const updateId = `book:${crypto.randomUUID()}`;
    const answer = await this.#runs.within(defaultWaitMs, () =>
      this.#update(
        { invoiceId, ...(number && { number }) },
        message.bookPaymentUpdate,
        updateId,
        booking,
      ),
    );
    if (answer === undefined) throw failure('temporarily_unavailable');
    return answer;
  }

  /**
   * Tells the invoice's workflow that a card, or the invoice itself, changed elsewhere. A card may be
   * what it waited for: it is started then, should its run have been lost.
   */
  async tell(invoiceId: string, what: 'card' | 'invoice'): Promise<void> {
    const told = await this.#runs.within(lookWaitMs, async () => {
      if (what === 'invoice') {
        await ifKnown(() => this.#handle(invoiceId).signal(message.invoiceChangedSignal));
      } else {
        const options = { ...this.#startOptions({ invoiceId }), signalArgs: [] as [] };
        const signal = message.paymentMethodChangedSignal;
        await this.#temporal.workflow.signalWithStart('collection', { ...options, signal });
      }
      return true;
    });
    if (told === undefined) throw failure('temporarily_unavailable');
  }

  async #update<Outcome, Input>(
    invoice: Named,
    update: UpdateDefinition<Outcome, [Input]>,
    updateId: string,
    input: Input,
  ): Promise<Outcome> {
    const start = () =>
      new WithStartWorkflowOperation<typeof collection>('collection', this.#startOptions(invoice));
    for (;;) {
      try {
        return await this.#temporal.workflow.executeUpdateWithStart(update, {
          updateId,
          startWorkflowOperation: start(),
          args: [input],
        });
      } catch (error) {
        // A workflow takes ten updates at a time; the caller's deadline ends the waiting.
        if (!isTooMany(error)) throw error;
        await sleep(crowdedWaitMs);
      }
    }
  }

  /** One run at a time; once one ended, the next looks in the ledger how things stand. */
  #startOptions({ invoiceId, number = invoiceId }: Named) {
    const accountId = accountOf(invoiceId);
    return {
      workflowId: workflowIdOf('collection', invoiceId),
      taskQueue: this.#taskQueue,
      args: [{ accountId, invoiceId }] as [message.CollectionInput],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      typedSearchAttributes: [
        { key: searchAttributes.accountId, value: accountId },
        { key: searchAttributes.invoiceId, value: invoiceId },
      ],
      staticSummary: message.collectionSummary(number),
      priority: { priorityKey: 1 },
    };
  }

  async #mustExist(invoiceId: string): Promise<void> {
    const found = await this.#runs.within(lookWaitMs, () =>
      ifKnown(() => this.#handle(invoiceId).describe()),
    );
    if (found === undefined) throw failure('temporarily_unavailable');
  }

  #handle(invoiceId: string) {
    return this.#temporal.workflow.getHandle<typeof collection>(
      workflowIdOf('collection', invoiceId),
    );
  }
}

function accountOf(invoiceId: string): AccountId {
  const accountId = accountOfId(invoiceId);
  if (accountId === undefined || !invoiceId.startsWith('inv_')) throw failure('invoice_not_found');
  return accountId;
}

function isTooMany(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === resourceExhausted;
}

function isOver({ status }: InvoicePaymentOutcome): boolean {
  return isPaymentFinal(status);
}

/** What the ledger keeps of an operation outlives the workflow that knew its input. */
function reusedOrThrow(error: unknown): message.OperationOutcome {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type === 'idempotency_key_reused') {
      return { status: 'refused', refusal: refusal('idempotency_key_reused') };
    }
  }
  throw error;
}

function isRefusedAsReused(outcome: InvoicePaymentOutcome): boolean {
  return outcome.status === 'refused' && outcome.refusal.code === 'idempotency_key_reused';
}
