import { fileURLToPath } from 'node:url';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import {
  connectToTemporal,
  startTimeSkippingTemporal,
  uniqueTaskQueue,
} from '../support/temporal.ts';

const workflowsPath = fileURLToPath(new URL('./fixtures/nap.ts', import.meta.url));

async function runNap(environment: TestWorkflowEnvironment, duration: string): Promise<unknown> {
  const taskQueue = uniqueTaskQueue('nap');
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowsPath,
  });
  const accountId = defineSearchAttributeKey('AccountId', 'KEYWORD');
  return worker.runUntil(
    environment.client.workflow.execute('nap', {
      workflowId: taskQueue,
      taskQueue,
      args: [duration],
      ...(environment.supportsTimeSkipping
        ? {}
        : {
            typedSearchAttributes: new TypedSearchAttributes([{ key: accountId, value: 'acct_1' }]),
          }),
    }),
  );
}

describe('test Temporal servers', () => {
  it('the shared server runs workflows and knows our search attributes', async () => {
    const environment = await connectToTemporal();
    try {
      expect(await runNap(environment, '1 ms')).toBe('slept 1 ms');
    } finally {
      await environment.teardown();
    }
  });

  it('a month passes at once on a time-skipping server', async () => {
    const environment = await startTimeSkippingTemporal();
    try {
      expect(await runNap(environment, '31 days')).toBe('slept 31 days');
    } finally {
      await environment.teardown();
    }
  });
});
