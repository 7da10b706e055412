import { randomUUID } from 'node:crypto';
import { msToTs } from '@temporalio/common/lib/time.js';
import { vi } from 'vitest';
import { closeTemporal, connectTemporal } from '../../client/connect.ts';
import { setUpTemporal } from '../../client/temporal-setup.ts';
import { temporalServer, type TestTemporal } from './temporal.ts';
import { patienceMs } from './patience.ts';

/** Where Schedules, and workflows whose ids are the same everywhere, are a file's own. */
export async function ownNamespace(name: string): Promise<TestTemporal> {
  const { address } = await temporalServer();
  const namespace = `${name}-${randomUUID()}`;
  const temporal = connectTemporal({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  await temporal.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  // It is known to all parts of the server a little later.
  await vi.waitFor(() => setUpTemporal(temporal), { timeout: patienceMs, interval: 500 });
  await closeTemporal(temporal);
  return { address, namespace };
}
