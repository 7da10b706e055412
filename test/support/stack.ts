import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { vi } from 'vitest';
import { accountIdFor } from '../../client/ids.ts';
import { SolventClient } from '../../client/solvent-client.ts';
import type { Account } from '../../domain/account.ts';
import { micros } from '../../domain/money.ts';
import { together202511 } from '../../domain/policy.ts';
import { onlyPolicy } from '../../domain/policy-schedule.ts';
import type { PurchaseOutcome } from '../../domain/purchase-outcome.ts';
import { createAccount, type NewAccount } from '../../ledger/accounts.ts';
import { openLedger, type Ledger } from '../../ledger/database.ts';
import { startMailbox, type Mailbox } from '../../local/mailbox-server.ts';
import type { StoredMail } from '../../local/mailbox-store.ts';
import { startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { startWorker, type RunningWorker, type WorkerSettings } from '../../worker/worker.ts';
import { patienceMs } from './patience.ts';
import { createTestDatabase } from './services.ts';
import {
  connectToTemporal,
  patient,
  temporalServer,
  uniqueTaskQueue,
  workflowBundlePath,
  type TestTemporal,
} from './temporal.ts';

/** All of Solvent but its HTTP server, for one test file: real parts, shared servers. */
export interface TestStack {
  readonly ledger: Ledger;
  readonly databaseUrl: string;
  readonly sandbox: Sandbox;
  readonly mailbox: Mailbox;
  readonly temporal: Client;
  readonly client: SolventClient;
  readonly workerSettings: WorkerSettings;
  startWorker(): Promise<RunningWorker>;
  readonly createAccount: (given?: Partial<NewAccount>) => Promise<Account>;
  /** Mails the account's address got, newest first. */
  mails(to?: string): Promise<StoredMail[]>;
  /** Buys, by default $25 with a Visa that is not on file. */
  purchase(accountId: string, given?: Partial<PurchaseOrder>): Promise<PurchaseOutcome>;
  close(): Promise<void>;
}

export interface PurchaseOrder {
  readonly dollars: number;
  readonly currency: string;
  readonly paymentMethod: string | null;
  readonly idempotencyKey: string;
  readonly confirmDuplicate: boolean;
  readonly waitMs: number;
}

export const testWebhookSecret = 'whsec_test_stack';

/** Nothing listens there. */
const noUrl = 'http://127.0.0.1:1';

export interface TestStackOptions {
  /** False: the test starts its workers itself. */
  readonly worker?: boolean;
  /** Where the pages are, which then get the sandbox's webhooks too. */
  readonly publicUrl?: string;
  /** Servers of the test's own, where it stops them; else the run's. */
  readonly database?: { readonly appUrl: string };
  readonly temporalServer?: TestTemporal;
  /** One call's deadline; short only where the sandbox is told to be slower than that. */
  readonly stripeDeadlineMs?: number;
  /** How long calls wait for Temporal's answer; less where a test repeats them. */
  readonly callsWaitMs?: number;
}

/** Starts the parts, and a worker unless told not to. Close with `close()`. */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const { publicUrl = noUrl, stripeDeadlineMs = 20_000, callsWaitMs = patienceMs } = options;
  const database = options.database ?? (await createTestDatabase());
  const ledger = openLedger({ url: database.appUrl });
  const webhook = { url: `${publicUrl}/webhooks/stripe`, secret: testWebhookSecret };
  const webhooks = publicUrl === noUrl ? [] : [webhook];
  const sandbox = await startSandbox({ seed: 1, webhooks });
  const mailbox = await startMailbox({ folder: mkdtempSync(join(tmpdir(), 'solvent-mails-')) });
  const { address, namespace } = options.temporalServer ?? (await temporalServer());
  const environment = await connectToTemporal({ address, namespace });
  const taskQueue = uniqueTaskQueue('stack');
  const workerSettings: WorkerSettings = {
    databaseUrl: database.appUrl,
    stripeSecretKey: 'sk_test_localsandbox000',
    stripeApiBase: sandbox.url,
    stripeRequestsPerSecond: 1000,
    stripeDeadlineMs,
    smtpUrl: mailbox.smtpUrl,
    mailFrom: 'billing@solvent.test',
    publicUrl,
    loopbackWebhooksAllowed: true,
    workflowBundle: await workflowBundlePath(),
    temporalEnvironment: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
    taskQueue,
  };
  const workers: RunningWorker[] = [];
  const temporal = patient(environment.client, callsWaitMs);
  const client = new SolventClient({ temporal, publicUrl, taskQueue });
  const stack: TestStack = {
    ...{ ledger, databaseUrl: database.appUrl, sandbox, mailbox, temporal, client, workerSettings },
    async startWorker() {
      const started = await startWorker(workerSettings, pino({ level: 'silent' }));
      workers.push(started);
      await untilListening(ledger);
      return started;
    },
    createAccount: (given) => createTestAccount(ledger, given),
    purchase: (accountId, given = {}) =>
      client.purchase({
        accountId,
        amount: micros((given.dollars ?? 25) * 1_000_000),
        currency: given.currency ?? 'usd',
        paymentMethod: given.paymentMethod === undefined ? 'pm_card_visa' : given.paymentMethod,
        idempotencyKey: given.idempotencyKey ?? randomUUID(),
        confirmDuplicate: given.confirmDuplicate ?? false,
        waitMs: given.waitMs ?? patienceMs,
      }),
    async mails(to = 'ada@example.com') {
      const response = await fetch(`${mailbox.webUrl}/api/mails?to=${encodeURIComponent(to)}`);
      return ((await response.json()) as { mails: StoredMail[] }).mails;
    },
    async close() {
      for (const running of workers) running.shutdown();
      await Promise.all(workers.map(({ stopped }) => stopped));
      await environment.teardown();
      await Promise.all([ledger.close(), sandbox.close(), mailbox.close()]);
    },
  };
  if (options.worker ?? true) await stack.startWorker();
  return stack;
}

/**
 * Until a worker hears which webhooks are to be sent. What is told before is found a minute later by
 * the sweep, which no test waits for.
 */
async function untilListening(ledger: Ledger): Promise<void> {
  await vi.waitFor(
    async () => {
      const listeners = await ledger.run(
        `select from pg_stat_activity where datname = current_database()
         and application_name = 'solvent webhooks' and query like 'listen %'`,
      );
      if (listeners.length === 0) throw new Error('no worker listens for webhooks');
    },
    { timeout: patienceMs, interval: 50 },
  );
}

/** Makes an account with a mail address, in dollars and untaxed unless said otherwise. */
export async function createTestAccount(
  ledger: Ledger,
  given: Partial<NewAccount> = {},
): Promise<Account> {
  const created = await createAccount(
    ledger,
    {
      accountId: accountIdFor(randomUUID(), 'test'),
      currency: 'usd',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      taxCountry: null,
      taxRegion: null,
      actor: 'test',
      nowMs: Date.now(),
      ...given,
    },
    onlyPolicy(together202511),
  );
  return created.account;
}
