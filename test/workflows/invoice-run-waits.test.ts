import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelInvoiceRun, invoiceRunResult, startInvoiceRun } from '../../client/invoice-runs.ts';
import { cutoffMsOf, lastClosedPeriod, period as periodNamed } from '../../domain/period.ts';
import { invoiceRunIdOf } from '../../domain/workflow-ids.ts';
import { uuidOf } from '../../ledger/account-id.ts';
import { readInvoiceRun } from '../../ledger/invoice-runs.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { invoiceRunProgressQuery, searchAttributes } from '../../workflows/messages.ts';
import { ownNamespace } from '../support/namespace.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import {
  fillOctober,
  invoiceOf,
  invoicesOf,
  october,
  openInOctober,
} from './fixtures/invoice-month.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ temporalServer: await ownNamespace('invoice-waits') });
});
afterAll(() => stack.close());

const taskQueue = () => stack.workerSettings.taskQueue ?? '';
const workflowId = invoiceRunIdOf(october);

async function start() {
  const order = { period: october, accountId: null, nowMs: Date.now(), taskQueue: taskQueue() };
  return startInvoiceRun(stack.temporal, order);
}

const standOf = () => readInvoiceRun(stack.ledger, { period: october, nowMs: Date.now() });

async function untilOthersAreDone() {
  await expect
    .poll(standOf)
    .toMatchObject({ state: 'running', isWalked: true, walked: 21, waiting: 1 });
}

async function needsReview(): Promise<boolean | undefined> {
  const { typedSearchAttributes } = await stack.temporal.workflow.getHandle(workflowId).describe();
  return typedSearchAttributes.get(searchAttributes.needsReview);
}

test('R40 a payment that is not known holds back its own account, and no other', async () => {
  await fillOctober(stack.ledger, 20);
  const accountId = await openInOctober(stack, 'unanswered');
  await start();
  await untilOthersAreDone();
  expect(await invoicesOf(stack.ledger)).toMatchObject({ invoices: 16 });
  expect(await invoiceOf(stack.ledger, accountId)).toBeUndefined();

  // Canceled, the run stands where it stood; started again, it goes on there.
  expect(await cancelInvoiceRun(stack.temporal, { period: october })).toMatchObject({
    ...{ status: 'canceled', invoices: 16, waiting: 1 },
  });
  expect(await standOf()).toMatchObject({ state: 'canceled', walked: 21, waiting: 1 });
  expect(await start()).toEqual({ status: 'started', workflowId });
  await untilOthersAreDone();

  stack.sandbox.controls.clearFaults();
  expect(await invoiceRunResult(stack.temporal, { workflowId })).toMatchObject({
    ...{ status: 'done', invoices: 17, waiting: 0 },
  });
  expect(await invoiceOf(stack.ledger, accountId)).toEqual({ amount: 2_700_000, state: 'open' });
  expect(await invoicesOf(stack.ledger)).toMatchObject({ accounts: 17, first: 1, last: 17 });
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
});

test('R40 an account that waits for 24 hours is an operator’s', async () => {
  await openInOctober(stack, 'unanswered');
  await start();
  await expect.poll(standOf).toMatchObject({ waiting: 1, overdue: 0 });
  expect(await needsReview()).not.toBe(true);
  await stack.ledger.run(
    `update invoice_deferrals set since = since - interval '24 hours' where resolved_at is null`,
  );
  expect(await standOf()).toMatchObject({ waiting: 1, overdue: 1 });
  // The run looks again, longer pauses apart.
  await cancelInvoiceRun(stack.temporal, { period: october });
  await start();
  await expect.poll(needsReview).toBe(true);
  const handle = stack.temporal.workflow.getHandle(workflowId);
  expect(await handle.query(invoiceRunProgressQuery)).toMatchObject({ waiting: 1, overdue: 1 });

  stack.sandbox.controls.clearFaults();
  expect(await invoiceRunResult(stack.temporal, { workflowId })).toMatchObject({ waiting: 0 });
  await expect.poll(needsReview).toBe(false);
});

test('R40 a payment that its bank is still at is asked about again until it is known', async () => {
  const accountId = await openInOctober(stack, 'processing');
  const [purchase] = await stack.ledger.run<{ id: string }>(
    'select payment_intent_id as id from purchases where account_id = $1',
    [uuidOf(accountId)],
  );
  const paymentId = String(purchase?.id);
  const looks = () =>
    stack.sandbox.controls
      .requests()
      .filter(({ method, path }) => method === 'GET' && path.endsWith(paymentId)).length;
  await start();
  const patient = { timeout: 30_000 };
  await expect.poll(standOf, patient).toMatchObject({ isWalked: true, waiting: 1 });
  await cancelInvoiceRun(stack.temporal, { period: october });
  const before = looks();
  await start();
  await expect.poll(looks, patient).toBeGreaterThan(before);
  stack.sandbox.controls.settleProcessing(paymentId, 'insufficient_funds');
  expect(await invoiceRunResult(stack.temporal, { workflowId })).toMatchObject({
    ...{ status: 'done', waiting: 0 },
  });
  expect(await invoiceOf(stack.ledger, accountId)).toEqual({ amount: 2_700_000, state: 'open' });
});

test('B8 the calendar starts the month that is over once, and a run by hand is that run', async () => {
  const period = lastClosedPeriod(Date.now());
  const calendar = (name: string) =>
    stack.temporal.workflow.execute('invoiceCalendar', {
      ...{ workflowId: `invoice-calendar-${name}`, taskQueue: taskQueue() },
    });
  const started = { status: 'already_started', period };
  // By hand it was run before: the tests above.
  if (period === october) expect(await calendar('one')).toEqual(started);
  else expect(await calendar('one')).toEqual({ status: 'started', period });
  expect(await calendar('two')).toEqual(started);
});

test('B12 a Schedule that comes late starts the month that it was due for', async () => {
  const period = periodNamed('2025-03');
  const dueMs = cutoffMsOf(period) + 600_000;
  expect(
    await stack.temporal.workflow.execute('invoiceCalendar', {
      ...{ workflowId: 'invoice-calendar-late', taskQueue: taskQueue() },
      typedSearchAttributes: [
        {
          key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'),
          value: new Date(dueMs),
        },
      ],
    }),
  ).toEqual({ status: 'started', period });
});
