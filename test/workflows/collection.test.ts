import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { verifyLedger } from '../../ledger/verify.ts';
import { workflowIdOf } from '../../domain/workflow-ids.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { startTimeSkippingTemporal } from '../support/temporal.ts';
import { invoiceNow, owingAccount, paidCharges, type Owing } from './fixtures/owing-account.ts';

vi.setConfig({ testTimeout: 120_000 });

let environment: TestWorkflowEnvironment;
let stack: TestStack;
beforeAll(async () => {
  environment = await startTimeSkippingTemporal();
  stack = await startTestStack({
    temporalServer: { address: environment.address, namespace: 'default' },
  });
}, 120_000);
afterAll(async () => {
  expect((await verifyLedger(stack.ledger)).differences).toEqual([]);
  await stack.close();
  await environment.teardown();
});

const dayMs = 86_400_000;

async function pass(durationMs: number): Promise<void> {
  await environment.sleep(durationMs);
  stack.sandbox.controls.setClock(await environment.currentTimeMs());
}

async function owing(card: string | null): Promise<Owing> {
  const nowMs = await environment.currentTimeMs();
  stack.sandbox.controls.setClock(nowMs);
  return owingAccount(stack, card, { nowMs });
}

function start({ accountId, invoiceId }: Owing) {
  return stack.temporal.workflow.start('collection', {
    workflowId: workflowIdOf('collection', invoiceId),
    taskQueue: stack.workerSettings.taskQueue,
    args: [{ accountId, invoiceId }],
  });
}

describe('collection', () => {
  test('R38 charges the card on the day, once', async () => {
    const account = await owing('pm_card_visa');
    const handle = await start(account);
    await pass(dayMs);
    expect(paidCharges(stack, account)).toHaveLength(0);
    expect(await handle.result()).toMatchObject({ state: 'paid' });
    expect(await invoiceNow(stack, account)).toMatchObject({ state: 'paid', due: 0 });
    expect(paidCharges(stack, account)).toHaveLength(1);
  });

  test('R49 retries a soft decline on the schedule', async () => {
    const account = await owing('pm_sandbox_script_succeed_insufficient_funds');
    const handle = await start(account);
    await pass(30 * dayMs);
    console.log(
      JSON.stringify(
        await stack.ledger.run(
          'select * from charge_attempts where account_id is not null and invoice_id=$1',
          [account.invoiceId],
        ),
        null,
        1,
      ),
    );
    console.log(await handle.query('status'));
    console.log(await handle.query('__temporal_workflow_metadata'));
  });

  test('B1 pays now', async () => {
    const account = await owing('pm_card_visa');
    const pay = () =>
      stack.client.collections.pay({
        invoiceId: account.invoiceId,
        idempotencyKey: randomUUID(),
        origin: 'customer',
        amount: null,
        paymentMethod: null,
        waitMs: 20_000,
      });
    const outcomes = await Promise.all(Array.from({ length: 12 }, pay));
    console.log(JSON.stringify(outcomes));
    expect(paidCharges(stack, account)).toHaveLength(1);
  });
});
