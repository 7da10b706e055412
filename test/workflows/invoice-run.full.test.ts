import { afterAll, beforeAll, expect, test } from 'vitest';
import { invoiceRunResult, startInvoiceRun } from '../../client/invoice-runs.ts';
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

const accounts = 100_000;
/** As `fillOctober` has them: four of five used something, one of ten enough to be charged. */
const withUsage = 80_000;
const owing = 10_000;

let database: TestDatabase;
let stack: TestStack;
beforeAll(async () => {
  database = await createTestDatabase();
  stack = await startTestStack({
    ...{ worker: false, database },
    temporalServer: await ownNamespace('invoice-run-full'),
  });
  await fillOctober(stack.ledger, accounts);
});
afterAll(() => stack.close());

test('B8 R46 a worker killed twice among 100,000 accounts leaves one invoice for each', async () => {
  const goOn = await heldUpAt(database.ownerUrl, 0.4 * accounts);
  const first = await forkWorker(stack.workerSettings);
  const { workflowId } = await startInvoiceRun(stack.temporal, {
    ...{ period: october, accountId: null, nowMs: Date.now() },
    taskQueue: stack.workerSettings.taskQueue ?? '',
  });
  await killAfter(stack.ledger, first, 20_000);
  const second = await forkWorker(stack.workerSettings);
  await killAfter(stack.ledger, second, 60_000);
  await goOn();
  await stack.startWorker();
  expect(await invoiceRunResult(stack.temporal, { workflowId })).toMatchObject({
    ...{ status: 'done', invoices: withUsage, toCollect: owing, waiting: 0, failed: 0 },
  });
  expect(await invoicesOf(stack.ledger)).toEqual({
    ...{ invoices: withUsage, accounts: withUsage, first: 1, last: withUsage },
    ...{ owing, toCollect: owing },
  });
  const verified = await verifyLedger(stack.ledger);
  expect(verified).toMatchObject({ accounts, differences: [] });
});
