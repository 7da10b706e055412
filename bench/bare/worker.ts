import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import type { Activities } from '../../activities/create-activities.ts';
import { logThrough } from '../../worker/logging.ts';
import { runWorkers, type WorkerSettings } from '../../worker/worker.ts';
import type { BareActivities } from './workflow.ts';

/**
 * The worker of the bare workflow: connection, pollers and queues as those of the real one.
 * Argument: its WorkerSettings as JSON; the bundle they name is made first.
 */
const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings & { workflowBundle: string };
logThrough(pino({ level: 'warn', name: 'bare' }));

const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(import.meta.resolve('./workflow.ts')),
});
writeFileSync(settings.workflowBundle, code);

const activities: BareActivities = { doNothing: () => Promise.resolve() };
// Temporal finds activities by their names; the real ones are never asked for here.
const worker = await runWorkers(settings, activities as unknown as Activities);
console.log('worker ready');
process.once('SIGTERM', () => {
  worker.shutdown();
});
await worker.stopped;
