import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../ledger/migrate.ts';
import { createRolesAndDatabase, startPostgres } from '../../local/postgres.ts';
import { Supervision, type Child } from '../../local/supervision.ts';
import { findTemporalProgram } from '../../local/temporal-programs.ts';
import { startTemporal } from '../../local/temporal.ts';
import { workflowBundle } from '../../local/workflow-bundle.ts';
import type { WorkerSettings } from '../../worker/worker.ts';

const root = join(import.meta.dirname, '..', '..');
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

export async function startBenchStack(): Promise<BenchStack> {
  const folder = mkdtempSync(join(tmpdir(), 'solvent-bench-'));
  const supervision = new Supervision(folder);
  const close = async () => {
    await supervision.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void close().finally(() => process.exit(1));
    });
  }
  try {
    return await startParts(folder, supervision, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  folder: string,
  supervision: Supervision,
  close: () => Promise<void>,
): Promise<BenchStack> {
  const parts = new Parts(supervision);
  const program = await findTemporalProgram('dev-server', console.error);
  const [postgres, temporal, sandbox, mailbox, bundle] = await Promise.all([
    startPostgres({ folder: join(folder, 'postgres'), supervision }),
    startTemporal({ program, supervision, databaseFile: join(folder, 'temporal', 'temporal.db') }),
    parts.start(
      'sandbox',
      import.meta.resolve('../../sandbox/main.ts'),
      ['--port=0'],
      /listening on (\S+)/,
    ),
    parts.start(
      'mailbox',
      import.meta.resolve('../../local/mailbox.ts'),
      [`--folder=${join(folder, 'mailbox')}`],
      /listening on \S+ and (\S+)/,
    ),
    workflowBundle(),
  ]);
  await createRolesAndDatabase(postgres);
  await migrate({ url: postgres.url('solvent_owner', 'solvent') });

  const databaseUrl = postgres.url('solvent_app', 'solvent');
  const temporalEnvironment = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TEMPORAL_CONFIG_FILE: join(folder, 'no-temporal-profile.toml'),
  };
  const environment = {
    ...{ DATABASE_URL: databaseUrl, SMTP_URL: mailbox.found, PUBLIC_URL: publicUrl },
    ...{ STRIPE_SECRET_KEY: 'sk_test_localsandbox000', STRIPE_API_BASE: sandbox.found },
    ...{ STRIPE_REQUESTS_PER_SECOND: '1000', STRIPE_DEADLINE_MS: '24000' },
    ...{ WORKFLOW_BUNDLE: bundle, LOG_LEVEL: 'warn' },
    ...temporalEnvironment,
  };
  const bareSettings: WorkerSettings = {
    ...{ databaseUrl, stripeSecretKey: '', stripeRequestsPerSecond: 1000, stripeDeadlineMs: 1 },
    ...{ smtpUrl: '', mailFrom: '', publicUrl, temporalEnvironment, taskQueue: bareTaskQueue },
    workflowBundle: join(folder, 'bare.js'),
  };
  const startWorker = (name: string) =>
    parts.start(
      name,
      import.meta.resolve('../../worker/main.ts'),
      [],
      /^worker ready/m,
      environment,
    );
  const [worker, bareWorker] = await Promise.all([
    startWorker('worker'),
    parts.start(
      'bare',
      import.meta.resolve('../bare/worker.ts'),
      [JSON.stringify(bareSettings)],
      /^worker ready/m,
    ),
  ]);
  const pids = {
    ...{ temporal: temporal.child.pid, postgres: postgres.child.pid },
    ...{ worker: worker.child.pid, bareWorker: bareWorker.child.pid, sandbox: sandbox.child.pid },
  };
  return {
    ...{ databaseUrl, sandboxUrl: sandbox.found, temporalEnvironment, pids, close },
    killWorker: () => process.kill(pids.worker, 'SIGKILL'),
    async startWorker() {
      const another = await startWorker('another-worker');
      pids.worker = another.child.pid;
    },
  };
}

/** Starts our programs, as a shell without any of their settings would. */
class Parts {
  readonly #supervision: Supervision;

  constructor(supervision: Supervision) {
    this.#supervision = supervision;
  }

  /** `found` is what the pattern's group matched in the line that says it is ready. */
  async start(
    name: string,
    /** As a file: URL. */
    script: string,
    args: string[],
    ready: RegExp,
    settings: Record<string, string> = {},
  ): Promise<{ child: Child; found: string }> {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = this.#supervision.start({
      name,
      command: process.execPath,
      args: ['--import', 'tsx', fileURLToPath(script), ...args],
      workingFolder: root,
      environment: { PATH, HOME, TMPDIR, ...settings },
    });
    const [, found = ''] = await child.waitForLine(ready);
    return { child, found };
  }
}
