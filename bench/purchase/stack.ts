import { join } from 'node:path';
import { findTemporalProgram } from '../../local/temporal-programs.ts';
import { startTemporal } from '../../local/temporal.ts';
import { workflowBundle } from '../../local/workflow-bundle.ts';
import type { WorkerSettings } from '../../worker/worker.ts';
import { startDatabase } from '../stack/databases.ts';
import { Parts } from '../stack/parts.ts';

export const bareTaskQueue = 'bare';
export const publicUrl = 'http://127.0.0.1:1';

/** All of Solvent but its HTTP server, each part a process of its own, all data in one folder. */
export interface BenchStack {
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  readonly temporalEnvironment: Record<string, string>;
  /** The process id of each part; the worker's changes when it is replaced. */
  readonly pids: Record<'temporal' | 'postgres' | 'worker' | 'bareWorker' | 'sandbox', number>;
  killWorker(): void;
  startWorker(): Promise<void>;
  /** Ends all that was started and removes the data. */
  close(): Promise<void>;
}

export function startBenchStack(): Promise<BenchStack> {
  return Parts.start(startParts);
}

async function startParts(parts: Parts): Promise<BenchStack> {
  const { folder, supervision } = parts;
  const program = await findTemporalProgram('dev-server', console.error);
  const [postgres, temporal, sandbox, mailbox, bundle] = await Promise.all([
    startDatabase(parts),
    startTemporal({ program, supervision, databaseFile: join(folder, 'temporal', 'temporal.db') }),
    parts.run({
      name: 'sandbox',
      script: import.meta.resolve('../../sandbox/main.ts'),
      args: ['--port=0'],
      ready: /listening on (\S+)/,
    }),
    parts.run({
      name: 'mailbox',
      script: import.meta.resolve('../../local/mailbox.ts'),
      args: [`--folder=${join(folder, 'mailbox')}`],
      ready: /listening on \S+ and (\S+)/,
    }),
    workflowBundle(),
  ]);

  const databaseUrl = postgres.url('solvent_app', 'solvent');
  const temporalEnvironment = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_CONFIG_FILE: join(folder, 'no-temporal-profile.toml'),
  };
  const environment = {
    ...workerEnvironment(databaseUrl, { sandboxUrl: sandbox.found, smtpUrl: mailbox.found }),
    WORKFLOW_BUNDLE: bundle,
    ...temporalEnvironment,
  };
  const bareSettings = bareSettingsOf(databaseUrl, temporalEnvironment, join(folder, 'bare.js'));
  const startWorker = (name: string) =>
    parts.run({
      name,
      script: import.meta.resolve('../../worker/main.ts'),
      ready: /^worker ready/m,
      settings: environment,
    });
  const [worker, bareWorker] = await Promise.all([
    startWorker('worker'),
    parts.run({
      name: 'bare',
      script: import.meta.resolve('../bare/worker.ts'),
      args: [JSON.stringify(bareSettings)],
      ready: /^worker ready/m,
    }),
  ]);
  const pids = {
    temporal: temporal.child.pid,
    postgres: postgres.child.pid,
    worker: worker.child.pid,
    bareWorker: bareWorker.child.pid,
    sandbox: sandbox.child.pid,
  };
  return {
    databaseUrl,
    sandboxUrl: sandbox.found,
    temporalEnvironment,
    pids,
    close: () => parts.close(),
    killWorker: () => process.kill(pids.worker, 'SIGKILL'),
    async startWorker() {
      const another = await startWorker('another-worker');
      pids.worker = another.child.pid;
    },
  };
}

function workerEnvironment(
  databaseUrl: string,
  { sandboxUrl, smtpUrl }: { readonly sandboxUrl: string; readonly smtpUrl: string },
) {
  return {
    DATABASE_URL: databaseUrl,
    SMTP_URL: smtpUrl,
    PUBLIC_URL: publicUrl,
    STRIPE_SECRET_KEY: 'sk_test_localsandbox000',
    STRIPE_API_BASE: sandboxUrl,
    STRIPE_REQUESTS_PER_SECOND: '1000',
    STRIPE_DEADLINE_MS: '24000',
    LOG_LEVEL: 'warn',
  };
}

/** The bare worker calls neither Stripe nor mail. */
function bareSettingsOf(
  databaseUrl: string,
  temporalEnvironment: WorkerSettings['temporalEnvironment'],
  workflowBundle: string,
): WorkerSettings {
  return {
    databaseUrl,
    stripeSecretKey: '',
    stripeRequestsPerSecond: 1000,
    stripeDeadlineMs: 1,
    smtpUrl: '',
    mailFrom: '',
    publicUrl,
    temporalEnvironment,
    taskQueue: bareTaskQueue,
    workflowBundle,
  };
}
