import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { vi } from 'vitest';
import { keyDigest } from '../../client/ids.ts';
import { purchaseIdFor } from '../../domain/ids.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { patienceMs } from '../support/patience.ts';
import type { PurchaseOrder, TestStack } from '../support/stack.ts';
import type { HistoryJson } from './recordings.ts';

/** The run whose history is recorded; the newest one of its id unless told. */
export interface Run {
  readonly workflowId: string;
  readonly runId?: string;
}

/** Makes one history on a running stack. */
export type Play = (stack: TestStack) => Promise<Run>;

export const email = 'ada@example.com';
export const fullName = 'Ada Lovelace';
export const askingCard = 'pm_card_threeDSecure2Required';

export async function historyOf(stack: TestStack, run: Run): Promise<HistoryJson> {
  const handle = stack.temporal.workflow.getHandle(run.workflowId, run.runId);
  return JSON.parse(historyToJSON(await handle.fetchHistory())) as HistoryJson;
}

/** One customer's purchase, with ids known before it is made. */
export class Order implements Run {
  readonly stack: TestStack;
  readonly accountId: string;
  readonly idempotencyKey = randomUUID();
  readonly purchaseId: string;
  readonly workflowId: string;

  constructor(stack: TestStack, accountId: string) {
    this.stack = stack;
    this.accountId = accountId;
    this.purchaseId = purchaseIdFor(accountId, keyDigest(this.idempotencyKey));
    this.workflowId = workflowIdOf('purchase', this.purchaseId);
  }

  /** A call of the customer's; the same again is a repeat. */
  buy(given: Partial<PurchaseOrder> = {}) {
    const { accountId, idempotencyKey } = this;
    return this.stack.purchase(accountId, { idempotencyKey, ...given });
  }

  /** The newest payment object of the account at Stripe. */
  paymentId(): string {
    const payment = this.stack.sandbox.controls
      .objects('payment_intent', 10_000)
      .find(({ metadata }) => (metadata as { account_id?: string }).account_id === this.accountId);
    if (payment === undefined) throw new Error('the account has no payment yet');
    return String(payment['id']);
  }

  answerBank(isAuthenticated: boolean): void {
    this.stack.sandbox.controls.answerAuthentication(this.paymentId(), isAuthenticated);
  }

  comeBack() {
    return this.stack.client.confirmPurchase(this.purchaseId, 30_000);
  }

  async moveClock(offsetMs: number): Promise<void> {
    await this.stack.client.relayClockMoved({ workflowId: this.workflowId, offsetMs });
  }

  /** Once the run is over. */
  async finished(): Promise<Run> {
    return finished(this.stack, this.workflowId);
  }
}

export async function order(stack: TestStack): Promise<Order> {
  const { accountId } = await stack.createAccount({ email, name: fullName });
  return new Order(stack, accountId);
}

export async function finished(stack: TestStack, workflowId: string): Promise<Run> {
  await stack.temporal.workflow.getHandle(workflowId).result();
  return { workflowId };
}

/** Once an open run waits for the world outside: nothing is added to its history for a while. */
export async function waiting(stack: TestStack, run: Run): Promise<Run> {
  let before = -1;
  for (;;) {
    const { events } = await historyOf(stack, run);
    const isBetweenTasks = /WORKFLOW_TASK_(SCHEDULED|STARTED)$/.test(
      events.at(-1)?.eventType ?? '',
    );
    if (events.length === before && !isBetweenTasks) return { workflowId: run.workflowId };
    before = events.length;
    await sleep(400);
  }
}

/** A card of its own that no customer keeps yet, by Stripe's test token ("tok_visa"). */
export async function newCard(stack: TestStack, token: string): Promise<string> {
  const { id } = await askStripe(stack, '/v1/payment_methods', {
    type: 'card',
    'card[token]': token,
  });
  return id;
}

/** A call that Solvent itself does not make. */
export async function askStripe(
  stack: TestStack,
  path: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ id: string }> {
  const response = await fetch(`${stack.sandbox.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.workerSettings.stripeSecretKey}` },
    body: new URLSearchParams(parameters),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { id: string };
}

/** Puts a card on the account's file; returns its id. */
export async function saveCard(
  stack: TestStack,
  accountId: string,
  source: string,
): Promise<string> {
  const saved = await stack.client.setUpCard({
    ...{ accountId, source, makeDefault: true, actor: 'recorder', waitMs: 30_000 },
    idempotencyKey: randomUUID(),
  });
  if (saved.status !== 'saved') throw new Error(`the card is ${saved.status}`);
  return saved.card.paymentMethodId;
}

/** Waits until a condition of the world outside holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`not yet: ${holds.toString()}`);
    },
    { timeout: patienceMs, interval: 50 },
  );
}
