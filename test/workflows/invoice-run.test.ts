import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cancelInvoiceRun, invoiceRunResult, startInvoiceRun } from '../../client/invoice-runs.ts';
import { nextPeriod } from '../../domain/period.ts';
import { readInvoiceRun } from '../../ledger/invoice-runs.ts';
import { verifyLedger } from '../../ledger/verify.ts';
import { ownNamespace } from '../support/namespace.ts';
import { createTestDatabase, type TestDatabase } from '../support/services.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import {
  fillOctober,
  forkWorker,
  invoicesOf,
  heldUpAt,
  killAfter,
  october,
} from './fixtures/invoice-month.ts';

const accounts = 5_000;
const withUsage = 4_000;

/** 1,000 images, of one account in ten; 100 images are below what a card can be charged. */
const owing = 500;
const allIssued = {
  ...{ invoices: withUsage, accounts: withUsage, first: 1, last: withUsage },
  ...{ owing, toCollect: owing },
};

let database: TestDatabase;
let stack: TestStack;
beforeAll(async () => {
  database = await createTestDatabase();
  stack = await startTestStack({
    ...{ worker: false, database },
    temporalServer: await ownNamespace('invoice-run'),
  });
  await fillOctober(stack.ledger, accounts);
});
afterAll(() => stack.close());

function start() {
  return startInvoiceRun(stack.temporal, {
    ...{ period: october, accountId: null, nowMs: Date.now() },
    taskQueue: stack.workerSettings.taskQueue ?? '',
  });
}

test('B8 a worker that is killed twice in the run leaves one invoice for each account', async () => {
  const goOn = await heldUpAt(database.ownerUrl, 0.4 * accounts);
  const first = await forkWorker(stack.workerSettings);
  const { workflowId } = await start();
  await killAfter(stack.ledger, first, 1_000);
  // By hand and by the Schedule: there is one run.
  expect(await start()).toMatchObject({ status: 'running', workflowId });
  const second = await forkWorker(stack.workerSettings);
  await killAfter(stack.ledger, second, 2_500);
  await goOn();
  await stack.startWorker();
  expect(await invoiceRunResult(stack.temporal, { workflowId })).toMatchObject({
    ...{ status: 'done', invoices: withUsage, toCollect: owing, waiting: 0, failed: 0 },
  });
  expect(await invoicesOf(stack.ledger)).toEqual(allIssued);
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  expect(await readInvoiceRun(stack.ledger, { period: october, nowMs: Date.now() })).toMatchObject({
    ...{ state: 'done', accounts, walked: accounts, isWalked: true, waiting: 0, failed: 0 },
  });
});

describe('a month that was run', () => {
  test('B8 is run again without effect', async () => {
    const { status, workflowId } = await start();
    expect(status).toBe('started');
    expect(await invoiceRunResult(stack.temporal, { workflowId })).toMatchObject({
      ...{ status: 'done', invoices: withUsage },
    });
    expect(await invoicesOf(stack.ledger)).toEqual(allIssued);
  });

  test('is not canceled any more', async () => {
    await expect(cancelInvoiceRun(stack.temporal, { period: october })).rejects.toMatchObject({
      code: 'invoice_run_not_running',
    });
  });
});

test('R38 a month that is not over is refused', async () => {
  const nowMs = Date.UTC(2026, 10, 30, 23, 59, 59);
  const early = { period: nextPeriod(october), accountId: null, nowMs };
  await expect(startInvoiceRun(stack.temporal, early)).rejects.toMatchObject({
    code: 'invoice_month_not_over',
  });
});
