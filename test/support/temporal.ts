import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Client } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { searchAttributes } from '../../workflows/messages.ts';
import { askTestServices } from './services.ts';

// Once per process and before any worker: their comings and goings, and the activities that tests
// make fail, would bury the test report.
const expected = [
  'Activity failed',
  'No workflows registered, not polling for workflow tasks',
  'No activities registered, not polling for activity tasks',
];
const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
  if (!expected.includes(message)) console.error(level, message, meta);
});
const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
Runtime.install({ logger, telemetryOptions: { logging: { filter } } });

export interface TestTemporal {
  address: string;
  namespace: string;
}

/** The run's Temporal server, with our search attributes declared. Shared: use ids of your own. */
export function temporalServer(): Promise<TestTemporal> {
  return askTestServices<TestTemporal>('/temporal');
}

/** Path of today's workflows bundled, for a worker's `workflowBundle: { codePath }`. */
export function workflowBundlePath(): Promise<string> {
  return askTestServices<string>('/workflow-bundle');
}

/** Client and worker connections, to the run's server unless told. Close with `teardown()`. */
export async function connectToTemporal(server?: TestTemporal): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createFromExistingServer(server ?? (await temporalServer()));
}

/** What a test itself does not want to wait for, as a purchase of which nothing is known yet. */
const impatientMs = 1_000;

/**
 * The same client, which waits for as long as a busy machine needs where ours would say after
 * seconds that Temporal does not answer. A wait of a second and less stays as it is asked for.
 */
export function patient(client: Client, callsWaitMs: number): Client {
  const within = client.withDeadline.bind(client);
  client.withDeadline = (deadline, call) => {
    const waitMs = Number(deadline) - Date.now();
    return within(
      waitMs > impatientMs ? Date.now() + Math.max(waitMs, callsWaitMs) : deadline,
      call,
    );
  };
  return client;
}

/** The numbers of Temporal's wire format. */
const wireTypes = { KEYWORD: 2, BOOL: 5 } as const;

/**
 * A server of its own whose time jumps to the next timer while a test awaits a result or
 * `sleep('2 days')`. Time is one per server, so make one per file. It knows no Schedules, no lists
 * and no counts; awaiting an update does not move its time.
 */
export async function startTimeSkippingTemporal(): Promise<TestWorkflowEnvironment> {
  const path = await askTestServices<string>('/time-skipping-program');
  // The SDK gives the server five seconds to start, which a busy machine may not have.
  for (let attempt = 1; ; attempt += 1) {
    try {
      const environment = await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path } },
      });
      // It refuses a start with a search attribute that nobody defined.
      const attributes = Object.values(searchAttributes).map(({ name, type }) => [
        name,
        wireTypes[type],
      ]);
      await environment.connection.operatorService.addSearchAttributes({
        namespace: 'default',
        searchAttributes: Object.fromEntries(attributes) as Record<string, number>,
      });
      return environment;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** Workers of different files must not take each other's tasks. */
export function uniqueTaskQueue(name: string): string {
  return `${name}-${randomUUID()}`;
}
