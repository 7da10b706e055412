import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { defaultTaskQueue } from '../../workflows/messages.ts';
import { periodOf } from '../../domain/period.ts';
import { deskOf, report } from '../ledger/usage-fixture.ts';
import { ownNamespace } from '../support/namespace.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import {
  fillOctober,
  imagesOf,
  invoiceOf,
  invoicesOf,
} from '../workflows/fixtures/invoice-month.ts';
import { runSolvent } from './run-solvent.ts';

let stack: TestStack;
let worker: RunningWorker;
let environment: Record<string, string>;
beforeAll(async () => {
  const temporalServer = await ownNamespace('invoices');
  stack = await startTestStack({ worker: false, temporalServer });
  // The command line knows no other queue.
  const settings = { ...stack.workerSettings, taskQueue: defaultTaskQueue };
  worker = await startWorker(settings, pino({ level: 'silent' }));
  environment = {
    ...stack.workerSettings.temporalEnvironment,
    DATABASE_URL: stack.databaseUrl,
    STRIPE_SECRET_KEY: stack.workerSettings.stripeSecretKey,
    STRIPE_API_BASE: stack.sandbox.url,
    PUBLIC_URL: 'https://billing.example.com',
  };
  await fillOctober(stack.ledger, 30);
});
afterAll(async () => {
  worker.shutdown();
  await worker.stopped;
  await stack.close();
});

const solvent = (...args: string[]) => runSolvent(['invoices', ...args], environment);

it('R38 a dry run tells what a run would issue, and issues nothing', async () => {
  const told = await solvent('run', '2026-10', '--dry-run', '--json');
  expect(told.exitCode, told.stderr).toBe(0);
  expect(told.json()).toMatchObject({
    ...{ accounts: 30, issued: 24, carried: 0, deferred: 0 },
    totals: [{ currency: 'usd', invoices: 24, owing: 3, net: '8.10', tax: '0.00' }],
  });
  const largest = told.json()['largest'] as object[];
  expect(largest).toHaveLength(10);
  expect(largest[0]).toMatchObject({ amount: '2.70', currency: 'usd' });
  expect(await invoicesOf(stack.ledger)).toMatchObject({ invoices: 0 });
  expect(await solvent('status', '2026-10')).toMatchObject({
    ...{ exitCode: 1, stderr: expect.stringContaining('invoice_run_not_found') },
  });
});

it('B8 a run issues them, with a bar, and again changes nothing', async () => {
  for (const time of ['first', 'second']) {
    const { stdout, stderr, exitCode } = await solvent('run', '2026-10');
    expect(exitCode, `${time}: ${stderr}`).toBe(0);
    expect(stderr).toContain('] 100 %  30 of 30 accounts');
    expect(stdout).toContain('Invoices of 2026-10: done');
    expect(stdout).toContain('0 begun, 3 wait for their charge day');
    expect(stdout).toMatch(/USD +24 +3 +\$8\.10 USD/);
    expect(await invoicesOf(stack.ledger)).toMatchObject({ invoices: 24, owing: 3, toCollect: 3 });
  }
});

it.each([
  [['run', '2026-11'], 'invoice_month_not_over'],
  [['run', '2026-11', '--dry-run'], 'invoice_month_not_over'],
  [['cancel', '2026-10'], 'invoice_run_not_running'],
  [['resume', '2026-10'], 'invoice_run_not_canceled'],
  [['resume', '2026-09'], 'invoice_run_not_found'],
])('%j is refused: %s', async (args, code) => {
  const month = periodOf(Date.now());
  const asked = args.map((word) => (word === '2026-11' ? month : word));
  expect(await solvent(...asked)).toMatchObject({
    ...{ exitCode: 1, stderr: expect.stringContaining(code) },
  });
});

it('B12 an account whose own time is ahead gets its month as soon as it is over', async () => {
  const { accountId } = await stack.createAccount({ plan: 'enterprise' });
  const nowMs = Date.now();
  const month = periodOf(nowMs);
  await report(deskOf(stack.ledger), [imagesOf(accountId, 1_000, nowMs)], nowMs);
  const early = await solvent('run', month, '--account', accountId);
  expect(early).toMatchObject({
    ...{ exitCode: 1, stderr: expect.stringContaining('invoice_month_not_over') },
  });
  const moved = await runSolvent(['clock', 'advance', accountId, '31d'], environment);
  expect(moved.exitCode, moved.stderr).toBe(0);
  const { stdout, stderr, exitCode } = await solvent('run', month, '--account', accountId);
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toContain(`${accountId}, ${month}: issued`);
  expect(await invoiceOf(stack.ledger, accountId, month)).toEqual({
    ...{ amount: 2_700_000, state: 'open' },
  });
});
