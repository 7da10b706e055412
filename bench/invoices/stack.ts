import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { closeTemporal, connectTemporal } from '../../client/connect.ts';
import { ourNodeOptions } from '../../local/node-options.ts';
import type { PostgresServer } from '../../local/postgres.ts';
import type { Child } from '../../local/supervision.ts';
import { findTemporalProgram } from '../../local/temporal-programs.ts';
import { startTemporal } from '../../local/temporal.ts';
import { workflowBundle } from '../../local/workflow-bundle.ts';
import { startDatabase } from '../stack/databases.ts';
import { Parts } from '../stack/parts.ts';

/** PostgreSQL and Temporal, as `npm start` has them; a worker for one database at a time. */
export interface InvoiceStack {
  readonly postgres: PostgresServer;
  readonly temporal: Client;
  readonly temporalPid: number;
  /** Null where nothing is charged. */
  readonly sandboxUrl: string | null;
  startWorker(database: string): Promise<Child>;
  /** Ends all that was started and removes the data. */
  close(): Promise<void>;
}

export interface InvoiceStackOptions {
  readonly nodeOptions?: readonly string[];
  /** True: with the stand-in for Stripe. */
  readonly charges?: true;
}

/** Nothing listens there: invoices are issued without cards and mails. */
const nowhere = 'http://127.0.0.1:1';

const sandboxPart = {
  name: 'sandbox',
  script: import.meta.resolve('../../sandbox/main.ts'),
  args: ['--port=0'],
  ready: /listening on (\S+)/,
};

export function startInvoiceStack({
  nodeOptions = [],
  charges,
}: InvoiceStackOptions = {}): Promise<InvoiceStack> {
  return Parts.start(async (parts) => {
    const { folder, supervision } = parts;
    const program = await findTemporalProgram('dev-server', console.error);
    const databaseFile = join(folder, 'temporal', 'temporal.db');
    const [postgres, server, bundle, sandbox] = await Promise.all([
      startDatabase(parts),
      startTemporal({ program, supervision, databaseFile }),
      workflowBundle(),
      charges && parts.run(sandboxPart),
    ]);
    const sandboxUrl = sandbox?.found ?? null;
    const temporalEnvironment = {
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
      TEMPORAL_CONFIG_FILE: join(folder, 'no-temporal-profile.toml'),
    };
    const temporal = connectTemporal(temporalEnvironment);
    return {
      postgres,
      temporal,
      temporalPid: server.child.pid,
      sandboxUrl,
      async startWorker(database) {
        const { child } = await parts.run({
          name: `worker-${database}`,
          script: import.meta.resolve('../../worker/main.ts'),
          ready: /^worker ready/m,
          settings: {
            DATABASE_URL: postgres.url('solvent_app', database),
            LOG_LEVEL: 'warn',
            SMTP_URL: 'smtp://127.0.0.1:1',
            PUBLIC_URL: nowhere,
            WORKFLOW_BUNDLE: bundle,
            STRIPE_SECRET_KEY: 'sk_test_localsandbox000',
            STRIPE_API_BASE: sandboxUrl ?? nowhere,
            // Stripe takes 100 a second of a live account; some are left to others.
            STRIPE_REQUESTS_PER_SECOND: '80',
            ...temporalEnvironment,
          },
          nodeOptions: [...ourNodeOptions, ...nodeOptions],
        });
        return child;
      },
      async close() {
        await closeTemporal(temporal);
        await parts.close();
      },
    };
  });
}
