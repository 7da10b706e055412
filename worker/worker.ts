import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities, type Activities } from '../activities/create-activities.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { connectStripe } from '../gateway/stripe.ts';
import { assertRestrictedRole, openLedger } from '../ledger/database.ts';
import { openPolicies } from '../ledger/policies.ts';
import { createMailer } from '../notices/mail-transport.ts';
import { createWebhookSender } from '../notices/webhook-sender.ts';
import { defaultTaskQueue, stripeTaskQueueOf, webhookTaskQueueOf } from '../workflows/messages.ts';
import { startWebhookRelay } from './webhook-relay.ts';

export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly stripeSecretKey: string;
  /** The sandbox's address; undefined: Stripe itself. */
  readonly stripeApiBase?: string | undefined;
  readonly stripeRequestsPerSecond: number;
  /** One call's deadline; shorter than the activities' start-to-close (workflows/proxies.ts). */
  readonly stripeDeadlineMs: number;
  readonly smtpUrl: string;
  readonly mailFrom: string;
  readonly publicUrl: string;
  /** True in test mode: webhooks may be sent to this machine. Absent: they may not. */
  readonly loopbackWebhooksAllowed?: boolean;
  /** Workflow code bundled before; undefined: the worker bundles the sources. */
  readonly workflowBundle?: string | undefined;
  readonly temporalEnvironment: Record<string, string>;
  readonly taskQueue?: string;
}

export interface RunningWorker {
  /** Lets what is under way finish, then stops. */
  shutdown(): void;
  /** Settles once everything is closed. */
  readonly stopped: Promise<void>;
}

/**
 * Starts the workers: one takes workflows and the activities of ledger and mail, one the calls to
 * Stripe, which the server hands out at no more than Stripe's rate.
 * @throws where the database role could rewrite the ledger, or a part is not reached
 */
export async function startWorker(settings: WorkerSettings, log: Logger): Promise<RunningWorker> {
  const opened = openDependencies(settings, log);
  try {
    await assertRestrictedRole(opened.dependencies.ledger);
    const workers = await runWorkers(settings, createActivities(opened.dependencies), log);
    return { ...workers, stopped: workers.stopped.finally(opened.close) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** What activities work with, made from the settings; nothing is asked of anyone yet. */
export function openDependencies(settings: WorkerSettings, log: Logger): OpenedDependencies {
  const onConnectionError = (error: Error) => {
    log.warn({ err: error }, 'a connection to the ledger broke');
  };
  const { databaseUrl: url } = settings;
  const ledger = openLedger({ url, maxConnections: 20, onConnectionError });
  const pageLedger = openLedger({
    ...{ url, maxConnections: pageConnections, onConnectionError },
    repeatsStatements: true,
  });
  const mailer = createMailer({ smtpUrl: settings.smtpUrl, from: settings.mailFrom });
  const stripe = connectStripe({
    secretKey: settings.stripeSecretKey,
    apiBase: settings.stripeApiBase,
    deadlineMs: settings.stripeDeadlineMs,
  });
  return {
    dependencies: {
      ledger,
      pageLedger,
      mailer,
      stripe,
      webhooks: createWebhookSender({
        loopbackAllowed: settings.loopbackWebhooksAllowed ?? false,
      }),
      policies: openPolicies(ledger),
      clockMs: () => Date.now(),
      publicUrl: settings.publicUrl,
    },
    async close() {
      mailer.close();
      await Promise.all([ledger.close(), pageLedger.close()]);
    },
  };
}

/** For the ranges of a month's run, and those who waited and are tried again beside them. */
const pageConnections = 4;

/**
 * Kept in memory, at almost half a megabyte each: those of payments under way. What waits for days is
 * read again from its short history when its time has come.
 */
const mostCachedWorkflows = 1_000;

/** Endpoints that one worker sends to at the same time. They wait for answers, which costs little. */
const mostEndpointsAtOnce = 200;

interface OpenedDependencies {
  readonly dependencies: Dependencies;
  readonly close: () => Promise<void>;
}

/**
 * Connects to Temporal and starts taking work for these activities; with a log, also passes on what
 * the ledger wants sent to webhook endpoints.
 */
export async function runWorkers(
  settings: WorkerSettings,
  activities: Activities,
  log?: Logger,
): Promise<RunningWorker> {
  const { taskQueue = defaultTaskQueue } = settings;
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: settings.temporalEnvironment,
  });
  const connection = await NativeConnection.connect(connectionOptions);
  const shared: Pick<WorkerOptions, 'connection' | 'namespace' | 'activities'> = {
    connection,
    activities,
    ...(namespace === undefined ? {} : { namespace }),
  };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      ...workflowCode(settings.workflowBundle),
      taskQueue,
      // How long a task waits for the worker that holds the workflow in memory, should it be dead.
      stickyQueueScheduleToStartTimeout: '5 seconds',
      maxCachedWorkflows: mostCachedWorkflows,
    }),
    Worker.create({
      ...shared,
      taskQueue: stripeTaskQueueOf(taskQueue),
      maxTaskQueueActivitiesPerSecond: settings.stripeRequestsPerSecond,
    }),
    Worker.create({
      ...shared,
      taskQueue: webhookTaskQueueOf(taskQueue),
      maxConcurrentActivityTaskExecutions: mostEndpointsAtOnce,
    }),
  ]);
  const { databaseUrl } = settings;
  const relay = log && startWebhookRelay({ databaseUrl, connection, namespace, taskQueue, log });
  const stopped = Promise.all(workers.map((worker) => worker.run())).finally(() => relay?.close());
  return {
    shutdown: () => {
      for (const worker of workers) worker.shutdown();
    },
    stopped: stopped.then(() => connection.close()),
  };
}

function workflowCode(bundle: string | undefined) {
  return bundle === undefined
    ? { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }
    : { workflowBundle: { codePath: bundle } };
}
