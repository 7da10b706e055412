import { randomUUID } from 'node:crypto';
import { invoiceRunIdOf } from '../../domain/workflow-ids.ts';
import { lastClosedPeriod, periodOf } from '../../domain/period.ts';
import { advanceTestClock } from '../../ledger/account-settings.ts';
import { deskOf, report, setPrices } from '../ledger/usage-fixture.ts';
import type { TestStack } from '../support/stack.ts';
import type { InvoiceRunInput } from '../../workflows/messages.ts';
import {
  fillOctober,
  imagesOf,
  october,
  openInOctober,
} from '../workflows/fixtures/invoice-month.ts';
import type { RecordingName } from './required.ts';
import { askingCard, finished, waiting, type Play, type Run } from './stage.ts';

const dayMs = 86_400_000;

async function start(stack: TestStack, change: Partial<InvoiceRunInput> = {}): Promise<Run> {
  const handle = await stack.temporal.workflow.start('invoiceRun', {
    workflowId: `invoice-run-${randomUUID()}`,
    taskQueue: stack.workerSettings.taskQueue ?? '',
    args: [{ period: october, accountId: null, ...change }],
  });
  return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
}

async function run(stack: TestStack, change: Partial<InvoiceRunInput> = {}): Promise<Run> {
  const started = await start(stack, change);
  await stack.temporal.workflow.getHandle(started.workflowId).result();
  return started;
}

/** An account a month ahead, which bought a pack before: paid at the bank, and nobody heard of it. */
async function aheadWithPaidPack(stack: TestStack): Promise<string> {
  await setPrices(stack.ledger);
  const { accountId } = await stack.createAccount({ plan: 'enterprise' });
  const { purchaseId } = await stack.purchase(accountId, { paymentMethod: askingCard });
  await waiting(stack, { workflowId: `purchase/${purchaseId}` });
  const nowMs = Date.now();
  await report(deskOf(stack.ledger), [imagesOf(accountId, 1_000, nowMs)], nowMs);
  const [payment] = stack.sandbox.controls.waitingIntents();
  stack.sandbox.controls.answerAuthentication(payment?.id ?? '', true);
  await advanceTestClock(stack.ledger, { accountId, offsetMs: 31 * dayMs, actor: 'test', nowMs });
  return accountId;
}

async function runCalendar(stack: TestStack): Promise<Run> {
  const { workflow } = stack.temporal;
  const workflowId = `invoice-calendar-${randomUUID()}`;
  const taskQueue = stack.workerSettings.taskQueue ?? '';
  await workflow.execute('invoiceCalendar', { workflowId, taskQueue });
  await workflow.getHandle(invoiceRunIdOf(lastClosedPeriod(Date.now()))).result();
  return { workflowId };
}

/** Each wants a stack to itself: a run takes every account. */
export const invoicePlays = {
  'invoice-run-issued': async (stack) => {
    await fillOctober(stack.ledger, 20);
    return run(stack);
  },
  'invoice-run-waited': async (stack) => {
    await openInOctober(stack, 'unconfirmed');
    return run(stack);
  },
  'invoice-run-of-account-waited': async (stack) => {
    const accountId = await aheadWithPaidPack(stack);
    return run(stack, { accountId, period: periodOf(Date.now()) });
  },
  'invoice-run-continued': async (stack) => {
    await fillOctober(stack.ledger, 20);
    return run(stack, { mostSteps: 1 });
  },
  'invoice-run-went-on': async (stack) => {
    await fillOctober(stack.ledger, 20);
    const { workflowId } = await run(stack, { mostSteps: 1 });
    return { workflowId };
  },
  'invoice-run-canceled': async (stack) => {
    await openInOctober(stack, 'unanswered');
    const started = await start(stack);
    await waiting(stack, started);
    await stack.temporal.workflow.getHandle(started.workflowId).cancel();
    return finished(stack, started.workflowId);
  },
  'invoice-calendar-started': runCalendar,
  'invoice-calendar-already-started': async (stack) => {
    await runCalendar(stack);
    return runCalendar(stack);
  },
} satisfies Partial<Record<RecordingName, Play>>;
