import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import { connectTemporal } from '../../client/connect.ts';
import { SolventClient } from '../../client/solvent-client.ts';
import { micros } from '../../domain/money.ts';
import { searchAttributes } from '../../workflows/messages.ts';
import { bareUpdate, type bare } from '../bare/workflow.ts';
import type { Answered, ClientSettings, Order } from './client-process.ts';

/**
 * Makes the load, as a backend would: a process of its own, told what to do over its channel.
 * Argument: its ClientSettings as JSON.
 */
const settings = JSON.parse(process.argv[2] ?? '') as ClientSettings;
const temporal = connectTemporal(settings.temporalEnvironment);
const client = new SolventClient({ temporal, publicUrl: settings.publicUrl });

/** No answer is `pending` for want of patience: recovery takes longer than a caller would wait. */
const waitMs = 180_000;

type Call = (accountId: string, untilFinal: boolean) => Promise<string>;

const calls: Record<Order['work'], Call> = {
  async purchase(accountId, untilFinal) {
    const outcome = await client.purchase({
      accountId,
      amount: micros(25_000_000),
      currency: 'usd',
      paymentMethod: null,
      confirmDuplicate: false,
      idempotencyKey: randomUUID(),
      waitMs,
    });
    return outcome.status === 'pending' && untilFinal
      ? finalStatus(outcome.purchaseId)
      : outcome.status;
  },
  async bare(accountId) {
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof bare>('bare', {
      workflowId: `bare-${randomUUID()}`,
      taskQueue: settings.bareTaskQueue,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      typedSearchAttributes: [{ key: searchAttributes.accountId, value: accountId }],
    });
    return temporal.workflow.executeUpdateWithStart(bareUpdate, { startWorkflowOperation });
  },
};

/** A first outcome may be that nobody knows yet (R6). */
async function finalStatus(purchaseId: string): Promise<string> {
  for (;;) {
    const outcome = await client.purchaseStatus(purchaseId);
    if (outcome?.status !== 'pending') return outcome?.status ?? 'unknown';
    await sleep(100);
  }
}

/** Keeps as many calls in flight as ordered; no account has two at once. */
async function carryOut(order: Order): Promise<Answered[]> {
  const { work, count, inFlight, untilFinal = false } = order;
  const answers: Answered[] = [];
  const idleAccounts = [...settings.accountIds];
  let started = 0;
  const caller = async () => {
    while (started < count) {
      started += 1;
      // Of two purchases at once the duplicate guard would refuse the second (R5).
      const accountId = idleAccounts.shift();
      if (accountId === undefined) throw new Error('more are in flight than there are accounts');
      const startedAt = performance.now();
      const status = await calls[work](accountId, untilFinal);
      if (status !== 'succeeded') throw new Error(`a ${work} was answered ${status}`);
      idleAccounts.push(accountId);
      answers.push({ answeredAtMs: Date.now(), tookMs: performance.now() - startedAt });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return answers;
}

process.on('message', (order: Order) => {
  void carryOut(order).then(
    (answers) => process.send?.({ answers }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
// The channel is all that keeps us: it closes when the bench ends, however it does.
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
